/* What a picture of the risk curve shows: both axes are logarithmic. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_RANGE_H
#define PSYNCSIM_STUDY_SIZE_SIZE_RANGE_H

#include "sim/study/size/size_answer.h"

struct size_range {
    double x_low, x_high; /* log10 of bytes */
    int y_low, y_high;    /* exponents of ten of the measure: one decade at least, seven at most */
    bool has_zero;        /* the lowest line stands for 0 */
    double unit;          /* the measure of a share of 1 */
};

/* The whole curve, and as many decades of risk. The answer has a curve. */
struct size_range size_range(const struct size_question *question,
                             const struct size_answer *answer);

#endif
