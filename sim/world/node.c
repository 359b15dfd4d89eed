/* See node.h. */
#include "sim/world/node.h"

#include <assert.h>
#include "models/server/write_gate.h"
#include "sim/engine/time.h"
#include "sim/world/offset_track.h"
#include "sim/world/slot.h"

int64_t node_offset(const struct world *world, const struct node *node)
{
    return offset_track_at(world, node, world->now);
}

void node_sync(struct world *world, struct node *node)
{
    if (node->master == NO_INDEX)
        node->history.offset = node_offset(world, node);
    else if (node->conn != NO_INDEX)
        world->calls->arrived(world, conn_at(world, node->conn));
}

bool node_saves_position(const struct node *node)
{
    return node->profile->psync2 && (node->backlog.exists || node->master != NO_INDEX);
}

bool node_holds_position(const struct node *node)
{
    return node->master != NO_INDEX &&
           (node->shutdown_deadline != TIME_NEVER || node->is_ending || node->is_busy);
}

bool node_is_blocked(const struct node *node)
{
    return node->stands_still;
}

enum write_gate node_gate(const struct node *node, bool has_backlog)
{
    return write_gate(&(struct write_state){.is_up = node->is_up,
                                            .has_backlog = has_backlog,
                                            .refuses = node->refuses_writes,
                                            .is_loading = node->loading != LOAD_NOTHING,
                                            .is_paused = node->failover_to != NO_INDEX ||
                                                         node->shutdown_deadline != TIME_NEVER ||
                                                         node->write_pauses > 0,
                                            .is_blocked = node_is_blocked(node),
                                            .is_busy = node->is_busy});
}

uint32_t node_replicas(const struct world *world, const struct node *node)
{
    uint32_t count = node->quiet_count;
    EACH_AWAKE_CONN(conn, world, node) {
        count += conn->master_has && master_is_replica(&conn->machine);
    }
    return count;
}

/* ---- time ---- */

int64_t node_delay(const struct node *node, int64_t t)
{
    return dist_draw_at(&node->spec->host.handler, node->delay_key, (uint64_t)t);
}

void node_set_tick(struct node *node)
{
    node->tick = NS_PER_S / node->config.hz + node->tick_extra;
    assert(node->tick > 0);
}

int64_t node_next_tick(const struct node *node, int64_t t)
{
    if (t > TIME_NEVER - node->tick)
        return TIME_NEVER;
    if (t <= node->last_cron) /* the first round of that cron is to come; the others run already */
        return node->last_cron - (node->last_cron - t) / node->tick * node->tick;
    return node->last_cron + ceil_div(t - node->last_cron, node->tick) * node->tick;
}

/* ---- small changes ---- */

void node_draw_id(struct node *node, char id[REPLID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t bits = 0;
    for (int i = 0; i < REPLID_LEN; i++) {
        if (i % 16 == 0)
            bits = random_u64(&node->ids);
        id[i] = digits[bits & 15];
        bits >>= 4;
    }
    id[0] = digits[10 + (bits & 3)]; /* a letter, so that no reader takes an id for a number */
    id[REPLID_LEN] = '\0';
}

void node_failover_done(struct node *node)
{
    node->is_failing_over = false;
    node->failover_to = NO_INDEX;
}

bool node_fails(struct node *node, enum failure failure)
{
    assert(failure < FAILURE_COUNT);
    struct failing *failing = &node->fails[failure];
    bool fails = failing->next || failing->faults > 0;
    failing->next = false;
    return fails;
}

void node_grow_data(struct world *world, struct node *node)
{
    if (node->load == NULL || node->adds_bytes == 0 || node->master != NO_INDEX)
        return;
    int64_t added = keys_written(node->added_keyspace, load_adding_commands(node->load, world->now),
                                 node->in_turn);
    if (added <= node->added_keys)
        return;
    node->data_bytes += (added - node->added_keys) * node->adds_bytes;
    node->data_keys += added - node->added_keys;
    node->added_keys = added;
}

void node_replicas_replan_at(struct world *world, struct node *node, int64_t t)
{
    EACH_CONN_BELOW(conn, world, node) {
        if (!conn->is_stream_open)
            continue;
        uint32_t slot = slot_of_conn(world, conn->index, CONN_PLAN);
        if (queue_when(&world->queue, slot) > t)
            queue_set(&world->queue, slot, t);
    }
}

void node_replicas_replan(struct world *world, struct node *node)
{
    node_replicas_replan_at(world, node, world->now);
}

void node_touch(struct world *world, struct node *node)
{
    if (node->is_quiet)
        world->calls->touched(world, node);
    assert(!node->is_quiet);
}

void node_touch_conn(struct world *world, const struct conn *conn)
{
    if (conn->is_quiet)
        world->calls->touched(world, &world->nodes[conn->replica]);
}

void node_touch_below(struct world *world, const struct node *node)
{
    if (node->quiet_count == 0)
        return;
    EACH_CONN_BELOW(conn, world, node)
        node_touch_conn(world, conn);
}

void node_check(const struct node *node)
{
    bool is_shutting_down = node->shutdown_deadline != TIME_NEVER || node->is_ending;
    assert(node->master != node->index);
    assert(!node->rdb_client.is_served || node->save.is_active);
    assert(node->loading == LOAD_NOTHING || node->load_begins <= node->load_ends);
    assert(node->stop_tick == TIME_NEVER || node->stands_still);
    assert(node->failover_to == NO_INDEX || node->is_up);
    assert(!node->is_quiet || node->master != NO_INDEX);
    assert(node->is_up || (!node->stands_still && !is_shutting_down && !node->is_failing_over));
    assert(node->is_up || (node->conn == NO_INDEX && node->loading == LOAD_NOTHING));
    assert(node->second == NO_INDEX || node->replica.second_is_open);
    assert(node->is_up || (!node->save.is_active && !node->backlog.exists));
    assert(!node->is_failing_over || (node->failover_to != NO_INDEX && node->master != NO_INDEX));
    assert(node->master != NO_INDEX || node->conn == NO_INDEX);
    assert(!node->runs_script || (node->stands_still && !node->is_busy));
    assert(!node->is_busy || node->stands_still);
    assert(!node->save.is_sending || node->save.is_socket);
    assert(node->track.since < node->track.count && node->track.count <= OFFSET_TRACK_PIECES);
    assert(!node->is_quiet || (node->conn != NO_INDEX && !node->stands_still));
    assert(node->data_bytes >= 0 && node->data_keys >= 0 && node->tick > 0);
}
