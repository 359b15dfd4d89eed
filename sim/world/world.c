/* Set-up and the loop of a run. See world.h. */
#include "sim/world/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/arrival.h"
#include "sim/world/conn_table.h"
#include "sim/world/dial.h"
#include "sim/world/fast_forward.h"
#include "sim/world/fault.h"
#include "sim/world/feed.h"
#include "sim/world/initial_sync.h"
#include "sim/world/invariant.h"
#include "sim/world/node.h"
#include "sim/world/node_boot.h"
#include "sim/world/node_clients.h"
#include "sim/world/node_cron.h"
#include "sim/world/node_pause.h"
#include "sim/world/node_role.h"
#include "sim/world/node_stream.h"
#include "sim/world/offset_track.h"
#include "sim/world/outcome.h"
#include "sim/world/output.h"
#include "sim/world/quiet.h"
#include "sim/world/rdb_load.h"
#include "sim/world/replan.h"
#include "sim/world/replica_side.h"
#include "sim/world/save.h"
#include "sim/world/save_child.h"
#include "sim/world/save_point.h"
#include "sim/world/slot.h"
#include "sim/world/tap.h"
#include "sim/world/workload.h"

#define STEPS_BETWEEN_MOVES 65536 /* some 50 ms */

#define EPOCH_S INT64_C(1700000000) /* wall clocks begin here, so that no second is 0 */

/* ---- set-up ---- */

/* For draws that belong to an instant. */
static uint64_t key_of(const struct world *world, const char *entity, const char *purpose)
{
    struct random random;
    random_init(&random, world->seed, world->replication, entity, purpose);
    return random_u64(&random);
}

static void set_up_node(struct world *world, uint32_t index)
{
    const struct scenario_node *spec = &world->scenario->nodes[index];
    struct node *node = &world->nodes[index];
    node->spec = spec;
    node->profile = spec->profile;
    node->index = (int32_t)index;
    node->master = spec->begin == BEGIN_ALONE ? NO_INDEX : spec->replicaof;
    node->config = spec->config;
    node->replica_config = (struct replica_config){.timeout_s = spec->config.timeout_s,
                                                   .port = 6379,
                                                   .announce_ip = "",
                                                   .auth_user = "",
                                                   .auth_password = ""};
    node->conn = node->second = node->timeline = node->failover_to = NO_INDEX;
    node->shutdown_deadline = node->stop_tick = TIME_NEVER;
    node->starts_again_at = -1;
    node->tick = NS_PER_S / spec->config.hz;
    node->data_bytes = spec->dataset_bytes;
    node->data_keys = spec->keys > 0 ? spec->keys : (spec->dataset_bytes + 255) / 256;
    node->keeps_data = true;
    replica_init(&node->replica);
    account_init(&node->account);
    random_init(&node->costs, world->seed, world->replication, spec->name, "costs");
    random_init(&node->ids, world->seed, world->replication, spec->name, "ids");
    node->delay_key = key_of(world, spec->name, "delay");
    node->delay_most = dist_most(&spec->host.handler);
    offset_track_hold(world, node, 0);
    node->load = workload_of(world, node);
    if (node->keyspace == 0)
        node->keyspace = node->data_keys;
}

static void set_up_links(struct world *world)
{
    for (uint32_t i = 0; i < world->link_count; i++) {
        const struct scenario_link *spec = &world->scenario->links[i];
        struct link *link = &world->links[i];
        link->spec = spec;
        link->latency = spec->latency;
        link->bandwidth = spec->bandwidth;
        link->loss_ppm = spec->loss_ppm;
        link->jitter_key = key_of(world, spec->name, "jitter");
        link->jitter_most = dist_most(&spec->jitter);
    }
}

static void set_up_waits(struct world *world)
{
    for (uint32_t i = 0; i < world->scenario->wait_count; i++) {
        char name[32];
        snprintf(name, sizeof name, "wait-%u", i);
        struct wait_client *wait = &world->waits[i];
        random_init(&wait->phase, world->seed, world->replication, name, "phase");
        wait->asked_at = -1;
        int64_t first =
            (int64_t)random_below(&wait->phase, (uint64_t)world->scenario->waits[i].every + 1);
        queue_set(&world->queue, slot_of_wait(world, i), first);
    }
}

