/* Three kinds of commands are sent: AUTH, if there is a password; INFO; CONFIG GET, one name each,
 * so that no secret of the configuration comes over the wire. */
#include "sim/study/input/server_probe.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <string.h>
#include "models/server/config.h"
#include "sim/engine/time.h"
#include "sim/study/input/input.h"
#include "sim/study/input/input_info.h"
#include "sim/study/input/input_series.h"
#include "sim/study/input/case_yaml.h"

#define WAIT_S 5 /* for a connection, for an answer */

struct probing {
    const struct server_probe_config *config;
    struct server_probe_seen *seen;
    redisContext *context;
    struct server_tls *tls; /* NULL: plain */
    char *words;
    size_t size;
};

static void say(const struct probing *probing, const char *what)
{
    g_strlcpy(probing->words, what, probing->size);
}

G_GNUC_PRINTF(2, 3) static void note(const struct probing *probing, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(probing->seen->notes, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

void server_probe_seen_clear(struct server_probe_seen *seen)
{
    GString *texts[] = {seen->first, seen->last, seen->settings, seen->offsets};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        if (texts[i])
            g_string_free(texts[i], TRUE);
    if (seen->notes)
        g_ptr_array_free(seen->notes, TRUE);
    *seen = (struct server_probe_seen){0};
}

/* ---- the connection ---- */

/* NULL: the connection is gone, and words say why. Free with freeReplyObject. */
static redisReply *ask(const struct probing *probing, int count, const char **words)
{
    if (probing->tls)
        return server_tls_ask(probing->tls, count, words, probing->words, probing->size);
    redisReply *reply = redisCommandArgv(probing->context, count, words, NULL);
    if (!reply)
        say(probing,
            probing->context->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK)
                ? "no answer within 5 s"
                : probing->context->errstr);
    return reply;
}

static enum server_probe_end dial(struct probing *probing)
{
    struct timeval wait = {.tv_sec = WAIT_S};
    probing->context = redisConnectWithTimeout(probing->config->host, probing->config->port, wait);
    if (probing->context && !probing->context->err) {
        redisSetTimeout(probing->context, wait);
        if (!probing->config->tls.is_wanted)
            return SERVER_PROBE_DONE;
        probing->tls =
            server_tls_open(probing->context, &probing->config->tls, probing->words, probing->size);
        return probing->tls ? SERVER_PROBE_DONE : SERVER_PROBE_UNREACHABLE;
    }
    say(probing, probing->context ? probing->context->errstr : "out of memory");
    return SERVER_PROBE_UNREACHABLE;
}

static enum server_probe_end log_in(struct probing *probing)
{
    const struct server_probe_config *config = probing->config;
    if (config->password[0] == '\0')
        return SERVER_PROBE_DONE;
    bool has_user = config->user[0] != '\0';
    const char *words[] = {"AUTH", has_user ? config->user : config->password, config->password};
    redisReply *reply = ask(probing, has_user ? 3 : 2, words);
    if (!reply)
        return SERVER_PROBE_UNREACHABLE;
    bool is_good = reply->type != REDIS_REPLY_ERROR;
    if (!is_good)
        say(probing, reply->str);
    freeReplyObject(reply);
    return is_good ? SERVER_PROBE_DONE : SERVER_PROBE_DENIED;
}

/* ---- samples ---- */

/* Whether `text` is an INFO with a position. */
static bool find_offset(const GString *text, int64_t *offset)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct input_info info;
    bool is_good = input_info_read(&info, "INFO", text->str, text->len, diagnostics);
    diagnostics_free(diagnostics);
    *offset = info.offset;
    return is_good && info.offset >= 0;
}

static enum server_probe_end understand(const struct probing *probing, const redisReply *reply,
                                        int64_t t_us)
{
    struct server_probe_seen *seen = probing->seen;
    if (reply->type == REDIS_REPLY_ERROR) {
        say(probing, reply->str);
        return g_str_has_prefix(reply->str, "NOAUTH") ? SERVER_PROBE_DENIED
                                                      : SERVER_PROBE_FORBIDDEN;
    }
    GString *text = g_string_new_len(reply->str, reply->str ? (gssize)reply->len : 0);
    int64_t offset = 0;
    if (reply->type != REDIS_REPLY_STRING || !find_offset(text, &offset)) {
        g_string_free(text, TRUE);
        say(probing, "its INFO has no master_repl_offset");
        return SERVER_PROBE_NONSENSE;
    }
    g_string_append_printf(seen->offsets, "%" G_GINT64_FORMAT "000,%" G_GINT64_FORMAT "\n", t_us,
                           offset);
    if (!seen->first) {
        seen->first = text;
        return SERVER_PROBE_DONE;
    }
    if (seen->last)
        g_string_free(seen->last, TRUE);
    seen->last = text;
    return SERVER_PROBE_DONE;
}

/* The middle of question and answer is when the offset was so. */
static enum server_probe_end sample(const struct probing *probing)
{
    const char *words[] = {"INFO"};
    int64_t asked = g_get_monotonic_time();
    redisReply *reply = ask(probing, 1, words);
    if (!reply)
        return SERVER_PROBE_UNREACHABLE;
    int64_t answered = g_get_monotonic_time();
    enum server_probe_end end = understand(probing, reply, asked + (answered - asked) / 2);
    freeReplyObject(reply);
    return end;
}

uint64_t server_probe_samples(const struct server_probe_config *config)
{
    return (uint64_t)(config->for_ns / config->every_ns) + 1;
}

