/* High and low in turn, each for an exponential time: when a load with random bursts is high.
 *
 * A year may hold millions of stays, and a run asks about few of them. So blocks of stays are drawn
 * first: how long its high ones last together, and its low ones. How a block is shared out is drawn
 * when somebody asks about it, from a stream of its own:
 *
 *     mark                           mark                            mark
 *      |-high-|--low--|--high--|-...--|-high-|-low-|--high--|-...-----|--
 *       its time, the time that was high before it
 *
 * Shares of exponential times do not depend on their sum, so that the stays are as if they had been
 * drawn one by one. Rates are in 1e-9 commands/s, work in 1e-18 commands. */
#ifndef PSYNCSIM_LOAD_STAYS_H
#define PSYNCSIM_LOAD_STAYS_H

#include <stdbool.h>
#include <stdint.h>
#include "models/load/wide.h"
#include "sim/engine/random.h"

#define STAYS_PAIRS 128                 /* of a high and a low stay, in a block */
#define STAYS_MAX   INT64_C(1000000000) /* in the mean: what is drawn first takes a second */

/* Means of 1 to 2^61 - 1 ns. */
struct stay_law {
    int64_t high_mean_ns, low_mean_ns;
    int64_t rate_high, rate_low;
};

/* Where a block begins: absolute, and how much of the time before it was high. */
struct stay_mark {
    int64_t t0, high_ns;
};

struct stay_block;

struct stays {
    struct stay_law law;
    int64_t from_ns, to_ns;
    bool begins_high; /* so does each block */
    uint64_t key;     /* of what is drawn in the blocks */
    uint64_t count, room;
    struct stay_mark *marks;   /* of count blocks, the last of which reaches to_ns, and its end */
    struct stay_block *blocks; /* those that were asked about last */
};

/* Those of [from_ns, to_ns), 2^61 at most. It begins in its steady state: high with the share of time that is
 * high, and the first stay is as long as any. Aborts when memory runs out. Pair with stays_clear.
 */
void stays_init(struct stays *stays, struct stay_law law, struct random *random, int64_t from_ns,
                int64_t to_ns);
void stays_clear(struct stays *stays);

/* The work done by t >= from_ns; it ends at to_ns. */
wide stays_work(const struct stays *stays, int64_t t);

/* The first t whose work reaches the target > 0, which all of it does. */
int64_t stays_when(const struct stays *stays, wide target);

/* The rate at from_ns <= t < to_ns, and when the next stay begins; to_ns: none does. */
int64_t stays_rate(const struct stays *stays, int64_t t);
int64_t stays_next(const struct stays *stays, int64_t t);

#endif
