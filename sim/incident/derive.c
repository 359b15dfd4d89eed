/* Values come from conf, then CONFIG GET, INFO, the logs, and last the version's default. A rate is
 * in plain bytes: 1m is 10^6. */
#include "sim/incident/derive.h"

#include <stdlib.h>
#include <string.h>
#include "models/psync/profile.h"
#include "sim/engine/time.h"
#include "sim/incident/derive_fault.h"
#include "sim/incident/derive_load.h"
#include "sim/incident/derive_name.h"
#include "sim/incident/derive_node.h"
#include "sim/incident/derive_server.h"
#include "sim/incident/figures.h"

#define MARGIN_NS (2 * NS_PER_S)

struct derivation {
    const struct stories *stories;
    const GPtrArray *evidence;
    struct derive_clock clock;
    struct derive_server server; /* of the first node; others name their own */
    GString *assumed;            /* what neither a line nor a given file has: "; ..." */
    GString *out;
};

/* ---- what the stories of a node have ---- */

/* The upper median of a phase of the full resynchronisations that came through. */
static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum phase { PHASE_SAVE, PHASE_LOAD, PHASE_PAYLOAD, PHASE_KEYS };

static int64_t phase_of(const struct derivation *derivation, int32_t node, enum phase phase)
{
    int64_t values[256] = {0};
    guint count = 0;
    const GArray *list = derivation->stories->list;
    for (guint i = 0; i < list->len && count < G_N_ELEMENTS(values); i++) {
        const struct story *story = &g_array_index(list, struct story, i);
        if (!verdict_is_full(story_verdict(story)))
            continue;
        struct figures figures = figures_of(derivation->stories, story);
        const struct process *of = phase == PHASE_LOAD ? story->replica : story->master;
        int64_t keys = story->r ? story->r->keys : HALF_ABSENT;
        int64_t value = phase == PHASE_SAVE                   ? figures.save_ns
                        : phase == PHASE_LOAD                 ? figures.load_ns
                        : phase == PHASE_KEYS                 ? keys
                        : figures.payload.grade != GRADE_NONE ? figures.payload.value
                        : story->r && story->r->memory_milli_mb > 0
                            ? story->r->memory_milli_mb * 850
                            : HALF_ABSENT;
        if (of && of->node == node && value != HALF_ABSENT && value > 0)
            values[count++] = value;
    }
    if (count == 0)
        return HALF_ABSENT;
    qsort(values, count, sizeof(values[0]), compare);
    return phase == PHASE_PAYLOAD || phase == PHASE_KEYS ? values[0] : values[count / 2];
}

/* ---- sections ---- */

static void print_rate(const struct derivation *derivation, const char *key, int64_t bytes,
                       int64_t ns)
{
    if (bytes != HALF_ABSENT && ns != HALF_ABSENT && ns >= NS_PER_MS)
        g_string_append_printf(derivation->out, ", %s: %" G_GINT64_FORMAT "b/s", key,
                               MAX(mul_div(bytes, NS_PER_S, ns), 1));
}

static void print_hosts(const struct derivation *derivation)
{
    const struct stories *stories = derivation->stories;
    g_string_append(derivation->out, "hosts:\n  default: { preset: recorder, busy: 0% }\n");
    for (guint node = 0; node < stories->nodes->len; node++) {
        const char *plain = stories->nodes->pdata[node];
        if (!derive_takes_part(stories, node))
            continue;
        char *name = derive_name(plain);
        int64_t payload = phase_of(derivation, (int32_t)node, PHASE_PAYLOAD), base = 20 * NS_PER_MS;
        int64_t save = phase_of(derivation, (int32_t)node, PHASE_SAVE);
        int64_t load = phase_of(derivation, (int32_t)node, PHASE_LOAD), any = payload;
        for (guint k = 0; any == HALF_ABSENT && k < stories->nodes->len; k++)
            any = phase_of(derivation, (int32_t)k, PHASE_PAYLOAD);
        g_string_append_printf(derivation->out, "  %s: { boot: 0s", name);
        if (save > base)
            print_rate(derivation, "save", payload, save - base);
        print_rate(derivation, "diskless", payload, save);
        print_rate(derivation, "load", any, load);
        g_string_append(derivation->out, " }\n");
        g_free(name);
    }
}

/* ---- what the logs give away of the configuration ---- */

struct inferred {
    int64_t accepted, refused; /* bytes owed: at most, at least; 0: none */
    int64_t omem;              /* of kills by a hard limit */
    bool has_save, is_diskless, is_delayed;
    bool has_full, has_channels; /* full ones, of which some took two connections */
};

