/* Set-up and the loop of a run. See world.h. */
#include "sim/world/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/world/conn.h"
#include "sim/world/offset_track.h"
#include "sim/world/fault.h"
#include "sim/world/feed.h"
#include "sim/world/invariant.h"
#include "sim/world/link.h"
#include "sim/world/node.h"
#include "sim/world/initial_sync.h"
#include "sim/world/save.h"
#include "sim/world/save_point.h"
#include "sim/world/fast_forward.h"
#include "sim/world/quiet.h"
#include "sim/world/tap.h"

#define STEPS_BETWEEN_MOVES 65536 /* some 50 ms */

#define FORGET_NS (10 * NS_PER_S) /* nobody looks further back, besides latencies */

#define EPOCH_S INT64_C(1700000000) /* wall clocks begin here, so that no second is 0 */

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);
    if (memory == NULL)
        abort();
    return memory;
}

/* ---- slots ---- */

static uint32_t fault_base(const struct world *world)
{
    return world->node_count * NODE_SLOTS;
}

static uint32_t wait_base(const struct world *world)
{
    return fault_base(world) + 2 * world->scenario->fault_count;
}

static uint32_t sample_slot(const struct world *world)
{
    return wait_base(world) + world->scenario->wait_count;
}

static uint32_t conn_base(const struct world *world)
{
    return sample_slot(world) + 1;
}

uint32_t world_node_slot(int32_t node, enum node_slot slot)
{
    return (uint32_t)node * NODE_SLOTS + (uint32_t)slot;
}

uint32_t world_fault_slot(const struct world *world, uint32_t fault, bool is_end)
{
    return fault_base(world) + 2 * fault + is_end;
}

uint32_t world_wait_slot(const struct world *world, uint32_t client)
{
    return wait_base(world) + client;
}

uint32_t world_conn_slot(const struct world *world, int32_t conn, enum conn_slot slot)
{
    return conn_base(world) + (uint32_t)conn * CONN_SLOTS + (uint32_t)slot;
}

int64_t world_wall(const struct world *world, int64_t t)
{
    return t + world->wall_zero;
}

/* ---- growing ---- */

static uint64_t *grown(uint64_t *set, size_t had, size_t words)
{
    set = realloc(set, words * sizeof *set);
    if (set == NULL)
        abort();
    memset(set + had, 0, (words - had) * sizeof *set);
    return set;
}

/* A set that has no member yet has no words either. */
static void grow_set(uint64_t **set, size_t had, size_t words)
{
    if (*set != NULL)
        *set = grown(*set, had, words);
}

static void grow_conns(struct world *world)
{
    uint32_t room = world->conn_room == 0 ? 4 : 2 * world->conn_room;
    world->conns = realloc(world->conns, room * sizeof(struct conn *));
    uint32_t slots = conn_base(world) + room * CONN_SLOTS;
    world->parked = realloc(world->parked, slots * sizeof *world->parked);
    if (world->conns == NULL || world->parked == NULL)
        abort();
    size_t had = (world->conn_room + WORD_BITS - 1) / WORD_BITS,
           words = (room + WORD_BITS - 1) / WORD_BITS;
    world->held = grown(world->held, had, words);
    world->used = grown(world->used, had, words);
    world->awake = grown(world->awake, had, words);
    for (uint32_t i = 0; i < world->node_count; i++) {
        grow_set(&world->nodes[i].below, had, words);
        grow_set(&world->nodes[i].above, had, words);
        grow_set(&world->nodes[i].awake, had, words);
    }
    for (uint32_t i = 0; i < world->link_count; i++)
        grow_set(&world->links[i].conns, had, words);
    memset(world->parked + world->slot_count, 0,
           (slots - world->slot_count) * sizeof *world->parked);
    for (uint32_t i = world->conn_room; i < room; i++)
        world->conns[i] = zeroed(1, sizeof **world->conns);
    if (world->slot_count > 0)
        queue_grow(&world->queue, slots);
    else
        queue_init(&world->queue, slots);
    world->slot_count = slots;
    world->conn_room = room;
}

static void set_bit(uint64_t *words, int32_t index, bool is_set)
{
    uint64_t bit = UINT64_C(1) << (uint32_t)index % WORD_BITS;
    uint64_t *word = &words[(uint32_t)index / WORD_BITS];
    *word = is_set ? *word | bit : *word & ~bit;
}

static uint32_t first_unused(const struct world *world)
{
    for (uint32_t word = 0; word * WORD_BITS < world->conn_room; word++)
        if (world->used[word] != UINT64_MAX)
            return word * WORD_BITS + (uint32_t)__builtin_ctzll(~world->used[word]);
    return world->conn_room;
}

