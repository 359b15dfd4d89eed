/* Draws against the laws as GSL knows them: Kolmogorov-Smirnov, moments, tails. Seeds are fixed, so
 * a test that passes once passes for good. */
#include "sim/engine/dist.h"
#include "tests/unit/suite.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DRAWS 20000

/* A law twice: as dist.c makes it, and as GSL sees it. Units are large, so that rounding to
 * integers does not show. */
struct law {
    const char *name;
    const char *(*make)(struct dist *dist, int64_t a, int64_t b);
    int64_t a, b;
    double (*below)(double x, double a, double b);
    bool has_variance;
};

static const char *make_exponential(struct dist *dist, int64_t mean, int64_t unused)
{
    (void)unused;
    return dist_exponential(dist, mean);
}

static double below_exponential(double x, double mean, double unused)
{
    (void)unused;
    return gsl_cdf_exponential_P(x, mean);
}

static double below_lognormal_p95(double x, double median, double p95)
{
    return gsl_cdf_lognormal_P(x, log(median), log(p95 / median) / gsl_cdf_ugaussian_Pinv(0.95));
}

static double below_lognormal_p99(double x, double median, double p99)
{
    return gsl_cdf_lognormal_P(x, log(median), log(p99 / median) / gsl_cdf_ugaussian_Pinv(0.99));
}

static double below_pareto(double x, double low, double mean)
{
    return x <= low ? 0 : gsl_cdf_pareto_P(x, mean / (mean - low), low);
}

static double below_normal(double x, double mean, double sd)
{
    return gsl_cdf_gaussian_P(x - mean, sd);
}

static const struct law LAWS[] = {
    {"uniform", dist_uniform, 1000000, 9000000, gsl_cdf_flat_P, true},
    {"exponential", make_exponential, 1000000000, 0, below_exponential, true},
    {"lognormal by p95", dist_lognormal, 2000000000, 30000000000, below_lognormal_p95, true},
    {"lognormal by p99", dist_lognormal_p99, 30000000, 45000000, below_lognormal_p99, true},
    {"pareto", dist_pareto, 1000000, 1200000, below_pareto, true},
    {"pareto without a variance", dist_pareto, 1000000, 5000000, below_pareto, false},
    {"normal", dist_normal, 1000000000, 100000000, below_normal, true},
};

#define COUNT(table) (sizeof table / sizeof *table)

static void make(const struct law *law, struct dist *dist)
{
    ck_assert_ptr_null(law->make(dist, law->a, law->b));
}

static void draw_many(const struct dist *dist, const char *purpose, double *values)
{
    struct random random;
    random_init(&random, 1, 0, "dist", purpose);
    for (int i = 0; i < DRAWS; i++)
        values[i] = (double)dist_draw(dist, &random);
}

TEST_LOOP(draws_follow_the_law, 0, COUNT(LAWS))
{
    static double values[DRAWS];
    const struct law *law = &LAWS[_i];
    struct dist dist;
    make(law, &dist);
    draw_many(&dist, law->name, values);
    gsl_sort(values, 1, DRAWS);
    double distance = 0;
    for (int i = 0; i < DRAWS; i++) {
        double below = law->below(values[i], (double)law->a, (double)law->b);
        distance = fmax(distance, fmax(below - (double)i / DRAWS, (i + 1.0) / DRAWS - below));
    }
    /* 1.95 / sqrt n is the Kolmogorov-Smirnov limit that one set of draws in 1000 passes. */
    ck_assert_msg(distance < 1.95 / sqrt(DRAWS), "%s: %g", law->name, distance);
}

TEST_LOOP(draws_by_number_follow_the_law_and_come_again, 0, COUNT(LAWS))
{
    static double values[DRAWS];
    const struct law *law = &LAWS[_i];
    struct dist dist;
    make(law, &dist);
    for (int i = 0; i < DRAWS; i++)
        values[i] = (double)dist_draw_at(&dist, 7, (uint64_t)i);
    for (int i = DRAWS - 1; i >= 0; i -= 97)
        ck_assert_double_eq(values[i], (double)dist_draw_at(&dist, 7, (uint64_t)i));
    gsl_sort(values, 1, DRAWS);
    double distance = 0;
    for (int i = 0; i < DRAWS; i++) {
        double below = law->below(values[i], (double)law->a, (double)law->b);
        distance = fmax(distance, fmax(below - (double)i / DRAWS, (i + 1.0) / DRAWS - below));
    }
    ck_assert_msg(distance < 1.95 / sqrt(DRAWS), "%s: %g", law->name, distance);
}