/* At either side of the story. */
static void infer_channels(const struct stories *stories, const struct story *story,
                           const char *node, struct inferred *inferred)
{
    bool is_master = story->m && strcmp(stories_node(stories, story->master), node) == 0;
    bool is_replica = story->r && strcmp(stories_node(stories, story->replica), node) == 0;
    if (!(is_master || is_replica) || !verdict_is_full(story_verdict(story)))
        return;
    inferred->has_full = true;
    inferred->has_channels = inferred->has_channels || (story->m && story->m->is_two_channel) ||
                             (story->r && story->r->is_two_channel);
}

static struct inferred infer(const struct stories *stories, const char *node)
{
    struct inferred inferred = {0};
    for (guint i = 0; i < stories->list->len; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        const struct half_master *m = story->m;
        infer_channels(stories, story, node, &inferred);
        if (!m || strcmp(stories_node(stories, story->master), node) != 0)
            continue;
        struct figures figures = figures_of(stories, story);
        bool has_owed = figures.owed.grade == GRADE_READ || figures.owed.grade == GRADE_COMPUTED;
        if (has_owed && m->verdict == VERDICT_ACCEPTED)
            inferred.accepted = MAX(inferred.accepted, figures.owed.value);
        if (has_owed && m->verdict == VERDICT_PASSED)
            inferred.refused =
                inferred.refused ? MIN(inferred.refused, figures.owed.value) : figures.owed.value;
        if (m->lost_by == ENDED_LIMIT_HARD)
            inferred.omem = MAX(inferred.omem, m->kill.omem);
        inferred.has_save = inferred.has_save || m->start.ns != HALF_ABSENT;
        inferred.is_diskless =
            inferred.is_diskless || (m->start.ns != HALF_ABSENT && m->is_diskless);
        inferred.is_delayed = inferred.is_delayed || m->delayed.ns != HALF_ABSENT;
    }
    return inferred;
}

/* Of the directive by which that version takes two connections, where it is not the default. */
static char *inferred_channels(const struct inferred *inferred, const struct profile *profile,
                               int64_t second_channel)
{
    if (profile->second_channel != second_channel || !inferred->has_full ||
        inferred->has_channels == profile->default_second_channel)
        return NULL;
    return g_strdup(inferred->has_channels ? "yes" : "no");
}

/* A directive that nothing was given for, as the logs have it; NULL: they do not. The backlog's
 * default holds unless what happened excludes it. Free with g_free. */
static char *inferred_value(const struct inferred *inferred, int directive,
                            const struct profile *profile)
{
    int64_t size = profile->default_backlog_bytes;
    switch (directive) {
    case CONFIG_rdb_channel:
        return inferred_channels(inferred, profile, SECOND_CHANNEL_RDB);
    case CONFIG_dual_channel:
        return inferred_channels(inferred, profile, SECOND_CHANNEL_DUAL);
    case CONFIG_diskless_sync:
        return inferred->has_save ? g_strdup(inferred->is_diskless ? "yes" : "no") : NULL;
    case CONFIG_diskless_delay_s:
        return inferred->is_diskless && !inferred->is_delayed ? g_strdup("0") : NULL;
    case CONFIG_backlog_bytes:
        while (size < inferred->accepted)
            size *= 2;
        while (size > inferred->refused / 2 && inferred->refused > 0 && size > 1 << 14)
            size /= 2;
        return inferred->accepted || inferred->refused ? g_strdup_printf("%" G_GINT64_FORMAT, size)
                                                       : NULL;
    case CONFIG_limit:
        size = 1 << 20;
        while (size < inferred->omem / 2)
            size *= 2;
        return inferred->omem ? g_strdup_printf("replica %" G_GINT64_FORMAT " 0 0", size) : NULL;
    default:
        return NULL;
    }
}

/* A directive that decides about full and partial, and was not given. */
static void assume_directive(const struct derivation *derivation, const char *node, int directive,
                             const char *inferred)
{
    static const int DECIDE[] = {CONFIG_backlog_bytes, CONFIG_limit, CONFIG_timeout_s};
    bool decides = false;
    for (size_t i = 0; i < G_N_ELEMENTS(DECIDE); i++)
        decides = decides || DECIDE[i] == directive;
    if (inferred)
        g_string_append_printf(derivation->assumed, "; %s of %s is %s, as the logs exclude others",
                               config_name(directive), node, inferred);
    else if (decides)
        g_string_append_printf(derivation->assumed, "; %s of %s is the default",
                               config_name(directive), node);
}

