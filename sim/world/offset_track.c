/* Offsets over time. See offset_track.h. */
#include "sim/world/offset_track.h"

#include <assert.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/world/reader.h"
#include "sim/world/timeline.h"

#define FORGET_NS (10 * NS_PER_S) /* nobody looks further back, besides latencies */

static const struct timeline *timeline_of(const struct world *world, int32_t timeline,
                                          int64_t offset)
{
    return &world->timelines[timeline_holding(world, timeline, offset)];
}

int64_t offset_track_boundary(const struct world *world, int32_t timeline, int64_t offset)
{
    return stream_boundary(&timeline_of(world, timeline, offset)->stream, offset);
}

int64_t offset_track_written(const struct world *world, int32_t timeline, int64_t offset)
{
    return stream_when(&timeline_of(world, timeline, offset)->stream, offset);
}

static const struct offset_track_piece *piece_at(const struct offset_track *track, int64_t t)
{
    uint32_t i = track->count - 1;
    while (i > 0 && track->pieces[i].t > t)
        i--;
    return &track->pieces[i];
}

/* A connection of the past may be another one by now. */
static bool is_gone(const struct world *world, const struct node *node,
                    const struct offset_track_piece *piece)
{
    const struct conn *conn = conn_at(world, piece->index);
    return !conn->is_used || conn->replica != node->index || conn->dialled > piece->t;
}

static const struct offset_track_piece *last_piece(const struct node *node)
{
    return &node->track.pieces[node->track.count - 1];
}

/* Whether all that conn's master has at t - latency is read by t, if it is at least *least. */
static bool comes_straight(const struct conn *conn, int64_t t, int64_t *least)
{
    const struct pipe *pipe = &conn->pipe;
    const struct pipe_piece *last = pipe_last(pipe);
    int64_t then = t - pipe->latency;
    int64_t position = max64(conn->bulk, max64(last->position, pipe->arrived_floor));
    *least = max64(*least, conn->from + position - conn->bulk);
    return last->kind == PIECE_FOLLOW && last->t <= then && conn->is_stream_open &&
           then >= conn->stream_opens && conn->read_limit == INT64_MAX && reader_follows(conn, t);
}

int64_t offset_track_followed(const struct world *world, const struct conn *conn, int64_t t)
{
    const int32_t index = conn->timeline;
    const struct timeline *timeline = &world->timelines[index];
    int64_t least = timeline->fork_offset + 1;
    for (uint32_t depth = 0; depth < world->node_count && conn->timeline == index; depth++) {
        const struct node *master = &world->nodes[conn->master];
        if (!comes_straight(conn, t, &least))
            return -1;
        t -= conn->pipe.latency;
        const struct offset_track_piece *piece = piece_at(&master->track, t);
        if (piece->t > t || piece->kind == OFFSET_TRACK_HOLD)
            return -1;
        least = max64(least, piece->offset);
        if (piece->kind == OFFSET_TRACK_STREAM) {
            int64_t offset = stream_offset(&timeline->stream, t);
            return piece->index == index && offset >= least ? offset : -1;
        }
        if (is_gone(world, master, piece))
            return -1;
        conn = conn_at(world, piece->index);
    }
    return -1;
}

int64_t offset_track_at(const struct world *world, const struct node *node, int64_t t)
{
    t = min64(t, world->scenario->duration); /* nothing is foreseen beyond the end */
    const struct offset_track_piece *piece = piece_at(&node->track, t);
    switch (piece->kind) {
    case OFFSET_TRACK_STREAM:
        return stream_offset(&world->timelines[piece->index].stream, max64(t, piece->t));
    case OFFSET_TRACK_CONN: {
        if (is_gone(world, node, piece))
            return piece == last_piece(node) ? piece->offset : piece[1].offset;
        const struct conn *conn = conn_at(world, piece->index);
        int64_t whole = offset_track_followed(world, conn, max64(t, piece->t));
        if (whole >= 0)
            return max64(piece->offset, whole);
        int64_t read = offset_track_read(world, conn, max64(t, piece->t));
        return max64(piece->offset, offset_track_boundary(world, conn->timeline, read));
    }
    case OFFSET_TRACK_HOLD:
        break;
    }
    return piece->offset;
}

/* The end of the command or item that holds byte `offset`. */
static int64_t boundary_above(const struct world *world, int32_t timeline, int64_t offset)
{
    const struct timeline *found = timeline_of(world, timeline, offset);
    int64_t t = stream_when(&found->stream, offset);
    return t == TIME_NEVER ? offset : max64(offset, stream_offset(&found->stream, t));
}

static int64_t when_in_piece(const struct world *world, const struct offset_track_piece *piece,
                             int64_t offset, int64_t now)
{
    if (offset <= piece->offset)
        return piece->t;
    if (piece->kind == OFFSET_TRACK_STREAM)
        return max64(piece->t, stream_when(&world->timelines[piece->index].stream, offset));
    if (piece->kind == OFFSET_TRACK_HOLD)
        return TIME_NEVER;
    const struct conn *conn = conn_at(world, piece->index);
    if (!conn->is_stream_open || conn->read_limit != INT64_MAX)
        return TIME_NEVER;
    int64_t whole = boundary_above(world, conn->timeline, offset);
    struct source source = offset_track_source(world, conn);
    return reader_when(conn, &source, conn->bulk + whole - conn->from, now);
}

