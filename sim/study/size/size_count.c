/* Whole runs under a setting. See size_count.h. */
#include "sim/study/size/size_count.h"

#include <glib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/report/run_record.h"
#include "sim/study/size/size_loop.h"
#include "sim/world/node.h"
#include "sim/world/run_once.h"
#include "sim/world/world.h"

#define YEAR_S       (365.0 * 86400)
#define POISSON_RUNS UINT64_C(1000000) /* a share of so many is a Poisson count */
#define FEW          100 /* runs with hits: below, Poisson's interval is looked at as well */

static const struct {
    const char *name, *what, *cure;
} CAUSES[] = {
#define SIZE_CAUSE(name, text, what, cure) {text, what, cure},
#include "sim/study/size/size_cause.def"
#undef SIZE_CAUSE
};

const char *size_cause_name(enum size_cause cause)
{
    return CAUSES[cause].name;
}

const char *size_cause_what(enum size_cause cause)
{
    return CAUSES[cause].what;
}

const char *size_cause_cure(enum size_cause cause)
{
    return CAUSES[cause].cure;
}

bool size_cause_is_vain(enum size_cause cause)
{
    return cause == SIZE_CAUSE_LIMIT || cause == SIZE_CAUSE_TIMEOUT;
}

/* ---- what is heard of one run ---- */

struct heard_node {
    int64_t up, online; /* when it last started, and came online */
    int64_t tried;      /* when its last resynchronisation ended, online or not */
    int64_t freed;      /* when repl-backlog-ttl last freed its backlog */
    bool has_tried;     /* the last resynchronisation failed, a full one */
    bool was_first;     /* a full resynchronisation was granted to it without data */
    enum drop failed_by;
    enum size_cause failed_for; /* the cause of the one that failed */
    int64_t vain;               /* full ones in a row because of what undid the one before */
    int64_t need_bytes;         /* of the last partial one; 0: none since a full one */
    int64_t owed_to, asked;     /* the last byte that was owed then, and when */
};

struct counting {
    struct world *world;
    struct run_record record;
    struct heard_node nodes[SCENARIO_NODES_MAX];
    struct size_loop loop;
    struct size_count_run *run;
    bool has_needs;
    bool is_limited; /* an output-buffer limit closed a connection */
    bool is_early;   /* it ended before its time */
    int64_t fulls;
};

static bool is_limit(enum drop drop)
{
    return drop == DROP_LIMIT_HARD || drop == DROP_LIMIT_SOFT;
}

static bool is_timeout(enum drop drop)
{
    return drop == DROP_TIMEOUT_PAYLOAD || drop == DROP_TIMEOUT_MASTER ||
           drop == DROP_TIMEOUT_REPLICA || drop == DROP_TIMEOUT_FULL_SYNC;
}

/* The history of its master is another than the one it followed. */
static enum size_cause cause_of_change(const struct counting *counting,
                                       const struct heard_node *node, int32_t master)
{
    if (counting->nodes[master].freed > node->online)
        return SIZE_CAUSE_TTL;
    return counting->nodes[master].up > node->online ? SIZE_CAUSE_MASTER : SIZE_CAUSE_FAILOVER;
}

static enum size_cause cause_of(const struct counting *counting, const struct event *event)
{
    const struct event_resync *resync = &event->resync;
    const struct heard_node *node = &counting->nodes[event->node];
    const struct resync *next = &counting->record.nodes[event->node].next;
    bool is_restarted = node->up > node->tried;
    if (node->has_tried && !is_restarted)
        return is_limit(node->failed_by)     ? SIZE_CAUSE_LIMIT
               : is_timeout(node->failed_by) ? SIZE_CAUSE_TIMEOUT
                                             : node->failed_for;
    if (!is_restarted && (is_limit(next->before_drop.why) || is_limit(resync->lost_by)))
        return SIZE_CAUSE_LIMIT;
    switch (resync->reason) {
    case REASON_NO_BACKLOG:
    case REASON_ID_MISMATCH:
    case REASON_SECOND_OFFSET:
    case REASON_OFFSET_AHEAD:
        return is_restarted && counting->nodes[resync->master].up < node->online &&
                       counting->record.nodes[resync->master].identity.t < node->online
                   ? SIZE_CAUSE_RESTART
                   : cause_of_change(counting, node, resync->master);
    case REASON_BACKLOG_PASSED:
        return is_restarted ? SIZE_CAUSE_RESTART : SIZE_CAUSE_OUTAGE;
    case REASON_FULL_REQUESTED:
        return is_restarted ? SIZE_CAUSE_RESTART : SIZE_CAUSE_OTHER;
    default:
        return SIZE_CAUSE_OTHER;
    }
}

