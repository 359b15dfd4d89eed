/* See save_skip.h. */
#include "sim/world/save_skip.h"

#include "models/server/snapshot.h"
#include "models/server/write_gate.h"
#include "sim/engine/time.h"
#include "sim/world/output.h"
#include "sim/world/slot.h"

#define SETTLED 4 /* saves without a consequence, before one is left out */
#define LEAD    3 /* of the longest periods before the next change, and up to one more */
#define WORTH   6 /* such periods until then, below which nothing is left out */
#define ROOM    8 /* times what a fork costs are below time-outs and limits */
/* What may wait in an output buffer meanwhile: some blocks, and writes of so long. */
#define DRAINED_BYTES INT64_C(65536)
#define DRAINED_NS    (NS_PER_S / 8)

/* ---- what else may happen ---- */

/* The next fault that begins or ends, or the end of the run. */
static int64_t next_fault(const struct world *world)
{
    int64_t next = world->scenario->duration;
    for (uint32_t i = 0; i < world->scenario->fault_count; i++)
        for (int is_end = 0; is_end < 2; is_end++)
            next = min64(next, queue_when(&world->queue, slot_of_fault(world, i, is_end)));
    return next;
}

static int64_t next_rate(const struct load *load, int64_t now)
{
    int64_t rate = load_rate(load, now);
    int64_t higher = load_rate_above(load, now, rate);
    return rate > 0 ? min64(higher, load_rate_below(load, now, rate - 1)) : higher;
}

static int64_t next_change(const struct world *world)
{
    int64_t next = next_fault(world);
    for (uint32_t i = 0; i < world->node_count; i++)
        if (world->nodes[i].load != NULL)
            next = min64(next, next_rate(world->nodes[i].load, world->now));
    return next;
}

/* Another value whenever a fault struck or ended, a load changed or a replica asked its master. */
static uint64_t happened(const struct world *world)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < world->scenario->fault_count; i++)
        for (int is_end = 0; is_end < 2; is_end++)
            sum = random_at(sum,
                            (uint64_t)queue_when(&world->queue, slot_of_fault(world, i, is_end)));
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct node *node = &world->nodes[i];
        const struct account *account = &node->account;
        sum = random_at(
            sum, (uint64_t)(account->granted + account->begun + account->partial + account->full));
        sum = random_at(sum, node->load ? (uint64_t)load_rate(node->load, world->now) : 0);
    }
    return sum;
}

/* ---- does no single save matter to the faults ---- */

/* Whether it comes at any moment alike, and leaves nobody with what a save point saved. */
static bool is_harmless(const struct scenario_fault *fault)
{
    bool has_saved = fault->save == SAVE_YES && !fault->is_wiped && fault->server == NULL;
    if (!fault->has_every || !dist_is_exponential(&fault->every) || fault->behind > 0)
        return false;
    switch (fault->kind) {
    case FAULT_CUT:
    case FAULT_PARTITION:
    case FAULT_SLOW:
    case FAULT_PAUSE:
        return true;
    case FAULT_RESTART:
        return has_saved && fault->is_graceful;
    case FAULT_SHUTDOWN:
        return has_saved && fault->has_duration;
    default:
        return false;
    }
}

static bool are_harmless(const struct scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->fault_count; i++)
        if (!is_harmless(&scenario->faults[i]))
            return false;
    return scenario->wait_count == 0;
}

/* ---- is all well ---- */

/* Writes where its replicas' acknowledgements are as late as a fork makes them. */
static bool refuses_soon(const struct node *node)
{
    return min_replicas_count(&node->config) && node->config.min_replicas_lag_s < ROOM;
}

/* Nothing is under way in it that a save could meet. */
static bool is_at_rest(const struct node *node)
{
    bool follows = node->replica.state == REPLICA_CONNECTED && node->second == NO_INDEX;
    return node->is_up && (node->master == NO_INDEX || follows) && node->loading == LOAD_NOTHING &&
           node->adds_bytes == 0 && !refuses_soon(node);
}

/* So long a fork and what is written meanwhile are no matter to the node. */
static bool has_room(const struct world *world, const struct node *node, int64_t stall)
{
    const struct load *load = world_top(world, node)->load;
    int64_t rate = load ? load_rate(load, world->now) : 0;
    int64_t largest = load ? load_largest_command(load) : 0;
    int64_t written = time_add(mul_div(rate, stall, NS_PER_S), largest);
    const struct output_limit *limit = &node->config.limit;
    int64_t patience = (node->config.timeout_s - node->config.ping_period_s) * NS_PER_S;
    return stall <= NS_PER_S && stall <= patience / ROOM &&
           (limit->hard_bytes == 0 || written <= limit->hard_bytes / ROOM) &&
           (limit->soft_bytes == 0 || written <= limit->soft_bytes / ROOM);
}

static bool is_drained(const struct world *world, const struct node *master)
{
    int64_t rate = master->load ? load_rate(master->load, world->now) : 0;
    EACH_NODE_CONN(conn, world, master)
        if (!conn->is_quiet && conn->master == master->index &&
            output_usage(world, conn) > DRAINED_BYTES + mul_div(rate, DRAINED_NS, NS_PER_S))
            return false;
    return true;
}

static bool is_calm(const struct world *world)
{
    int64_t stall = 0;
    for (uint32_t i = 0; i < world->node_count; i++)
        stall = max64(stall,
                      save_fork_ns(&world->nodes[i].spec->host, world->nodes[i].data_bytes, NULL));
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct node *node = &world->nodes[i];
        if (!is_at_rest(node) || !has_room(world, node, stall) || !is_drained(world, node) ||
            node->spec->host.apply_rate < HOST_UNLIMITED)
            return false;
    }
    for (uint32_t i = 0; i < world->link_count; i++)
        if (world->links[i].cuts + world->links[i].silences[0] + world->links[i].silences[1] > 0)
            return false;
    return true;
}

/* ---- how long none is needed ---- */

int64_t save_skip(struct world *world, struct node *node)
{
    struct own_saves *own = &node->own_saves;
    int64_t now = world->now, period = now - own->due_at;
    if (!are_harmless(world->scenario))
        return now;
    uint64_t seen = happened(world);
    bool is_as_before = own->seen == seen && is_calm(world);
    own->seen = seen;
    own->due_at = now;
    own->settled = is_as_before ? own->settled + 1 : 0;
    int64_t left = next_change(world) - now;
    struct work data = {node->data_bytes, node->data_keys};
    int64_t longest = time_add(period, save_work_ns(&node->spec->host, &node->config, data, NULL));
    if (own->settled <= SETTLED || left / WORTH <= longest)
        return now;
    struct random random;
    random_init(&random, world->seed, world->replication, node->spec->name, "saves left out");
    random_init_at(&random, random_u64(&random), (uint64_t)now);
    int64_t lead = LEAD * longest + (int64_t)random_below(&random, (uint64_t)period);
    return now + left - lead;
}