static void print_config(const struct derivation *derivation, const char *node,
                         const struct profile *profile)
{
    const char *before = "config: { ";
    struct inferred inferred = infer(derivation->stories, node);
    for (int i = 0; i < CONFIG_COUNT; i++) {
        const char *given = evidence_config(derivation->evidence, node, i);
        char *value = given ? g_strescape(given, NULL) : inferred_value(&inferred, i, profile);
        if (!given)
            assume_directive(derivation, node, i, value);
        bool is_measured = i == CONFIG_key_save_delay_us || i == CONFIG_key_load_delay_us;
        if (value && !is_measured) {
            g_string_append_printf(derivation->out, "%s%s: \"%s\"", before, config_name(i), value);
            before = ", ";
        }
        g_free(value);
    }
    g_string_append(derivation->out, strcmp(before, ", ") == 0 ? " }, " : "");
}

static void print_node(const struct derivation *derivation, guint node)
{
    const struct stories *stories = derivation->stories;
    const struct process *process = derive_process(stories, node);
    const struct process *master = derive_first_master(stories, process);
    const char *plain = stories->nodes->pdata[node];
    char *name = derive_name(plain);
    int64_t ready = derive_ready_ns(process),
            payload = phase_of(derivation, (int32_t)node, PHASE_PAYLOAD);
    int64_t keys = phase_of(derivation, (int32_t)node, PHASE_KEYS);
    g_string_append_printf(derivation->out, "  %s: { ", name);
    struct derive_server server = derive_server(stories, derivation->evidence, node);
    if (strcmp(server.name, derivation->server.name) != 0)
        g_string_append_printf(derivation->out, "server: %s, ", server.name);
    print_config(derivation, plain, profile_find(server.name));
    if (server.from != SERVER_READ) {
        g_string_append_printf(derivation->assumed, "; %s runs on ", plain);
        derive_server_print(&server, derivation->assumed);
    }
    if (!master && payload == HALF_ABSENT)
        g_string_append_printf(derivation->assumed, "; the data of %s are %d bytes", plain,
                               DERIVE_DATASET);
    if (master) {
        char *of = derive_name(stories_node(stories, master));
        g_string_append_printf(derivation->out, "replicaof: %s, ", of);
        g_free(of);
    } else {
        g_string_append_printf(derivation->out, "dataset: %" G_GINT64_FORMAT ", ",
                               payload != HALF_ABSENT ? payload : DERIVE_DATASET);
    }
    if (!master && keys != HALF_ABSENT)
        g_string_append_printf(derivation->out, "keys: %" G_GINT64_FORMAT ", ", keys);
    if (ready != HALF_ABSENT && master)
        ready += derive_beat_ns(stories, node, ready);
    if (ready != HALF_ABSENT && ready > derivation->clock.from_ns) {
        g_string_append(derivation->out, "start-after: ");
        derive_time(ready - derivation->clock.from_ns, derivation->out);
        g_string_append(derivation->out, ", ");
    } else if (ready == HALF_ABSENT && master) {
        g_string_append(derivation->out, "begin: synced, ");
    }
    g_string_append_printf(derivation->out, "host: %s }\n", name);
    g_free(name);
}

/* ---- what must come out ---- */

static void print_expect(const struct derivation *derivation, guint node)
{
    int64_t full = 0, partial = 0, reasons[VERDICT_COUNT] = {0};
    const GArray *list = derivation->stories->list;
    for (guint i = 0; i < list->len; i++) {
        const struct story *story = &g_array_index(list, struct story, i);
        enum verdict verdict = story_verdict(story);
        if (!story->r || !story->m || verdict == VERDICT_NONE ||
            story->replica->node != (int32_t)node)
            continue;
        bool is_online = story_outcome(story) == OUTCOME_ONLINE;
        full += is_online && verdict_is_full(verdict);
        partial += is_online && !verdict_is_full(verdict);
        reasons[verdict]++;
    }
    if (full + partial == 0)
        return;
    char *name = derive_name(derivation->stories->nodes->pdata[node]);
    g_string_append_printf(derivation->out,
                           "  %s: { full: %" G_GINT64_FORMAT ", partial: %" G_GINT64_FORMAT, name,
                           full, partial);
    const char *before = ", reasons: { ";
    for (int i = 0; i < VERDICT_COUNT; i++) {
        if (reasons[i] == 0 || i == VERDICT_REFUSED || i == VERDICT_ID_OR_SECOND)
            continue;
        g_string_append_printf(derivation->out, "%s%s: %" G_GINT64_FORMAT, before,
                               verdict_name((enum verdict)i), reasons[i]);
        before = ", ";
    }
    g_string_append_printf(derivation->out, "%s }\n", strcmp(before, ", ") == 0 ? " }" : "");
    g_free(name);
}

/* ---- all of it ---- */

static int64_t timeout_of(const struct derivation *derivation)
{
    struct config config;
    config_init(&config, profile_find(PROFILE_DEFAULT));
    for (guint node = 0; node < derivation->stories->nodes->len; node++) {
        const char *value = evidence_config(
            derivation->evidence, derivation->stories->nodes->pdata[node], CONFIG_timeout_s);
        if (value)
            config_set(&config, CONFIG_timeout_s, value);
    }
    return config.timeout_s * NS_PER_S;
}

