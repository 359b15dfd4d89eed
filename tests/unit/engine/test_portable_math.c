/* The portable functions against the machine's libm and GSL, which are right to the last bits, if
 * not the same everywhere. */
#include "sim/engine/portable_math.h"
#include "sim/engine/random.h"
#include "tests/unit/suite.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#define INPUTS 200000

static double ulps(double got, double right)
{
    if (got == right)
        return 0;
    return fabs(got - right) / (nextafter(fabs(right), INFINITY) - fabs(right));
}

struct range {
    double low, high;
};

static double uniform(struct random *random, struct range range)
{
    return range.low + (range.high - range.low) * random_unit(random);
}

static struct random stream(const char *purpose)
{
    struct random random;
    random_init(&random, 1, 0, "portable", purpose);
    return random;
}

TEST_LOOP(log_is_within_4_ulp_of_libm, 0, 4)
{
    static const struct range ranges[] = {{0, 1}, {0.5, 2}, {0.999, 1.001}, {1, 1e6}};
    struct random random = stream("log");
    for (int i = 0; i < INPUTS; i++) {
        double x = uniform(&random, ranges[_i]);
        if (x > 0)
            ck_assert_msg(ulps(portable_log(x), log(x)) <= 4, "log %a", x);
        double any = exp(uniform(&random, (struct range){-745, 709}));
        ck_assert_msg(ulps(portable_log(any), log(any)) <= 4, "log %a", any);
    }
}

TEST_LOOP(exp_is_within_4_ulp_of_libm, 0, 4)
{
    static const struct range ranges[] = {{-1, 1}, {-40, 40}, {-745, 709.7}, {-1e-9, 1e-9}};
    struct random random = stream("exp");
    for (int i = 0; i < INPUTS; i++) {
        double x = uniform(&random, ranges[_i]);
        ck_assert_msg(ulps(portable_exp(x), exp(x)) <= 4, "exp %a", x);
    }
}

TEST(the_ends_are_exact)
{
    ck_assert(portable_log(1) == 0);
    ck_assert(portable_exp(0) == 1);
    ck_assert(portable_exp(1e300) == INFINITY);
    ck_assert(portable_exp(710) == INFINITY);
    ck_assert(portable_exp(-1e300) == 0);
    ck_assert(portable_exp(-746) == 0);
    ck_assert(portable_pow(7, 0) == 1);
    ck_assert(portable_normal_quantile(0.5) == 0);
    ck_assert(portable_normal_tail(0) == 0.5);
}

TEST(pow_is_exp_of_y_log_x)
{
    struct random random = stream("pow");
    for (int i = 0; i < INPUTS; i++) {
        double x = uniform(&random, (struct range){1e-6, 1000});
        double y = uniform(&random, (struct range){-20, 20});
        ck_assert_double_lt(fabs(portable_pow(x, y) / pow(x, y) - 1), 1e-13);
    }
}

TEST(the_normal_tail_is_right_to_12_digits)
{
    struct random random = stream("tail");
    for (int i = 0; i < INPUTS / 4; i++) {
        double z = uniform(&random, (i & 1) ? (struct range){-37, 37} : (struct range){-4, 4});
        double right = erfc(z / sqrt(2)) / 2;
        ck_assert_msg(fabs(portable_normal_tail(z) / right - 1) < 1e-12, "tail %a", z);
    }
}

TEST(the_normal_quantile_is_right_to_11_digits)
{
    struct random random = stream("quantile");
    for (int i = 0; i < INPUTS / 4; i++) {
        double z =
            -uniform(&random, (i & 1) ? (struct range){0.001, 37} : (struct range){0.001, 3});
        double p = erfc(-z / sqrt(2)) / 2;
        ck_assert_msg(fabs(portable_normal_quantile(p) / z - 1) < 1e-11, "quantile %a", p);
        double inverse = gsl_cdf_ugaussian_Qinv(p);
        ck_assert_double_lt(fabs(-portable_normal_quantile(p) / inverse - 1), 1e-9);
    }
}

TEST(the_normal_quantile_is_antisymmetric_and_rises)
{
    double previous = -40;
    for (int i = 1; i < 4096; i++) {
        double p = i / 4096.0;
        double z = portable_normal_quantile(p);
        ck_assert_double_gt(z, previous);
        ck_assert(z == -portable_normal_quantile(1 - p));
        previous = z;
    }
}

/* These pin the last bit: it must not depend on the machine, the compiler or its options. */
TEST(results_have_the_same_bits_on_every_machine)
{
    struct random random = stream("bits");
    double sum = 0;
    for (int i = 0; i < 10000; i++) {
        double unit = uniform(&random, (struct range){0x1p-60, 1});
        sum += portable_log(unit) + portable_exp(unit) + portable_pow(unit, 0.3) +
               portable_normal_quantile(unit) + portable_normal_tail(8 * unit - 4);
    }
    ck_assert_msg(sum == 0x1.37395ab3cdea6p+14, "the sum is now %a", sum);
}