/* 2^-53 is the smallest tail that a draw can stand for. */
TEST_LOOP(no_draw_is_above_the_most_of_its_law, 0, COUNT(LAWS))
{
    struct dist dist;
    make(&LAWS[_i], &dist);
    bool is_cut = dist_most(&dist) == INT64_MAX / 4;
    ck_assert(is_cut || dist_tail(&dist, dist_most(&dist)) < 0x1p-53);
}

TEST(the_most_of_lists_and_mixtures_is_that_of_their_largest_part)
{
    struct dist dist, parts[2];
    int64_t values[] = {3, 90, 5}, weights[] = {1, 1};
    ck_assert_ptr_null(dist_empirical(&dist, values, 3));
    ck_assert_int_eq(dist_most(&dist), 90);
    ck_assert_ptr_null(dist_uniform(&parts[0], 4, 70));
    ck_assert_ptr_null(dist_constant(&parts[1], 60));
    ck_assert_ptr_null(dist_mixture(&dist, weights, parts, 2));
    ck_assert_int_eq(dist_most(&dist), 70);
    ck_assert_int_eq(dist_most(&parts[1]), 60);
}

TEST_LOOP(the_mean_of_draws_is_the_mean_of_the_law, 0, COUNT(LAWS))
{
    static double values[DRAWS];
    const struct law *law = &LAWS[_i];
    struct dist dist;
    make(law, &dist);
    draw_many(&dist, law->name, values);
    double mean = gsl_stats_mean(values, 1, DRAWS);
    double error = gsl_stats_sd(values, 1, DRAWS) / sqrt(DRAWS);
    if (law->has_variance)
        ck_assert_msg(fabs(mean - (double)dist_mean(&dist)) < 4 * error, "%s: %g", law->name, mean);
}

TEST_LOOP(the_tail_is_right_to_12_digits, 0, COUNT(LAWS))
{
    const struct law *law = &LAWS[_i];
    struct dist dist;
    make(law, &dist);
    for (int64_t value = 900000; value < INT64_C(100000000000); value += value / 3) {
        double right = 1 - law->below((double)value, (double)law->a, (double)law->b);
        double slack = 1e-11 + (law->below == gsl_cdf_flat_P ? 1e-6 : 0); /* integers, not reals */
        ck_assert_msg(fabs(dist_tail(&dist, value) - right) < slack, "%s: %lld", law->name,
                      (long long)value);
    }
    ck_assert(dist_tail(&dist, -1) == 1);
}

TEST(far_tails_keep_their_digits)
{
    struct dist dist;
    ck_assert_ptr_null(dist_exponential(&dist, 1000));
    ck_assert_double_lt(fabs(dist_tail(&dist, 50000) / exp(-50.0) - 1), 1e-12);
    ck_assert_ptr_null(dist_lognormal(&dist, 2000, 30000));
    double sigma = log(15) / gsl_cdf_ugaussian_Pinv(0.95);
    double z = log(1e12 / 2000) / sigma;
    ck_assert_double_lt(fabs(dist_tail(&dist, INT64_C(1000000000000)) / erfc(z / sqrt(2)) * 2 - 1),
                        1e-11);
    ck_assert_double_lt(fabs(dist_tail(&dist, 30000) - 0.05), 1e-14);
}

struct mean {
    const char *(*make)(struct dist *dist, int64_t a, int64_t b);
    int64_t a, b, mean;
};

static const struct mean MEANS[] = {
    {dist_uniform, 10, 20, 15},         {make_exponential, 77, 0, 77},
    {dist_pareto, 10, 12, 12},          {dist_normal, 1000, 10, 1000},
    {dist_normal, 0, 1000000, 398942},  /* sd / sqrt(2 pi): half of it is cut to 0 */
    {dist_lognormal, 1000, 5180, 1649}, /* sigma = 1.0000: median * sqrt e */
};

TEST_LOOP(means_are_those_of_the_books, 0, COUNT(MEANS))
{
    struct dist dist;
    ck_assert_ptr_null(MEANS[_i].make(&dist, MEANS[_i].a, MEANS[_i].b));
    ck_assert_int_eq(dist_mean(&dist), MEANS[_i].mean);
}

