/* One direction of a connection, for counted bytes: what left the sender's host by t, what its
 * kernel took, what arrived.
 *
 *      source(t)  >=  sent(t)            >=  left(t)          arrived(t) = left(t - latency)
 *      the server     accepted by the        on the wire      in the receiver's kernel
 *      produced it    sender's kernel
 *
 * left(t) is a list of pieces, each valid from its time on: HOLD is constant, RUN grows at the rate
 * the path gives, FOLLOW goes as the source does (the path is faster than it). Nothing happens per
 * byte: a piece ends at a time that pipe_replan computes, or when something outside changes.
 * Positions are bytes since the connection's bulk began: payload first, then stream. */
#ifndef PSYNCSIM_NET_PIPE_H
#define PSYNCSIM_NET_PIPE_H

#include <stdbool.h>
#include <stdint.h>

/* What the sender has to send, as positions over time. `when` may return TIME_NEVER for "not
 * foreseeable". */
struct source {
    int64_t (*at)(const void *user, int64_t t);
    int64_t (*when)(const void *user, int64_t position, int64_t now);
    int64_t (*rate_above)(const void *user, int64_t t, int64_t limit);
    int64_t (*rate_below)(const void *user, int64_t t, int64_t limit);
    const void *user;
};

enum piece_kind { PIECE_HOLD, PIECE_RUN, PIECE_FOLLOW };

struct pipe_piece {
    int64_t t, position, rate;
    enum piece_kind kind;
};

/* More changes than these within one latency make the oldest count as arrived. */
#define PIPE_PIECES 32

struct pipe {
    struct pipe_piece pieces[PIPE_PIECES]; /* oldest first */
    uint32_t count;
    int64_t latency; /* ns */
    int64_t rate;    /* bytes per second the path gives now; 0: none */
    int64_t limit;   /* left() may not pass this: the receiver's or sender's process is stopped */
    int64_t send_buffer; /* bytes the sender's kernel holds beyond what left */
    int64_t
        send_limit; /* sent() may not pass this: the sender's process is stopped or has closed */
    int64_t sent_floor;    /* sent() never goes back */
    int64_t arrived_floor; /* arrived() never goes back */
    bool is_silent;
};

/* Empty, at position 0. */
void pipe_init(struct pipe *pipe, int64_t now, int64_t latency, int64_t rate, int64_t send_buffer);

/* What holds now, and until something changes. */
const struct pipe_piece *pipe_last(const struct pipe *pipe);

int64_t pipe_left(const struct pipe *pipe, const struct source *source, int64_t t);
int64_t pipe_sent(const struct pipe *pipe, const struct source *source, int64_t t);
int64_t pipe_arrived(const struct pipe *pipe, const struct source *source, int64_t t);

/* Begins a new piece at now, from what holds at now (rate, limits, silence, source): call it after
 * any of them changed, and at the time it returned. Returns when the next one is due, TIME_NEVER if
 * only a change from outside can end it. */
int64_t pipe_replan(struct pipe *pipe, const struct source *source, int64_t now);

/* Before the source jumps at now: what left so far is kept, so that the jump itself goes at the
 * path's rate. */
void pipe_freeze(struct pipe *pipe, const struct source *source, int64_t now);

/* Silence begins at now: what is on the wire is lost (and will be sent again). Follow with
 * pipe_replan. */
void pipe_silence(struct pipe *pipe, const struct source *source, int64_t now);

/* Another latency from now on; what arrived stays. */
void pipe_set_latency(struct pipe *pipe, const struct source *source, int64_t now, int64_t latency);

/* The first time at which `position` has arrived (left + latency), as planned; TIME_NEVER if not
 * foreseeable. */
int64_t pipe_when_arrived(const struct pipe *pipe, const struct source *source, int64_t position,
                          int64_t now);

/* The first time at which `position` is accepted by the sender's kernel, as planned. */
int64_t pipe_when_sent(const struct pipe *pipe, const struct source *source, int64_t position,
                       int64_t now);

#endif
