/* See reader.h. */
#include "sim/world/reader.h"

#include <assert.h>
#include "models/server/host.h"
#include "sim/engine/time.h"

/* ---- what has arrived, as a source ---- */

struct arrivals {
    const struct conn *conn;
    const struct source *source; /* what its master has */
};

static int64_t source_at(const void *user, int64_t t)
{
    const struct arrivals *arrivals = user;
    return pipe_arrived(&arrivals->conn->pipe, arrivals->source, t);
}

static int64_t source_when(const void *user, int64_t position, int64_t now)
{
    const struct arrivals *arrivals = user;
    return pipe_when_arrived(&arrivals->conn->pipe, arrivals->source, position, now);
}

static const struct pipe_piece *piece_that_arrives(const struct pipe *pipe, int64_t t)
{
    uint32_t i = pipe->count - 1;
    while (i > 0 && pipe->pieces[i].t > t - pipe->latency)
        i--;
    return &pipe->pieces[i];
}

/* A change of the path comes with an event of its own. */
static int64_t rate_change(const struct arrivals *arrivals, int64_t t, int64_t limit, bool above)
{
    const struct pipe *pipe = &arrivals->conn->pipe;
    const struct source *source = arrivals->source;
    const struct pipe_piece *piece = piece_that_arrives(pipe, t);
    if (piece->kind != PIECE_FOLLOW) {
        bool is_above = piece->kind == PIECE_RUN && piece->rate > limit;
        return is_above == above ? t : TIME_NEVER;
    }
    int64_t left = max64(0, t - pipe->latency);
    int64_t at = above ? source->rate_above(source->user, left, limit)
                       : source->rate_below(source->user, left, limit);
    return max64(t, time_add(at, pipe->latency));
}

static int64_t rate_above(const void *user, int64_t t, int64_t limit)
{
    return rate_change(user, t, limit, true);
}

static int64_t rate_below(const void *user, int64_t t, int64_t limit)
{
    return rate_change(user, t, limit, false);
}

static struct source source_of(const struct arrivals *arrivals)
{
    return (struct source){.at = source_at,
                           .when = source_when,
                           .rate_above = rate_above,
                           .rate_below = rate_below,
                           .user = arrivals};
}

/* ---- questions ---- */

int64_t reader_at(const struct conn *conn, const struct source *source, int64_t t)
{
    if (!conn->is_paced)
        return min64(pipe_arrived(&conn->pipe, source, t), conn->read_limit);
    struct arrivals arrivals = {conn, source};
    struct source arrived = source_of(&arrivals);
    return pipe_left(&conn->reader, &arrived, t);
}

int64_t reader_when(const struct conn *conn, const struct source *source, int64_t position,
                    int64_t now)
{
    if (!conn->is_paced)
        return pipe_when_arrived(&conn->pipe, source, position, now);
    struct arrivals arrivals = {conn, source};
    struct source arrived = source_of(&arrivals);
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

/* ---- changes ---- */

void reader_begin(struct world *world, struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    int64_t rate = node->spec->host.apply_rate;
    assert(!conn->is_paced && rate > 0);
    if (rate >= HOST_UNLIMITED)
        return;
    conn->is_paced = true;
    pipe_init(&conn->reader, world->now, 0, rate, 0);
    conn->reader.pieces[0].position = conn->bulk + node->replica.reploff - conn->from;
    conn->reader.limit = conn->read_limit;
}

int64_t reader_replan(struct conn *conn, const struct source *source, int64_t now)
{
    assert(conn->is_paced);
    struct arrivals arrivals = {conn, source};
    struct source arrived = source_of(&arrivals);
    return pipe_replan(&conn->reader, &arrived, now);
}