TEST(a_constant_draws_nothing_and_is_exact)
{
    struct dist dist;
    struct random used;
    random_init(&used, 1, 0, "dist", "constant");
    struct random before = used;
    int64_t value = INT64_C(1) << 60 | 1;
    ck_assert_ptr_null(dist_constant(&dist, value));
    ck_assert(dist_is_constant(&dist));
    ck_assert_int_eq(dist_draw(&dist, &used), value);
    ck_assert_int_eq(dist_mean(&dist), value);
    ck_assert(dist_tail(&dist, value - 1) == 1 && dist_tail(&dist, value) == 0);
    ck_assert_mem_eq(&used, &before, sizeof used);
}

TEST_LOOP(a_continuous_law_takes_one_number_per_draw, 0, COUNT(LAWS))
{
    const struct law *law = &LAWS[_i];
    struct dist dist;
    make(law, &dist);
    struct random used;
    random_init(&used, 1, 0, "dist", "one");
    struct random expected = used;
    for (int i = 0; i < 1000; i++) {
        dist_draw(&dist, &used);
        random_u64(&expected);
        ck_assert_mem_eq(&used, &expected, sizeof used);
    }
}

TEST(a_list_gives_each_value_as_often)
{
    static const int64_t list[] = {5, 7, 7, 11};
    struct dist dist;
    struct random random;
    random_init(&random, 1, 0, "dist", "list");
    ck_assert_ptr_null(dist_empirical(&dist, list, 4));
    int sevens = 0;
    for (int i = 0; i < 10000; i++)
        sevens += dist_draw(&dist, &random) == 7;
    ck_assert_int_gt(sevens, 4800);
    ck_assert_int_lt(sevens, 5200);
    ck_assert(dist_tail(&dist, 6) == 0.75 && dist_tail(&dist, 11) == 0);
    ck_assert_int_eq(dist_mean(&dist), 8); /* 7.5 */
}

TEST(a_mixture_takes_its_parts_by_weight)
{
    static const int64_t weights[] = {900000, 100000};
    struct dist parts[2];
    struct dist dist;
    struct random random;
    random_init(&random, 1, 0, "dist", "mixture");
    ck_assert_ptr_null(dist_constant(&parts[0], 10));
    ck_assert_ptr_null(dist_uniform(&parts[1], 100, 199));
    ck_assert_ptr_null(dist_mixture(&dist, weights, parts, 2));
    int large = 0;
    for (int i = 0; i < 10000; i++)
        large += dist_draw(&dist, &random) >= 100;
    ck_assert_int_gt(large, 880);
    ck_assert_int_lt(large, 1120);
    ck_assert_double_lt(fabs(dist_tail(&dist, 149) - 0.05), 1e-12);
    ck_assert_int_eq(dist_mean(&dist), 24); /* 23.95 */
}

TEST_LOOP(draws_stay_between_0_and_a_quarter_of_the_integers, 0, 5)
{
    static const struct law wide[] = {
        {"pareto", dist_pareto, 1, INT64_MAX / 4, NULL, false},
        {"exponential", make_exponential, INT64_MAX / 4, 0, NULL, false},
        {"normal", dist_normal, 0, INT64_MAX / 4, NULL, false},
        {"lognormal", dist_lognormal, 1, INT64_MAX / 4, NULL, false},
        {"uniform", dist_uniform, 0, INT64_MAX / 4, NULL, false},
    };
    struct dist dist;
    struct random random;
    random_init(&random, 1, 0, "dist", "wide");
    make(&wide[_i], &dist);
    for (int i = 0; i < 10000; i++) {
        int64_t value = dist_draw(&dist, &random);
        ck_assert(value >= 0 && value <= INT64_MAX / 4);
    }
    ck_assert_int_ge(dist_mean(&dist), 0);
}

struct refusal {
    const char *(*make)(struct dist *dist, int64_t a, int64_t b);
    int64_t a, b;
    const char *error;
};

static const struct refusal REFUSALS[] = {
    {dist_uniform, 5, 4, "low must not be above high"},
    {dist_uniform, -1, 4, "a value must be"},
    {make_exponential, 0, 0, "the mean must be above 0"},
    {make_exponential, INT64_MAX, 0, "a value must be"},
    {dist_lognormal, 0, 4, "the median must be above 0"},
    {dist_lognormal, 4, 4, "p95 must be above the median"},
    {dist_lognormal_p99, 4, 3, "p99 must be above the median"},
    {dist_pareto, 0, 4, "low must be above 0"},
    {dist_pareto, 4, 4, "the mean must be above low"},
    {dist_normal, 4, 0, "sd must be above 0"},
};

