/* The run is compared by what can be: replica, kind, reason and outcome of every resynchronisation,
 * in order; the time without a link is shown beside it. */
#include "sim/cli/explain_replay.h"

#include <cjson/cJSON.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/explain_run.h"
#include "sim/cli/explain_spare.h"
#include "sim/incident/derive.h"
#include "sim/incident/derive_name.h"
#include "sim/incident/derive_server.h"
#include "sim/incident/figures.h"
#include "sim/scenario/recorded_series.h"
#include "sim/scenario/input_conf.h"
#include "sim/study/input/input_info.h"
#include "sim/text/humanize.h"
#include "sim/text/source_text.h"

/* ---- what is given ---- */

struct given_file {
    char *node, *name; /* node NULL: none is named. Owned */
    char *bytes;       /* owned */
    size_t len;
};

static bool given_file_read(struct given_file *source, const char *text,
                            const struct stories *stories)
{
    char *error = NULL;
    const char *equals = strchr(text, '=');
    memset(source, 0, sizeof(*source));
    for (guint i = 0; equals && i < stories->nodes->len; i++)
        if (strncmp(stories->nodes->pdata[i], text, (size_t)(equals - text)) == 0 &&
            strlen(stories->nodes->pdata[i]) == (size_t)(equals - text))
            source->node = g_strdup(stories->nodes->pdata[i]);
    source->name = g_strdup(source->node ? equals + 1 : text);
    source->bytes = text_read(source->name, &source->len, &error);
    if (!source->bytes)
        cli_fail(EXIT_BAD_INPUT, "%s: %s", source->name, error);
    g_free(error);
    return source->bytes != NULL;
}

static void given_file_clear(struct given_file *source)
{
    g_free(source->node);
    g_free(source->name);
    g_free(source->bytes);
}

static bool take_conf(const struct given_file *source, const struct stories *stories,
                      GPtrArray *evidence, struct diagnostics *diagnostics)
{
    struct input_conf conf;
    (void)stories;
    bool is_good = input_conf_read(&conf, source->name, source->bytes, source->len, diagnostics);
    struct evidence *made = g_new0(struct evidence, 1);
    made->node = g_strdup(source->node);
    for (int i = 0; i < CONFIG_COUNT; i++)
        made->config[i] = g_strdup(conf.values[i]);
    g_ptr_array_add(evidence, made);
    input_conf_clear(&conf);
    return is_good;
}

static bool take_info(const struct given_file *source, const struct stories *stories,
                      GPtrArray *evidence, struct diagnostics *diagnostics)
{
    struct input_info info;
    (void)stories;
    if (!input_info_read(&info, source->name, source->bytes, source->len, diagnostics))
        return false;
    struct evidence *made = g_new0(struct evidence, 1);
    made->node = g_strdup(source->node);
    if (info.valkey[0] || info.version[0])
        made->server = g_strconcat(info.valkey[0] ? "valkey-" : "redis-",
                                   info.valkey[0] ? info.valkey : info.version, NULL);
    if (info.backlog_bytes > 0)
        made->config[CONFIG_backlog_bytes] =
            g_strdup_printf("%" G_GINT64_FORMAT, info.backlog_bytes);
    g_ptr_array_add(evidence, made);
    return true;
}

/* Of an export of several servers the one that listens at that port. NULL: the text is as it was.
 */
static char *of_instance(const struct given_file *source, int64_t port)
{
    cJSON *document =
        source->bytes[0] == '{' ? cJSON_ParseWithLength(source->bytes, source->len) : NULL;
    cJSON *result = cJSON_GetObjectItem(cJSON_GetObjectItem(document, "data"), "result");
    char *suffix = g_strdup_printf(":%" G_GINT64_FORMAT, port), *text = NULL;
    for (int i = cJSON_GetArraySize(result) - 1; i >= 0; i--) {
        const cJSON *metric = cJSON_GetObjectItem(cJSON_GetArrayItem(result, i), "metric");
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(metric, "__name__"));
        const char *instance = cJSON_GetStringValue(cJSON_GetObjectItem(metric, "instance"));
        if (!name || !g_str_has_suffix(name, "master_repl_offset") || !instance ||
            !g_str_has_suffix(instance, suffix))
            cJSON_DeleteItemFromArray(result, i);
    }
    if (document && cJSON_GetArraySize(result) > 0)
        text = cJSON_PrintUnformatted(document);
    cJSON_Delete(document);
    g_free(suffix);
    return text;
}

