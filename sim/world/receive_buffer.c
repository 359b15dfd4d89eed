/* See receive_buffer.h. */
#include "sim/world/receive_buffer.h"

#include "sim/engine/time.h"
#include "sim/world/link.h"
#include "sim/world/node.h"
#include "sim/world/reader.h"
#include "sim/world/slot.h"

#define FILL_STEPS 64   /* then look again later */
#define SEGMENT    1448 /* bytes: a window that was full opens again by one, or by its half */

static int64_t unread(const struct conn *conn, const struct source *source, int64_t t)
{
    return pipe_left(&conn->pipe, source, t) - reader_at(conn, source, t);
}

void receive_buffer_look(struct world *world, struct conn *conn, const struct source *source)
{
    if (!conn->is_paced)
        return;
    int64_t rate = conn->reader.rate;
    bool is_driven = source->rate_above(source->user, world->now, rate) <= world->now;
    bool is_behind =
        pipe_left(&conn->pipe, source, world->now) < source->at(source->user, world->now);
    int64_t full = link_receive_buffer(world, conn);
    if (conn->is_window_full)
        full -= min64(full / 2, SEGMENT);
    conn->is_window_full = (is_driven || is_behind) && unread(conn, source, world->now) >= full;
    conn->pipe.rate = link_rate(world, conn);
}

/* When the receive buffer is full, as planned, if that is before `due`, when the plan is made anew;
 * else anything from there on. Each step runs to where it is full of what is unread at the step
 * before. */
static int64_t when_full(const struct world *world, const struct conn *conn,
                         const struct source *source, int64_t due)
{
    int64_t buffer = link_receive_buffer(world, conn), t = world->now;
    if (conn->is_window_full || pipe_last(&conn->reader)->kind != PIECE_RUN)
        return TIME_NEVER;
    if (unread(conn, source, t) >= buffer) /* as soon as more is written than is read */
        return source->rate_above(source->user, t, conn->reader.rate);
    for (int step = 0; step < FILL_STEPS && t < due; step++) {
        int64_t position = reader_at(conn, source, t) + buffer;
        int64_t arrived = pipe_when_arrived(&conn->pipe, source, position, world->now);
        if (arrived == TIME_NEVER || arrived > world->scenario->duration)
            return TIME_NEVER;
        if (arrived - conn->pipe.latency <= t)
            break;
        t = arrived - conn->pipe.latency;
    }
    return max64(world->now + 1, t);
}

void receive_buffer_plan(struct world *world, struct conn *conn, const struct source *source)
{
    if (!conn->is_paced)
        return;
    struct pipe_piece before = *pipe_last(&conn->reader);
    int64_t due = reader_replan(conn, source, world->now);
    int64_t arrives = time_add(conn->path_changed, conn->pipe.latency);
    if (arrives > world->now)
        due = min64(due, arrives);
    due = min64(due, when_full(world, conn, source, due));
    slot_arm(world, conn, CONN_READ, due);
    if (pipe_last(&conn->reader)->kind != before.kind)
        node_replicas_replan(world, &world->nodes[conn->replica]);
}