/* A random time between two rounds of the cron, and no round before it. */
static void random_phase(struct world *world, struct node *node)
{
    struct random phase;
    random_init(&phase, world->seed, world->replication, node->spec->name, "phase");
    int64_t period = node->tick * node->config.hz;
    int64_t first = (int64_t)random_below(&phase, (uint64_t)period);
    node->last_cron = first - period;
    node->cron_count = random_below(&phase, (uint64_t)node->config.ping_period_s);
    queue_set_last(&world->queue, slot_of_node(node->index, NODE_CRON), first);
}

/* A cold node starts a random time after its own; the others run already. */
static void begin_node(struct world *world, struct node *node)
{
    const struct scenario *scenario = world->scenario;
    struct random phase;
    if (node->spec->begin == BEGIN_ABSENT)
        return;
    if (!initial_sync_runs_before(world, node)) {
        random_init(&phase, world->seed, world->replication, node->spec->name, "start");
        int64_t spread = (int64_t)random_below(&phase, (uint64_t)scenario->spread + 1);
        queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE),
                  node->spec->start_after + spread);
        return;
    }
    node->is_up = true;
    save_point_start(world, node);
    node->is_presynced = node->master != NO_INDEX;
    node_serve(world, node);
    node->is_presynced = false;
    random_phase(world, node);
}

static void failover_rejected(struct world *world, struct node *node)
{
    node_promote(world, node, ID_FAILOVER_REJECTED);
}

static const struct world_calls CALLS = {.touched = quiet_end,
                                         .arrived = replica_side_catch_up,
                                         .full_asked = save_request,
                                         .acknowledged = node_acknowledged,
                                         .payload_complete = rdb_load_begin,
                                         .failover_rejected = failover_rejected};

struct world *world_new(const struct scenario *scenario, uint64_t seed, uint64_t replication,
                        struct trace *trace)
{
    struct world *world = zeroed(1, sizeof *world);
    world->calls = &CALLS;
    world->scenario = scenario;
    world->seed = seed;
    world->replication = replication;
    world->trace = trace;
    world->is_checked = world->fast_forwards = world->rests = world->measures_ages = true;
    world->node_count = scenario->node_count;
    world->link_count = scenario->link_count;
    world->nodes = zeroed(world->node_count, sizeof *world->nodes);
    world->links = zeroed(world->link_count, sizeof *world->links);
    world->awake_nodes =
        zeroed((world->node_count + WORD_BITS - 1) / WORD_BITS, sizeof *world->awake_nodes);
    for (uint32_t i = 0; i < world->node_count; i++)
        world->awake_nodes[i / WORD_BITS] |= UINT64_C(1) << i % WORD_BITS;
    world->waits = zeroed(scenario->wait_count, sizeof *world->waits);
    world->faults = zeroed(scenario->fault_count, sizeof *world->faults);
    fast_forward_init(world);
    workload_init(world);
    conn_table_grow(world);
    struct random wall;
    random_init(&wall, seed, replication, "world", "wall clock");
    world->wall_zero = EPOCH_S * NS_PER_S + (int64_t)random_below(&wall, NS_PER_S);
    set_up_links(world);
    for (uint32_t i = 0; i < world->node_count; i++)
        set_up_node(world, i);
    for (uint32_t i = 0; i < scenario->fault_count; i++)
        fault_state_init(&world->faults[i], scenario, i, seed, replication);
    for (uint32_t i = 0; i < world->node_count; i++)
        begin_node(world, &world->nodes[i]);
    initial_sync_all(world);
    for (uint32_t i = 0; i < world->node_count; i++)
        save_point_plan(world, &world->nodes[i]);
    fault_set_up(world);
    set_up_waits(world);
    if (scenario->sample > 0)
        queue_set(&world->queue, slot_of_sample(world), scenario->sample);
    return world;
}

void world_free(struct world *world)
{
    if (world == NULL)
        return;
    conn_table_clear(world);
    for (uint32_t i = 0; i < world->timeline_count; i++)
        stream_clear(&world->timelines[i].stream);
    queue_clear(&world->queue);
    workload_clear(world);
    free(world->nodes);
    free(world->links);
    free(world->waits);
    free(world->faults);
    free(world->awake_nodes);
    free(world->timelines);
    free(world->parked);
    fast_forward_clear(world);
    free(world);
}

/* ---- the loop ---- */

static void node_event(struct world *world, uint32_t slot)
{
    struct node *node = &world->nodes[slot / NODE_SLOTS];
    switch ((enum node_slot)(slot % NODE_SLOTS)) {
    case NODE_CRON:
        node_cron_event(world, node);
        break;
    case NODE_SAVE:
        save_child_event(world, node);
        break;
    case NODE_LOAD:
        rdb_load_event(world, node);
        break;
    case NODE_WAKE:
        node_wake_event(world, node);
        break;
    case NODE_SAVE_POINT:
        save_own_event(world, node);
        break;
    case NODE_SELECT:
        node_select_event(world, node);
        break;
    default:
        break;
    }
}