static void count_fulls(struct counting *counting, int32_t node, enum size_cause cause,
                        int64_t count)
{
    counting->run->fulls[node] = (uint16_t)(counting->run->fulls[node] + count);
    counting->run->causes[cause] += count;
    counting->fulls += count;
}

/* The run is counted up to t, and goes no further. */
static void end_early(struct counting *counting, int64_t t, bool is_endless)
{
    counting->run->is_endless = is_endless;
    counting->run->lasted_ns = t;
    counting->is_early = true;
    counting->world->trace->is_broken = true;
}

/* What has no end, and has the time for it, is as if all of it had been run; and what came very often is known well. */
static void look_for_end(struct counting *counting, const struct event *event,
                         enum size_cause cause)
{
    struct heard_node *node = &counting->nodes[event->node];
    bool is_again = size_cause_is_vain(cause);
    int64_t every = size_loop_ended(&counting->loop, event->node, event->t, is_again);
    int64_t duration = counting->record.scenario->duration;
    int64_t left = MAX(SIZE_COUNT_VAIN - counting->fulls, 0);
    node->vain = is_again ? node->vain + 1 : 0;
    if (counting->is_early)
        return;
    if (every > 0 && left <= (duration - event->t) / every) {
        count_fulls(counting, event->node, cause, left);
        end_early(counting, duration, true);
    } else if (node->vain >= SIZE_COUNT_VAIN || counting->fulls >= SIZE_COUNT_MOST) {
        end_early(counting, event->t, node->vain >= SIZE_COUNT_VAIN);
    }
}

/* What ended a failed one: the word of its master, where the replica saw an end alone. */
static enum drop ended_by(const struct counting *counting, const struct event *event)
{
    enum drop at_master = counting->record.nodes[event->node].next.after_ask.why;
    return at_master != DROP_NONE ? at_master : event->resync.failed_by;
}

static void heard_resync(struct counting *counting, const struct event *event)
{
    struct heard_node *node = &counting->nodes[event->node];
    const struct event_resync *resync = &event->resync;
    bool is_full = resync->kind == REASON_KIND_FULL;
    bool is_online = resync->outcome == OUTCOME_ONLINE;
    enum size_cause cause = SIZE_CAUSE_OTHER;
    if (is_full) {
        bool is_first = !counting->record.nodes[event->node].has_data && !node->was_first;
        cause = is_first ? SIZE_CAUSE_OTHER : cause_of(counting, event);
        node->was_first = node->was_first || is_first;
        if (!is_first)
            count_fulls(counting, event->node, cause, 1);
        node->failed_for = cause;
        node->failed_by = is_online ? DROP_NONE : ended_by(counting, event);
    }
    node->has_tried = is_full && !is_online;
    node->tried = event->t;
    if (is_online)
        node->online = event->t;
    look_for_end(counting, event, cause);
}

static void keep_need(const struct counting *counting, struct size_need need)
{
    const struct world *world = counting->world;
    if (counting->has_needs)
        size_needs_add(counting->run->needs, need, random_at(world->seed, world->replication));
}

static void end_catch_up(struct counting *counting, int32_t replica)
{
    struct heard_node *node = &counting->nodes[replica];
    if (node->need_bytes > 0)
        keep_need(counting, (struct size_need){node->need_bytes, replica});
    node->need_bytes = 0;
}

/* Who asks again before it had all that was owed, and did not start anew, is still on the way back from the same loss: with a backlog below the
 * largest of these needs there is one full resynchronisation, and nothing to ask again for. */
