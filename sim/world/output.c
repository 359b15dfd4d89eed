/* See output.h. */
#include "sim/world/output.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/node.h"
#include "sim/world/offset_track.h"
#include "sim/world/slot.h"

int64_t output_sent(const struct world *world, const struct conn *conn)
{
    if (!conn->is_stream_open)
        return conn->from;
    struct source source = offset_track_source(world, conn);
    return conn->from + max64(0, pipe_sent(&conn->pipe, &source, world->now) - conn->bulk);
}

int64_t output_usage(const struct world *world, const struct conn *conn)
{
    const struct node *master = &world->nodes[conn->master];
    if (!conn->is_recorded || !master->backlog.exists)
        return 0;
    return backlog_usage(&master->backlog, node_offset(world, master), output_sent(world, conn));
}

struct output_limit output_limit_of(const struct node *master)
{
    return limit_in_force(&master->config.limit, master->profile, master->backlog.size);
}

bool output_flows_freely(const struct conn *conn)
{
    return conn->limit.soft_since_s == LIMIT_NOT_OVER && conn->is_stream_open &&
           conn->is_looked_at && pipe_last(&conn->pipe)->kind == PIECE_FOLLOW &&
           conn->pipe.send_limit == INT64_MAX;
}

/* ---- large commands ---- */

#define SMALL_BYTES 16384 /* any link swallows that */

/* Bytes of a command that brings a replica which had all near a limit, or that is long on its way.
 * What a client pipelines is no such command: a connection is read 16 kB at a time, and the replica
 * is written to in between (FACTS 6.3). */
static int64_t large_bytes(const struct node *master, const struct conn *conn)
{
    struct output_limit limit = output_limit_of(master);
    int64_t least = conn->pipe.rate / 4;
    if (limit.hard_bytes > 0)
        least = min64(least, limit.hard_bytes / 2);
    if (limit.soft_bytes > 0)
        least = min64(least, limit.soft_bytes / 2);
    return max64(least, SMALL_BYTES);
}

/* Until then the socket is full, and a command waits behind what is in the output buffer already. */
static int64_t socket_is_full_until(const struct world *world, const struct conn *conn)
{
    struct source source = offset_track_source(world, conn);
    int64_t unsent =
        source.at(source.user, world->now) - pipe_sent(&conn->pipe, &source, world->now);
    if (unsent <= 0 || conn->pipe.rate == 0)
        return world->now;
    return time_add(world->now, mul_div(unsent, NS_PER_S, conn->pipe.rate));
}

/* When such a command next comes to the master of conn: it was written at the top, and a middle
 * node has it when it has it whole. */
static int64_t next_jump(const struct world *world, const struct conn *conn)
{
    const struct node *master = &world->nodes[conn->master], *top = world_top(world, master);
    int64_t least = large_bytes(master, conn);
    if (top->load == NULL || top->master != NO_INDEX || load_largest_command(top->load) < least ||
        !world->timelines[top->timeline].stream.last.flows)
        return TIME_NEVER;
    if (master == top) {
        int64_t from = socket_is_full_until(world, conn);
        return from > world->scenario->duration ? TIME_NEVER
                                                : load_next_large(top->load, from, least);
    }
    int64_t offset = node_offset(world, master);
    int64_t written = offset_track_written(world, master->timeline, offset);
    int64_t at = load_next_large(top->load, min64(written, world->now), least);
    if (at == TIME_NEVER || at > world->now)
        return at; /* not before it is written: whoever is above plans anew then */
    int64_t whole = offset_track_at(world, top, at);
    return whole <= offset ? TIME_NEVER : offset_track_when(world, master, whole, world->now);
}

static void plan_jump(struct world *world, struct conn *conn)
{
    if (conn->is_jump_held)
        return;
    int64_t at = conn->is_recorded && conn->is_stream_open ? next_jump(world, conn) : TIME_NEVER;
    slot_arm(world, conn, CONN_JUMP, at == TIME_NEVER ? at : max64(at - 1, world->now));
}

/* ---- plans ---- */

void output_replan(struct world *world, struct conn *conn)
{
    assert(conn->is_used && !conn->is_resting);
    if (!conn->master_has) {
        slot_arm(world, conn, CONN_SENT, TIME_NEVER);
        slot_arm(world, conn, CONN_LIMIT, TIME_NEVER);
        slot_arm(world, conn, CONN_JUMP, TIME_NEVER);
        return;
    }
    plan_jump(world, conn);
    if (conn->is_bulk_open && !conn->is_sent) {
        struct source source = offset_track_source(world, conn);
        slot_arm(world, conn, CONN_SENT,
                 pipe_when_sent(&conn->pipe, &source, conn->bulk, world->now));
    }
    conn->is_looked_at = conn->is_look_due = false;
    if (conn->is_recorded) /* looked at by an event of its own, so that a plan never closes what is
                              being planned */
        slot_arm(world, conn, CONN_LIMIT, world->now);
}

void output_item_added(struct world *world, struct conn *conn)
{
    assert(conn->master_has && conn->is_recorded);
    if (output_flows_freely(conn))
        return;
    output_replan(world, conn);
    if (!world->nodes[conn->master].backlog.is_shared) /* every append is looked at */
        conn->is_look_due = true;
}
