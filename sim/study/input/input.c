/* Files -> figures. See input.h. */
#include "sim/study/input/input.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "models/psync/profile.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/scenario/input_conf.h"
#include "sim/study/input/input_info.h"
#include "sim/study/input/input_outages.h"
#include "sim/study/input/input_series.h"

#define REPLICAS_MAX  32
#define FORK_DATA_MIN (INT64_C(64) << 20) /* below, a fork's time says little about its size */
#define FILE_MAX      ((size_t)64 << 20)
#define GB            (INT64_C(1) << 30)
#define SHORT_LOG     (INT64_C(30) * 86400 * NS_PER_S)
#define COARSE_STEP   (INT64_C(60) * NS_PER_S)

struct input {
    const struct size_options *options;
    const struct input_given *given;
    const struct input_logs *logs;
    struct provenance *provenance;
    struct diagnostics *diagnostics;
    struct input_figures *figures;
};

struct words {
    char text[32];
};

static struct words humanize_of(enum quantity_kind kind, int64_t value)
{
    struct words words = {0};
    quantity_print_short(kind, value, words.text, sizeof words.text);
    return words;
}

void input_note(struct input_figure *figure, const char *value, char *from)
{
    g_free(figure->value);
    g_free(figure->from);
    figure->value = g_strdup(value);
    figure->from = from;
}

static void note_quantity(struct input_figure *figure, enum quantity_kind kind, int64_t value,
                          char *from)
{
    char text[32];
    quantity_print(kind, value, text, sizeof text);
    input_note(figure, text, from);
}

static void cannot_read(const struct input *input, const char *path, const char *why)
{
    struct place place = {.source = diagnostics_source(input->diagnostics, path, NULL, 0)};
    diagnostics_add(input->diagnostics, place, "%s", why);
}

/* "-" is stdin. NULL after a problem. Free with g_free. */
static char *load(const struct input *input, const char *path, size_t *len)
{
    for (const struct input_given *given = input->given; given && given->name; given++) {
        if (strcmp(given->name, path) != 0)
            continue;
        *len = given->text->len;
        return g_strndup(given->text->str, given->text->len);
    }
    char part[65536];
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rbe");
    if (!file) {
        cannot_read(input, path, g_strerror(errno));
        return NULL;
    }
    GString *bytes = g_string_new(NULL);
    size_t got;
    while (bytes->len <= FILE_MAX && (got = fread(part, 1, sizeof part, file)) > 0)
        g_string_append_len(bytes, part, (gssize)got);
    bool is_failed = ferror(file) != 0, is_large = bytes->len > FILE_MAX;
    if (is_failed || is_large)
        cannot_read(input, path, is_failed ? g_strerror(errno) : "larger than 64 MB");
    if (!is_stdin)
        fclose(file);
    *len = bytes->len;
    return g_string_free(bytes, is_failed || is_large);
}

/* ---- redis.conf ---- */

static void note_conf(const struct input *input, const struct input_conf *conf)
{
    bool is_file = input->given == NULL;
    for (int i = 0; i < CONFIG_COUNT; i++)
        if (conf->values[i])
            input_note(
                &input->figures->config[i], conf->values[i],
                is_file ? g_strdup_printf("%s line %d", input->options->conf, (int)conf->lines[i])
                        : g_strdup_printf("%s %s", input->options->conf, config_name(i)));
    bool is_silent = true;
    for (int i = 0; i < CONFIG_COUNT; i++)
        is_silent = is_silent && !conf->values[i];
    if (is_silent)
        provenance_remark(input->provenance,
                          "%s sets nothing that matters to replication: is it a redis.conf?",
                          input->options->conf);
    for (guint i = 0; i < conf->includes->len; i++)
        provenance_remark(input->provenance,
                          "%s includes %s, which was not read: what it sets is not known here "
                          "(redis-cli CONFIG GET '*' prints all that is in force)",
                          input->options->conf, (char *)conf->includes->pdata[i]);
}

