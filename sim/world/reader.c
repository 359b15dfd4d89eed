/* See reader.h. */
#include "sim/world/reader.h"

#include "models/server/host.h"
#include "sim/engine/time.h"
#include "sim/world/slot.h"
#include "sim/world/conn.h"
#include "sim/world/link.h"
#include "sim/world/node.h"
#include "sim/world/offset_track.h"

#define FILL_STEPS 64   /* then look again later */
#define SEGMENT    1448 /* bytes: a window that was full opens again by one, or by its half */

/* ---- what has arrived, as a source ---- */

static int64_t source_at(const void *user, int64_t t)
{
    const struct conn *conn = user;
    struct source source = offset_track_source(conn->world, conn);
    return pipe_arrived(&conn->pipe, &source, t);
}

static int64_t source_when(const void *user, int64_t position, int64_t now)
{
    const struct conn *conn = user;
    struct source source = offset_track_source(conn->world, conn);
    return pipe_when_arrived(&conn->pipe, &source, position, now);
}

static const struct pipe_piece *piece_that_arrives(const struct pipe *pipe, int64_t t)
{
    uint32_t i = pipe->count - 1;
    while (i > 0 && pipe->pieces[i].t > t - pipe->latency)
        i--;
    return &pipe->pieces[i];
}

/* A change of the path comes with an event of its own. */
static int64_t rate_change(const struct conn *conn, int64_t t, int64_t limit, bool above)
{
    const struct pipe_piece *piece = piece_that_arrives(&conn->pipe, t);
    if (piece->kind != PIECE_FOLLOW) {
        bool is_above = piece->kind == PIECE_RUN && piece->rate > limit;
        return is_above == above ? t : TIME_NEVER;
    }
    struct source source = offset_track_source(conn->world, conn);
    int64_t left = max64(0, t - conn->pipe.latency);
    int64_t at = above ? source.rate_above(source.user, left, limit)
                       : source.rate_below(source.user, left, limit);
    return max64(t, time_add(at, conn->pipe.latency));
}

static int64_t rate_above(const void *user, int64_t t, int64_t limit)
{
    return rate_change(user, t, limit, true);
}

static int64_t rate_below(const void *user, int64_t t, int64_t limit)
{
    return rate_change(user, t, limit, false);
}

static struct source arrivals(const struct conn *conn)
{
    return (struct source){.at = source_at,
                           .when = source_when,
                           .rate_above = rate_above,
                           .rate_below = rate_below,
                           .user = conn};
}

/* ---- questions ---- */

int64_t reader_at(const struct conn *conn, const struct source *source, int64_t t)
{
    if (!conn->is_paced)
        return min64(pipe_arrived(&conn->pipe, source, t), conn->read_limit);
    struct source arrived = arrivals(conn);
    return pipe_left(&conn->reader, &arrived, t);
}

int64_t reader_when(const struct conn *conn, const struct source *source, int64_t position,
                    int64_t now)
{
    if (!conn->is_paced)
        return pipe_when_arrived(&conn->pipe, source, position, now);
    struct source arrived = arrivals(conn);
    return pipe_when_arrived(&conn->reader, &arrived, position, now);
}

bool reader_follows(const struct conn *conn, int64_t t)
{
    if (!conn->is_paced)
        return true;
    const struct pipe_piece *last = pipe_last(&conn->reader);
    return last->kind == PIECE_FOLLOW && last->t <= t;
}

bool reader_runs_above(const struct conn *conn, int64_t limit)
{
    const struct pipe *pipe = conn->is_paced ? &conn->reader : &conn->pipe;
    const struct pipe_piece *last = pipe_last(pipe);
    if (conn->is_paced && last->kind == PIECE_FOLLOW)
        last = pipe_last(&conn->pipe);
    return last->kind == PIECE_RUN && last->rate > limit;
}

/* ---- the receive buffer ---- */

static int64_t unread(const struct conn *conn, const struct source *source, int64_t t)
{
    return pipe_left(&conn->pipe, source, t) - reader_at(conn, source, t);
}

void reader_look(struct world *world, struct conn *conn, const struct source *source)
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

void reader_plan(struct world *world, struct conn *conn, const struct source *source)
{
    if (!conn->is_paced)
        return;
    struct source arrived = arrivals(conn);
    struct pipe_piece before = *pipe_last(&conn->reader);
    int64_t due = pipe_replan(&conn->reader, &arrived, world->now);
    int64_t arrives = time_add(conn->path_changed, conn->pipe.latency);
    if (arrives > world->now)
        due = min64(due, arrives);
    due = min64(due, when_full(world, conn, source, due));
    slot_arm(world, conn, CONN_READ, due);
    if (pipe_last(&conn->reader)->kind != before.kind)
        node_replicas_replan(world, &world->nodes[conn->replica]);
}

void reader_begin(struct world *world, struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    int64_t rate = node->spec->host.apply_rate;
    if (rate >= HOST_UNLIMITED)
        return;
    conn->is_paced = true;
    pipe_init(&conn->reader, world->now, 0, rate, 0);
    conn->reader.pieces[0].position = conn->bulk + node->replica.reploff - conn->from;
    conn->reader.limit = conn->read_limit;
}