static void heard_answer(struct counting *counting, const struct event *event)
{
    const struct event_answer *answer = &event->answer;
    struct heard_node *node = &counting->nodes[answer->replica];
    if (answer->kind == REASON_KIND_ERROR)
        return;
    bool is_partial = answer->kind == REASON_KIND_PARTIAL;
    if (!is_partial || answer->asked_offset > node->owed_to || node->up > node->asked)
        end_catch_up(counting, answer->replica);
    int64_t need = is_partial ? outage_run_need(&counting->world->nodes[event->node].backlog,
                                                answer->offset, answer->asked_offset)
                              : 0;
    size_span_answer(&counting->run->span, counting->world, event, need);
    if (!is_partial)
        return;
    node->need_bytes = MAX(node->need_bytes, need);
    node->owed_to = answer->offset;
    node->asked = event->t;
}

static bool strikes(enum fault_kind kind)
{
    return kind != FAULT_HEAL && kind != FAULT_RESUME && kind != FAULT_CONFIG_SET &&
           kind != FAULT_BGSAVE && kind != FAULT_MOVE_LOAD && kind != FAULT_SLOW;
}

static void heard_fault(struct counting *counting, const struct event *event)
{
    const struct scenario *scenario = counting->record.scenario;
    const struct scenario_fault *fault = &scenario->faults[event->fault.index];
    size_loop_fault(&counting->loop, event->fault.index, true);
    if (!strikes(fault->kind))
        return;
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        int32_t master = counting->record.nodes[i].master;
        if (fault->link < 0)
            counting->run->outages +=
                master >= 0 && (fault->node == (int32_t)i || fault->node == master);
        else
            counting->run->outages +=
                master >= 0 && scenario_link_joins(scenario, fault->link, master, (int32_t)i);
    }
}

static void heard(void *user, const struct event *event)
{
    struct counting *counting = user;
    counting->run->events++;
    if (event->kind == EVENT_RESYNC)
        heard_resync(counting, event);
    else if (event->kind == EVENT_ANSWER)
        heard_answer(counting, event);
    else if (event->kind == EVENT_FAULT)
        heard_fault(counting, event);
    else if (event->kind == EVENT_HEAL)
        size_loop_fault(&counting->loop, event->heal.index, false);
    else if (event->kind == EVENT_DROP && is_limit(event->drop.why))
        counting->is_limited = true;
    else if (event->kind == EVENT_UP && event->t > 0)
        counting->nodes[event->node].up = event->t;
    else if (event->kind == EVENT_BACKLOG && strcmp(event->backlog.what, "freed") == 0)
        counting->nodes[event->node].freed = event->t;
    run_record_take(&counting->record, event);
}

static void begins_run(void *user, struct world *world)
{
    struct counting *counting = user;
    counting->world = world;
    counting->run->span = size_span_begin(world);
}

static void look_at_end(struct counting *counting)
{
    struct size_count_run *run = counting->run;
    for (uint32_t i = 0; i < counting->record.scenario->node_count; i++) {
        end_catch_up(counting, (int32_t)i);
        const struct node_record *node = &counting->record.nodes[i];
        run->copied_bytes = MAX(run->copied_bytes, node->cow_peak);
        run->kept_bytes = MAX(run->kept_bytes, node->kept_peak);
        run->buffer_bytes = MAX(run->buffer_bytes, node->end.buffer_peak_bytes);
        run->is_left = run->is_left || (node->master >= 0 && node->end.is_up &&
                                        node->end.state != REPLICA_CONNECTED);
    }
}

static void ends_run(void *user, const struct world *world)
{
    struct counting *counting = user;
    struct size_count_run *run = counting->run;
    if (counting->is_early) {
        size_span_narrow(&run->span, world);
        return;
    }
    run->lasted_ns = world->scenario->duration;
    look_at_end(counting);
    size_span_buffers(&run->span, world, run->buffer_bytes, counting->is_limited);
}

/* ---- many runs ---- */