static void read_conf(const struct input *input)
{
    size_t len = 0;
    const char *path = input->options->conf;
    char *bytes = path ? load(input, path, &len) : NULL;
    if (!bytes)
        return;
    struct input_conf conf;
    if (input_conf_read(&conf, path, bytes, len, input->diagnostics))
        note_conf(input, &conf);
    input_conf_clear(&conf);
    g_free(bytes);
}

/* ---- INFO ---- */

static void note_server(const struct input *input, const struct input_info *info, const char *path)
{
    bool is_valkey = info->valkey[0] != '\0';
    const char *version = is_valkey ? info->valkey : info->version;
    char *name = g_strconcat(is_valkey ? "valkey-" : "redis-", version, NULL);
    if (version[0] != '\0' && profile_find(name))
        input_note(&input->figures->server, name, g_strdup_printf("%s: version", path));
    else if (version[0] != '\0' && !input->options->server)
        provenance_remark(input->provenance,
                          "%s is of %s, which has no profile here (psyncsim profiles): the default "
                          "stands in for it",
                          path, name);
    g_free(name);
}

/* A running server's word goes before that of its file. */
static void note_running(const struct input *input, int directive, int64_t running,
                         const char *path)
{
    struct input_figure *figure = &input->figures->config[directive];
    if (running < 0)
        return;
    char text[32];
    quantity_print(QUANTITY_SIZE, running, text, sizeof text);
    int64_t configured = running;
    if (figure->value)
        quantity_parse(QUANTITY_SIZE, figure->value, strlen(figure->value), &configured);
    if (configured != running)
        provenance_remark(input->provenance,
                          "%s: %s says %s, but the running server (%s) %s, which counts here; was "
                          "it changed by CONFIG SET and not written back (CONFIG REWRITE)?",
                          config_name(directive), figure->from, figure->value, path, text);
    if (!figure->value || configured != running)
        input_note(figure, text, g_strdup(path));
}

static void note_fork(const struct input *input, const struct input_info *info, const char *path)
{
    if (info->fork_us <= 0 || info->used_memory < FORK_DATA_MIN)
        return;
    int64_t us = MAX(mul_div(info->fork_us, GB, info->used_memory), 1);
    char *value = g_strdup_printf("%" G_GINT64_FORMAT "us/gb", us);
    input_note(&input->figures->fork, value,
               g_strdup_printf("%s: latest_fork_usec by used_memory", path));
    g_free(value);
}

static void note_counts(const struct input *input, const struct input_info *info, const char *path)
{
    struct input_figures *figures = input->figures;
    bool is_split = info->dataset_bytes >= 0;
    int64_t bytes = is_split ? info->dataset_bytes : info->used_memory;
    if (bytes >= 0)
        note_quantity(&figures->dataset, QUANTITY_SIZE, bytes,
                      g_strdup_printf("%s: used_memory%s; an RDB is usually smaller", path,
                                      is_split ? "_dataset" : ""));
    if (info->keys > 0)
        note_quantity(&figures->keys, QUANTITY_COUNT, info->keys, g_strdup(path));
    if (info->replicas > 0)
        note_quantity(&figures->replicas, QUANTITY_COUNT, MIN(info->replicas, REPLICAS_MAX),
                      g_strdup_printf("%s: connected_slaves", path));
    if (info->replicas > REPLICAS_MAX)
        provenance_remark(input->provenance,
                          "%s has %" G_GINT64_FORMAT " replicas; %d of them are simulated", path,
                          info->replicas, REPLICAS_MAX);
    if (info->is_replica)
        provenance_remark(input->provenance,
                          "%s is of a replica: limits, memory and number of replicas are those of "
                          "its master in truth",
                          path);
}