static void find_span(struct derivation *derivation)
{
    const struct stories *stories = derivation->stories;
    int64_t from = INT64_MAX, to = 0;
    for (guint i = 0; i < stories->list->len; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        if (!story->r || !story->m || story_verdict(story) == VERDICT_NONE)
            continue;
        struct mark end = story->r->done.ns != HALF_ABSENT ? story->r->done : story->r->failed;
        int64_t begin = story->r->lost.ns != HALF_ABSENT ? story->r->lost.ns : story->r->asked.ns;
        from = MIN(from, incident_time(story->replica, begin) - NS_PER_S);
        to = MAX(to, end.ns != HALF_ABSENT ? incident_time(story->replica, end.ns) : story->t_ns);
    }
    for (guint node = 0; node < stories->nodes->len; node++) {
        int64_t ready = derive_takes_part(stories, node)
                            ? derive_ready_ns(derive_process(stories, node))
                            : HALF_ABSENT;
        if (ready != HALF_ABSENT)
            from = MIN(from, ready);
    }
    derivation->clock.from_ns = from;
    derivation->clock.to_ns = to + NS_PER_S / 5;
}

/* Behind the last line: time for a save and a load to end. */
static int64_t margin(const struct derivation *derivation)
{
    int64_t ns = MARGIN_NS;
    for (guint node = 0; node < derivation->stories->nodes->len; node++) {
        int64_t save = phase_of(derivation, (int32_t)node, PHASE_SAVE);
        int64_t load = phase_of(derivation, (int32_t)node, PHASE_LOAD);
        ns += MAX(save, 0) + MAX(load, 0);
    }
    return ns;
}

/* Before all else. Names of servers come from files: what YAML would take for its own is replaced. */
static void print_why(const struct derivation *derivation, bool has_slow)
{
    GString *assumed = derivation->assumed;
    bool has_series = false;
    for (guint i = 0; i < derivation->evidence->len; i++)
        has_series =
            has_series || ((const struct evidence *)derivation->evidence->pdata[i])->points;
    if (!has_series)
        g_string_append(assumed, "; writes are even between the offsets of the logs");
    if (has_slow)
        g_string_append(assumed,
                        "; a link was slow where a limit closed a replica that was online");
    char *text = g_strdup_printf(
        "why: >-\n  Derived from logs by psyncsim explain: losses as faults, phases as rates; a "
        "limit "
        "must strike by itself. Assumed: %s.\n",
        g_strcanon(assumed->str, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS " .,;:()_-/[]", '?'));
    g_string_prepend(derivation->out, text);
    g_free(text);
}

GString *derive_scenario(const struct stories *stories, const GPtrArray *evidence)
{
    struct derivation derivation = {.stories = stories,
                                    .evidence = evidence,
                                    .out = g_string_new(NULL),
                                    .assumed = g_string_new("links take 50 us")};
    GString *out = derivation.out, *loads = g_string_new(NULL);
    find_span(&derivation);
    for (guint node = stories->nodes->len; node-- > 0;)
        if (derive_takes_part(stories, node))
            derivation.server = derive_server(stories, evidence, node);
    derivation.clock.timeout_ns = timeout_of(&derivation);
    g_string_append_printf(out, "server: %s\nspread: 0s\nduration: ", derivation.server.name);
    derive_time(derivation.clock.to_ns - derivation.clock.from_ns + margin(&derivation), out);
    g_string_append_c(out, '\n');
    print_hosts(&derivation);
    g_string_append(out, "nodes:\n");
    for (guint node = 0; node < stories->nodes->len; node++)
        if (derive_takes_part(stories, node))
            print_node(&derivation, node);
    g_string_append(out, "links: { default: { kind: relayed, latency: 50us } }\n");
    for (guint node = 0; node < stories->nodes->len; node++)
        if (derive_takes_part(stories, node))
            derive_load(stories, evidence, &derivation.clock, node, loads);
    if (loads->len > 0)
        g_string_append_printf(out, "load:\n%s", loads->str);
    g_string_truncate(loads, 0);
    derive_faults(stories, evidence, &derivation.clock, loads);
    if (loads->len > 0)
        g_string_append_printf(out, "faults:\n%s", loads->str);
    g_string_append(out, "expect:\n");
    for (guint node = 0; node < stories->nodes->len; node++)
        print_expect(&derivation, node);
    print_why(&derivation, strstr(loads->str, "slow: ") != NULL);
    g_string_free(loads, TRUE);
    g_string_free(derivation.assumed, TRUE);
    return out;
}
