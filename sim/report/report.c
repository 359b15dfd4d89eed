/* Gathers what a run tells. See report.h.
 *
 * A replica's prelude collects what happens on the way to its next resynchronisation and goes into
 * it. Both sides of a connection speak of its end: the replica's drop has no output buffer, and its
 * master's word counts when it came first. */
#include "sim/report/report.h"

#include <string.h>
#include "sim/world/node.h"

static struct prelude empty_prelude(void)
{
    return (struct prelude){.dropped = TRACE_ABSENT,
                            .fault_began = TRACE_ABSENT,
                            .first_dial = TRACE_ABSENT,
                            .asked = TRACE_ABSENT,
                            .decided = TRACE_ABSENT,
                            .flush_ns = TRACE_ABSENT,
                            .load_ns = TRACE_ABSENT};
}

/* ---- what events say ---- */

static void heard_drop_at_replica(struct prelude *prelude, int64_t t,
                                  const struct trace_value *values)
{
    if (prelude->drop != NULL)
        return;
    prelude->drop = values[EVENT_AT(DROP, why)].text;
    prelude->phase = values[EVENT_AT(DROP, phase)].text;
    prelude->dropped = t;
}

static void heard_drop_at_master(struct prelude *prelude, int64_t t,
                                 const struct trace_value *values)
{
    struct master_word word = {values[EVENT_AT(DROP, why)].text, t,
                               values[EVENT_AT(DROP, buffer_bytes)].number};
    if (strcmp(word.why, "lost") == 0)
        return;
    if (prelude->drop == NULL)
        prelude->before_drop = word;
    prelude->after_ask = word;
}

static void heard_drop(struct report *report, int64_t t, int32_t node,
                       const struct trace_value *values)
{
    if (values[EVENT_AT(DROP, buffer_bytes)].number == TRACE_ABSENT)
        heard_drop_at_replica(&report->preludes[node], t, values);
    else
        heard_drop_at_master(&report->preludes[values[EVENT_AT(DROP, peer)].number], t, values);
}

/* Whether the target of a fault is this node, its master, or the link between them. */
static bool touches(const struct scenario *scenario, const char *target, int32_t node,
                    int32_t master)
{
    if (strcmp(target, scenario->nodes[node].name) == 0)
        return true;
    if (master == NO_INDEX)
        return false;
    int32_t down = scenario_link_between(scenario, master, node),
            up = scenario_link_between(scenario, node, master);
    return strcmp(target, scenario->nodes[master].name) == 0 ||
           (down >= 0 && strcmp(target, scenario->links[down].name) == 0) ||
           (up >= 0 && strcmp(target, scenario->links[up].name) == 0);
}

/* What mends, or moves only the writers, breaks no link. */
static bool is_harmless(const char *fault)
{
    return strcmp(fault, "heal") == 0 || strcmp(fault, "resume") == 0 ||
           strcmp(fault, "move-load") == 0;
}

static void heard_fault(struct report *report, int64_t t, const struct trace_value *values)
{
    const char *fault = values[EVENT_AT(FAULT, fault)].text,
               *target = values[EVENT_AT(FAULT, target)].text;
    for (uint32_t i = 0; i < report->scenario->node_count && !is_harmless(fault); i++) {
        struct prelude *prelude = &report->preludes[i];
        bool is_lost = prelude->drop != NULL || prelude->dials > 0;
        if (is_lost ||
            !touches(report->scenario, target, (int32_t)i, report->world->nodes[i].master))
            continue;
        prelude->fault = fault;
        prelude->target = target;
        prelude->fault_began = t;
    }
}

static void heard_ask(struct prelude *prelude, int64_t t)
{
    prelude->asked = t;
    prelude->after_ask = (struct master_word){0};
}

static void heard_answer(struct report *report, int64_t t, int32_t node,
                         const struct trace_value *values)
{
    struct prelude *prelude = &report->preludes[values[EVENT_AT(ANSWER, replica)].number];
    prelude->decided = t;
    prelude->identity = report->identities[node];
    if (strcmp(values[EVENT_AT(ANSWER, kind)].text, "error") != 0)
        return;
    prelude->refusals++;
    prelude->refusal = values[EVENT_AT(ANSWER, reason)].text;
}

static void heard_wait(struct report *report, int32_t node, const struct trace_value *values)
{
    struct wait_sum *sum = &report->waits[node];
    int64_t waited = values[EVENT_AT(WAIT, waited_ns)].number;
    sum->count++;
    sum->met += values[EVENT_AT(WAIT, got)].number >= values[EVENT_AT(WAIT, replicas)].number;
    sum->waited += waited;
    sum->waited_max = MAX(sum->waited_max, waited);
}

/* How old the first write was that the replica lacked when its master decided. */
static int64_t gap_of(const struct report *report, int32_t node)
{
    const struct prelude *prelude = &report->preludes[node];
    int64_t gap = report->world->nodes[node].account.request.gap;
    bool is_timed = prelude->asked != TRACE_ABSENT && prelude->decided >= prelude->asked;
    return gap == TRACE_ABSENT || !is_timed ? gap : gap + prelude->decided - prelude->asked;
}

