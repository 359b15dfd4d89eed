/* See interval.h. */
#include "sim/study/sweep/interval.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#define OUTSIDE 0.025 /* on either side */

void sample_add(struct sample *sample, double value)
{
    double distance = value - sample->mean;
    sample->count++;
    sample->mean += distance / (double)sample->count;
    sample->squares += distance * (value - sample->mean);
}

struct interval sample_interval(const struct sample *sample)
{
    assert(sample->count >= 2);
    double free = (double)sample->count - 1;
    double error = sqrt(sample->squares / free / (double)sample->count);
    double reach = error * gsl_cdf_tdist_Qinv(OUTSIDE, free);
    return (struct interval){sample->mean - reach, sample->mean + reach};
}

struct interval share_interval(uint64_t hits, uint64_t count)
{
    assert(hits <= count && count >= 1);
    double k = (double)hits, n = (double)count;
    double rare = n > 3 ? 3 / n : 1;
    if (hits == 0)
        return (struct interval){0, rare};
    if (hits == count)
        return (struct interval){1 - rare, 1};
    return (struct interval){gsl_cdf_beta_Pinv(OUTSIDE, k, n - k + 1),
                             gsl_cdf_beta_Qinv(OUTSIDE, k + 1, n - k)};
}

double sign_test(uint64_t less, uint64_t more)
{
    uint64_t fewer = less < more ? less : more, all = less + more;
    if (all == 0 || all > UINT32_MAX)
        return all == 0;
    double chance = 2 * gsl_cdf_binomial_P((unsigned)fewer, 0.5, (unsigned)all);
    return chance < 1 ? chance : 1;
}
