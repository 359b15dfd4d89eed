/* Intervals against tables and against GSL, and that their bits are the same everywhere. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include "sim/engine/statistics.h"
#include "tests/unit/suite.h"

static bool is_near(double a, double b)
{
    return fabs(a - b) < 5e-4;
}

static bool agrees(double found, double right)
{
    return fabs(found - right) <= 1e-9 * fabs(right);
}

/* Of tables: t(0.975, 4) = 2.7764; Clopper-Pearson 2 of 10: 0.0252 to 0.5561. */
TEST(intervals_are_those_of_the_tables)
{
    struct sample sample = {0};
    for (int i = 1; i <= 5; i++)
        sample_add(&sample, i);
    struct interval mean = sample_interval(&sample, 0.95);
    ck_assert(is_near(mean.low, 3 - 2.7764 * sqrt(2.5 / 5)));
    ck_assert(is_near(mean.high, 3 + 2.7764 * sqrt(2.5 / 5)));
    struct interval share = share_interval(2, 10);
    ck_assert(is_near(share.low, 0.0252) && is_near(share.high, 0.5561));
    ck_assert(is_near(share_interval(0, 100).high, 0.03));
    ck_assert(is_near(share_interval(100, 100).low, 0.97));
    ck_assert(is_near(share_interval(0, 1).high, 1));
}

TEST(a_small_mean_keeps_its_digits)
{
    struct sample sample = {0};
    for (int i = 0; i < 1000; i++)
        sample_add(&sample, 1 + 1e-9 * (i % 2));
    ck_assert_double_eq_tol(sample.squares, 1000 * 0.25e-18, 1e-17);
}

TEST(the_reach_of_a_mean_is_that_of_gsl)
{
    static const uint64_t COUNTS[] = {2, 3, 5, 20, 100, 1600, 100000, 1000000};
    static const double CONFIDENCES[] = {0.5, 0.9, 0.95, 0.99, 0.999};
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++)
        for (size_t j = 0; j < sizeof CONFIDENCES / sizeof *CONFIDENCES; j++) {
            double free = (double)COUNTS[i] - 1, n = (double)COUNTS[i];
            struct sample sample = {COUNTS[i], 0, free * n}; /* whose standard error is 1 */
            double right = gsl_cdf_tdist_Qinv((1 - CONFIDENCES[j]) / 2, free);
            double found = sample_reach(&sample, CONFIDENCES[j]);
            ck_assert_msg(agrees(found, right), "%g values at %g: %.12g, not %.12g", n,
                          CONFIDENCES[j], found, right);
        }
}

TEST(the_interval_of_a_share_is_that_of_gsl)
{
    static const uint64_t COUNTS[] = {2, 3, 10, 97, 1000, 100000, 1000000};
    static const double PARTS[] = {0, 0.001, 0.1, 0.5, 0.8, 0.9999};
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++)
        for (size_t j = 0; j < sizeof PARTS / sizeof *PARTS; j++) {
            double n = (double)COUNTS[i], k = floor(1 + PARTS[j] * (n - 2));
            struct interval found = share_interval((uint64_t)k, COUNTS[i]);
            double below = gsl_cdf_beta_P(found.low, k, n - k + 1);
            double above = gsl_cdf_beta_Q(found.high, k + 1, n - k);
            ck_assert_msg(fabs(below - 0.025) < 1e-9 && fabs(above - 0.025) < 1e-9,
                          "%g of %g: %.12g to %.12g, outside %.12g and %.12g", k, n, found.low,
                          found.high, below, above);
        }
}

TEST(the_beta_distribution_is_that_of_gsl)
{
    static const double SHAPES[] = {0.5, 1, 2.5, 11, 60, 1000};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++)
            for (int part = 0; part <= 32; part++) {
                double x = part / 32.0;
                double found = beta_below(x, SHAPES[i], SHAPES[j]);
                double right = gsl_cdf_beta_P(x, SHAPES[i], SHAPES[j]);
                ck_assert_msg(fabs(found - right) <= 1e-12 + 1e-10 * right,
                              "%g of %g, %g: %.12g, not %.12g", x, SHAPES[i], SHAPES[j], found,
                              right);
            }
}

/* These pin the last bit: it must not depend on the machine, the compiler or its options. */
TEST(results_have_the_same_bits_on_every_machine)
{
    double sum = 0;
    for (uint64_t n = 2; n < 2000; n = n * 3 / 2 + 1) {
        struct sample sample = {n, 0, (double)n};
        struct interval share = share_interval(n / 3, n);
        sum += sample_reach(&sample, 0.95) + share.low + share.high;
    }
    ck_assert_msg(sum == 0x1.de732f18bb262p+4, "the sum is now %a", sum);
}
