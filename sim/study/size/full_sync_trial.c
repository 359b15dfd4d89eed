/* Cold starts of all replicas. See full_sync_trial.h. */
#include "sim/study/size/full_sync_trial.h"

#include <glib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/report/run_record.h"
#include "sim/world/node.h"
#include "sim/world/run_once.h"
#include "sim/study/size/load_window.h"
#include "sim/world/world.h"

#define SLACK_NS   (120 * NS_PER_S)
#define DRAINS     4               /* times what saving, sending and loading take */
#define STEADY_NS  (10 * NS_PER_S) /* a load that repeats within such a time has no busy hours */
#define PASSES     4
#define LONGEST_NS (14 * 86400 * NS_PER_S)

struct trial {
    bool is_online;
    int64_t dropped_hard, dropped_soft, dropped_other, took_ns, buffer_bytes, copied_bytes,
        kept_bytes;
    char broken[128];
};

struct trial_run {
    struct run_record record;
    struct trial *trial;
};

struct trying {
    const struct scenario *scenario;
    struct size_setting setting;
    uint64_t seed;
    int64_t horizon_ns;
    int64_t window_ns; /* each begins where the load writes most within such a time; 0: at once */
};

static int64_t span_of(int64_t bytes, int64_t rate)
{
    return rate > 0 ? mul_div(bytes, NS_PER_S, rate) : 0;
}

int64_t full_sync_slowest_link(const struct scenario *scenario, int32_t master)
{
    int64_t slowest = 0;
    for (uint32_t i = 0; i < scenario->link_count; i++) {
        int64_t bits = scenario->links[i].bandwidth;
        bool is_asked = master < 0 || scenario->links[i].upper == master;
        slowest = is_asked && bits > 0 && (slowest == 0 || bits < slowest) ? bits : slowest;
    }
    return slowest / 8;
}

int64_t full_sync_horizon(const struct scenario *scenario)
{
    int64_t longest = 0, link = full_sync_slowest_link(scenario, -1);
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        const struct scenario_node *node = &scenario->nodes[i];
        const struct host *host = &node->host;
        int64_t bytes = node->dataset_bytes, keys = node->keys > 0 ? node->keys : bytes / 256;
        int64_t nic = host->nic > 0 ? host->nic / 8 / scenario->node_count : 0;
        int64_t took = span_of(bytes, MIN(host->save_rate, host->diskless_rate)) +
                       span_of(bytes, host->load_rate) + span_of(bytes, host->flush_rate) +
                       span_of(bytes, link) + span_of(bytes, nic) +
                       2 * span_of(keys, host->key_rate);
        longest = MAX(longest, took);
    }
    return MIN(DRAINS * longest + SLACK_NS, LONGEST_NS);
}

static void see_replica(const struct node_record *node, struct trial *trial)
{
    trial->is_online = trial->is_online && node->full > 0 && node->full_failed == 0 &&
                       node->end.state == REPLICA_CONNECTED;
    trial->dropped_hard += node->drops[DROP_LIMIT_HARD];
    trial->dropped_soft += node->drops[DROP_LIMIT_SOFT];
    trial->dropped_other += node->full_failed;
    trial->kept_bytes = MAX(trial->kept_bytes, node->kept_peak);
    trial->buffer_bytes = MAX(trial->buffer_bytes, node->end.buffer_peak_bytes);
    if (node->last_online >= 0 && node->first_resync >= 0)
        trial->took_ns = MAX(trial->took_ns, node->last_online - node->first_resync);
}

/* Online, and by the end nothing is left in a buffer that grew meanwhile. */
static bool is_drained(const struct world *world, const struct node *node)
{
    const struct node *master = &world->nodes[node->spec->replicaof];
    int64_t behind = master->history.offset - node->history.offset;
    return behind < MAX(master->data_bytes / 100, 64 << 20);
}

static void take(void *user, const struct event *event)
{
    run_record_take(&((struct trial_run *)user)->record, event);
}

static void ends_run(void *user, const struct world *world)
{
    struct trial_run *run = user;
    struct trial *trial = run->trial;
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct node *node = &world->nodes[i];
        trial->copied_bytes = MAX(trial->copied_bytes, run->record.nodes[i].cow_peak);
        if (node->spec->replicaof < 0)
            continue;
        see_replica(&run->record.nodes[i], trial);
        trial->is_online = trial->is_online && is_drained(world, node);
    }
}

