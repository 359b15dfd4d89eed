/* Runs of the full model with one fault each. See outage_run.h.
 *
 * The need is read off a run with a backlog that forgets nothing: at the answer, it is the smallest
 * size at which the first byte that is kept is not above the one that was asked for, block edges
 * included. Where the hard limit has the backlog as its floor (7.0 on), a connection that survives
 * with a buffer above the hard limit owes that to the backlog, too. A smaller backlog than the need
 * changes what happens before (a kill by the hard limit), but only so that at least as much is
 * owed. */
#include "sim/study/size/outage_run.h"

#include <glib.h>
#include <string.h>
#include "models/psync/profile.h"
#include "models/server/backlog.h"
#include "sim/engine/time.h"
#include "sim/world/node.h"
#include "sim/report/run_record.h"
#include "sim/world/run_once.h"
#include "sim/world/world.h"

#define WARM_UP_NS (15 * NS_PER_S)
/* After the outage: TCP's longest pause between two attempts, the retry tick and the handshake. */
#define AFTER_NS (130 * NS_PER_S)

struct watch {
    const struct probe *probe;
    struct world *world;
    struct run_record record;
    struct outage_run_result result;
    int64_t heals;
    int64_t offset; /* the master's when the outage was over; -1: it is not */
};

int32_t outage_run_find_fault(const struct scenario *scenario, int32_t *replica)
{
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        int32_t target = fault->link >= 0 ? scenario->links[fault->link].lower : fault->node;
        if (!fault->has_duration || target < 0 || scenario->nodes[target].replicaof < 0)
            continue;
        *replica = target;
        return (int32_t)i;
    }
    return -1;
}

static bool is_same_limit(const struct output_limit *a, const struct output_limit *b)
{
    return a->hard_bytes == b->hard_bytes && a->soft_bytes == b->soft_bytes &&
           a->soft_s == b->soft_s;
}

/* A value that is as it was changes no node that has another one of its own. */
static void set_config(struct config *config, const struct size_setting *setting)
{
    const struct config *kept = setting->kept;
    if (!kept || setting->backlog_bytes != kept->backlog_bytes)
        config->backlog_bytes = setting->backlog_bytes;
    if (!kept || setting->ttl_s != kept->backlog_ttl_s)
        config->backlog_ttl_s = setting->ttl_s;
    if (!kept || setting->timeout_s != kept->timeout_s)
        config->timeout_s = setting->timeout_s;
    if (!kept || !is_same_limit(&setting->limit, &kept->limit))
        config->limit = setting->limit;
}

struct scenario *outage_run_with(const struct scenario *scenario,
                                 const struct size_setting *setting)
{
    struct scenario *copy = g_memdup2(scenario, sizeof *scenario);
    copy->nodes = g_memdup2(scenario->nodes, scenario->node_count * sizeof *scenario->nodes);
    copy->faults = g_memdup2(scenario->faults, scenario->fault_count * sizeof *scenario->faults);
    copy->loads = g_memdup2(scenario->loads, scenario->load_count * sizeof *scenario->loads);
    for (uint32_t i = 0; i < copy->node_count; i++)
        set_config(&copy->nodes[i].config, setting);
    return copy;
}

void outage_run_release(struct scenario *copy)
{
    g_free(copy->loads);
    g_free(copy->nodes);
    g_free(copy->faults);
    g_free(copy);
}

int64_t outage_run_begins(const struct probe *probe, uint64_t sample)
{
    struct random random;
    random_init(&random, probe->seed, sample, "outage", "begin");
    return WARM_UP_NS + (int64_t)random_below(&random, (uint64_t)probe->span_ns + 1);
}

int64_t outage_run_need(const struct backlog *backlog, int64_t offset, int64_t asked)
{
    struct backlog smaller = *backlog;
    smaller.trim_from = INT64_MAX;         /* what is not trimmed yet soon will be */
    int64_t low = 0, high = backlog->size; /* high holds it */
    while (high - low > 1) {
        smaller.size = low + (high - low) / 2;
        struct backlog_range range = backlog_range(&smaller, offset, INT64_MAX, 0);
        if (range.first <= asked)
            high = smaller.size;
        else
            low = smaller.size;
    }
    return high;
}

struct load_spec outage_run_load(const struct scenario *scenario, uint32_t i, int64_t horizon_ns)
{
    struct load_spec spec = scenario->loads[i].spec;
    bool goes_on = spec.to_ns == scenario->duration && spec.rate == spec.rate_end;
    if (goes_on && spec.series_count == 0)
        spec.to_ns = MAX(spec.to_ns, horizon_ns);
    return spec;
}

static void heard_answer(struct watch *watch, const struct event *event)
{
    struct outage_run_result *result = &watch->result;
    const struct event_answer *answer = &event->answer;
    if (answer->kind == REASON_KIND_ERROR)
        return;
    result->reason = answer->reason;
    result->ask_ns = event->t - watch->heals;
    if (answer->kind == REASON_KIND_FULL) {
        result->is_full = true;
        result->need_bytes = OUTAGE_RUN_NEED_NONE;
        watch->world->trace->is_broken = true; /* the rest of the run does not matter */
        return;
    }
    int64_t need = outage_run_need(&watch->world->nodes[event->node].backlog, answer->offset,
                                   answer->asked_offset);
    result->owed_bytes = answer->offset + 1 - answer->asked_offset;
    result->need_bytes = MAX(result->need_bytes, need);
}