static bool take_points(const char *name, const char *bytes, const char *node, GPtrArray *evidence,
                        struct diagnostics *diagnostics)
{
    struct recorded_series series;
    bool is_good = recorded_series_read(&series, name, bytes, strlen(bytes), diagnostics);
    if (!is_good) {
        recorded_series_clear(&series);
        return false;
    }
    struct evidence *made = g_new0(struct evidence, 1);
    made->node = g_strdup(node);
    made->points = g_array_new(FALSE, FALSE, sizeof(struct offset_point));
    for (guint i = 0; i < series.samples->len; i++) {
        const struct recorded_sample *sample =
            &g_array_index(series.samples, struct recorded_sample, i);
        struct offset_point point = {sample->t_ns, sample->offset};
        g_array_append_val(made->points, point);
    }
    g_ptr_array_add(evidence, made);
    recorded_series_clear(&series);
    return true;
}

static bool take_series(const struct given_file *source, const struct stories *stories,
                        GPtrArray *evidence, struct diagnostics *diagnostics)
{
    bool is_found = false;
    if (source->node)
        return take_points(source->name, source->bytes, source->node, evidence, diagnostics);
    for (guint i = 0; i < incident_process_count(stories->incident); i++) {
        const struct process *process = incident_process(stories->incident, i);
        char *text = process->port > 0 ? of_instance(source, process->port) : NULL;
        struct diagnostics *ignored = diagnostics_new(); /* an offset that never moved is no load */
        is_found = is_found || text;
        if (text)
            take_points(source->name, text, stories_node(stories, process), evidence, ignored);
        diagnostics_free(ignored);
        cJSON_free(text);
    }
    if (!is_found)
        cli_fail(EXIT_BAD_INPUT,
                 "explain: --series %s: which server it is of is not known; expected NODE=FILE",
                 source->name);
    return is_found;
}

typedef bool take_source(const struct given_file *source, const struct stories *stories,
                         GPtrArray *evidence, struct diagnostics *diagnostics);

static bool take_all(const GPtrArray *texts, take_source *take, const struct stories *stories,
                     GPtrArray *evidence)
{
    bool is_good = true;
    for (guint i = 0; texts->pdata[i] && is_good; i++) {
        struct given_file source;
        struct diagnostics *diagnostics = diagnostics_new();
        is_good = given_file_read(&source, texts->pdata[i], stories) &&
                  take(&source, stories, evidence, diagnostics);
        diagnostics_print(diagnostics, stderr, cli_is_coloured(stderr));
        diagnostics_free(diagnostics);
        given_file_clear(&source);
    }
    return is_good;
}

GPtrArray *explain_evidence(const struct explain_given *given, const struct stories *stories)
{
    GPtrArray *evidence = g_ptr_array_new_with_free_func(evidence_free);
    if (take_all(given->infos, take_info, stories, evidence) &&
        take_all(given->confs, take_conf, stories, evidence) &&
        take_all(given->series, take_series, stories, evidence))
        return evidence;
    g_ptr_array_free(evidence, TRUE);
    return NULL;
}

/* ---- the run ---- */

static GString *of_logs(const struct stories *stories, const char *name, int64_t *away)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < stories->list->len; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        enum verdict verdict = story_verdict(story);
        if (!story->r || !story->m || verdict == VERDICT_NONE ||
            story_outcome(story) == OUTCOME_OPEN)
            continue;
        char *of = derive_name(story->name);
        int64_t span = figures_span(story->r->lost, story->r->done);
        if (strcmp(of, name) == 0) {
            *away += span != HALF_ABSENT ? span : 0;
            explain_run_append(list, verdict_is_full(verdict) ? "full" : "partial",
                               verdict_name(verdict),
                               story_outcome(story) == OUTCOME_FAILED ? "failed" : "online");
        }
        g_free(of);
    }
    return list;
}