static void conn_event(struct world *world, uint32_t slot)
{
    struct conn *conn = conn_at(world, (int32_t)(slot / CONN_SLOTS));
    if (!conn->is_used)
        return;
    switch ((enum conn_slot)(slot % CONN_SLOTS)) {
    case CONN_DIAL:
        dial_event(world, conn);
        break;
    case CONN_UP:
        arrival_letter_event(world, conn, UP);
        break;
    case CONN_DOWN:
        arrival_letter_event(world, conn, DOWN);
        break;
    case CONN_PLAN:
    case CONN_READ:
        replan_conn(world, conn);
        break;
    case CONN_ARRIVE:
        arrival_event(world, conn);
        break;
    case CONN_SENT:
        save_child_sent_event(world, conn);
        break;
    case CONN_LIMIT:
        feed_check_limits(world, conn, true);
        break;
    case CONN_JUMP:
        feed_jump_event(world, conn);
        break;
    default:
        break;
    }
}

/* Looks at every output buffer whose master would answer. */
static void sample_event(struct world *world)
{
    assert(world->scenario->sample > 0);
    EACH_CONN(conn, world) {
        if (!conn->master_has || !conn->is_recorded || world->nodes[conn->master].stands_still)
            continue;
        int64_t usage = output_usage(world, conn);
        if (usage != conn->sampled_bytes)
            EMIT(world, sample, conn->master, e->replica = conn->replica, e->buffer_bytes = usage);
        conn->sampled_bytes = usage;
    }
    queue_set(&world->queue, slot_of_sample(world), world->now + world->scenario->sample);
}

/* A process that is busy with a script for long looks at its sockets, and at nothing else. */
static bool is_parked(const struct world *world, const struct node *node, uint32_t slot)
{
    return node->stands_still && !(node->is_busy && slot >= slot_of_conn(world, 0, CONN_DIAL));
}

static void dispatch(struct world *world, uint32_t slot)
{
    int32_t owner = slot_owner(world, slot);
    if (owner != NO_INDEX && is_parked(world, &world->nodes[owner], slot)) {
        world->parked[slot] = world->steps + 1;
        return;
    }
    if (slot < slot_of_fault(world, 0, false))
        node_event(world, slot);
    else if (slot >= slot_of_conn(world, 0, CONN_DIAL))
        conn_event(world, slot - slot_of_conn(world, 0, CONN_DIAL));
    else if (slot == slot_of_sample(world))
        sample_event(world);
    else if (slot >= slot_of_wait(world, 0))
        node_wait_event(world, slot - slot_of_wait(world, 0));
    else if ((slot - slot_of_fault(world, 0, false)) % 2 == 0)
        fault_begin_event(world, (slot - slot_of_fault(world, 0, false)) / 2);
    else
        fault_end_event(world, (slot - slot_of_fault(world, 0, false)) / 2);
}

bool world_run(struct world *world)
{
    uint32_t slot;
    int64_t t;
    while (!world->trace->is_broken && queue_take(&world->queue, &slot, &t) &&
           t <= world->scenario->duration) {
        assert(t >= world->now);
        tap_look_before(world, t);
        world->now = t;
        if (++world->steps % STEPS_BETWEEN_MOVES == 0 && world->moves != NULL)
            world->moves(world->moves_user, t);
        quiet_prepare(world, slot);
        dispatch(world, slot);
        tap_look_after(world);
        if (world->is_checked &&
            !(world->checks_all ? invariant_holds(world) : invariant_holds_at(world, slot)))
            return false;
        quiet_look(world, slot);
        if (world->fast_forwards && world->now >= world->fast_forward.look &&
            !fast_forward_quiet(world))
            return false;
    }
    tap_look_before(world, world->scenario->duration);
    world->now = world->scenario->duration;
    queue_bound(&world->queue, world->now); /* the event after the end was taken; none comes now */
    quiet_end_all(world, true);
    for (uint32_t i = 0; i < world->node_count; i++) {
        node_sync(world, &world->nodes[i]);
        outcome_emit(world, &world->nodes[i]);
    }
    bool holds = !world->is_checked || world->trace->is_broken || invariant_holds(world);
    return holds && invariant_final(world);
}