static void put_into(struct world *world, uint64_t **set, int32_t index)
{
    if (*set == NULL)
        *set = zeroed((world->conn_room + WORD_BITS - 1) / WORD_BITS, sizeof **set);
    set_bit(*set, index, true);
}

void world_rest_conn(struct world *world, struct conn *conn)
{
    assert(!conn->is_quiet);
    conn->is_resting = true;
    set_bit(world->held, conn->index, false);
    set_bit(world->awake, conn->index, false);
    set_bit(world->links[conn->link].conns, conn->index, false);
    set_bit(world->nodes[conn->master].below, conn->index, false);
    set_bit(world->nodes[conn->master].awake, conn->index, false);
    set_bit(world->nodes[conn->replica].above, conn->index, false);
}

void world_set_quiet(struct world *world, struct node *node, bool is_quiet)
{
    struct conn *conn = world->conns[node->conn];
    struct node *master = &world->nodes[conn->master];
    assert(node->is_quiet != is_quiet && conn->is_quiet != is_quiet);
    node->is_quiet = conn->is_quiet = is_quiet;
    set_bit(master->awake, conn->index, !is_quiet);
    set_bit(world->awake, conn->index, !is_quiet);
    set_bit(world->awake_nodes, node->index, !is_quiet);
    master->quiet_count += is_quiet ? 1 : UINT32_MAX;
    world->quiet_count += is_quiet ? 1 : UINT32_MAX;
}

void world_free_conn(struct world *world, struct conn *conn)
{
    conn->is_used = conn->is_resting = false;
    set_bit(world->used, conn->index, false);
}

int32_t world_new_conn(struct world *world, int32_t link, int32_t master, int32_t replica)
{
    uint32_t free_one = first_unused(world);
    if (free_one >= world->conn_room)
        grow_conns(world);
    struct conn *conn = world->conns[free_one];
    mail_clear(&conn->mail[DOWN]);
    mail_clear(&conn->mail[UP]);
    memset(conn, 0, sizeof *conn);
    conn->world = world;
    conn->is_used = true;
    conn->index = (int32_t)free_one;
    conn->link = link;
    conn->master = master;
    conn->replica = replica;
    set_bit(world->held, conn->index, true);
    set_bit(world->awake, conn->index, true);
    set_bit(world->used, conn->index, true);
    put_into(world, &world->links[link].conns, conn->index);
    put_into(world, &world->nodes[master].below, conn->index);
    put_into(world, &world->nodes[master].awake, conn->index);
    put_into(world, &world->nodes[replica].above, conn->index);
    conn->last_up_leaves = conn->resumes_at[DOWN] = conn->resumes_at[UP] = -1;
    conn->limit.soft_since_s = LIMIT_NOT_OVER;
    conn->read_limit = conn->ack_limit = INT64_MAX;
    return conn->index;
}

int32_t world_new_timeline(struct world *world, int32_t parent, int64_t fork_offset)
{
    if (world->timeline_count == world->timeline_room) {
        world->timeline_room = world->timeline_room == 0 ? 8 : 2 * world->timeline_room;
        world->timelines =
            realloc(world->timelines, world->timeline_room * sizeof *world->timelines);
        if (world->timelines == NULL)
            abort();
    }
    struct timeline *timeline = &world->timelines[world->timeline_count];
    memset(timeline, 0, sizeof *timeline);
    timeline->parent = timeline->data_parent = parent;
    timeline->fork_offset = fork_offset;
    return (int32_t)world->timeline_count++;
}

static void climb(const struct world *world, int32_t *timeline, int64_t offset)
{
    while (*timeline != NO_INDEX && world->timelines[*timeline].parent != NO_INDEX &&
           offset <= world->timelines[*timeline].fork_offset)
        *timeline = world->timelines[*timeline].parent;
}

bool world_is_prefix(const struct world *world, int32_t timeline, int64_t offset,
                     int32_t of_timeline, int64_t of_offset)
{
    if (offset > of_offset)
        return false;
    climb(world, &timeline, offset);
    climb(world, &of_timeline, offset);
    return timeline == of_timeline;
}

const struct node *world_top(const struct world *world, const struct node *node)
{
    for (uint32_t depth = 0; node->master != NO_INDEX && depth < world->node_count; depth++)
        node = &world->nodes[node->master];
    return node;
}

/* Drops the sections of all streams below every offset that a replica, a backlog or the age of data
 * may still ask for. */
