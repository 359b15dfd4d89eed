/* See node_halt.h. */
#include "sim/world/node_halt.h"

#include <assert.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/conn.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"
#include "sim/world/node_stream.h"
#include "sim/world/offset_track.h"
#include "sim/world/parked.h"
#include "sim/world/replan.h"
#include "sim/world/save_abort.h"
#include "sim/world/slot.h"

void node_stop_io(struct world *world, struct node *node)
{
    assert(node->is_up);
    if (node->conn != NO_INDEX && conn_at(world, node->conn)->is_established) {
        struct conn *conn = conn_at(world, node->conn);
        conn_stop_reading(world, conn);
        if (node->replica.state == REPLICA_CONNECTED)
            offset_track_hold(world, node, node->history.offset);
    }
    if (node->second != NO_INDEX && conn_at(world, node->second)->is_established)
        conn_stop_reading(world, conn_at(world, node->second));
    EACH_REPLICA_CONN(conn, world, node) {
        struct source source = offset_track_source(world, conn);
        conn->pipe.send_limit = pipe_sent(&conn->pipe, &source, world->now);
        replan_conn(world, conn);
    }
}

void node_block(struct world *world, struct node *node, int64_t until, const char *why)
{
    if (until <= world->now || !node->is_up)
        return;
    bool was_blocked = node->stands_still;
    if (!was_blocked) {
        node_touch(world, node);
        node_touch_below(world, node);
        account_observe(world, node);
        node_sync(world, node);
        node_stop_io(world, node);
        node->blocked_since = world->now;
        node->stands_still = true;
        EMIT(world, pause, node->index, e->why = why);
    }
    node->blocked_until = was_blocked ? max64(node->blocked_until, until) : until;
    if (until != TIME_NEVER)
        node->busy_until = max64(node->busy_until, until);
    node_flow(world, node);
    uint32_t slot = slot_of_node(node->index, NODE_WAKE);
    if (node->blocked_until == TIME_NEVER)
        queue_cancel(&world->queue, slot);
    else
        queue_set(&world->queue, slot, node->blocked_until);
}

static void cancel_timers(struct world *world, struct node *node)
{
    for (int slot = 0; slot < NODE_SLOTS; slot++) {
        uint32_t index = slot_of_node(node->index, (enum node_slot)slot);
        queue_cancel(&world->queue, index);
        world->parked[index] = 0;
    }
}

void node_stop(struct world *world, struct node *node, const char *how, bool saved)
{
    if (!node->is_up)
        return;
    node_touch_below(world, node);
    account_observe(world, node);
    node_sync(world, node);
    struct loss_point held = loss_begin(world, node);
    node->ended_by = strcmp(how, "shutdown") == 0 ? LOSS_SHUTDOWN : LOSS_CRASH;
    EMIT(world, down, node->index, e->how = how, e->saved = saved);
    int64_t offset = node->history.offset;
    if (node->master != NO_INDEX && !node->account.is_down)
        account_lost(world, node, DROP_CRASHED);
    account_failed(world, node, DROP_CRASHED);
    node->account.attempt.is_open = false;
    conn_process_ended(world, node);
    node->is_up = node->is_failing_over = node->is_ending = false;
    node->shutdown_deadline = TIME_NEVER;
    node->failover_to = NO_INDEX;
    node->write_pauses = 0;
    node_flow(world, node);
    offset_track_hold(world, node, offset);
    save_abort(world, node);
    backlog_free(&node->backlog);
    node->syncs = (struct sync_counts){0};
    replica_init(&node->replica);
    cancel_timers(world, node);
    parked_forget_commands(world, node->index);
    node->stands_still = node->runs_script = node->is_busy = false;
    node->busy_until = 0;
    node->stop_tick = TIME_NEVER;
    node->was_stopped = false;
    node_replicas_replan(world, node);
    assert(node->conn == NO_INDEX && node->second == NO_INDEX && !node->save.is_active);
    loss_settle(world, node, held, node->ended_by);
}
