/* Which figure matters most: the backlog that is needed if one of them is half or twice what it is said to be, all others as they
 * are. Whoever is not sure of a figure sees here what the doubt costs. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_WEIGHT_H
#define PSYNCSIM_STUDY_SIZE_SIZE_WEIGHT_H

#include "sim/study/size/size_case.h"

enum size_figure {
    SIZE_FIGURE_RATE,
    SIZE_FIGURE_FAULTS,
    SIZE_FIGURE_LENGTH,
    SIZE_FIGURE_DATASET,
    SIZE_FIGURE_TIMEOUT,
    SIZE_FIGURE_COUNT
};

const char *size_figure_name(enum size_figure figure);

struct size_weight {
    enum size_figure figure;
    int64_t half_bytes, twice_bytes; /* 0: no backlog meets the target then */
};

/* Answers the question anew for each, with the same seed: two answers' time for each figure. Fills
 * weights[SIZE_FIGURE_COUNT], the one that matters most first. `at` is no story. False: an invariant
 * broke, which the answer of the question itself reports. */
bool size_weigh(const struct size_case *at, struct worker_pool *pool, struct size_weight *weights);

#endif