static enum server_probe_end watch(const struct probing *probing)
{
    const struct server_probe_config *config = probing->config;
    int64_t began = g_get_monotonic_time();
    uint64_t count = server_probe_samples(config);
    for (uint64_t i = 0; i < count; i++) {
        int64_t due_us = began + (int64_t)i * (config->every_ns / 1000);
        bool is_wanted = config->wait(config->wait_user, due_us - g_get_monotonic_time(), i);
        if (!is_wanted && i > 1)
            break;
        enum server_probe_end end = sample(probing);
        if (end == SERVER_PROBE_UNREACHABLE && probing->seen->last) {
            note(probing,
                 "the connection broke after %" G_GUINT64_FORMAT " samples (%s); they are used", i,
                 probing->words);
            return SERVER_PROBE_DONE;
        }
        if (end != SERVER_PROBE_DONE)
            return end;
    }
    return SERVER_PROBE_DONE;
}

/* ---- CONFIG GET ---- */

/* False: it is refused, which a note says. *is_known: it has that setting. */
static bool take_setting(const struct probing *probing, const char *name, bool *is_known)
{
    const char *words[] = {"CONFIG", "GET", name};
    redisReply *reply = ask(probing, 3, words);
    bool is_good = reply && reply->type != REDIS_REPLY_ERROR;
    if (!is_good)
        note(probing,
             "CONFIG GET is refused (%.120s): what INFO shows is used, and the defaults of the "
             "version",
             reply ? reply->str : probing->words);
    *is_known = is_good && reply->type == REDIS_REPLY_ARRAY && reply->elements >= 2 &&
                reply->element[1]->type == REDIS_REPLY_STRING;
    if (*is_known)
        g_string_append_printf(probing->seen->settings, "%s\n%s\n", name, reply->element[1]->str);
    freeReplyObject(reply);
    return is_good;
}

static void take_settings(const struct probing *probing)
{
    for (int i = 0; i < CONFIG_COUNT; i++) {
        bool is_known, is_answered = take_setting(probing, config_name(i), &is_known);
        char **older = g_strsplit(config_older_names(i), " ", -1);
        for (char **name = older; is_answered && !is_known && *name && **name; name++)
            is_answered = take_setting(probing, *name, &is_known);
        g_strfreev(older);
        if (!is_answered)
            return;
    }
}

static enum server_probe_end look(struct probing *probing)
{
    enum server_probe_end end = dial(probing);
    if (end == SERVER_PROBE_DONE)
        end = log_in(probing);
    if (end == SERVER_PROBE_DONE)
        end = watch(probing);
    if (end == SERVER_PROBE_DONE)
        take_settings(probing);
    return end;
}

enum server_probe_end server_probe(const struct server_probe_config *config,
                                   struct server_probe_seen *seen, char *words, size_t size)
{
    struct probing probing = {.config = config, .seen = seen, .words = words, .size = size};
    seen->settings = g_string_new(NULL);
    seen->offsets = g_string_new("t_ns,master_repl_offset\n");
    seen->notes = g_ptr_array_new_with_free_func(g_free);
    enum server_probe_end end = look(&probing);
    server_tls_close(probing.tls);
    redisFree(probing.context);
    return end;
}

/* ---- the scenario ---- */

#define BURSTY        2  /* a peak this many times the mean: the samples are the load */
#define SAMPLES_LEAST 10 /* for that */
#define QUIET         "50kb/s"

static bool is_bursty(const GString *offsets)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct input_series series;
    bool is_good = input_series_read(&series, "samples", offsets->str, offsets->len, diagnostics) &&
                   series.recorded.samples->len >= SAMPLES_LEAST &&
                   series.peak >= BURSTY * series.mean;
    input_series_clear(&series);
    diagnostics_free(diagnostics);
    return is_good;
}

GString *server_probe_scenario(const struct server_probe_seen *seen, const char *name,
                               struct provenance *provenance, struct diagnostics *diagnostics)
{
    char *conf = g_strdup_printf("%s: CONFIG GET", name), *info = g_strdup_printf("%s: INFO", name),
         *before = g_strdup_printf("%s: first INFO", name),
         *samples = g_strdup_printf("%s: master_repl_offset", name);
    const struct input_given given[] = {{conf, seen->settings},
                                        {before, seen->first},
                                        {info, seen->last ? seen->last : seen->first},
                                        {samples, seen->offsets},
                                        {NULL, NULL}};
    struct size_options options = {.info = seen->last ? before : info,
                                   .info_later = seen->last ? info : NULL,
                                   .conf = seen->settings->len > 0 ? conf : NULL,
                                   .series = is_bursty(seen->offsets) ? samples : NULL};
    struct input_figures *figures = input_read_given(&options, given, provenance, diagnostics);
    GString *yaml = NULL;
    if (figures && !figures->write_rate.value && seen->last) {
        input_note(&figures->write_rate, QUIET, g_strdup("a guess: nothing was written meanwhile"));
        provenance_remark(provenance,
                          "nothing was written to %s while it was watched: %s is a guess", name,
                          QUIET);
    }
    options = (struct size_options){0};
    if (figures)
        yaml = size_make(&options, figures, provenance, diagnostics);
    for (guint i = 0; i < seen->notes->len; i++)
        provenance_remark(provenance, "%s: %s", name, (char *)seen->notes->pdata[i]);
    input_figures_free(figures);
    g_free(conf);
    g_free(info);
    g_free(before);
    g_free(samples);
    return yaml;
}
