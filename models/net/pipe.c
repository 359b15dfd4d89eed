/* Counted bytes on one direction of a connection. See pipe.h. */
#include "models/net/pipe.h"

#include <assert.h>
#include <string.h>
#include "sim/engine/time.h"

#define CATCH_UP_STEPS 64 /* then look again later */

static int64_t run_at(const struct pipe_piece *piece, int64_t t)
{
    return t <= piece->t ? piece->position
                         : piece->position + mul_div(t - piece->t, piece->rate, NS_PER_S);
}

/* TIME_NEVER: not within the time that can be counted. */
static int64_t run_when(const struct pipe_piece *piece, int64_t position)
{
    return time_add(piece->t, mul_div_up(position - piece->position, NS_PER_S, piece->rate));
}

static int64_t piece_at(const struct pipe_piece *piece, const struct source *source, int64_t t)
{
    if (piece->kind == PIECE_HOLD)
        return piece->position;
    int64_t available = source->at(source->user, t);
    return piece->kind == PIECE_FOLLOW ? max64(piece->position, available)
                                       : max64(piece->position, min64(run_at(piece, t), available));
}

const struct pipe_piece *pipe_last(const struct pipe *pipe)
{
    return &pipe->pieces[pipe->count - 1];
}

static void add_piece(struct pipe *pipe, struct pipe_piece piece)
{
    while (pipe->count > 0 && pipe_last(pipe)->t >= piece.t && pipe->count > 1)
        pipe->count--;
    if (pipe->count == PIPE_PIECES) {
        memmove(pipe->pieces, pipe->pieces + 1, (PIPE_PIECES - 1) * sizeof pipe->pieces[0]);
        pipe->count--;
    }
    if (pipe->count == 1 && pipe->pieces[0].t >= piece.t)
        pipe->count = 0;
    pipe->pieces[pipe->count++] = piece;
}

void pipe_init(struct pipe *pipe, int64_t now, int64_t latency, int64_t rate, int64_t send_buffer)
{
    memset(pipe, 0, sizeof *pipe);
    pipe->latency = latency;
    pipe->rate = rate;
    pipe->send_buffer = send_buffer;
    pipe->limit = pipe->send_limit = INT64_MAX;
    add_piece(pipe, (struct pipe_piece){.t = now, .kind = PIECE_HOLD});
}

int64_t pipe_left(const struct pipe *pipe, const struct source *source, int64_t t)
{
    uint32_t i = pipe->count - 1;
    while (i > 0 && pipe->pieces[i].t > t)
        i--;
    int64_t left = piece_at(&pipe->pieces[i], source, max64(t, pipe->pieces[i].t));
    return i + 1 < pipe->count ? min64(left, pipe->pieces[i + 1].position) : left;
}

int64_t pipe_sent(const struct pipe *pipe, const struct source *source, int64_t t)
{
    int64_t available = min64(source->at(source->user, t), pipe->send_limit);
    int64_t taken = min64(available, pipe_left(pipe, source, t) + pipe->send_buffer);
    return max64(taken, pipe->sent_floor);
}

int64_t pipe_arrived(const struct pipe *pipe, const struct source *source, int64_t t)
{
    int64_t then = t - pipe->latency;
    return max64(pipe->arrived_floor, pipe_left(pipe, source, then));
}

void pipe_freeze(struct pipe *pipe, const struct source *source, int64_t now)
{
    pipe->sent_floor = pipe_sent(pipe, source, now);
    int64_t left = pipe_left(pipe, source, now);
    add_piece(pipe, (struct pipe_piece){.t = now, .position = left, .kind = PIECE_HOLD});
}

void pipe_silence(struct pipe *pipe, const struct source *source, int64_t now)
{
    pipe->sent_floor = pipe_sent(pipe, source, now);
    int64_t arrived = pipe_arrived(pipe, source, now);
    pipe->is_silent = true;
    add_piece(pipe, (struct pipe_piece){
                        .t = now - pipe->latency, .position = arrived, .kind = PIECE_HOLD});
}

void pipe_set_latency(struct pipe *pipe, const struct source *source, int64_t now, int64_t latency)
{
    pipe->arrived_floor = pipe_arrived(pipe, source, now);
    pipe->latency = latency;
}

/* The first t >= piece->t at which a RUN piece has sent everything there is. Each step runs to
 * where the source stood at the step before; the steps shrink as long as the path is faster than
 * the source. */
