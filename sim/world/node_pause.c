/* See node_pause.h. */
#include "sim/world/node_pause.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/conn.h"
#include "sim/world/feed.h"
#include "sim/world/node.h"
#include "sim/world/node_boot.h"
#include "sim/world/node_cron.h"
#include "sim/world/node_halt.h"
#include "sim/world/node_shutdown.h"
#include "sim/world/node_stream.h"
#include "sim/world/offset_track.h"
#include "sim/world/parked.h"
#include "sim/world/replan.h"
#include "sim/world/replica_side.h"
#include "sim/world/slot.h"

static void start_io(struct world *world, struct node *node)
{
    assert(node->is_up);
    EACH_REPLICA_CONN(conn, world, node) {
        struct source source = offset_track_source(world, conn);
        pipe_freeze(&conn->pipe, &source, world->now);
        conn->pipe.send_limit = INT64_MAX;
        replan_conn(world, conn);
    }
    if (node->second != NO_INDEX && conn_at(world, node->second)->is_established &&
        node->loading == LOAD_NOTHING)
        conn_start_reading(world, conn_at(world, node->second));
    if (node->conn == NO_INDEX || node->loading != LOAD_NOTHING)
        return;
    struct conn *conn = conn_at(world, node->conn);
    node_follow_master(world, node);
    if (!conn->is_established)
        return;
    if (node->was_stopped)
        conn->reads_since = world->now;
    conn_start_reading(world, conn);
    if (node->was_stopped)
        replica_side_catch_up(world, conn);
}

/* From now on it stands still altogether. */
static void end_busy(struct world *world, struct node *node)
{
    if (node->is_busy)
        node_stop_io(world, node);
    node->runs_script = node->is_busy = false;
}

/* Stops as a signal does: what it was about to do is known when it goes on. */
static void stop(struct world *world, struct node *node, const char *why)
{
    end_busy(world, node);
    if (node->stands_still || !node->is_up) {
        node_block(world, node, TIME_NEVER, why);
        return;
    }
    int64_t due = queue_when(&world->queue, slot_of_node(node->index, NODE_CRON));
    node->was_stopped = true;
    node->stop_tick = due;
    node->stop_rounds = 0;
    if (due != TIME_NEVER && due > world->now) {
        node->stop_rounds = ceil_div(due - world->now, node->tick) - 1;
        node->stop_tick = due - node->stop_rounds * node->tick;
    }
    node_block(world, node, TIME_NEVER, why);
}

void node_pause(struct world *world, struct node *node)
{
    stop(world, node, "fault");
}

void node_run_script(struct world *world, struct node *node)
{
    bool begins = node->is_up && !node->stands_still;
    stop(world, node, "script");
    if (!begins || node->config.busy_reply_ms == 0)
        return;
    node->runs_script = true;
    queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE),
              time_add(world->now, node->config.busy_reply_ms * NS_PER_MS));
}

/* The script is slow: sockets are read and written again, and the writes that waited are refused
 * (FACTS R8). */
static void become_busy(struct world *world, struct node *node)
{
    assert(node->is_up && node->stands_still && !node->is_busy);
    node->runs_script = false;
    node->is_busy = true;
    node->writes_wait = false;
    node_flow(world, node);
    if (node->master == NO_INDEX)
        EMIT(world, writes, node->index, e->refused = true, e->cause = "script",
             e->in_all = node->account.refused_writes);
    start_io(world, node);
    parked_resume(world, node->index);
}

static void stop_being_busy(struct world *world, struct node *node)
{
    bool was_busy = node->is_busy;
    node->runs_script = node->is_busy = false;
    account_writes(world, node);
    if (was_busy && node->master == NO_INDEX && !node->refuses_writes)
        EMIT(world, writes, node->index, e->refused = false, e->cause = "script",
             e->in_all = node->account.refused_writes);
}

/* The signal ends the wait for sockets, so one round of the cron comes before any socket is read or
 * written. The round of replication is one in hz; it comes when its turn is, counted in rounds
 * (FACTS R7). */
static void round_after_stop(struct world *world, struct node *node)
{
    assert(node->is_up);
    uint32_t slot = slot_of_node(node->index, NODE_CRON);
    if (world->now < node->stop_tick)
        return;
    world->parked[slot] = 0;
    if (node->stop_rounds == 0) {
        node_cron_event(world, node);
        return;
    }
    node->last_cron = world->now + node->stop_rounds * node->tick;
    queue_set(&world->queue, slot, node->last_cron);
    EACH_REPLICA_CONN(conn, world, node)
        if (node->profile->limit_checked_by_cron)
            feed_check_limits(world, conn, false);
}

void node_unblock(struct world *world, struct node *node)
{
    if (!node->stands_still)
        return;
    account_goes_on(world, node);
    node->stands_still = false;
    node->blocked_until = world->now;
    EMIT(world, resume, node->index, e->paused_ns = world->now - node->blocked_since);
    round_after_stop(world, node);
    node->stop_tick = TIME_NEVER;
    if (!node->is_up || node->stands_still) /* the round forked: sockets wait for that too */
        return;
    stop_being_busy(world, node);
    node_flow(world, node);
    start_io(world, node);
    node->was_stopped = false;
    parked_resume(world, node->index);
}

void node_resume(struct world *world, struct node *node)
{
    if (!node->stands_still || (node->busy_until <= world->now && !node->is_ending)) {
        node_unblock(world, node);
        return;
    }
    node->blocked_until = max64(node->busy_until, world->now);
    queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE), node->blocked_until);
}

void node_wake_event(struct world *world, struct node *node)
{
    if (!node->is_up) {
        node_listen(world, node);
    } else if (node->is_ending) {
        node_ended(world, node, "shutdown", true);
    } else if (node->stands_still && node->blocked_until <= world->now) {
        node_unblock(world, node);
    } else if (node->runs_script) {
        become_busy(world, node);
    } else if (node->shutdown_deadline != TIME_NEVER && !node_shutdown_is_over(world, node)) {
        queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE),
                  node_next_tick(node, world->now + 1));
    }
}