/* The profiles it ran on, each once. */
static GString *servers_of(const struct stories *stories, const GPtrArray *evidence,
                           const GArray *nodes)
{
    GString *all = g_string_new(NULL);
    for (guint node = 0; node < stories->nodes->len; node++) {
        struct derive_server server = derive_server(stories, evidence, node);
        char *name = derive_name(stories->nodes->pdata[node]);
        GString *one = g_string_new(NULL);
        bool is_in = false;
        for (guint i = 0; i < nodes->len; i++)
            is_in = is_in || strcmp(g_array_index(nodes, struct node_run, i).name, name) == 0;
        derive_server_print(&server, one);
        if (is_in && !strstr(all->str, one->str))
            g_string_append_printf(all, "%s%s", all->len ? "; " : "", one->str);
        g_string_free(one, TRUE);
        g_free(name);
    }
    return all;
}

static int compare_run(const struct stories *stories, const GPtrArray *evidence,
                       const GArray *nodes, GString *out)
{
    GString *servers = servers_of(stories, evidence, nodes);
    guint same = 0, replicas = 0;
    int64_t away = 0, run_away = 0;
    GString *differences = g_string_new(NULL);
    for (guint i = 0; i < nodes->len; i++) {
        const struct node_run *node = &g_array_index(nodes, struct node_run, i);
        GString *logged = of_logs(stories, node->name, &away);
        bool is_same = strcmp(logged->str, node->list->str) == 0;
        run_away += node->away_ns;
        replicas += logged->len > 0 || node->list->len > 0;
        same += is_same && logged->len > 0;
        if (!is_same)
            g_string_append_printf(differences, "\n        %s  logs: %s\n        %*s  run:  %s",
                                   node->name, logged->len ? logged->str : "-",
                                   (int)strlen(node->name), "",
                                   node->list->len ? node->list->str : "-");
        g_string_free(logged, TRUE);
    }
    bool is_same = same == replicas;
    g_string_append_printf(
        out, "replay  %s: %u of %u replicas (kinds, reasons, outcomes), on %s; no link ",
        is_same ? "same story" : "ANOTHER STORY", same, replicas, servers->str);
    g_string_free(servers, TRUE);
    g_string_append_printf(out, "%s against %s%s\n", humanize_span(run_away).text,
                           humanize_span(away).text, differences->str);
    g_string_free(differences, TRUE);
    return is_same ? EXIT_HELD : EXIT_DIFFERS;
}

static int run_scenario(const struct explained *explained, const char *path, const GString *text,
                        GString *out, struct spared *spared)
{
    int code = EXIT_HELD;
    GArray *nodes = explain_run(path, text, NULL, &code);
    if (!nodes)
        return code;
    code = compare_run(explained->stories, explained->evidence, nodes, out);
    spared->is_run = true;
    spared->is_same = code == EXIT_HELD;
    explain_spare(path, text, nodes, spared);
    explain_run_free(nodes);
    return code;
}

int explain_replay(const struct explained *explained, const char *path, GString *out,
                   struct spared *spared)
{
    const struct stories *stories = explained->stories;
    bool has_both = false;
    for (guint i = 0; i < stories->list->len; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        has_both = has_both || (story->r && story->m && story_verdict(story) != VERDICT_NONE);
    }
    if (!has_both) {
        g_string_append(
            out, "replay  none: it needs a resynchronisation of which both logs are given\n");
        return EXIT_DIFFERS;
    }
    GString *text = derive_scenario(stories, explained->evidence);
    GError *error = NULL;
    int code = g_file_set_contents(path, text->str, (gssize)text->len, &error)
                   ? run_scenario(explained, path, text, out, spared)
                   : cli_fail(EXIT_SYSTEM, "%s", error->message);
    g_clear_error(&error);
    g_string_free(text, TRUE);
    return code;
}
