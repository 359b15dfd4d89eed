/* Every result is a fixed sequence of + - * / and sqrt on doubles, which IEEE 754 rounds the same
 * everywhere, given that the compiler fuses no multiplication into an addition. Of <math.h> only
 * sqrt and the constant INFINITY are used. */
#include "sim/engine/portable_math.h"
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LN2_HIGH     0x1.62e42feep-1 /* 32 bits, so that a product with an exponent is exact */
#define LN2_LOW      0x1.a39ef35793c76p-33
#define LOG2_E       0x1.71547652b82fep+0
#define SQRT_2       0x1.6a09e667f3bcdp+0
#define TERMS        12 /* of a series below; even */
#define INV_SQRT_2PI 0x1.9884533d43651p-2

static double power_of_two(int exponent)
{
    assert(exponent >= -1022 && exponent <= 1023);
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

/* x = mantissa * 2^exponent with the mantissa in [sqrt(1/2), sqrt(2)]; x > 0. */
static int split(double x, double *mantissa)
{
    int exponent = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        exponent = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    exponent += (int)(bits >> 52) - 1023;
    bits = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1023) << 52;
    memcpy(mantissa, &bits, sizeof bits);
    if (*mantissa > SQRT_2) {
        *mantissa *= 0.5;
        exponent++;
    }
    return exponent;
}

/* Even and odd terms apart: two short chains of dependent operations in place of one long one. */
static double polynomial(const double coefficient[TERMS], double x)
{
    double square = x * x;
    double even = coefficient[TERMS - 2];
    double odd = coefficient[TERMS - 1];
    for (int i = TERMS - 4; i >= 0; i -= 2) {
        even = even * square + coefficient[i];
        odd = odd * square + coefficient[i + 1];
    }
    return even + x * odd;
}

/* log m = 2 artanh s, s = (m - 1) / (m + 1): s^2 < 0.0295, so that 12 terms leave nothing to see.
 */
double portable_log(double x)
{
    static const double series[TERMS] = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,
                                         1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17,
                                         1.0 / 19, 1.0 / 21, 1.0 / 23, 1.0 / 25};
    assert(x > 0 && x < INFINITY);
    double mantissa;
    double exponent = split(x, &mantissa);
    double s = (mantissa - 1) / (mantissa + 1);
    double z = s * s;
    double log_mantissa = 2 * s + 2 * s * (z * polynomial(series, z));
    return exponent * LN2_HIGH + (exponent * LN2_LOW + log_mantissa);
}

/* exp x = 2^k exp r, |r| <= ln 2 / 2, and the series of exp r up to r^13. The scaling goes in two
 * steps, since 2^k alone may be out of range where the result is not. */