static void note_rate(const struct input *input, const struct input_info *infos, int count)
{
    static const char OF_CLIENTS[] =
        "the server makes no replication stream, for it has neither replica nor backlog; the rate "
        "is that of all that its clients send, which is more";
    static const char OF_INFO[] =
        "a write rate from INFO is a mean without bursts: --series takes a recorded offset";
    struct input_rate rate = input_info_rate(&infos[0], count > 1 ? &infos[1] : NULL);
    char *from = g_strdup_printf("%s: %s", input->options->info, rate.from);
    if (rate.bytes_per_s == 0)
        input_note(&input->figures->write_rate, NULL,
                   g_strconcat(from,
                               ", a rate of 0; take them further apart, while it is written to",
                               NULL));
    else if (rate.bytes_per_s == INFO_UNKNOWN)
        input_note(&input->figures->write_rate, NULL, g_strdup(from));
    else if (!input->options->write_rate && !input->options->series)
        provenance_remark(input->provenance, "%s", rate.is_of_clients ? OF_CLIENTS : OF_INFO);
    if (rate.bytes_per_s > 0)
        note_quantity(&input->figures->write_rate, QUANTITY_BYTERATE, rate.bytes_per_s,
                      g_strdup(from));
    g_free(from);
}

static bool read_info(const struct input *input, const char *path, struct input_info *info)
{
    size_t len = 0;
    char *bytes = load(input, path, &len);
    bool is_good = bytes && input_info_read(info, path, bytes, len, input->diagnostics);
    g_free(bytes);
    return is_good;
}

static void read_infos(const struct input *input)
{
    const char *paths[] = {input->options->info, input->options->info_later};
    struct input_info infos[2];
    int count = paths[1] ? 2 : paths[0] ? 1 : 0, good = 0;
    for (int i = 0; i < count; i++)
        good += read_info(input, paths[i], &infos[i]);
    if (count == 0 || good < count)
        return;
    int last = count > 1 && infos[1].uptime_s >= infos[0].uptime_s ? 1 : 0;
    const struct input_info *info = &infos[last];
    note_server(input, info, paths[last]);
    note_running(input, CONFIG_backlog_bytes, info->backlog_bytes, paths[last]);
    note_running(input, CONFIG_maxmemory, info->maxmemory, paths[last]);
    note_fork(input, info, paths[last]);
    if (info->used_memory > 0) {
        char *bytes = g_strdup_printf("%" G_GINT64_FORMAT, info->used_memory);
        provenance_add(input->provenance, PROVENANCE_USED_MEMORY, bytes, paths[last]);
        g_free(bytes);
    }
    note_counts(input, info, paths[last]);
    note_rate(input, infos, count);
}

/* ---- recorded offset ---- */

static void remark_series(const struct input *input, const char *path,
                          const struct input_series *series, guint stride)
{
    if (series->recorded.resets > 0)
        provenance_remark(input->provenance,
                          "%s: the offset goes back %" G_GINT64_FORMAT
                          " time%s (another master, or a restart); what was written there is taken "
                          "to be the mean",
                          path, series->recorded.resets, series->recorded.resets > 1 ? "s" : "");
    if (series->gaps > 0)
        provenance_remark(input->provenance,
                          "%s: %" G_GINT64_FORMAT
                          " gap%s, the longest %s: what was written is spread evenly there",
                          path, series->gaps, series->gaps > 1 ? "s" : "",
                          humanize_of(QUANTITY_DURATION, series->longest_ns).text);
    if (stride > 1)
        provenance_remark(input->provenance,
                          "%s has more samples than a scenario takes: every %u. one is used, which "
                          "flattens bursts",
                          path, stride);
    else if (series->step_ns >= COARSE_STEP)
        provenance_remark(input->provenance,
                          "%s has a sample in %s: shorter bursts than that are not seen", path,
                          humanize_of(QUANTITY_DURATION, series->step_ns).text);
}

static void note_series(const struct input *input, const char *path,
                        const struct input_series *series)
{
    guint count = series->recorded.samples->len, stride = 0;
    const struct recorded_sample *samples =
        (const struct recorded_sample *)(void *)series->recorded.samples->data;
    char *value = g_strdup_printf("mean %s/s, p99 %s/s, peak %s/s",
                                  humanize_of(QUANTITY_SIZE, series->mean).text,
                                  humanize_of(QUANTITY_SIZE, series->p99).text,
                                  humanize_of(QUANTITY_SIZE, series->peak).text);
    input_note(&input->figures->write_rate, value,
               g_strdup_printf(
                   "%s: %u samples, %s apart, %s in all, repeated", path, count,
                   humanize_of(QUANTITY_DURATION, series->step_ns).text,
                   humanize_of(QUANTITY_DURATION, samples[count - 1].t_ns - samples[0].t_ns).text));
    input->figures->rows = input_series_rows(series, &stride);
    remark_series(input, path, series, stride);
    g_free(value);
}