static int64_t catch_up(const struct pipe_piece *piece, const struct source *source, int64_t now)
{
    int64_t t = now;
    for (int step = 0; step < CATCH_UP_STEPS; step++) {
        int64_t target = source->at(source->user, t);
        int64_t reach = run_when(piece, target);
        if (reach <= t)
            return t;
        t = reach;
    }
    return t;
}

static int64_t reach_limit(const struct pipe_piece *piece, const struct source *source,
                           int64_t limit, int64_t now)
{
    if (limit == INT64_MAX || piece->kind == PIECE_HOLD)
        return TIME_NEVER;
    int64_t available = source->when(source->user, limit, now);
    if (piece->kind == PIECE_FOLLOW || available == TIME_NEVER)
        return available;
    return max64(available, run_when(piece, limit));
}

int64_t pipe_replan(struct pipe *pipe, const struct source *source, int64_t now)
{
    int64_t left = pipe_left(pipe, source, now);
    int64_t limit = min64(pipe->limit, pipe->send_limit);
    struct pipe_piece piece = {.t = now, .position = left, .rate = pipe->rate};
    if (pipe->is_silent || pipe->rate == 0 || left >= limit) {
        if (pipe_last(pipe)->kind != PIECE_HOLD)
            add_piece(pipe, piece); /* PIECE_HOLD is 0 */
        return TIME_NEVER;
    }
    bool is_behind = left < source->at(source->user, now);
    bool is_outrun = !is_behind && source->rate_above(source->user, now, pipe->rate) <= now;
    piece.kind = is_behind || is_outrun ? PIECE_RUN : PIECE_FOLLOW;
    const struct pipe_piece *last = pipe_last(pipe);
    if (piece.kind == PIECE_RUN && last->kind == PIECE_RUN && last->rate == piece.rate &&
        run_at(last, now) == left)
        piece = *last; /* the same motion: keep its origin, so that looking twice rounds once */
    else if (piece.kind != PIECE_FOLLOW || last->kind != PIECE_FOLLOW)
        add_piece(pipe, piece);
    int64_t due = piece.kind == PIECE_FOLLOW ? source->rate_above(source->user, now, pipe->rate)
                  : is_outrun ? max64(now + 1, source->rate_below(source->user, now, pipe->rate))
                              : max64(now + 1, catch_up(&piece, source, now));
    return max64(now + 1, min64(due, reach_limit(&piece, source, limit, now)));
}

/* The first time within [piece->t, end) at which the piece reaches `position`; TIME_NEVER if it
 * does not. */
static int64_t when_in_piece(const struct pipe_piece *piece, const struct source *source,
                             int64_t position, int64_t end, int64_t now)
{
    if (position <= piece->position)
        return piece->t;
    if (piece->kind == PIECE_HOLD)
        return TIME_NEVER;
    int64_t t = source->when(source->user, position, now);
    if (piece->kind == PIECE_RUN && t != TIME_NEVER)
        t = max64(t, run_when(piece, position));
    t = max64(t, piece->t);
    return t < end ? t : TIME_NEVER;
}

static int64_t when_left(const struct pipe *pipe, const struct source *source, int64_t position,
                         int64_t now)
{
    for (uint32_t i = 0; i < pipe->count; i++) {
        bool is_last = i + 1 == pipe->count;
        if (!is_last && pipe->pieces[i + 1].position < position)
            continue; /* not reached in this piece */
        int64_t end = is_last ? TIME_NEVER : pipe->pieces[i + 1].t;
        int64_t t = when_in_piece(&pipe->pieces[i], source, position, end, now);
        if (t != TIME_NEVER)
            return t;
    }
    return TIME_NEVER;
}

int64_t pipe_when_arrived(const struct pipe *pipe, const struct source *source, int64_t position,
                          int64_t now)
{
    if (position <= pipe->arrived_floor)
        return now;
    return max64(now, time_add(when_left(pipe, source, position, now), pipe->latency));
}

int64_t pipe_when_sent(const struct pipe *pipe, const struct source *source, int64_t position,
                       int64_t now)
{
    if (position <= pipe->sent_floor)
        return now;
    if (position > pipe->send_limit)
        return TIME_NEVER;
    int64_t produced = source->when(source->user, position, now);
    int64_t room = when_left(pipe, source, max64(0, position - pipe->send_buffer), now);
    return max64(now, max64(produced, room));
}
