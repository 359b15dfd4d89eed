/* A count that grows along a chain of straight pieces: constant rates, recorded series.
 *
 *     commands                   piece: n0 whole commands and phase/den of one more before t0, then
 *        |            ______     num/den commands per ns, up to the t0 of the next piece.
 *        |      ____--           The fraction is carried over exactly, so nothing is lost at a joint
 *        |    /                  and a constant rate never drifts. The last piece is the end: it
 *        |___/                   is constant from there.
 *        +---+--+------+-----> t
 *
 * Command i happens at the first ns at which the count reaches i, so that a piece's commands lie in
 * (t0, t1]. A mark is a count with a fraction: commands x 2^22, rounded down; it never decreases.
 *
 * A chain may be one round of a recording that is played again and again: rounds are alike, as each
 * makes whole commands, so that only one is kept. */
#ifndef PSYNCSIM_LOAD_PIECE_H
#define PSYNCSIM_LOAD_PIECE_H

#include <stdbool.h>
#include <stdint.h>
#include "models/load/wide.h"

#define PIECE_WORK      INT64_C(1000000000000000000) /* den where num is a rate in 1e-9 commands/s */
#define PIECE_COUNT_MAX 10000000
#define MARK_BITS       22
#define MARK_NEVER      (~(wide)0)

struct piece {
    int64_t t0, n0;
    uint64_t phase, num, den; /* phase < den <= 2^62, num <= den */
    uint64_t step;            /* num / den x 2^64, rounded down, at most 2^64 - 1 */
};

struct pieces {
    struct piece *list; /* count pieces in order of t0, then the end */
    uint32_t count, room;
    uint64_t guess; /* pieces per ns x 2^64: where to look first */
    int64_t to_ns;  /* stands still from here on; the end of the list unless that is repeated */
    int64_t round_ns, round_count; /* length and commands of one round; 0: not repeated */
};

/* No piece, only an end at from_ns. Pair with pieces_clear. Aborts when memory runs out. */
void pieces_init(struct pieces *pieces, int64_t from_ns);
void pieces_clear(struct pieces *pieces);

/* Adds a piece from the end so far to to_ns (later than it) at num/den per ns. den may change only
 * where no fraction is carried. Asserts fewer than PIECE_COUNT_MAX. */
void pieces_add(struct pieces *pieces, int64_t to_ns, uint64_t num, uint64_t den);

/* After the last piece, before the first question. is_repeated: the list is one round, which holds
 * whole commands and begins again until to_ns; else the list ends at to_ns. */
void pieces_finish(struct pieces *pieces, int64_t to_ns, bool is_repeated);

/* Whole commands and the mark at t >= the first t0. */
int64_t pieces_count(const struct pieces *pieces, int64_t t);
wide pieces_mark(const struct pieces *pieces, int64_t t);

/* The first t at which the mark is reached; TIME_NEVER if it is not. mark >= 1. */
int64_t pieces_when(const struct pieces *pieces, wide mark);

/* The rate at the first t0 <= t < to_ns in 1e-9 commands/s, rounded up, and when the next piece
 * begins. */
int64_t pieces_rate(const struct pieces *pieces, int64_t t);
int64_t pieces_next(const struct pieces *pieces, int64_t t);
int64_t piece_rate(const struct piece *piece);

#endif
