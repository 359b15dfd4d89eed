/* Distributions given by quantities a user knows; every draw is an integer in the unit of its
 * quantity (ns, bytes, …). */
#ifndef PSYNCSIM_ENGINE_DIST_H
#define PSYNCSIM_ENGINE_DIST_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/engine/random.h"

#define DIST_LIST_MAX 32 /* values of an empirical list, components of a mixture */

enum dist_kind {
    DIST_CONSTANT,
    DIST_UNIFORM,     /* low..high, both included */
    DIST_EXPONENTIAL, /* mean */
    DIST_LOGNORMAL,   /* median, and p95 or p99 */
    DIST_PARETO,      /* low (scale) and mean; the variance may be infinite */
    DIST_NORMAL,      /* mean, sd; what is below 0 becomes 0 */
    DIST_EMPIRICAL,   /* a list, each value as likely */
    DIST_MIXTURE,     /* weights of other distributions (not of mixtures or lists) */
};

/* A flat value: it can be copied, and holds no pointer. Fields are private to dist.c. */
struct dist_part {
    enum dist_kind kind;
    int64_t a, b; /* the quantities as given */
    double x;     /* derived: sigma of the logarithm, or the shape */
};
struct dist {
    struct dist_part base;
    uint32_t count;                        /* list values or mixture components */
    int64_t list[DIST_LIST_MAX];           /* empirical values, or weights summed up to here */
    struct dist_part parts[DIST_LIST_MAX]; /* mixture components */
};

/* Quantities are 0 .. INT64_MAX / 4, medians, means and scales above 0. Weights are above 0 and
 * only their ratios count. Each returns NULL and fills *dist, or a static sentence that says what
 * is wrong ("p95 must be above the median"). */
const char *dist_constant(struct dist *dist, int64_t value);
const char *dist_uniform(struct dist *dist, int64_t low, int64_t high);
const char *dist_exponential(struct dist *dist, int64_t mean);
const char *dist_lognormal(struct dist *dist, int64_t median, int64_t p95);
const char *dist_lognormal_p99(struct dist *dist, int64_t median, int64_t p99);
const char *dist_pareto(struct dist *dist, int64_t low, int64_t mean);
const char *dist_normal(struct dist *dist, int64_t mean, int64_t sd);
const char *dist_empirical(struct dist *dist, const int64_t *values, uint32_t count);
const char *dist_mixture(struct dist *dist, const int64_t *weights_ppm, const struct dist *parts,
                         uint32_t count);

/* Makes it the law of X * times / by: each of its quantities, rounded down, and cut as a draw is. */
void dist_scale(struct dist *dist, int64_t times, int64_t by);

bool dist_is_constant(const struct dist *dist);
bool dist_is_exponential(const struct dist *dist); /* memoryless */
bool dist_is_same(const struct dist *a, const struct dist *b);

/* One draw, >= 0, at most INT64_MAX / 4 (cut there), rounded to the nearest. A constant takes
 * nothing from the stream; the continuous laws take one number and rise with it, so that two laws
 * on one stream stay comparable draw by draw. */
int64_t dist_draw(const struct dist *dist, struct random *random);

/* The draw that belongs to (key, index): the same whenever, and in whatever order, it is asked
 * for. */
int64_t dist_draw_at(const struct dist *dist, uint64_t key, uint64_t index);

/* No draw is above it: the law's own bound, or what the 53 bits of a draw can reach of its tail. */
int64_t dist_most(const struct dist *dist);

/* Rounded to whole units; INT64_MAX if infinite. */
int64_t dist_mean(const struct dist *dist);

/* P(X > value), for closed-form checks and risk; within 1e-12 relative of the law before cut and
 * rounding, where the law itself does not magnify the rounding of its parameters. */
double dist_tail(const struct dist *dist, int64_t value);

#endif