static void read_series(const struct input *input)
{
    size_t len = 0;
    const char *path = input->options->series;
    char *bytes = path ? load(input, path, &len) : NULL;
    if (!bytes)
        return;
    struct input_series series;
    if (input_series_read(&series, path, bytes, len, input->diagnostics))
        note_series(input, path, &series);
    input_series_clear(&series);
    g_free(bytes);
}

/* ---- outages ---- */

static void note_frequency(const struct input *input, const char *path,
                           const struct input_outages *outages)
{
    int64_t span = outages->end_ns - outages->first_ns,
            milli = input_outages_per_year_milli(outages);
    struct words days = humanize_of(QUANTITY_DURATION, span);
    guint links = MAX(g_hash_table_size(outages->links), 1);
    if (milli == 0) {
        input_note(&input->figures->per_year, NULL,
                   g_strdup_printf("assumed: %s lists %s, so no frequency can be derived", path,
                                   outages->end_ns > 0 ? "a single outage" : "durations alone"));
        return;
    }
    char *value = g_strdup_printf("%" G_GINT64_FORMAT ".%03d", MAX(milli, 10) / 1000,
                                  (int)(MAX(milli, 10) % 1000));
    input_note(&input->figures->per_year, value,
               g_strdup_printf("%s: %u in %s from first start to last end, of %u link%s", path,
                               outages->durations_ns->len, days.text, links, links > 1 ? "s" : ""));
    if (span < SHORT_LOG && !input->options->per_year)
        provenance_remark(input->provenance,
                          "%s spans %s only: how often outages come in a year (%s of each replica) "
                          "is extrapolated; --outages-per-year replaces it",
                          path, days.text, value);
    g_free(value);
}

static void note_outages(const struct input *input, const char *path,
                         const struct input_outages *outages)
{
    guint count = outages->durations_ns->len;
    const int64_t *lengths = (const int64_t *)(void *)outages->durations_ns->data;
    char *value = g_strdup_printf(
        "median %s, longest %s",
        humanize_of(QUANTITY_DURATION, lengths[(count - 1) / 2] / 2 + lengths[count / 2] / 2).text,
        humanize_of(QUANTITY_DURATION, lengths[count - 1]).text);
    input_note(&input->figures->outages, value,
               g_strdup_printf("%s: %u outage%s", path, count, count > 1 ? "s" : ""));
    input->figures->law = input_outages_law(outages);
    char *number = g_strdup_printf("%u", count);
    provenance_add(input->provenance, PROVENANCE_RECORDED, number, path);
    g_free(number);
    for (guint i = 0; i < count; i++)
        input->figures->outage_mean_s += (double)lengths[i] / (double)NS_PER_S / count;
    provenance_remark(input->provenance,
                      "no outage longer than the longest in %s (%s) is accounted for; of what "
                      "happens less often than once in %u outages the log says nothing",
                      path, humanize_of(QUANTITY_DURATION, lengths[count - 1]).text, count);
    g_free(value);
}

bool input_is_file(const char *outages)
{
    return outages && (strcmp(outages, "-") == 0 || g_file_test(outages, G_FILE_TEST_EXISTS));
}

static void read_outages(const struct input *input)
{
    size_t len = 0;
    const char *path = input->options->outages;
    char *bytes = input_is_file(path) ? load(input, path, &len) : NULL;
    if (!bytes)
        return;
    struct input_outages outages;
    if (input_outages_read(&outages, path, bytes, len, input->diagnostics)) {
        note_outages(input, path, &outages);
        note_frequency(input, path, &outages);
    }
    input_outages_clear(&outages);
    g_free(bytes);
}

/* ---- servers' logs ---- */

static void note_logged(const struct input *input, struct input_figure *figure, const char *value,
                        const char *how)
{
    if (value)
        input_note(figure, value, g_strdup_printf("%s: %s", input->logs->name, how));
}

