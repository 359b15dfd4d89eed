/* The binomial distribution at one half. */
#include "sim/study/sweep/sign_test.h"

#include <gsl/gsl_cdf.h>

double sign_test(uint64_t less, uint64_t more)
{
    uint64_t fewer = less < more ? less : more, all = less + more;
    if (all == 0 || all > UINT32_MAX)
        return all == 0;
    double chance = 2 * gsl_cdf_binomial_P((unsigned)fewer, 0.5, (unsigned)all);
    return chance < 1 ? chance : 1;
}
