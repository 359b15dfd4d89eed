/* Outages: from the loss of a link to the request that came through. A kill by an output-buffer limit
 * and a new master are none: they are what a size must prevent, or nothing that it can. */
#include "sim/cli/size_logs.h"

#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/explain_replay.h"
#include "sim/cli/log_files.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/incident/derive_load.h"
#include "sim/incident/derive_node.h"
#include "sim/incident/derive_server.h"

#define PAYLOAD_MIN  (INT64_C(1) << 20) /* below, a phase's time says little about its size */
#define FORK_MIN     (INT64_C(64) << 20)
#define REPLICAS_MAX 32

enum value {
    VALUE_NAME,
    VALUE_SERVER,
    VALUE_DATASET,
    VALUE_REPLICAS,
    VALUE_FORK,
    VALUE_SAVE,
    VALUE_LOAD
};

struct phases {
    int64_t payload, fork_per_gb, save_rate, load_rate; /* 0: not known */
    int64_t outages, silences; /* of the outages, those that a timeout ended */
};

static bool is_outage(const struct story *story, const struct figures *figures)
{
    bool is_kill = story->lost_m && story->lost_m->kill.at.ns != HALF_ABSENT;
    return figures->back_ns != HALF_ABSENT && figures->lost_by != ENDED_TURNED && !is_kill &&
           story_verdict(story) != VERDICT_NONE;
}

static bool is_silence(const struct figures *figures)
{
    return figures->lost_by == ENDED_TIMEOUT || figures->lost_by == ENDED_TIMEOUT_BULK;
}

/* One row; the silence before a timeout belongs to it. */
static void add_outage(const struct story *story, const struct figures *figures, int64_t timeout_ns,
                       GString *out)
{
    bool by_replica = story->r && story->r->lost.ns != HALF_ABSENT;
    int64_t lost = by_replica ? incident_time(story->replica, story->r->lost.ns)
                              : incident_time(story->lost_by, story->lost_m->lost.ns);
    int64_t before = is_silence(figures) ? timeout_ns : 0;
    int64_t ms = MAX((figures->back_ns + before) / NS_PER_MS, 1), at = (lost - before) / NS_PER_MS;
    g_string_append_printf(out, "%" G_GINT64_FORMAT ".%03d,%" G_GINT64_FORMAT ".%03d,%s\n",
                           at / 1000, (int)(at % 1000), ms / 1000, (int)(ms % 1000), story->name);
}

static void least(int64_t *rate, int64_t bytes, int64_t ns)
{
    if (bytes < PAYLOAD_MIN || ns == HALF_ABSENT || ns < NS_PER_MS)
        return;
    int64_t now = MAX(mul_div(bytes, NS_PER_S, ns), 1);
    *rate = *rate == 0 ? now : MIN(*rate, now);
}

static void add_phases(const struct figures *figures, struct phases *phases)
{
    int64_t bytes = figures->payload.grade != GRADE_NONE ? figures->payload.value : 0;
    phases->payload = MAX(phases->payload, bytes);
    least(&phases->save_rate, bytes, figures->save_ns);
    least(&phases->load_rate, bytes, figures->load_ns);
    if (bytes >= FORK_MIN && figures->fork_ns != HALF_ABSENT)
        phases->fork_per_gb =
            MAX(phases->fork_per_gb, mul_div(MAX(figures->fork_ns, 1), INT64_C(1) << 30, bytes));
}

/* Of the master with the most offsets in the logs. */
static void add_offsets(struct size_logs *logs, const struct stories *stories,
                        const GPtrArray *evidence, const struct derive_clock *clock)
{
    GArray *most = NULL;
    for (guint node = 0; node < stories->nodes->len; node++) {
        GArray *points = derive_points(stories, evidence, clock, node);
        bool is_more = points->len > (most ? most->len : 1);
        if (is_more && most)
            g_array_unref(most);
        if (is_more)
            most = points;
        else
            g_array_unref(points);
    }
    if (!most)
        return;
    logs->offsets = g_string_new("t_ns,offset\n");
    for (guint i = 0; i < most->len; i++) {
        const struct offset_point *point = &g_array_index(most, struct offset_point, i);
        g_string_append_printf(logs->offsets, "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "\n",
                               point->t_ns, MAX(point->offset, 0));
    }
    g_array_unref(most);
}

static char *printed(enum quantity_kind kind, int64_t value, const char *behind)
{
    char text[32];
    quantity_print(kind, value, text, sizeof text);
    return value > 0 ? g_strconcat(text, behind, NULL) : NULL;
}

static void take_server(struct size_logs *logs, const struct stories *stories,
                        const GPtrArray *evidence)
{
    for (guint i = 0; i < stories->list->len && !logs->values[VALUE_SERVER]; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        if (!story->master)
            continue;
        struct derive_server server = derive_server(stories, evidence, (guint)story->master->node);
        if (server.from != SERVER_ASSUMED)
            logs->values[VALUE_SERVER] = g_strdup(server.name);
    }
}

struct span {
    int64_t first_ns, end_ns;
};

