/* A Poisson process of rate 1 over marks (expected commands x 2^22, piece.h), at random access and
 * without a state.
 *
 *     cells of 2^k marks:   |  231  |  260  |  249  | ...  counts drawn once, sums kept
 *     inside one:           |  128  |  132  |              half and half by a binomial split, each
 *                           | 70| 58| 61| 71|              drawn from a hash of (key, cell, node)
 *
 * Given their number, the commands of a cell are independent and uniform, which is what repeated
 * splitting gives; the same question always walks the same nodes, so answers agree with each other
 * to the single command. */
#ifndef PSYNCSIM_LOAD_POISSON_H
#define PSYNCSIM_LOAD_POISSON_H

#include <stdint.h>
#include "models/load/wide.h"
#include "sim/engine/random.h"

struct poisson {
    uint64_t key;
    uint32_t cell_bits; /* a cell is 2^cell_bits marks */
    uint32_t cells;
    int64_t *before; /* commands before each cell and after the last */
};

/* Covers marks 0..mark_end, mark_end <= 2^83. Pair with poisson_clear. Aborts when memory runs out.
 */
void poisson_init(struct poisson *poisson, struct random *random, wide mark_end);
void poisson_clear(struct poisson *poisson);

/* Commands up to a mark. 0 <= mark <= mark_end. */
int64_t poisson_count(const struct poisson *poisson, wide mark);

/* The first mark with at least n commands, n >= 1; MARK_NEVER if the cells hold fewer. */
wide poisson_mark(const struct poisson *poisson, int64_t n);

/* One count with mean 2^mean_bits: exact up to 2^12, above by the normal quantile with its first
 * correction. */
int64_t poisson_draw_large(uint32_t mean_bits, struct random *random);

#endif
