/* Cold starts of all replicas. See full_sync_trial.h. */
#include "sim/study/size/full_sync_trial.h"

#include <glib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/world/node.h"
#include "sim/world/world.h"

#define SLACK_NS   (120 * NS_PER_S)
#define DRAINS     4 /* times what saving, sending and loading take */
#define LONGEST_NS (14 * 86400 * NS_PER_S)

struct attempt {
    bool is_online;
    int64_t dropped_hard, dropped_soft, dropped_other, took_ns, buffer_bytes, copied_bytes;
    char broken[128];
};

struct trying {
    const struct scenario *scenario;
    struct size_setting setting;
    uint64_t seed;
    int64_t horizon_ns;
};

static int64_t span_of(int64_t bytes, int64_t rate)
{
    return rate > 0 ? mul_div(bytes, NS_PER_S, rate) : 0;
}

static int64_t slowest_link(const struct scenario *scenario)
{
    int64_t slowest = 0;
    for (uint32_t i = 0; i < scenario->link_count; i++) {
        int64_t bits = scenario->links[i].bandwidth;
        slowest = bits > 0 && (slowest == 0 || bits < slowest) ? bits : slowest;
    }
    return slowest / 8;
}

int64_t full_sync_horizon(const struct scenario *scenario)
{
    int64_t longest = 0, link = slowest_link(scenario);
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

static void see_replica(const struct node *node, struct attempt *attempt)
{
    const struct account *account = &node->account;
    attempt->is_online = attempt->is_online && account->full > 0 && account->full_failed == 0 &&
                         node->replica.state == REPLICA_CONNECTED;
    attempt->dropped_hard += account->drops[DROP_LIMIT_HARD];
    attempt->dropped_soft += account->drops[DROP_LIMIT_SOFT];
    attempt->dropped_other += account->full_failed;
    attempt->buffer_bytes = MAX(attempt->buffer_bytes, account->buffer_peak);
    if (account->last_online >= 0 && account->first_resync >= 0)
        attempt->took_ns = MAX(attempt->took_ns, account->last_online - account->first_resync);
}

/* Online, and by the end nothing is left in a buffer that grew meanwhile. */
static bool is_drained(const struct world *world, const struct node *node)
{
    const struct node *master = &world->nodes[node->spec->replicaof];
    int64_t behind = master->history.offset - node->history.offset;
    return behind < MAX(master->data_bytes / 100, 64 << 20);
}

static void try_once(void *user, uint64_t index, void *record)
{
    const struct trying *trying = user;
    struct attempt *attempt = record;
    struct scenario *scenario = outage_run_with(trying->scenario, &trying->setting);
    const char *names[SCENARIO_NODES_MAX];
    scenario->fault_count = 0;
    scenario->duration = trying->horizon_ns;
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        names[i] = scenario->nodes[i].name;
        if (scenario->nodes[i].replicaof >= 0)
            scenario->nodes[i].begin = BEGIN_COLD;
    }
    struct trace trace;
    trace_init(&trace, TRACE_OFF, names);
    struct world *world = world_new(scenario, trying->seed, index, &trace);
    world->is_checked = false;
    *attempt = (struct attempt){.is_online = true};
    if (!world_run(world))
        g_strlcpy(attempt->broken, world->broken, sizeof attempt->broken);
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct node *node = &world->nodes[i];
        attempt->copied_bytes = MAX(attempt->copied_bytes, node->account.cow_peak);
        if (node->spec->replicaof < 0)
            continue;
        see_replica(node, attempt);
        attempt->is_online = attempt->is_online && is_drained(world, node);
    }
    world_free(world);
    outage_run_release(scenario);
}

struct full_sync full_sync_try(const struct scenario *scenario, const struct size_setting *setting,
                               struct worker_pool *pool, uint64_t samples, int64_t horizon_ns)
{
    struct trying trying = {.scenario = scenario,
                            .setting = *setting,
                            .seed = scenario->seed,
                            .horizon_ns = horizon_ns};
    struct attempt *attempts = g_new0(struct attempt, samples + 1);
    struct worker_pool_task task = {
        .work = try_once, .user = &trying, .record_size = sizeof(struct attempt)};
    struct full_sync sum = {.count = samples};
    worker_pool_map(pool, &task, 0, samples, attempts);
    for (uint64_t i = 0; i < samples; i++) {
        const struct attempt *attempt = &attempts[i];
        sum.online += attempt->is_online;
        sum.dropped_hard += attempt->dropped_hard > 0;
        sum.dropped_soft += attempt->dropped_soft > 0;
        sum.dropped_other += attempt->dropped_other > 0;
        sum.longest_ns = MAX(sum.longest_ns, attempt->took_ns);
        sum.buffer_bytes = MAX(sum.buffer_bytes, attempt->buffer_bytes);
        sum.copied_bytes = MAX(sum.copied_bytes, attempt->copied_bytes);
        if (attempt->broken[0] != '\0')
            g_strlcpy(sum.broken, attempt->broken, sizeof sum.broken);
    }
    g_free(attempts);
    return sum;
}