/* Once all that was owed at the end of the outage is applied, nothing more comes of it. */
static void heard_ack(struct watch *watch, int64_t t, int64_t offset)
{
    if (t < watch->heals)
        return;
    const struct node *replica = &watch->world->nodes[watch->probe->replica];
    if (watch->offset < 0)
        watch->offset = node_offset(watch->world, &watch->world->nodes[replica->spec->replicaof]);
    if (offset >= watch->offset)
        watch->world->trace->is_broken = true;
}

static bool is_limit(enum drop drop)
{
    return drop == DROP_LIMIT_HARD || drop == DROP_LIMIT_SOFT;
}

static void heard(void *user, const struct event *event)
{
    struct watch *watch = user;
    int32_t replica = watch->probe->replica;
    run_record_take(&watch->record, event);
    if (event->t < WARM_UP_NS)
        return;
    if (event->kind == EVENT_FAULT) /* from here on acknowledgements matter */
        watch->world->trace->watches_all = true;
    else if (event->kind == EVENT_ANSWER && event->answer.replica == replica)
        heard_answer(watch, event);
    else if (event->kind == EVENT_ACK && event->ack.replica == replica)
        heard_ack(watch, event->t, event->ack.offset);
    else if (event->kind == EVENT_DROP && event->drop.is_at_master > 0 &&
             event->drop.peer == replica && is_limit(event->drop.why))
        watch->result.is_limited = true;
}

/* All replicas run from the beginning; but one other that keeps the backlog alive is enough. */
static void begin_nodes(struct scenario *scenario, int32_t target)
{
    bool has_other = false;
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        struct scenario_node *node = &scenario->nodes[i];
        bool is_other = (int32_t)i != target &&
                        node->replicaof == scenario->nodes[target].replicaof &&
                        node->replicaof >= 0;
        if (node->begin == BEGIN_COLD)
            node->begin = BEGIN_SYNCED;
        if (is_other && has_other)
            node->begin = BEGIN_ABSENT;
        has_other = has_other || is_other;
    }
}

/* What lies before the outage need not be simulated if the load is one series that repeats: it
 * begins at the last sample before that moment. Returns when the outage begins then. */
static int64_t turn_series(struct scenario *scenario, int64_t begins)
{
    struct load_spec *spec = &scenario->loads[0].spec;
    if (scenario->load_count != 1 || !spec->is_repeated || spec->from_ns != 0 ||
        spec->series_ns[0] != 0)
        return begins;
    uint32_t first = 0, above = spec->series_count - 1; /* its time is that of the first */
    while (above - first > 1) {
        uint32_t middle = first + (above - first) / 2;
        if (spec->series_ns[middle] <= begins - WARM_UP_NS)
            first = middle;
        else
            above = middle;
    }
    spec->series_first = first;
    return begins - spec->series_ns[first];
}

static void strike_once(struct scenario *scenario, const struct probe *probe, int64_t begins,
                        int64_t outage_ns)
{
    struct scenario_fault *fault = &scenario->faults[0];
    *fault = probe->scenario->faults[probe->fault];
    scenario->fault_count = 1;
    fault->behind = 0;
    fault->has_every = false;
    fault->count = 1;
    fault->at[0] = begins;
    fault->until = TIME_NEVER;
    const char *wrong = dist_constant(&fault->duration, outage_ns);
    g_assert(!wrong);
    scenario->duration = begins + outage_ns + AFTER_NS +
                         2 * NS_PER_S * scenario->nodes[probe->replica].config.timeout_s;
    for (uint32_t i = 0; i < scenario->load_count; i++)
        if (scenario->loads[i].spec.series_count == 0)
            scenario->loads[i].spec = outage_run_load(probe->scenario, i, scenario->duration);
    begin_nodes(scenario, probe->replica);
}

static void begins_run(void *user, struct world *world)
{
    struct watch *watch = user;
    watch->world = world;
}

/* A connection that survived with more than the hard limit in its buffer. */
static void look_at_buffer(struct watch *watch)
{
    const struct scenario_node *nodes = watch->record.scenario->nodes;
    int32_t replica = watch->probe->replica, master = nodes[replica].replicaof;
    int64_t peak = watch->record.nodes[replica].end.buffer_peak_bytes;
    int64_t hard = watch->record.nodes[master].config.limit.hard_bytes;
    if (!watch->result.is_full && nodes[master].profile->hard_limit_floor && hard > 0 &&
        peak >= hard)
        watch->result.need_bytes = MAX(watch->result.need_bytes, peak + 1);
}

struct outage_run_result outage_run_run(const struct probe *probe,
                                        const struct size_setting *setting, uint64_t sample,
                                        int64_t outage_ns)
{
    struct scenario *scenario = outage_run_with(probe->scenario, setting);
    int64_t begins = turn_series(scenario, outage_run_begins(probe, sample));
    strike_once(scenario, probe, begins, outage_ns);
    struct watch watch = {.probe = probe,
                          .result = {.reason = REASON_COUNT, .ask_ns = -1},
                          .heals = begins + outage_ns,
                          .offset = -1};
    run_record_init(&watch.record, scenario, false);
    char *broken = run_once(&(struct run_once){.scenario = scenario,
                                               .seed = probe->seed,
                                               .replication = sample,
                                               .skips_ages = true,
                                               .begins = begins_run,
                                               .heard = heard,
                                               .user = &watch});
    if (broken)
        g_strlcpy(watch.result.broken, broken, sizeof watch.result.broken);
    g_free(broken);
    look_at_buffer(&watch);
    run_record_clear(&watch.record);
    outage_run_release(scenario);
    return watch.result;
}
