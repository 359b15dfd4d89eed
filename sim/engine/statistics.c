/* Everything rests on the beta distribution: Student's t and the binomial are beta in disguise. */
#include "sim/engine/statistics.h"

#include <assert.h>
#include <math.h>
#include "sim/engine/portable_math.h"

#define OUTSIDE    0.025 /* on either side of a share's interval */
#define LN_2PI     0x1.d67f1c864beb4p+0
#define LEVELS_MAX 100000 /* of the continued fraction; it needs some times sqrt(a + b) */
#define TINY       1e-300

/* ---- the beta distribution ---- */

/* log of the gamma function less Stirling's formula (z - 1/2) log z - z + log(2 pi) / 2. */
static double stirling_rest(double z)
{
    static const double series[] = {1.0 / 12,    -1.0 / 360, 1.0 / 1260,
                                    -1.0 / 1680, 1.0 / 1188, -691.0 / 360360};
    double rest = 0, sum = 0;
    while (z < 12) {
        rest += (z + 0.5) * portable_log((z + 1) / z) - 1;
        z++;
    }
    for (int i = (int)(sizeof series / sizeof *series) - 1; i >= 0; i--)
        sum = sum / (z * z) + series[i];
    return rest + sum / z;
}

/* x^a (1-x)^b / B(a,b), made of logarithms that are small near the distribution's middle. */
static double beta_front(double x, double a, double b)
{
    double all = a + b;
    double log_front = a * portable_log(x * all / a) + b * portable_log((1 - x) * all / b) +
                       0.5 * (portable_log(a / all * b) - LN_2PI) + stirling_rest(all) -
                       stirling_rest(a) - stirling_rest(b);
    return portable_exp(log_front);
}

static double not_zero(double value)
{
    return value > -TINY && value < TINY ? TINY : value;
}

/* The continued fraction of the incomplete beta function, from its top (Lentz). */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), value = d, step = 0;
    for (int m = 1; m <= LEVELS_MAX && (step < 1 - 1e-15 || step > 1 + 1e-15); m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / not_zero(1 + even * d);
        c = not_zero(1 + even / c);
        value *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / not_zero(1 + odd * d);
        c = not_zero(1 + odd / c);
        step = d * c;
        value *= step;
    }
    return value;
}

double beta_below(double x, double a, double b)
{
    assert(a > 0 && b > 0 && x >= 0 && x <= 1);
    if (x == 0 || x == 1)
        return x;
    if (x < (a + 1) / (a + b + 2))
        return beta_front(x, a, b) * beta_fraction(x, a, b) / a;
    return 1 - beta_front(x, a, b) * beta_fraction(1 - x, b, a) / b;
}

/* By halving, down to neighbouring doubles. */
double beta_quantile(double p, double a, double b)
{
    double low = 0, high = 1, middle = 0.5;
    for (; middle > low && middle < high; middle = low + (high - low) / 2) {
        if (beta_below(middle, a, b) < p)
            low = middle;
        else
            high = middle;
    }
    return middle;
}

/* ---- samples ---- */

void sample_add(struct sample *sample, double value)
{
    double distance = value - sample->mean;
    sample->count++;
    sample->mean += distance / (double)sample->count;
    sample->squares += distance * (value - sample->mean);
}

/* T^2 / (T^2 + free) is beta of 1/2 and free / 2. */
static double student(double confidence, double free)
{
    double part = beta_quantile(confidence, 0.5, free / 2);
    return sqrt(free * part / (1 - part));
}

double sample_reach(const struct sample *sample, double confidence)
{
    assert(sample->count >= 2);
    double n = (double)sample->count;
    return student(confidence, n - 1) * sqrt(sample->squares / (n - 1) / n);
}

struct interval sample_interval(const struct sample *sample, double confidence)
{
    double reach = sample_reach(sample, confidence);
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
    return (struct interval){beta_quantile(OUTSIDE, k, n - k + 1),
                             beta_quantile(1 - OUTSIDE, k + 1, n - k)};
}
