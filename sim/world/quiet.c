/* See quiet.h. */
#include "sim/world/quiet.h"

#include <assert.h>
#include "models/server/write_gate.h"
#include "sim/engine/time.h"
#include "sim/world/arrival.h"
#include "sim/world/conn_table.h"
#include "sim/world/fast_forward.h"
#include "sim/world/idle.h"
#include "sim/world/node.h"
#include "sim/world/node_cron.h"
#include "sim/world/slot.h"

#define ROUNDS_QUIET 8                  /* at least, as far as is known */
#define ROUND_MOST   (3 * NS_PER_S / 2) /* what a stream forgets is further back than five rounds */

/* ---- who may ---- */

/* Nobody hears heartbeats, looks between events, or waits for acknowledgements. */
static bool world_lets(const struct world *world)
{
    const struct tap *tap = &world->tap;
    return world->rests && world->scenario->wait_count == 0 &&
           !trace_hears_heartbeats(world->trace) && tap->every == 0 && tap->looks == NULL &&
           !tap->has_messages;
}

/* It writes or could, and no acknowledgement changes what it does. */
static bool master_lets(const struct node *master)
{
    return master->is_up && master->master == NO_INDEX && !master->stands_still &&
           master->loading == LOAD_NOTHING && master->failover_to == NO_INDEX &&
           !master->is_failing_over && !master->is_ending &&
           master->shutdown_deadline == TIME_NEVER && master->write_pauses == 0 &&
           !min_replicas_count(&master->config);
}

/* No event of it or its connection is near but for heartbeats. */
static bool is_far(const struct world *world, const struct node *node)
{
    int64_t near = world->now + ROUNDS_QUIET * idle_period(node);
    for (int slot = 0; slot < NODE_SLOTS; slot++)
        if (slot != NODE_CRON &&
            queue_when(&world->queue, slot_of_node(node->index, (enum node_slot)slot)) < near)
            return false;
    for (int slot = 0; slot < CONN_SLOTS; slot++)
        if (slot != CONN_UP &&
            queue_when(&world->queue, slot_of_conn(world, node->conn, (enum conn_slot)slot)) < near)
            return false;
    return true;
}

/* It has no other connection, and nobody follows it. */
static bool is_leaf(const struct world *world, const struct node *node)
{
    EACH_NODE_CONN(conn, world, node)
        if (conn->index != node->conn)
            return false;
    return node->second == NO_INDEX;
}

/* Who applies at a pace of its own lags for a moment behind each PING: such a one may not. */
static bool may_be_quiet(const struct world *world, const struct node *node)
{
    if (!node->is_up || node->master == NO_INDEX || node->conn == NO_INDEX || node->is_quiet)
        return false;
    const struct conn *conn = conn_at(world, node->conn);
    return master_lets(&world->nodes[conn->master]) && idle_period(node) <= ROUND_MOST &&
           world->links[conn->link].latency > 0 &&
           conn->timeline == world->nodes[conn->master].timeline &&
           node->timeline == conn->timeline && node->account.stale_since < 0 && !conn->is_paced &&
           idle_is_replica(world, node) && is_leaf(world, node) && is_far(world, node);
}

void quiet_look(struct world *world, uint32_t slot)
{
    if (slot >= slot_of_fault(world, 0, false) || slot % NODE_SLOTS != NODE_CRON)
        return;
    struct node *node = &world->nodes[slot / NODE_SLOTS];
    if (!world_lets(world) || !may_be_quiet(world, node))
        return;
    node->quiet_round = queue_when(&world->queue, slot);
    conn_table_set_quiet(world, node, true);
    queue_cancel(&world->queue, slot);
    queue_cancel(&world->queue, slot_of_conn(world, node->conn, CONN_UP));
}

/* ---- back to the present ---- */

/* Each heartbeat up to `end` by itself, the clock with it. */
static void beat(struct world *world, struct node *node, int64_t end)
{
    struct conn *conn = conn_at(world, node->conn);
    uint32_t cron = slot_of_node(node->index, NODE_CRON),
             up = slot_of_conn(world, conn->index, CONN_UP);
    for (;;) {
        int64_t round = queue_when(&world->queue, cron), ack = queue_when(&world->queue, up);
        if (min64(round, ack) > end)
            return;
        world->now = min64(round, ack);
        queue_cancel(&world->queue, ack < round ? up : cron);
        if (ack < round)
            arrival_letter_event(world, conn, UP);
        else
            node_cron_event(world, node);
    }
}

static void end_quiet(struct world *world, struct node *node, int64_t end)
{
    int64_t now = world->now, bound = queue_bound(&world->queue, 0);
    assert(node->is_quiet && end <= now);
    const struct conn *conn = conn_at(world, node->conn);
    conn_table_set_quiet(world, node, false);
    queue_set_last(&world->queue, slot_of_node(node->index, NODE_CRON), node->quiet_round);
    if (conn->mail[UP].count > 0)
        queue_set(&world->queue, slot_of_conn(world, conn->index, CONN_UP),
                  mail_next(&conn->mail[UP]));
    fast_forward_replica(world, node, end);
    beat(world, node, end);
    queue_bound(&world->queue, bound);
    world->now = now;
}

void quiet_end(struct world *world, struct node *node)
{
    if (node->is_quiet)
        end_quiet(world, node, world->now - 1);
}

void quiet_end_all(struct world *world, bool is_over)
{
    for (uint32_t i = 0; i < world->node_count && world->quiet_count > 0; i++)
        if (world->nodes[i].is_quiet)
            end_quiet(world, &world->nodes[i], world->now - !is_over);
}

/* ---- whom an event touches ---- */

static void end_quiet_link(struct world *world, int32_t index)
{
    EACH_LINK_CONN(conn, world, &world->links[index])
        node_touch_conn(world, conn);
}

/* What strikes one replica, and changes nothing for others. */
static bool strikes_one(const struct world *world, const struct scenario_fault *fault)
{
    bool is_own = fault->kind == FAULT_CRASH || fault->kind == FAULT_PAUSE ||
                  fault->kind == FAULT_RESUME || fault->kind == FAULT_BLOCK;
    return is_own && world->nodes[fault->node].master != NO_INDEX;
}

static void prepare_fault(struct world *world, const struct scenario_fault *fault)
{
    if (fault->link >= 0) {
        end_quiet_link(world, fault->link);
        if (world->links[fault->link].spec->twin >= 0)
            end_quiet_link(world, world->links[fault->link].spec->twin);
    } else if (strikes_one(world, fault)) {
        quiet_end(world, &world->nodes[fault->node]);
    } else {
        quiet_end_all(world, false);
    }
}

void quiet_prepare(struct world *world, uint32_t slot)
{
    if (world->quiet_count == 0)
        return;
    const struct scenario_fault *fault = slot_fault(world, slot);
    const struct conn *conn = slot_conn(world, slot);
    if (fault != NULL)
        prepare_fault(world, fault);
    else if (slot < slot_of_fault(world, 0, false))
        quiet_end(world, &world->nodes[slot / NODE_SLOTS]);
    if (conn == NULL || !conn->is_used || conn->is_resting)
        return;
    quiet_end(world, &world->nodes[conn->master]);
    quiet_end(world, &world->nodes[conn->replica]);
}
