/* How sure a sample makes us: intervals that hold the true value in 95 of 100 samples. */
#ifndef PSYNCSIM_STUDY_SWEEP_INTERVAL_H
#define PSYNCSIM_STUDY_SWEEP_INTERVAL_H

#include <stdint.h>

/* Numbers that come one by one. Begin with {0}. */
struct sample {
    uint64_t count;
    double mean, squares; /* squares: sum of squared distances from the mean */
};

struct interval {
    double low, high;
};

void sample_add(struct sample *sample, double value);

/* Of the mean, by Student's t. count >= 2. */
struct interval sample_interval(const struct sample *sample);

/* Of a share, by Clopper and Pearson; with no hit 0 to 3/n, and with nothing but hits 1 - 3/n to 1.
 * hits <= count, count >= 1. */
struct interval share_interval(uint64_t hits, uint64_t count);

/* How likely chance makes one side win as clearly as this, when either is as likely: the sign test,
 * two-sided, ties left out. */
double sign_test(uint64_t less, uint64_t more);

#endif
