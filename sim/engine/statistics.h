/* How sure a sample makes us: means, variances and intervals of confidence, of which every bit is the
 * same on every machine (portable_math.h); relative error below 1e-9 up to a million values. */
#ifndef PSYNCSIM_ENGINE_STATISTICS_H
#define PSYNCSIM_ENGINE_STATISTICS_H

#include <stdint.h>

/* Numbers that come one by one, by Welford's way, so that a mean of 1e-9 keeps its digits. Begin
 * with {0}. */
struct sample {
    uint64_t count;
    double mean, squares; /* squares: sum of squared distances from the mean */
};

struct interval {
    double low, high;
};

void sample_add(struct sample *sample, double value);

/* Half the width of the interval of the mean, by Student's t. count >= 2. */
double sample_reach(const struct sample *sample, double confidence);
struct interval sample_interval(const struct sample *sample, double confidence);

/* Of a share, by Clopper and Pearson, at 95 %; with no hit 0 to 3/n, and with nothing but hits
 * 1 - 3/n to 1. hits <= count, count >= 1. */
struct interval share_interval(uint64_t hits, uint64_t count);

/* P(B <= x) of a beta distribution, and the x at which it is p. a, b > 0; 0 <= x, p <= 1. */
double beta_below(double x, double a, double b);
double beta_quantile(double p, double a, double b);

#endif
