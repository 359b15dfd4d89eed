/* What is lost. See loss.h. */
#include "sim/world/loss.h"

#include <assert.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/node.h"
#include "sim/world/offset_track.h"
#include "sim/world/timeline.h"

#define LEVELS_NOTED 64 /* of a chain of timelines: promotions beyond that are of another age */

static const struct loss_point NOTHING = {.timeline = NO_INDEX};

/* ---- who holds what ---- */

static struct loss_point parent_of(const struct world *world, struct loss_point point)
{
    const struct timeline *timeline = &world->timelines[point.timeline];
    return (struct loss_point){timeline->data_parent, timeline->data_fork, timeline->begin_commands,
                               point.data_bytes};
}

/* All up to `offset` of the history that ends with `timeline`, as a point. */
static struct loss_point point_at(const struct world *world, int32_t timeline, int64_t offset)
{
    timeline = timeline_holding(world, timeline, offset);
    const struct timeline *found = &world->timelines[timeline];
    return (struct loss_point){timeline, offset,
                               found->begin_commands + stream_commands(&found->stream, offset), 0};
}

int64_t loss_commands(const struct world *world, int32_t timeline, int64_t offset)
{
    return point_at(world, timeline, offset).commands;
}

struct loss_point loss_point_of_file(const struct data_file *file)
{
    if (!file->exists)
        return NOTHING;
    return (struct loss_point){file->timeline, file->offset, file->commands, file->bytes};
}

struct loss_point loss_point(const struct world *world, const struct node *node)
{
    if (!node->is_up || node->loading != LOAD_NOTHING)
        return loss_point_of_file(&node->file);
    if (node->timeline == NO_INDEX || node->is_emptied)
        return NOTHING;
    struct loss_point point = point_at(world, node->timeline, node_offset(world, node));
    if (world->timelines[node->timeline].writer == node->index)
        point.commands += account_unstreamed(world, node);
    point.data_bytes = node->data_bytes;
    return point;
}

struct loss_point loss_on_the_way(const struct world *world, const struct conn *conn)
{
    const struct pipe *pipe = &conn->pipe;
    if (!conn->is_closing || !conn->replica_has || conn->is_severed || !conn->is_stream_open ||
        pipe->send_limit < conn->bulk)
        return NOTHING;
    int64_t offset = conn->from + pipe->send_limit - conn->bulk;
    struct loss_point point =
        point_at(world, conn->timeline, offset_track_boundary(world, conn->timeline, offset));
    point.data_bytes = conn->bulk;
    return point;
}

/* ---- what two of them have in common ---- */

static struct loss_point common(const struct world *world, struct loss_point a, struct loss_point b)
{
    while (a.timeline != b.timeline && a.timeline != NO_INDEX && b.timeline != NO_INDEX) {
        struct loss_point *younger = a.timeline > b.timeline ? &a : &b;
        *younger = parent_of(world, *younger);
    }
    if (a.timeline != b.timeline)
        return NOTHING;
    return a.offset < b.offset || (a.offset == b.offset && a.commands < b.commands) ? a : b;
}

/* Whether `a` is further on one and the same way. */
static bool is_more(struct loss_point a, struct loss_point b)
{
    return a.timeline != b.timeline ? a.timeline > b.timeline
           : a.offset != b.offset   ? a.offset > b.offset
                                    : a.commands > b.commands;
}

static struct loss_point most_in_common(const struct world *world, struct loss_point lost)
{
    struct loss_point most = NOTHING;
    for (uint32_t i = 0; i < world->node_count && is_more(lost, most); i++) {
        struct loss_point it = common(world, lost, loss_point(world, &world->nodes[i]));
        most = is_more(it, most) ? it : most;
    }
    EACH_CONN(conn, world) {
        struct loss_point it = common(world, lost, loss_on_the_way(world, conn));
        most = is_more(it, most) ? it : most;
    }
    return most;
}

/* ---- what replicas ever had ---- */

