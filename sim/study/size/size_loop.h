/* A full synchronisation that an output-buffer limit or a time-out undoes, the next one as well, and so on: will it ever end?
 *
 * It does not once that came a hundred times in a row, through all that the load can be, while no fault was over or began: what would be
 * different the next time? Then the rest need not be run to be counted. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_LOOP_H
#define PSYNCSIM_STUDY_SIZE_SIZE_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/scenario/scenario.h"

#define SIZE_LOOP_TRIES 100

struct size_loop_row {
    int64_t began,
        tries; /* when the first one was over, and how many followed; -1: there is none */
};

struct size_loop {
    const struct scenario *scenario; /* borrowed */
    int64_t in_force;                /* faults that will be over */
    struct size_loop_row rows[SCENARIO_NODES_MAX];
};

void size_loop_init(struct size_loop *loop, const struct scenario *scenario);

/* A fault begins, or is over. */
void size_loop_fault(struct size_loop *loop, int64_t index, bool begins);

/* A resynchronisation of `node` was over at t; is_again: it was a full one that was needed because of what undid the one before. Returns
 * the mean time from one to the next where they have no end; else 0. */
int64_t size_loop_ended(struct size_loop *loop, int32_t node, int64_t t, bool is_again);

#endif