static struct span span_of(const struct incident *incident)
{
    struct span span = {INT64_MAX, 0};
    for (guint i = 0; i < incident_process_count(incident); i++) {
        const struct process *process = incident_process(incident, i);
        if (process->first.ns == HALF_ABSENT)
            continue;
        span.first_ns = MIN(span.first_ns, incident_time(process, process->first.ns));
        span.end_ns = MAX(span.end_ns, incident_time(process, process->latest.ns));
    }
    return span;
}

static void take(struct size_logs *logs, const struct stories *stories, const GPtrArray *evidence)
{
    struct phases phases = {0};
    struct derive_clock clock = {.to_ns = INT64_MAX,
                                 .timeout_ns = 60 * NS_PER_S /* the default of every version */};
    int64_t given = evidence_limits(evidence, "").timeout_s;
    struct span span = span_of(stories->incident);
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
    clock.timeout_ns = given != HALF_ABSENT ? given * NS_PER_S : clock.timeout_ns;
    logs->outages = g_string_new("start,duration,link\n");
    gsize head = logs->outages->len;
    for (guint i = 0; i < stories->list->len; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        struct figures figures = figures_of(stories, story);
        if (is_outage(story, &figures)) {
            add_outage(story, &figures, clock.timeout_ns, logs->outages);
            phases.outages++;
            phases.silences += is_silence(&figures);
        }
        if (verdict_is_full(story_verdict(story)))
            add_phases(&figures, &phases);
        g_hash_table_add(names, (gpointer)(uintptr_t)story->name);
    }
    add_offsets(logs, stories, evidence, &clock);
    take_server(logs, stories, evidence);
    logs->values[VALUE_DATASET] = printed(QUANTITY_SIZE, phases.payload, "");
    logs->values[VALUE_REPLICAS] =
        printed(QUANTITY_COUNT, MIN((int64_t)g_hash_table_size(names), REPLICAS_MAX), "");
    logs->values[VALUE_FORK] = printed(QUANTITY_DURATION, phases.fork_per_gb, "/gb");
    logs->values[VALUE_SAVE] = printed(QUANTITY_BYTERATE, phases.save_rate, "");
    logs->values[VALUE_LOAD] = printed(QUANTITY_BYTERATE, phases.load_rate, "");
    logs->input =
        (struct input_logs){.name = logs->values[VALUE_NAME],
                            .first_ns = span.first_ns,
                            .end_ns = span.end_ns,
                            .outages = logs->outages->len > head ? logs->outages : NULL,
                            .offsets = logs->offsets,
                            .server = logs->values[VALUE_SERVER],
                            .dataset = logs->values[VALUE_DATASET],
                            .replicas = logs->values[VALUE_REPLICAS],
                            .kind = phases.silences > phases.outages / 2 ? "partition" : "cut",
                            .fork = logs->values[VALUE_FORK],
                            .save = logs->values[VALUE_SAVE],
                            .load = logs->values[VALUE_LOAD]};
    g_hash_table_unref(names);
}

/* stdin is read once, by whoever reads the conf for the answer. */
static GPtrArray *conf_of(const char *conf, const struct stories *stories)
{
    GPtrArray *confs = g_ptr_array_new(), *none = g_ptr_array_new();
    if (conf && strcmp(conf, "-") != 0)
        g_ptr_array_add(confs, (gpointer)(uintptr_t)conf);
    g_ptr_array_add(confs, NULL);
    g_ptr_array_add(none, NULL);
    struct explain_given given = {confs, none, none};
    GPtrArray *evidence = explain_evidence(&given, stories);
    g_ptr_array_free(confs, TRUE);
    g_ptr_array_free(none, TRUE);
    return evidence;
}

int size_logs_read(struct size_logs *logs, const GPtrArray *files, const char *conf)
{
    const struct incident_options options = {.from_ns = HALF_ABSENT, .to_ns = HALF_ABSENT};
    struct log_files *reader = log_files_new(&options);
    guint count = 0;
    while (files->pdata[count])
        count++;
    bool is_good = log_files_read_all(reader, (char *const *)(void *)files->pdata, count);
    int code = is_good ? EXIT_HELD : EXIT_BAD_INPUT;
    if (is_good && !log_files_has_lines(reader))
        code = log_files_complain(reader, "size: --logs");
    if (code == EXIT_HELD) {
        struct stories *stories = stories_new(log_files_incident(reader));
        GPtrArray *evidence = conf_of(conf, stories);
        logs->values[VALUE_NAME] =
            count > 1 ? g_strdup_printf("%s and %u more", (char *)files->pdata[0], count - 1)
                      : g_strdup(files->pdata[0]);
        if (evidence)
            take(logs, stories, evidence);
        else
            code = EXIT_BAD_INPUT;
        if (evidence)
            g_ptr_array_free(evidence, TRUE);
        stories_free(stories);
    }
    log_files_free(reader);
    return code;
}

void size_logs_clear(struct size_logs *logs)
{
    for (size_t i = 0; i < G_N_ELEMENTS(logs->values); i++)
        g_free(logs->values[i]);
    if (logs->outages)
        g_string_free(logs->outages, TRUE);
    if (logs->offsets)
        g_string_free(logs->offsets, TRUE);
}