void world_forget_streams(struct world *world)
{
    int64_t lowest = INT64_MAX, t = world->now;
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct node *node = &world->nodes[i];
        const struct offset_track *track = &node->track;
        int64_t then = world->now - FORGET_NS;
        for (uint32_t j = 0; j < track->count; j++) /* another history begins lower, maybe */
            if (j == 0 || track->pieces[j].t > then)
                lowest = min64(lowest, j == 0 && node->account.has_data
                                           ? offset_track_at(world, node, then)
                                           : track->pieces[j].offset);
    }
    for (uint32_t i = 0; i < world->link_count; i++)
        t = world->now - 4 * world->links[i].latency < t ? world->now - 4 * world->links[i].latency
                                                         : t;
    for (uint32_t i = 0; i < world->timeline_count; i++)
        if (world->timelines[i].stream.count > 0)
            stream_forget(&world->timelines[i].stream, lowest, t - FORGET_NS);
}

static void unpark(struct world *world, int32_t node, uint32_t slot, uint32_t count)
{
    for (uint32_t end = slot + count; slot < end; slot++) {
        if (world->parked[slot] == 0 || world_slot_owner(world, slot) != node)
            continue;
        world->parked[slot] = 0;
        queue_set(&world->queue, slot, world->now);
    }
}