static size_t run_size(const struct size_count *count)
{
    return sizeof(struct size_count_run) + (count->has_needs ? sizeof(struct size_needs) : 0);
}

const struct size_count_run *size_count_run(const struct size_count *count, uint64_t index)
{
    return (const struct size_count_run *)(const void *)(count->runs + index * run_size(count));
}

/* The same run of another count, if there is one. */
static const struct size_count_run *find_known(const struct size_count *count, uint64_t index)
{
    int64_t backlog = count->setting ? count->setting->backlog_bytes
                                     : count->scenario->nodes[0].config.backlog_bytes;
    for (guint i = 0; count->known && i < count->known->len; i++) {
        const struct size_count *other = count->known->pdata[i];
        if (index < other->count && size_span_holds(&size_count_run(other, index)->span, backlog))
            return size_count_run(other, index);
    }
    return NULL;
}

static void run_one(void *user, uint64_t index, void *record)
{
    const struct size_count *count = user;
    const struct size_count_run *known = find_known(count, index);
    struct size_count_run *run = record;
    memset(run, 0, run_size(count));
    if (known) {
        memcpy(run, known, sizeof *run);
        return;
    }
    struct scenario *copy =
        count->setting ? outage_run_with(count->scenario, count->setting) : NULL;
    const struct scenario *scenario = copy ? copy : count->scenario;
    struct counting counting = {.run = run, .has_needs = count->has_needs};
    for (uint32_t i = 0; i < SCENARIO_NODES_MAX; i++)
        counting.nodes[i] = (struct heard_node){.up = -1, .freed = -1, .failed_by = DROP_NONE};
    size_loop_init(&counting.loop, scenario);
    run_record_init(&counting.record, scenario, false);
    char *broken = run_once(&(struct run_once){.scenario = scenario,
                                               .seed = count->seed,
                                               .replication = index,
                                               .skips_ages = true,
                                               .skips_saves = !count->is_story,
                                               .begins = begins_run,
                                               .heard = heard,
                                               .ends = ends_run,
                                               .user = &counting});
    if (broken)
        g_strlcpy(run->broken, broken, sizeof run->broken);
    g_free(broken);
    run_record_clear(&counting.record);
    if (copy)
        outage_run_release(copy);
}

void size_count_init(struct size_count *count, const struct scenario *scenario,
                     const struct size_setting *setting, uint64_t seed)
{
    *count = (struct size_count){.scenario = scenario, .setting = setting, .seed = seed};
    for (uint32_t i = 0; i < scenario->node_count; i++)
        count->replicas += scenario->nodes[i].replicaof >= 0;
}

void size_count_clear(struct size_count *count)
{
    g_free(count->runs);
}

void size_count_extend(struct size_count *count, struct worker_pool *pool, uint64_t runs)
{
    if (runs <= count->count)
        return;
    g_assert(!count->known || !count->has_needs); /* a run that is taken has none */
    size_t size = run_size(count);
    count->runs = g_realloc_n(count->runs, runs, size);
    struct worker_pool_task task = {.work = run_one, .user = count, .record_size = size};
    worker_pool_map(pool, &task, count->count, runs - count->count,
                    count->runs + count->count * size);
    count->count = runs;
}

/* ---- figures ---- */

static double fulls_of(const struct size_count *count, uint64_t index, int32_t node,
                       int64_t backlog)
{
    const struct size_count_run *run = size_count_run(count, index);
    int64_t fulls = node == SIZE_COUNT_ALL ? 0 : run->fulls[node];
    for (uint32_t i = 0; node == SIZE_COUNT_ALL && i < count->scenario->node_count; i++)
        fulls += run->fulls[i];
    return (double)fulls + (count->has_needs ? size_needs_above(run->needs, node, backlog) : 0);
}

static double years_of(const struct size_count_run *run)
{
    return MAX((double)run->lasted_ns, 1) / (double)NS_PER_S / YEAR_S;
}

/* Poisson's interval of so few hits: what the runs' spread cannot say. `dispersion` is the variance of a run's hits by
 * their mean: one outage may strike all replicas, which is one case and not several. */