int64_t offset_track_when(const struct world *world, const struct node *node, int64_t offset,
                          int64_t now)
{
    for (uint32_t i = node->track.since; i < node->track.count; i++) {
        const struct offset_track_piece *piece = &node->track.pieces[i];
        bool is_last = i + 1 == node->track.count;
        if (!is_last && piece[1].offset < offset)
            continue; /* not reached in this piece */
        int64_t end = is_last ? TIME_NEVER : piece[1].t;
        if (piece->kind == OFFSET_TRACK_CONN && is_gone(world, node, piece))
            return end;
        int64_t t = when_in_piece(world, piece, offset, now);
        if (t != TIME_NEVER && t < end)
            return t;
    }
    return TIME_NEVER;
}

int64_t offset_track_last(const struct world *world, const struct node *node, int64_t t)
{
    const struct offset_track_piece *piece = piece_at(&node->track, t);
    switch (piece->kind) {
    case OFFSET_TRACK_STREAM:
        return stream_last(&world->timelines[piece->index].stream, t);
    case OFFSET_TRACK_CONN:
        return is_gone(world, node, piece)
                   ? piece->t
                   : offset_track_read_last(world, conn_at(world, piece->index), t);
    case OFFSET_TRACK_HOLD:
        break;
    }
    return piece->t;
}

/* What a piece of now replaces: those of the same instant. */
static void drop_pieces(struct offset_track *track, uint32_t kept, int64_t now)
{
    while (track->count > kept && track->pieces[track->count - 1].t >= now)
        track->count--;
}

static void add_piece(struct world *world, struct node *node, struct offset_track_piece piece)
{
    struct offset_track *track = &node->track;
    piece.t = world->now;
    drop_pieces(track, track->since, world->now);
    if (track->count == OFFSET_TRACK_PIECES) {
        memmove(track->pieces, track->pieces + 1,
                (OFFSET_TRACK_PIECES - 1) * sizeof track->pieces[0]);
        track->count--;
        track->since -= track->since > 0;
    }
    assert(track->count == 0 || track->pieces[track->count - 1].t <= piece.t);
    track->pieces[track->count++] = piece;
    assert(track->since < track->count && track->count <= OFFSET_TRACK_PIECES);
}

void offset_track_hold(struct world *world, struct node *node, int64_t offset)
{
    assert(offset >= -1); /* -1: SYNC names none */
    add_piece(world, node,
              (struct offset_track_piece){
                  .kind = OFFSET_TRACK_HOLD, .offset = offset, .index = NO_INDEX});
}

void offset_track_reset(struct world *world, struct node *node, int64_t offset)
{
    drop_pieces(&node->track, 0, world->now);
    node->track.since = node->track.count;
    offset_track_hold(world, node, offset);
}

void offset_track_stream(struct world *world, struct node *node)
{
    assert(node->timeline != NO_INDEX);
    int64_t offset = stream_offset(&world->timelines[node->timeline].stream, world->now);
    add_piece(world, node,
              (struct offset_track_piece){
                  .kind = OFFSET_TRACK_STREAM, .offset = offset, .index = node->timeline});
}

/* Whether what comes on conn comes, by way of whomever, from `node`: a ring, in which nobody
 * writes. On a connection that was closed it was written before. */
static bool is_fed_by(const struct world *world, const struct conn *conn, const struct node *node)
{
    for (uint32_t depth = 0; depth <= world->node_count && !conn->is_closing; depth++) {
        if (conn->master == node->index)
            return true;
        const struct offset_track_piece *last = last_piece(&world->nodes[conn->master]);
        if (last->kind != OFFSET_TRACK_CONN)
            return false;
        conn = conn_at(world, last->index);
    }
    return !conn->is_closing;
}

void offset_track_conn(struct world *world, struct node *node, int32_t conn)
{
    assert(conn_at(world, conn)->replica == node->index);
    struct node *master = &world->nodes[conn_at(world, conn)->master];
    int64_t offset = offset_track_at(world, node, world->now);
    if (is_fed_by(world, conn_at(world, conn),
                  node)) /* it has all there is in the ring, and nothing new comes */
        offset_track_hold(world, master, offset_track_at(world, master, world->now));
    add_piece(
        world, node,
        (struct offset_track_piece){.kind = OFFSET_TRACK_CONN, .offset = offset, .index = conn});
}

static const struct world *world_of(const void *user)
{
    return ((const struct conn *)user)->world;
}

/* What a master wrote before it closed the connection is in its kernel, whatever becomes of the
 * master. */
static bool is_closed_at(const struct conn *conn, int64_t t)
{
    return conn->is_closing && t >= conn->closed;
}