/* All replicas, without data, in the busiest time of that sample. */
static void begin_all(const struct trying *trying, uint64_t index, struct scenario *scenario)
{
    int64_t begins = 0;
    if (trying->window_ns > 0)
        begins =
            load_window_find(trying->scenario, trying->seed, index, trying->window_ns).begins_ns;
    scenario->duration = begins + trying->horizon_ns;
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        if (scenario->nodes[i].replicaof < 0)
            continue;
        scenario->nodes[i].begin = BEGIN_COLD;
        scenario->nodes[i].start_after = begins;
    }
    for (uint32_t i = 0; i < scenario->load_count; i++)
        scenario->loads[i].spec = outage_run_load(trying->scenario, i, scenario->duration);
}

static void try_once(void *user, uint64_t index, void *record)
{
    const struct trying *trying = user;
    struct trial *trial = record;
    struct scenario *scenario = outage_run_with(trying->scenario, &trying->setting);
    scenario->fault_count = 0;
    begin_all(trying, index, scenario);
    *trial = (struct trial){.is_online = true};
    struct trial_run run = {.trial = trial};
    run_record_init(&run.record, scenario, false);
    char *broken = run_once(&(struct run_once){.scenario = scenario,
                                               .seed = trying->seed,
                                               .replication = index,
                                               .skips_ages = true,
                                               .heard = take,
                                               .ends = ends_run,
                                               .user = &run});
    run_record_clear(&run.record);
    if (broken)
        g_strlcpy(trial->broken, broken, sizeof trial->broken);
    g_free(broken);
    outage_run_release(scenario);
}

static struct full_sync try_all(const struct trying *trying, struct worker_pool *pool,
                                uint64_t samples)
{
    struct trial *trials = g_new0(struct trial, samples + 1);
    struct worker_pool_task task = {
        .work = try_once, .user = (void *)trying, .record_size = sizeof(struct trial)};
    struct full_sync sum = {.count = samples};
    worker_pool_map(pool, &task, 0, samples, trials);
    for (uint64_t i = 0; i < samples; i++) {
        const struct trial *trial = &trials[i];
        sum.online += trial->is_online;
        sum.dropped_hard += trial->dropped_hard > 0;
        sum.dropped_soft += trial->dropped_soft > 0;
        sum.dropped_other += trial->dropped_other > 0;
        sum.longest_ns = MAX(sum.longest_ns, trial->took_ns);
        sum.kept_bytes = MAX(sum.kept_bytes, trial->kept_bytes);
        sum.buffer_bytes = MAX(sum.buffer_bytes, trial->buffer_bytes);
        sum.copied_bytes = MAX(sum.copied_bytes, trial->copied_bytes);
        if (trial->broken[0] != '\0')
            g_strlcpy(sum.broken, trial->broken, sizeof sum.broken);
    }
    g_free(trials);
    return sum;
}

/* The worse one of each figure. */
static struct full_sync worse_of(const struct full_sync *a, const struct full_sync *b)
{
    struct full_sync worse = a->online <= b->online ? *a : *b;
    worse.longest_ns = MAX(a->longest_ns, b->longest_ns);
    worse.kept_bytes = MAX(a->kept_bytes, b->kept_bytes);
    worse.buffer_bytes = MAX(a->buffer_bytes, b->buffer_bytes);
    worse.copied_bytes = MAX(a->copied_bytes, b->copied_bytes);
    return worse;
}

/* How long one takes decides which time is the busiest, and that in turn how long it takes. */
struct full_sync full_sync_try(const struct scenario *scenario, const struct size_setting *setting,
                               struct worker_pool *pool, uint64_t samples, int64_t horizon_ns)
{
    struct trying trying = {.scenario = scenario,
                            .setting = *setting,
                            .seed = scenario->seed,
                            .horizon_ns = horizon_ns};
    struct full_sync worst = try_all(&trying, pool, samples);
    bool is_steady = load_window_span(scenario) <= STEADY_NS;
    for (int pass = 0; pass < PASSES && !is_steady; pass++) {
        int64_t took = worst.longest_ns;
        trying.window_ns = took > 0 ? took : MAX((horizon_ns - SLACK_NS) / DRAINS, NS_PER_S);
        struct full_sync again = try_all(&trying, pool, samples);
        worst = worse_of(&again, &worst);
        is_steady = worst.longest_ns <= took + took / 50;
    }
    return worst;
}