static void note_replicated(struct world *world, const struct node *node, struct loss_point point)
{
    for (int level = 0; level < LEVELS_NOTED && point.timeline != NO_INDEX; level++) {
        struct timeline *timeline = &world->timelines[point.timeline];
        if (timeline->writer != node->index)
            timeline->replicated_commands = max64(timeline->replicated_commands, point.commands);
        point = parent_of(world, point);
    }
}

struct loss_point loss_begin(struct world *world, struct node *node)
{
    node_grow_data(world, node);
    struct loss_point point = loss_point(world, node);
    note_replicated(world, node, point);
    return point;
}

/* ---- the loss ---- */

/* Sums over the way from `lost` down to what is left of it. Offsets are those of one history: where data went on under a
 * new one (a restart without a position), of the oldest that lost bytes. */
struct sums {
    int32_t timeline; /* whose id it is */
    int64_t from, to, bytes, unreplicated;
};

static struct sums sum_up(const struct world *world, struct loss_point lost, struct loss_point left)
{
    struct sums sums = {.timeline = lost.timeline, .to = lost.offset};
    bool is_other = false; /* another history than that of sums.to */
    while (lost.timeline != NO_INDEX) {
        const struct timeline *timeline = &world->timelines[lost.timeline];
        bool is_last = lost.timeline == left.timeline;
        int64_t begins = is_last ? left.offset : timeline->fork_offset;
        int64_t known = max64(timeline->replicated_commands,
                              is_last ? left.commands : timeline->begin_commands);
        if (is_other && lost.offset > begins) {
            sums.timeline = lost.timeline;
            sums.to = lost.offset;
            is_other = false;
        }
        sums.from = is_other ? sums.from : begins + 1;
        sums.bytes += lost.offset - begins;
        sums.unreplicated += max64(0, lost.commands - known);
        if (is_last)
            break;
        is_other = is_other || timeline->parent == NO_INDEX;
        lost = parent_of(world, lost);
    }
    return sums;
}

void loss_settle(struct world *world, const struct node *node, struct loss_point before,
                 enum loss why)
{
    if (before.timeline == NO_INDEX)
        return;
    struct loss_point left = most_in_common(world, before);
    int64_t commands = before.commands - (left.timeline == NO_INDEX ? 0 : left.commands);
    int64_t data_bytes = left.timeline == NO_INDEX ? before.data_bytes : 0;
    if (!is_more(before, left))
        return;
    for (uint32_t i = 0; i < world->node_count; i++)
        note_replicated(world, &world->nodes[i], loss_point(world, &world->nodes[i]));
    struct sums sums = sum_up(world, before, left);
    bool has_bytes = sums.bytes > 0;
    if (has_bytes || commands > 0 || data_bytes > 0)
        EMIT(world, lost, node->index, e->why = why, e->replid = world->timelines[sums.timeline].id,
             e->from = has_bytes ? sums.from : TRACE_ABSENT,
             e->to = has_bytes ? sums.to : TRACE_ABSENT, e->bytes = sums.bytes,
             e->commands = commands, e->unreplicated = sums.unreplicated,
             e->data_bytes = data_bytes);
}

enum loss loss_by_payload(const struct world *world, const struct node *node,
                          struct loss_point before)
{
    bool is_own =
        before.timeline != NO_INDEX && world->timelines[before.timeline].writer == node->index;
    return is_own ? LOSS_DEMOTED : LOSS_REPLACED;
}

void loss_flush(struct world *world, struct node *node)
{
    node_grow_data(world, node);
    if (node->data_bytes > 0)
        EMIT(world, lost, node->index, e->why = LOSS_FLUSH, e->bytes = 0, e->commands = 0,
             e->unreplicated = 0, e->data_bytes = node->data_bytes);
}

void loss_new_timeline(struct world *world, const struct node *node, int32_t timeline,
                       struct loss_point from)
{
    assert(from.timeline < timeline);
    struct timeline *made = &world->timelines[timeline];
    made->writer = node->index;
    made->data_parent = from.timeline;
    made->data_fork = from.offset;
    made->begin_commands = from.commands;
    memcpy(made->id, node->history.id, REPLID_SIZE);
}
