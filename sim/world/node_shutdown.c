/* See node_shutdown.h. */
#include "sim/world/node_shutdown.h"

#include <assert.h>
#include <string.h>
#include "models/server/handover.h"
#include "models/server/host.h"
#include "sim/engine/time.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"
#include "sim/world/node_boot.h"
#include "sim/world/node_halt.h"
#include "sim/world/node_stream.h"
#include "sim/world/offset_track.h"
#include "sim/world/slot.h"

void node_follow_master(struct world *world, struct node *node)
{
    if (node->conn != NO_INDEX && node->replica.state == REPLICA_CONNECTED &&
        !node_holds_position(node))
        offset_track_conn(world, node, node->conn);
}

static void save_file(struct world *world, struct node *node)
{
    assert(node->is_up);
    node_sync(world, node);
    int64_t commands = loss_point(world, node).commands;
    node->file = (struct data_file){.exists = true,
                                    .commands = commands,
                                    .has_position = node_saves_position(node),
                                    .offset = node->history.offset,
                                    .bytes = node->data_bytes,
                                    .timeline = node->timeline};
    memcpy(node->file.id, node->history.id, REPLID_SIZE);
}

static bool all_caught_up(struct world *world, struct node *node)
{
    node_sync(world, node);
    EACH_REPLICA_CONN(conn, world, node) {
        if (conn->machine.state == MASTER_WAIT_CHANNEL || conn->machine.state == MASTER_STREAMING)
            return false;
        if (conn->machine.state == MASTER_ONLINE &&
            !handover_has_all(true, conn->machine.ack_offset, node->history.offset))
            return false;
    }
    return true;
}

void node_ended(struct world *world, struct node *node, const char *how, bool saved)
{
    node_stop(world, node, how, saved);
    if (node->starts_again_at < 0)
        return;
    node->starts_again_at = -1;
    node->master = node->next_master;
    if (node->starts_wiped)
        node_wipe(world, node);
    node_start(world, node);
}

/* Nothing more to wait for: the last save, in the foreground, then the end; if that save fails,
 * the process goes on (FACTS 3.10). While data are loaded nothing is saved, whatever was asked
 * (seen on 7.0.15). */
static void end_shutdown(struct world *world, struct node *node)
{
    assert(node->is_up && !node->is_ending);
    if (!node->shutdown_saves || node->loading != LOAD_NOTHING) {
        node_ended(world, node, "shutdown", false);
        return;
    }
    if (node_fails(node, FAILURE_SAVE)) {
        node->shutdown_deadline = TIME_NEVER;
        node->starts_again_at = -1;
        EMIT(world, saved, node->index, e->ok = false, e->save_ns = 0,
             e->payload_bytes = node->data_bytes);
        node_follow_master(world, node);
        node_flow(world, node);
        return;
    }
    save_file(world, node);
    node->is_ending = true;
    int64_t work = save_work_ns(&node->spec->host, &node->config,
                                (struct work){node->data_bytes, node->data_keys}, &node->costs);
    node_block(world, node, world->now + max64(1, work), "save");
}

void node_shutdown(struct world *world, struct node *node, bool save)
{
    if (!node->is_up || node->shutdown_deadline != TIME_NEVER || node->is_ending)
        return;
    node->shutdown_saves = save;
    bool waits = shutdown_may_wait(node->profile, &node->config, node->loading != LOAD_NOTHING) &&
                 !all_caught_up(world, node);
    if (!waits) {
        end_shutdown(world, node);
        return;
    }
    node->shutdown_deadline = shutdown_deadline(&node->config, world->now);
    node_flow(world, node);
    if (node->master == NO_INDEX)
        node_request_acks(world, node);
    else
        offset_track_hold(world, node, node->history.offset);
    queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE),
              node_next_tick(node, world->now + 1));
}

bool node_shutdown_is_over(struct world *world, struct node *node)
{
    if (node->shutdown_deadline == TIME_NEVER || node->is_ending)
        return false;
    if (!shutdown_goes_on(all_caught_up(world, node), world->now, node->shutdown_deadline))
        return false;
    end_shutdown(world, node);
    return true;
}