static void widen(struct risk *risk, double hits, double dispersion, double replica_years)
{
    if (hits >= FEW)
        return;
    double size = CLAMP(dispersion, 1, MAX(hits, 1));
    struct interval share = share_interval((uint64_t)(hits / size + 0.5), POISSON_RUNS);
    double scale = size * (double)POISSON_RUNS / replica_years;
    risk->low = MIN(risk->low, share.low * scale);
    risk->high = MAX(risk->high, (hits <= 0 ? 3.0 / (double)POISSON_RUNS : share.high) * scale);
    risk->half = MAX(risk->half, (risk->high - risk->low) / 2);
}

static double dispersion(double hits, double squares, uint64_t runs)
{
    double n = (double)runs;
    return runs >= 2 && hits > 0 ? (squares - hits * hits / n) / (n - 1) / (hits / n) : 1;
}

struct risk size_count_rate(const struct size_count *count, int32_t node, int64_t backlog_bytes)
{
    struct sample sample = {0};
    double replicas = node == SIZE_COUNT_ALL ? (double)MAX(count->replicas, 1) : 1, years = 0,
           squares = 0, hits = 0;
    for (uint64_t i = 0; i < count->count; i++) {
        double fulls = fulls_of(count, i, node, backlog_bytes);
        double own = years_of(size_count_run(count, i)) * replicas;
        sample_add(&sample, fulls / own);
        hits += fulls;
        squares += fulls * fulls;
        years += own;
    }
    struct risk risk = {.share = sample.mean, .count = count->count};
    risk.half = count->count >= 2 ? sample_reach(&sample, 0.95) : sample.mean;
    risk.low = MAX(0, risk.share - risk.half);
    risk.high = risk.share + risk.half;
    widen(&risk, hits, dispersion(hits, squares, count->count), years);
    return risk;
}

double size_count_outages(const struct size_count *count)
{
    double years = 0, outages = 0;
    for (uint64_t i = 0; i < count->count; i++) {
        years += years_of(size_count_run(count, i));
        outages += (double)size_count_run(count, i)->outages;
    }
    return outages / years / (double)MAX(count->replicas, 1);
}

double size_count_of_a_run(const struct size_count *count)
{
    double fulls = 0;
    for (uint64_t i = 0; i < count->count; i++)
        fulls += fulls_of(count, i, SIZE_COUNT_ALL, OUTAGE_RUN_ENDLESS_BYTES);
    return fulls / (double)MAX(count->count, 1);
}

double size_count_cause(const struct size_count *count, enum size_cause cause)
{
    double years = 0, fulls = 0;
    for (uint64_t i = 0; i < count->count; i++) {
        years += years_of(size_count_run(count, i));
        fulls += (double)size_count_run(count, i)->causes[cause];
    }
    return fulls / years / (double)MAX(count->replicas, 1);
}

bool size_count_is_endless(const struct size_count *count)
{
    for (uint64_t i = 0; i < count->count; i++)
        if (size_count_run(count, i)->is_endless)
            return true;
    return false;
}

int64_t size_count_events(const struct size_count *count)
{
    int64_t events = 0;
    for (uint64_t i = 0; i < count->count; i++)
        events += size_count_run(count, i)->events;
    return events;
}

const char *size_count_broken(const struct size_count *count)
{
    for (uint64_t i = 0; i < count->count; i++)
        if (size_count_run(count, i)->broken[0] != '\0')
            return size_count_run(count, i)->broken;
    return "";
}

int32_t size_count_worst(const struct size_count *count, int64_t backlog_bytes)
{
    struct risk all = size_count_rate(count, SIZE_COUNT_ALL, backlog_bytes);
    int32_t worst = SIZE_COUNT_ALL;
    double highest = all.high;
    for (uint32_t i = 0; i < count->scenario->node_count && count->replicas > 1; i++) {
        struct risk own = size_count_rate(count, (int32_t)i, backlog_bytes);
        if (own.low <= all.high || own.share <= highest)
            continue;
        highest = own.share;
        worst = (int32_t)i;
    }
    return worst;
}