/* Names outlive the run; the id that was asked lives in the world and changes. */
static void heard_resync(struct report *report, int64_t t, int32_t node,
                         const struct trace_value *values)
{
    struct resync resync = {
        .t = t, .node = node, .before = report->preludes[node], .gap = gap_of(report, node)};
    memcpy(resync.values, values, sizeof resync.values);
    g_strlcpy(resync.asked_id, values[EVENT_AT(RESYNC, asked_id)].text, sizeof resync.asked_id);
    resync.values[EVENT_AT(RESYNC, asked_id)].text = NULL;
    g_array_append_val(report->resyncs, resync);
    report->preludes[node] = empty_prelude();
    if (strcmp(values[EVENT_AT(RESYNC, outcome)].text, "online") ==
        0) /* dropped while it loaded: it will notice now */
        report->preludes[node].before_drop = resync.before.after_ask;
}

static void heard_connect(struct prelude *prelude, int64_t t)
{
    if (prelude->dials++ == 0)
        prelude->first_dial = t;
}

static void heard(void *user, int64_t t, enum event_kind kind, int32_t node,
                  const struct trace_value *values)
{
    struct report *report = user;
    switch (kind) {
    case EVENT_DROP:
        heard_drop(report, t, node, values);
        break;
    case EVENT_FAULT:
        heard_fault(report, t, values);
        break;
    case EVENT_CONNECT:
        heard_connect(&report->preludes[node], t);
        break;
    case EVENT_CONNECT_FAILED:
        report->preludes[node].failures++;
        report->preludes[node].failure = values[EVENT_AT(CONNECT_FAILED, why)].text;
        break;
    case EVENT_ASK:
        heard_ask(&report->preludes[node], t);
        break;
    case EVENT_ANSWER:
        heard_answer(report, t, node, values);
        break;
    case EVENT_PAYLOAD:
        report->preludes[values[EVENT_AT(PAYLOAD, replica)].number].mode =
            values[EVENT_AT(PAYLOAD, mode)].text;
        break;
    case EVENT_LOADED:
        report->preludes[node].flush_ns = values[EVENT_AT(LOADED, flush_ns)].number;
        report->preludes[node].load_ns = values[EVENT_AT(LOADED, load_ns)].number;
        break;
    case EVENT_IDENTITY:
        report->identities[node] = (struct identity){values[EVENT_AT(IDENTITY, why)].text, t};
        break;
    case EVENT_RESYNC:
        heard_resync(report, t, node, values);
        break;
    case EVENT_WAIT:
        heard_wait(report, node, values);
        break;
    default:
        break;
    }
}

/* ---- life ---- */

struct report *report_new(const struct scenario *scenario, uint64_t seed, const char *version)
{
    struct report *report = g_new0(struct report, 1);
    report->scenario = scenario;
    report->version = version;
    report->seed = seed;
    report->names = g_new0(const char *, scenario->node_count + 1);
    report->preludes = g_new0(struct prelude, scenario->node_count + 1);
    report->identities = g_new0(struct identity, scenario->node_count + 1);
    report->waits = g_new0(struct wait_sum, scenario->node_count + 1);
    report->results = g_new0(struct expect_result, scenario->expect_count + 1);
    report->resyncs = g_array_new(FALSE, FALSE, sizeof(struct resync));
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        report->names[i] = scenario->nodes[i].name;
        report->preludes[i] = empty_prelude();
    }
    trace_init(&report->trace, TRACE_DIGEST, report->names);
    report->trace.watcher = heard;
    report->trace.watcher_user = report;
    report->trace.watches_all = false;
    return report;
}

void report_free(struct report *report)
{
    if (report == NULL)
        return;
    world_free(report->world);
    g_array_free(report->resyncs, TRUE);
    g_free(report->results);
    g_free(report->waits);
    g_free(report->identities);
    g_free(report->preludes);
    g_free(report->names);
    g_free(report);
}

bool report_run(struct report *report)
{
    const struct scenario *scenario = report->scenario;
    report->world = world_new(scenario, report->seed, 0, &report->trace);
    report->world->fast_forwards = !report->runs_all_heartbeats;
    if (!world_run(report->world))
        return false;
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        report->results[i] = expect_check(report->world, &scenario->expects[i]);
        report->failed += !report->results[i].held;
    }
    return true;
}

/* ---- questions ---- */

bool report_is_replica(const struct report *report, uint32_t index)
{
    const struct node *node = &report->world->nodes[index];
    return node->master != NO_INDEX || node->account.first_resync >= 0 ||
           node->account.first_drop >= 0;
}

const struct resync *report_resync(const struct report *report, size_t index)
{
    return &g_array_index(report->resyncs, struct resync, index);
}

char *report_servers(const struct report *report)
{
    const struct scenario *scenario = report->scenario;
    GString *servers = g_string_new(NULL);
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        uint32_t same = 0;
        while (scenario->nodes[same].profile != scenario->nodes[i].profile)
            same++;
        if (same == i)
            g_string_append_printf(servers, "%s%s", servers->len > 0 ? ", " : "",
                                   scenario->nodes[i].profile->name);
    }
    return g_string_free(servers, FALSE);
}