/* Logs of an incident begin and end with it: what comes in a week of them says nothing about a year. */
static void note_logged_frequency(const struct input *input, struct input_outages *outages)
{
    const struct input_logs *logs = input->logs;
    outages->first_ns = MIN(outages->first_ns, logs->first_ns);
    outages->end_ns = MAX(outages->end_ns, logs->end_ns);
    int64_t span = outages->end_ns - outages->first_ns;
    if (span >= SHORT_LOG)
        note_frequency(input, logs->name, outages);
    else
        input_note(&input->figures->per_year, NULL,
                   g_strdup_printf("assumed: %s spans %s, too little for a frequency", logs->name,
                                   humanize_of(QUANTITY_DURATION, span).text));
}

static void read_logged_outages(const struct input *input)
{
    const struct input_logs *logs = input->logs;
    struct input_outages outages;
    if (!logs->outages || input->options->outages)
        return;
    if (input_outages_read(&outages, logs->name, logs->outages->str, logs->outages->len,
                           input->diagnostics)) {
        note_outages(input, logs->name, &outages);
        note_logged_frequency(input, &outages);
    }
    input_outages_clear(&outages);
}

static void read_logged_offsets(const struct input *input)
{
    const struct input_logs *logs = input->logs;
    struct input_series series;
    if (!logs->offsets || input->options->series || input->options->write_rate)
        return;
    if (input_series_read(&series, logs->name, logs->offsets->str, logs->offsets->len,
                          input->diagnostics))
        note_series(input, logs->name, &series);
    input_series_clear(&series);
}

/* Before the other files, which know better. */
static void read_logs(const struct input *input)
{
    const struct input_logs *logs = input->logs;
    struct input_figures *figures = input->figures;
    if (!logs)
        return;
    note_logged(input, &figures->server, logs->server, "version");
    note_logged(input, &figures->dataset, logs->dataset, "the largest payload");
    note_logged(input, &figures->replicas, logs->replicas, "replicas that resynchronised");
    note_logged(input, &figures->kind, logs->kind, "how most of the losses were noticed");
    note_logged(input, &figures->fork, logs->fork, "fork, at most, by the payload");
    note_logged(input, &figures->save, logs->save, "the slowest save");
    note_logged(input, &figures->load, logs->load, "the slowest load");
    read_logged_offsets(input);
    read_logged_outages(input);
}

/* ---- the whole ---- */

static struct input_figures *read_all(struct input *input)
{
    size_t before = diagnostics_count(input->diagnostics);
    input->figures = g_new0(struct input_figures, 1);
    read_logs(input);
    read_conf(input);
    read_infos(input);
    read_series(input);
    read_outages(input);
    if (diagnostics_count(input->diagnostics) == before)
        return input->figures;
    input_figures_free(input->figures);
    return NULL;
}

struct input_figures *input_read(const struct size_options *options, const struct input_logs *logs,
                                 struct provenance *provenance, struct diagnostics *diagnostics)
{
    struct input input = {
        .options = options, .logs = logs, .provenance = provenance, .diagnostics = diagnostics};
    return read_all(&input);
}

struct input_figures *input_read_given(const struct size_options *options,
                                       const struct input_given *given,
                                       struct provenance *provenance,
                                       struct diagnostics *diagnostics)
{
    struct input input = {
        .options = options, .given = given, .provenance = provenance, .diagnostics = diagnostics};
    return read_all(&input);
}

static void release(struct input_figure *figure)
{
    g_free(figure->value);
    g_free(figure->from);
}

void input_figures_free(struct input_figures *figures)
{
    if (!figures)
        return;
#define SIZE_OPTION(field, name, letter, argument, fallback, what) release(&figures->field);
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    for (int i = 0; i < CONFIG_COUNT; i++)
        release(&figures->config[i]);
    release(&figures->keys);
    release(&figures->fork);
    release(&figures->save);
    release(&figures->load);
    if (figures->rows)
        g_string_free(figures->rows, TRUE);
    if (figures->law)
        g_string_free(figures->law, TRUE);
    g_free(figures);
}