TEST_LOOP(nonsense_is_refused_with_what_is_wrong, 0, COUNT(REFUSALS))
{
    struct dist dist;
    const struct refusal *row = &REFUSALS[_i];
    const char *error = row->make(&dist, row->a, row->b);
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(strncmp(error, row->error, strlen(row->error)) == 0, "%s", error);
}

TEST(a_mixture_of_lists_or_mixtures_is_refused)
{
    static const int64_t list[] = {1};
    static const int64_t nothing[] = {0};
    struct dist part;
    struct dist mixture;
    ck_assert_ptr_null(dist_constant(&part, 1));
    ck_assert_ptr_nonnull(dist_mixture(&mixture, nothing, &part, 1));
    ck_assert_ptr_nonnull(dist_mixture(&mixture, list, &part, 0));
    ck_assert_ptr_nonnull(dist_mixture(&mixture, list, &part, DIST_LIST_MAX + 1));
    ck_assert_ptr_null(dist_empirical(&part, list, 1));
    ck_assert_ptr_nonnull(dist_mixture(&mixture, list, &part, 1));
    ck_assert_ptr_nonnull(dist_empirical(&part, list, 0));
}

/* These pin the draws: a change breaks every recorded run. */
TEST_LOOP(draws_are_the_same_on_every_machine, 0, COUNT(LAWS))
{
    static const uint64_t sums[COUNT(LAWS)] = {
        UINT64_C(13188571994823684873), UINT64_C(1927157863858206074),
        UINT64_C(11600889785226018914), UINT64_C(12085431081712368987),
        UINT64_C(9146907318135873767),  UINT64_C(195973773905235135),
        UINT64_C(4607250713521402237)};
    struct dist dist;
    struct random random;
    make(&LAWS[_i], &dist);
    random_init(&random, 7, 0, "dist", LAWS[_i].name);
    uint64_t sum = 0;
    for (int i = 0; i < 10000; i++)
        sum = sum * 31 + (uint64_t)dist_draw(&dist, &random);
    ck_assert_uint_eq(sum, sums[_i]);
}

/* A scaled law draws what the law itself draws, scaled, from the same stream. */
TEST_LOOP(a_scaled_law_draws_scaled_values, 0, COUNT(LAWS))
{
    struct dist dist, scaled;
    struct random a, b;
    make(&LAWS[_i], &dist);
    scaled = dist;
    dist_scale(&scaled, 3, 2);
    random_init(&a, 7, 0, "dist", LAWS[_i].name);
    random_init(&b, 7, 0, "dist", LAWS[_i].name);
    for (int i = 0; i < 1000; i++) {
        double once = (double)dist_draw(&dist, &a);
        ck_assert_double_eq_tol((double)dist_draw(&scaled, &b), 1.5 * once, 2 + once * 1e-6);
    }
}

TEST(lists_and_mixtures_are_scaled_part_by_part)
{
    struct dist list, part, mixed;
    ck_assert_ptr_null(dist_empirical(&list, (int64_t[]){2, 40}, 2));
    ck_assert_ptr_null(dist_constant(&part, 10));
    int64_t weights[] = {600000, 400000};
    ck_assert_ptr_null(dist_mixture(&mixed, weights, (struct dist[]){part, part}, 2));
    dist_scale(&list, 1, 2);
    dist_scale(&mixed, 2, 1);
    ck_assert_int_eq(dist_mean(&list), 11);
    ck_assert_int_eq(dist_mean(&mixed), 20);
}

TEST(two_laws_are_the_same_where_all_that_was_given_is)
{
    struct dist a, b, mixed, other;
    ck_assert_ptr_null(dist_lognormal(&a, 2000, 30000));
    ck_assert_ptr_null(dist_lognormal_p99(&b, 2000, 30000));
    ck_assert(dist_is_same(&a, &a) && !dist_is_same(&a, &b));
    ck_assert_ptr_null(dist_exponential(&b, 2000));
    int64_t weights[] = {600000, 400000};
    ck_assert_ptr_null(dist_mixture(&mixed, weights, (struct dist[]){a, b}, 2));
    ck_assert_ptr_null(dist_mixture(&other, weights, (struct dist[]){a, a}, 2));
    ck_assert(dist_is_same(&mixed, &mixed) && !dist_is_same(&mixed, &other));
}