static int64_t source_at(const void *user, int64_t t)
{
    const struct conn *conn = user;
    if (is_closed_at(conn, t))
        return conn->pipe.send_limit;
    if (!conn->is_stream_open || t < conn->stream_opens)
        return conn->is_bulk_open && t >= conn->payload_begins ? conn->bulk : 0;
    const struct world *world = world_of(user);
    return conn->bulk +
           max64(0, offset_track_at(world, &world->nodes[conn->master], t) - conn->from);
}

static int64_t source_when(const void *user, int64_t position, int64_t now)
{
    const struct conn *conn = user;
    if (conn->is_closing && position > conn->pipe.send_limit)
        return TIME_NEVER;
    if (position <= conn->bulk)
        return conn->is_bulk_open ? conn->payload_begins : TIME_NEVER;
    if (!conn->is_stream_open)
        return TIME_NEVER;
    const struct world *world = world_of(user);
    const struct node *master = &world->nodes[conn->master];
    const struct offset_track_piece *first = &master->track.pieces[master->track.since];
    bool is_written = conn->is_closing &&
                      (last_piece(master)->kind != OFFSET_TRACK_STREAM || first->t >= conn->closed);
    int64_t t = is_written
                    ? TIME_NEVER
                    : offset_track_when(world, master, conn->from + position - conn->bulk, now);
    return conn->is_closing ? min64(t, conn->closed) : t;
}

/* When the pace of the conn's master next is above (not above) `limit`. */
static int64_t rate_change(const void *user, int64_t t, int64_t limit, bool above)
{
    const struct conn *conn = user;
    const struct world *world = world_of(user);
    if (!conn->is_stream_open || conn->is_closing)
        return above ? TIME_NEVER : t;
    const struct offset_track *track = &world->nodes[conn->master].track;
    const struct offset_track_piece *piece = &track->pieces[track->count - 1];
    if (piece->kind == OFFSET_TRACK_STREAM) {
        const struct stream *stream = &world->timelines[piece->index].stream;
        return above ? stream_rate_above(stream, t, limit) : stream_rate_below(stream, t, limit);
    }
    if (piece->kind == OFFSET_TRACK_CONN) { /* a chain: as fast as what arrives; a change comes with
                                         an event of its own */
        bool is_fast = reader_runs_above(conn_at(world, piece->index), limit);
        return is_fast == above ? t : TIME_NEVER;
    }
    return above ? TIME_NEVER : t;
}

static int64_t source_rate_above(const void *user, int64_t t, int64_t limit)
{
    return rate_change(user, t, limit, true);
}

static int64_t source_rate_below(const void *user, int64_t t, int64_t limit)
{
    return rate_change(user, t, limit, false);
}

struct source offset_track_source(const struct world *world, const struct conn *conn)
{
    assert(conn->world == world);
    return (struct source){.at = source_at,
                           .when = source_when,
                           .rate_above = source_rate_above,
                           .rate_below = source_rate_below,
                           .user = conn};
}

int64_t offset_track_read(const struct world *world, const struct conn *conn, int64_t t)
{
    struct source source = offset_track_source(world, conn);
    int64_t position = reader_at(conn, &source, t);
    return conn->from + max64(0, position - conn->bulk);
}

int64_t offset_track_read_last(const struct world *world, const struct conn *conn, int64_t t)
{
    const struct pipe *pipe = &conn->pipe;
    if (!reader_follows(conn, t)) {
        const struct pipe_piece *read = pipe_last(&conn->reader);
        return read->kind == PIECE_HOLD ? min64(t, read->t) : t;
    }
    int64_t left_at = t - pipe->latency;
    uint32_t i = pipe->count - 1;
    while (i > 0 && pipe->pieces[i].t > left_at)
        i--;
    const struct pipe_piece *piece = &pipe->pieces[i];
    if (piece->kind == PIECE_RUN)
        return t;
    if (piece->kind == PIECE_HOLD)
        return min64(t, piece->t + pipe->latency);
    int64_t written = offset_track_last(world, &world->nodes[conn->master], left_at);
    return min64(t, max64(written, piece->t) + pipe->latency);
}

/* Drops the sections of all streams below every offset that a replica, a backlog or the age of data
 * may still ask for. */
void offset_track_forget_streams(struct world *world)
{
    int64_t lowest = INT64_MAX, t = world->now;
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct node *node = &world->nodes[i];
        const struct offset_track *track = &node->track;
        int64_t then = world->now - FORGET_NS;
        for (uint32_t j = 0; j < track->count; j++) /* another history begins lower, maybe */
            if (j == 0 || track->pieces[j].t > then)
                lowest = min64(lowest, j == 0 && node->account.has_data
                                           ? offset_track_at(world, node, then)
                                           : track->pieces[j].offset);
    }
    for (uint32_t i = 0; i < world->link_count; i++)
        t = world->now - 4 * world->links[i].latency < t ? world->now - 4 * world->links[i].latency
                                                         : t;
    for (uint32_t i = 0; i < world->timeline_count; i++)
        if (world->timelines[i].stream.count > 0)
            stream_forget(&world->timelines[i].stream, lowest, t - FORGET_NS);
}
