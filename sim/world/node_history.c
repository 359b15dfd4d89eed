/* See node_history.h. */
#include "sim/world/node_history.h"

#include <assert.h>
#include "sim/world/account.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"
#include "sim/world/node_stream.h"
#include "sim/world/offset_track.h"
#include "sim/world/timeline.h"

/* ---- backlog ---- */

static void emit_backlog(struct world *world, struct node *node, const char *what)
{
    EMIT(world, backlog, node->index, e->what = what, e->first = node->backlog.floor,
         e->size_bytes = node->backlog.size);
}

void node_new_backlog(struct world *world, struct node *node)
{
    if (node->backlog.exists)
        return;
    int64_t largest = node->load == NULL ? 0 : load_largest_piece(node->load);
    int64_t offset = node->master == NO_INDEX ? node_offset(world, node) : node->history.offset;
    struct backlog_plan plan = {.profile = node->profile,
                                .allocator = (enum allocator)node->spec->host.allocator,
                                .size = node->config.backlog_bytes,
                                .largest_piece = largest};
    backlog_create(&node->backlog, &plan, offset);
    emit_backlog(world, node, "created");
    node_flow(world, node);
}

void node_free_backlog(struct world *world, struct node *node, const char *why)
{
    if (!node->backlog.exists)
        return;
    backlog_free(&node->backlog);
    node_flow(world, node);
    if (why != NULL)
        EMIT(world, backlog, node->index, e->what = why,
             e->size_bytes = node->config.backlog_bytes);
}

/* ---- identity ---- */

void node_emit_identity(struct world *world, struct node *node, enum id_change why)
{
    bool has_second = node->history.second_offset >= 0;
    EMIT(world, identity, node->index, e->why = why, e->replid = node->history.id,
         e->replid2 = has_second ? node->history.id2 : NULL,
         e->second_offset = has_second ? node->history.second_offset : TRACE_ABSENT);
}

void node_begin_timeline(struct world *world, struct node *node, int32_t parent)
{
    assert(parent == NO_INDEX || world->timelines[parent].fork_offset <= node->history.offset);
    account_writes(world, node);
    struct loss_point held = loss_point(world, node);
    node->account.unstreamed = 0;
    node->timeline = timeline_new(world, parent, node->history.offset);
    loss_new_timeline(world, node, node->timeline, held);
    stream_init(&world->timelines[node->timeline].stream, world->now, node->history.offset);
    offset_track_stream(world, node);
    node_flow(world, node);
}

void node_new_identity(struct world *world, struct node *node, enum id_change why)
{
    char id[REPLID_SIZE];
    node_sync(world, node);
    node_draw_id(node, id);
    history_renew(&node->history, id);
    node_begin_timeline(world, node, node->timeline);
    node_emit_identity(world, node, why);
}

void node_keep_replicas(struct world *world, const struct node *node)
{
    assert(node->timeline != NO_INDEX);
    bool is_further;
    do {
        is_further = false;
        EACH_CONN_AWAKE(conn, world) {
            if (!conn->is_recorded || world->nodes[conn->master].timeline != node->timeline)
                continue;
            struct node *replica = &world->nodes[conn->replica];
            conn->timeline = node->timeline;
            if (replica->conn == conn->index && replica_is_online(&replica->replica) &&
                replica->timeline != node->timeline) {
                replica->timeline = node->timeline;
                is_further = true;
            }
        }
    } while (is_further);
}

void node_begin_backlog(struct world *world, struct node *node)
{
    assert(node->is_up && !node->backlog.exists);
    if (node->profile->psync2)
        node_new_identity(world, node, ID_BACKLOG);
    node_new_backlog(world, node);
}

void node_first_backlog(struct world *world, struct node *node)
{
    if (!node->backlog.exists && node_replicas(world, node) == 1)
        node_begin_backlog(world, node);
}