double portable_exp(double x)
{
    static const double series[TERMS] = {1.0 / 2,        1.0 / 6,         1.0 / 24,
                                         1.0 / 120,      1.0 / 720,       1.0 / 5040,
                                         1.0 / 40320,    1.0 / 362880,    1.0 / 3628800,
                                         1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
    if (x > 709.8)
        return INFINITY;
    if (x < -746)
        return 0;
    int k = (int)(x * LOG2_E + (x < 0 ? -0.5 : 0.5));
    double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double result = 1 + (r + r * r * polynomial(series, r));
    int half = k / 2;
    return result * power_of_two(half) * power_of_two(k - half);
}

double portable_pow(double x, double y)
{
    return portable_exp(y * portable_log(x));
}

#define DEGREE 5

/* A ratio of polynomials in t = (x - middle) * scale, which runs over -1..1. */
struct fraction {
    double middle, scale;
    double above[DEGREE + 1], below[DEGREE + 1];
};

static double evaluate(const struct fraction *fraction, double x)
{
    double t = (x - fraction->middle) * fraction->scale;
    double above = fraction->above[DEGREE];
    double below = fraction->below[DEGREE];
    for (int i = DEGREE - 1; i >= 0; i--) {
        above = above * t + fraction->above[i];
        below = below * t + fraction->below[i];
    }
    return above / below;
}

/* Least-maximum fits, made for this file against 30-digit values, of relative error below 2e-12:
 * the quantile over q = p - 1/2 as a function of q^2, and the quantile as a function of sqrt(-log
 * p). */
static const struct fraction CENTRE = {
    .middle = 0x1.71eb851eb851fp-4,
    .scale = 0x1.6253443526170p+3,
    .above = {0x1.67432228ec493p+1, -0x1.ef321880c860bp+1, 0x1.df6aa3be56539p+0,
              -0x1.7d7f5c5a966fap-2, 0x1.afc87356691adp-6, -0x1.4eee2693c9f11p-12},
    .below = {0x1.0p+0, -0x1.84036f415f5dep+0, 0x1.aaecb90feb444p-1, -0x1.99a7fdffbc163p-3,
              0x1.3e79f0690cee4p-6, -0x1.0f072f4121349p-11},
};
static const struct fraction TAIL = {
    .middle = 0x1.9800000000000p+1,
    .scale = 0x1.1a7b9611a7b96p-1,
    .above = {0x1.f9e922fccb242p+1, 0x1.2399ab4da32f7p+3, 0x1.01ba632e96d2ep+3,
              0x1.b40a80ca2d81bp+1, 0x1.5f79dbdf9dd8dp-1, 0x1.abedabe443327p-5},
    .below = {0x1.0p+0, 0x1.9b304b6f9fd4dp+0, 0x1.df260c1104e7bp-1, 0x1.db9036f171adcp-3,
              0x1.4db8a1397f235p-6, 0x1.eba287a72e372p-22},
};
static const struct fraction FAR_TAIL = {
    .middle = 0x1.0400000000000p+4,
    .scale = 0x1.6c16c16c16c17p-4,
    .above = {0x1.6cddcfe6d0b08p+4, 0x1.f29f570ad14c4p+5, 0x1.0a67fff0e7ff8p+6,
              0x1.14d6f5014b536p+5, 0x1.15b2e8cfae5fdp+3, 0x1.a946bf710c932p-1},
    .below = {0x1.0p+0, 0x1.04061e53adf03p+1, 0x1.7f56d481783fep+0, 0x1.e157bdb8b4db3p-2,
              0x1.abacc009a8b73p-5, 0x1.38179d8b2ced3p-24},
};

#define CENTRE_HALF_WIDTH 0.425
#define TAIL_END          5.0

double portable_normal_quantile(double p)
{
    assert(p > 0 && p < 1);
    double q = p - 0.5;
    if (q >= -CENTRE_HALF_WIDTH && q <= CENTRE_HALF_WIDTH)
        return q * evaluate(&CENTRE, q * q);
    double r = sqrt(-portable_log(q < 0 ? p : 1 - p));
    double z = evaluate(r < TAIL_END ? &TAIL : &FAR_TAIL, r);
    return q < 0 ? -z : z;
}

/* P(0 < N < z) = density * (z + z^3/3 + z^5/(3*5) + ...): all terms have one sign, none cancels. */
static double normal_body(double z, double density)
{
    double sum = 0;
    double term = z;
    for (int n = 3; sum + term != sum; n += 2) {
        sum += term;
        term *= z * z / n;
    }
    return density * sum;
}

/* P(N > z) = density / (z + 1/(z + 2/(z + 3/(...)))), for z where 100 levels are plenty. */
static double normal_far_tail(double z, double density)
{
    double below = z;
    for (int n = 100; n >= 1; n--)
        below = z + n / below;
    return density / below;
}

double portable_normal_tail(double z)
{
    double density = INV_SQRT_2PI * portable_exp(-0.5 * z * z);
    if (z > 2.5)
        return normal_far_tail(z, density);
    if (z < -2.5)
        return 1 - normal_far_tail(-z, density);
    return 0.5 - normal_body(z, density);
}