void world_unpark(struct world *world, int32_t node)
{
    if (!world->nodes[node].is_busy)
        unpark(world, node, world_node_slot(node, NODE_CRON), NODE_SLOTS);
    EACH_NODE_CONN(conn, world, &world->nodes[node])
        unpark(world, node, world_conn_slot(world, conn->index, CONN_DIAL), CONN_SLOTS);
    if (!world->nodes[node].is_busy)
        fault_read_waiting(world, node);
}

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
        queue_set(&world->queue, world_wait_slot(world, i), first);
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
    queue_set_last(&world->queue, world_node_slot(node->index, NODE_CRON), first);
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
        queue_set(&world->queue, world_node_slot(node->index, NODE_WAKE),
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

struct world *world_new(const struct scenario *scenario, uint64_t seed, uint64_t replication,
                        struct trace *trace)
{
    struct world *world = zeroed(1, sizeof *world);
    world->scenario = scenario;
    world->seed = seed;
    world->replication = replication;
    world->trace = trace;
    world->is_checked = world->fast_forwards = world->rests = true;
    world->fast_forward_pause = NS_PER_S;
    world->node_count = scenario->node_count;
    world->link_count = scenario->link_count;
    world->nodes = zeroed(world->node_count, sizeof *world->nodes);
    world->links = zeroed(world->link_count, sizeof *world->links);
    world->awake_nodes =
        zeroed((world->node_count + WORD_BITS - 1) / WORD_BITS, sizeof *world->awake_nodes);
    for (uint32_t i = 0; i < world->node_count; i++)
        set_bit(world->awake_nodes, (int32_t)i, true);
    world->waits = zeroed(scenario->wait_count, sizeof *world->waits);
    world->faults = zeroed(scenario->fault_count, sizeof *world->faults);
    fast_forward_init(world);
    workload_init(world);
    grow_conns(world);
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
        queue_set(&world->queue, sample_slot(world), scenario->sample);
    return world;
}

void world_free(struct world *world)
{
    if (world == NULL)
        return;
    for (uint32_t i = 0; i < world->conn_room; i++) {
        mail_clear(&world->conns[i]->mail[DOWN]);
        mail_clear(&world->conns[i]->mail[UP]);
        free(world->conns[i]);
    }
    for (uint32_t i = 0; i < world->node_count; i++) {
        free(world->nodes[i].below);
        free(world->nodes[i].above);
        free(world->nodes[i].awake);
    }
    for (uint32_t i = 0; i < world->link_count; i++)
        free(world->links[i].conns);
    for (uint32_t i = 0; i < world->timeline_count; i++)
        stream_clear(&world->timelines[i].stream);
    queue_clear(&world->queue);
    workload_clear(world);
    free(world->nodes);
    free(world->links);
    free(world->waits);
    free(world->faults);
    free(world->conns);
    free(world->held);
    free(world->awake);
    free(world->awake_nodes);
    free(world->used);
    free(world->timelines);
    free(world->parked);
    fast_forward_clear(world);
    free(world);
}

/* ---- the loop ---- */

struct conn *world_slot_conn(const struct world *world, uint32_t slot)
{
    uint32_t base = conn_base(world);
    return slot < base ? NULL : world->conns[(slot - base) / CONN_SLOTS];
}

const struct scenario_fault *world_slot_fault(const struct world *world, uint32_t slot)
{
    bool is_one = slot >= fault_base(world) && slot < wait_base(world);
    return is_one ? &world->scenario->faults[(slot - fault_base(world)) / 2] : NULL;
}

/* The server that must read a command; a fault of another kind waits for nobody. */
static int32_t fault_slot_owner(const struct world *world, uint32_t slot)
{
    const struct scenario_fault *fault = world_slot_fault(world, slot);
    bool begins = (slot - fault_base(world)) % 2 == 0;
    return begins && fault != NULL && fault_is_command(fault->kind) ? fault->node : NO_INDEX;
}

/* The process that an event needs; NO_INDEX: none (kernels, links, faults). */
int32_t world_slot_owner(const struct world *world, uint32_t slot)
{
    if (slot < fault_base(world))
        return slot % NODE_SLOTS == NODE_WAKE ? NO_INDEX : (int32_t)(slot / NODE_SLOTS);
    if (slot < conn_base(world))
        return fault_slot_owner(world, slot);
    const struct conn *conn = world_slot_conn(world, slot);
    if (conn->is_resting)
        return NO_INDEX;
    switch ((enum conn_slot)((slot - conn_base(world)) % CONN_SLOTS)) {
    case CONN_UP:
    case CONN_SENT:
    case CONN_LIMIT:
    case CONN_JUMP:
        return conn->master_has ? conn->master : NO_INDEX;
    case CONN_DOWN:
    case CONN_ARRIVE:
        return conn->replica;
    case CONN_DIAL:
        return conn->is_established ? NO_INDEX : conn->replica;
    default:
        return NO_INDEX;
    }
}

static void node_event(struct world *world, uint32_t slot)
{
    struct node *node = &world->nodes[slot / NODE_SLOTS];
    switch ((enum node_slot)(slot % NODE_SLOTS)) {
    case NODE_CRON:
        node_cron_event(world, node);
        break;
    case NODE_SAVE:
        save_event(world, node);
        break;
    case NODE_LOAD:
        save_load_event(world, node);
        break;
    case NODE_WAKE:
        node_wake_event(world, node);
        break;
    case NODE_SAVE_POINT:
        save_point_event(world, node);
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
    struct conn *conn = world->conns[slot / CONN_SLOTS];
    if (!conn->is_used)
        return;
    switch ((enum conn_slot)(slot % CONN_SLOTS)) {
    case CONN_DIAL:
        conn_dial_event(world, conn);
        break;
    case CONN_UP:
        conn_letter_event(world, conn, UP);
        break;
    case CONN_DOWN:
        conn_letter_event(world, conn, DOWN);
        break;
    case CONN_PLAN:
    case CONN_READ:
        conn_plan_event(world, conn);
        break;
    case CONN_ARRIVE:
        conn_arrive_event(world, conn);
        break;
    case CONN_SENT:
        feed_sent_event(world, conn);
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
    EACH_CONN(conn, world) {
        if (!conn->master_has || !conn->is_recorded || world->nodes[conn->master].stands_still)
            continue;
        int64_t usage = feed_usage(world, conn);
        if (usage != conn->sampled_bytes)
            EMIT(world, sample, conn->master, e->replica = conn->replica, e->buffer_bytes = usage);
        conn->sampled_bytes = usage;
    }
    queue_set(&world->queue, sample_slot(world), world->now + world->scenario->sample);
}

/* A process that is busy with a script for long looks at its sockets, and at nothing else. */
static bool is_parked(const struct world *world, const struct node *node, uint32_t slot)
{
    return node->stands_still && !(node->is_busy && slot >= conn_base(world));
}

static void dispatch(struct world *world, uint32_t slot)
{
    int32_t owner = world_slot_owner(world, slot);
    if (owner != NO_INDEX && is_parked(world, &world->nodes[owner], slot)) {
        world->parked[slot] = world->steps + 1;
        return;
    }
    if (slot < fault_base(world))
        node_event(world, slot);
    else if (slot >= conn_base(world))
        conn_event(world, slot - conn_base(world));
    else if (slot == sample_slot(world))
        sample_event(world);
    else if (slot >= wait_base(world))
        node_wait_event(world, slot - wait_base(world));
    else if ((slot - fault_base(world)) % 2 == 0)
        fault_begin_event(world, (slot - fault_base(world)) / 2);
    else
        fault_end_event(world, (slot - fault_base(world)) / 2);
}

bool world_run(struct world *world)
{
    uint32_t slot;
    int64_t t;
    while (!world->trace->is_broken && queue_take(&world->queue, &slot, &t) &&
           t <= world->scenario->duration) {
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
        if (world->fast_forwards && world->now >= world->fast_forward_look &&
            !fast_forward_quiet(world))
            return false;
    }
    tap_look_before(world, world->scenario->duration);
    world->now = world->scenario->duration;
    queue_bound(&world->queue, world->now); /* the event after the end was taken; none comes now */
    quiet_end_all(world, true);
    for (uint32_t i = 0; i < world->node_count; i++) {
        node_sync(world, &world->nodes[i]);
        account_end(world, &world->nodes[i]);
    }
    bool holds = !world->is_checked || world->trace->is_broken || invariant_holds(world);
    return holds && invariant_final(world);
}
