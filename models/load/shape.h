/* One source's rate over time, as a count of commands that may have a fraction:
 * straight pieces, one linear ramp, on/off bursts, or high and low stays. Times and marks as in piece.h; rates are in
 * 1e-9 commands/s. */
#ifndef PSYNCSIM_LOAD_SHAPE_H
#define PSYNCSIM_LOAD_SHAPE_H

#include <stdbool.h>
#include <stdint.h>
#include "models/load/piece.h"
#include "models/load/stays.h"
#include "models/load/wide.h"

enum shape_kind { SHAPE_PIECES, SHAPE_RAMP, SHAPE_BURSTS, SHAPE_STAYS };

/* rate = low + rise * x / length, where x runs from the start, or backwards from the end when
 * is_falling. */
struct ramp {
    int64_t low, rise, length_ns;
    bool is_falling;
};

struct bursts {
    int64_t on_ns, period_ns;
    int64_t rate_on, rate_off;
};

struct shape {
    enum shape_kind kind;
    int64_t from_ns, to_ns; /* active in between; 0 <= from <= to < 2^62 */
    int64_t rate_max;       /* of all rates while active */
    int64_t rate_min;
    struct pieces pieces;
    struct ramp ramp;
    struct bursts bursts;
    struct stays stays;
};

/* The first makes pieces with no piece yet: add them, then shape_finish. Pair each with
 * shape_clear. is_repeated: as in pieces_finish. */
void shape_init_pieces(struct shape *shape, int64_t from_ns);
void shape_finish(struct shape *shape, int64_t to_ns, bool is_repeated);
void shape_init_ramp(struct shape *shape, int64_t from_ns, int64_t to_ns, struct ramp ramp);
void shape_init_bursts(struct shape *shape, int64_t from_ns, int64_t to_ns, struct bursts bursts);
void shape_init_stays(struct shape *shape, int64_t from_ns, int64_t to_ns, struct stay_law law,
                      struct random *random);
void shape_clear(struct shape *shape);

/* Whole commands, and the mark, at any t (0 up to from_ns, the total from to_ns on). */
int64_t shape_count(const struct shape *shape, int64_t t);
wide shape_mark(const struct shape *shape, int64_t t);

/* The first t at which the mark is reached; TIME_NEVER if it is not. mark >= 1. */
int64_t shape_when(const struct shape *shape, wide mark);

/* The rate at t, rounded up; 0 outside [from, to). */
int64_t shape_rate(const struct shape *shape, int64_t t);

/* The first time > t at which the rate jumps, or a ramp starts or ends; TIME_NEVER after the last.
 */
int64_t shape_next_edge(const struct shape *shape, int64_t t);

/* The first of from and to that is > t; TIME_NEVER after both. */
int64_t shape_next_limit(const struct shape *shape, int64_t t);

/* A bound that no rate in [t, until) exceeds (is_upper), or undercuts; no limit lies inside (t,
 * until). */
int64_t shape_rate_bound(const struct shape *shape, int64_t t, int64_t until, bool is_upper);

#endif
