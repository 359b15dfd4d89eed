/* High and low stays, of which only blocks are drawn beforehand, are as if they had been drawn one by one: their lengths,
 * their neighbours and their sums against GSL's distribution functions. Seeds are fixed; bounds are those that a right
 * program exceeds once in a thousand tries. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include "models/load/stays.h"
#include "sim/engine/time.h"
#include "tests/unit/suite.h"

#define KS_LIMIT 1.95
#define SIGMAS   3.3
#define STAYS    40000
#define HIGH_S   2.0
#define LOW_S    5.0
#define PER_S    ((wide)1000000000)

static const struct stay_law LAW = {.high_mean_ns = 2 * NS_PER_S,
                                    .low_mean_ns = 5 * NS_PER_S,
                                    .rate_high = 3 * NS_PER_S,
                                    .rate_low = NS_PER_S};

static struct stays stays_of(struct stay_law law, uint64_t replication, int64_t from_ns,
                             int64_t to_ns)
{
    struct random random;
    struct stays stays;
    random_init(&random, 5, replication, "load-0", "markov");
    stays_init(&stays, law, &random, from_ns, to_ns);
    return stays;
}

/* Whole stays in their order, s; the first one of the list is a high one. */
static double *lengths_of(const struct stays *stays, size_t count)
{
    double *lengths = malloc(count * sizeof *lengths);
    int64_t t = stays->from_ns;
    if (stays_rate(stays, t) == stays->law.rate_low)
        t = stays_next(stays, t);
    for (size_t i = 0; i < count; i++) {
        int64_t next = stays_next(stays, t);
        ck_assert_int_lt(next, stays->to_ns);
        ck_assert_int_eq(stays_rate(stays, t),
                         i % 2 == 0 ? stays->law.rate_high : stays->law.rate_low);
        lengths[i] = (double)(next - t) / 1e9;
        t = next;
    }
    return lengths;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* sqrt(n) times the largest distance to Gamma's distribution function of that shape and scale. */
static double distance(double *values, size_t n, double shape, double scale)
{
    double largest = 0;
    qsort(values, n, sizeof *values, compare);
    for (size_t i = 0; i < n; i++) {
        double p = gsl_cdf_gamma_P(values[i], shape, scale);
        largest = fmax(largest, fmax(p - (double)i / (double)n, (double)(i + 1) / (double)n - p));
    }
    return largest * sqrt((double)n);
}

/* Of every second one from `first` on, the sums of `together` of them. */
static double distance_of_sums(const double *lengths, size_t first, size_t together, double mean)
{
    size_t n = (STAYS / 2 - first) / together;
    double *sums = calloc(n, sizeof *sums);
    for (size_t i = 0; i < n * together; i++)
        sums[i / together] += lengths[2 * (first / 2 + i) + first % 2];
    double result = distance(sums, n, (double)together, mean);
    free(sums);
    return result;
}

TEST(stays_and_their_sums_follow_their_laws_wherever_blocks_end)
{
    struct stays stays = stays_of(LAW, 100, 0, 200000 * NS_PER_S);
    double *lengths = lengths_of(&stays, STAYS);
    static const size_t TOGETHER[] = {1, 2, 17, STAYS_PAIRS, 2 * STAYS_PAIRS - 30};
    for (size_t i = 0; i < sizeof TOGETHER / sizeof *TOGETHER; i++) {
        ck_assert_double_lt(distance_of_sums(lengths, 0, TOGETHER[i], HIGH_S), KS_LIMIT);
        ck_assert_double_lt(distance_of_sums(lengths, 1, TOGETHER[i], LOW_S), KS_LIMIT);
        ck_assert_double_lt(distance_of_sums(lengths, 2 * 64, TOGETHER[i], HIGH_S), KS_LIMIT);
    }
    free(lengths);
    stays_clear(&stays);
}

TEST(neighbours_do_not_depend_on_each_other)
{
    struct stays stays = stays_of(LAW, 1, 0, 200000 * NS_PER_S);
    double *lengths = lengths_of(&stays, STAYS);
    for (size_t lag = 1; lag <= 4; lag++) {
        double sum = 0, n = (double)(STAYS - lag);
        for (size_t i = 0; i + lag < STAYS; i++) {
            double x = lengths[i] / (i % 2 == 0 ? HIGH_S : LOW_S) - 1;
            double y = lengths[i + lag] / ((i + lag) % 2 == 0 ? HIGH_S : LOW_S) - 1;
            sum += x * y;
        }
        ck_assert_double_lt(fabs(sum / n), SIGMAS / sqrt(n));
    }
    free(lengths);
    stays_clear(&stays);
}

TEST(it_is_high_with_its_share_of_time_from_the_beginning)
{
    static const int64_t AT_S[] = {0, 1, 30, 899};
    double n = 20000, share = HIGH_S / (HIGH_S + LOW_S);
    int high[4] = {0};
    for (uint64_t i = 0; i < (uint64_t)n; i++) {
        struct stays stays = stays_of(LAW, i, 0, 900 * NS_PER_S);
        for (int k = 0; k < 4; k++)
            high[k] += stays_rate(&stays, AT_S[k] * NS_PER_S) == LAW.rate_high;
        stays_clear(&stays);
    }
    for (int k = 0; k < 4; k++)
        ck_assert_double_lt(fabs(high[k] / n - share), SIGMAS * sqrt(share * (1 - share) / n));
}

TEST(work_adds_up_and_its_inverse_is_exact)
{
    struct stays stays = stays_of(LAW, 2, 7, 90000 * NS_PER_S);
    wide work = 0;
    for (int64_t t = 7, next; t < stays.to_ns; t = next) {
        next = stays_next(&stays, t);
        ck_assert(stays_work(&stays, t) == work);
        uint64_t rate = (uint64_t)stays_rate(&stays, t);
        int64_t middle = t + (next - t) / 2;
        ck_assert(stays_work(&stays, middle) == work + (wide)rate * (uint64_t)(middle - t));
        if (work > 0)
            ck_assert_int_eq(stays_when(&stays, work), t);
        ck_assert_int_eq(stays_when(&stays, work + 1), t + 1);
        work += (wide)rate * (uint64_t)(next - t);
    }
    ck_assert(stays_work(&stays, stays.to_ns) == work);
    ck_assert(stays_work(&stays, stays.to_ns + 5) == work);
    stays_clear(&stays);
}

TEST(nothing_is_done_in_a_stay_without_a_rate)
{
    struct stay_law law = LAW;
    law.rate_low = 0;
    struct stays stays = stays_of(law, 3, 0, 5000 * NS_PER_S);
    wide total = stays_work(&stays, stays.to_ns);
    for (wide target = 1; target <= total; target += total / (wide)997) {
        int64_t t = stays_when(&stays, target);
        ck_assert(stays_work(&stays, t) >= target);
        ck_assert(stays_work(&stays, t - 1) < target);
    }
    stays_clear(&stays);
}

TEST(answers_do_not_depend_on_what_was_asked_before)
{
    int64_t end = 900000 * NS_PER_S;
    struct stays stays = stays_of(LAW, 4, 0, end), longer = stays_of(LAW, 4, 0, 2 * end);
    struct random random;
    random_init(&random, 1, 0, "test", "times");
    for (int i = 0; i < 3000; i++) {
        int64_t t = (int64_t)random_below(&random, (uint64_t)end);
        struct stays fresh = stays_of(LAW, 4, 0, end);
        ck_assert(stays_work(&stays, t) == stays_work(&fresh, t));
        ck_assert(stays_work(&longer, t) == stays_work(&fresh, t));
        ck_assert_int_eq(stays_rate(&stays, t), stays_rate(&fresh, t));
        stays_clear(&fresh);
    }
    stays_clear(&stays);
    stays_clear(&longer);
}

TEST(what_a_long_load_keeps_and_draws_is_a_small_part_of_its_stays)
{
    struct stay_law burst = LAW;
    burst.high_mean_ns = NS_PER_S;
    burst.low_mean_ns = 10 * NS_PER_S;
    int64_t year_s = 365 * 86400;
    struct stays stays = stays_of(burst, 0, 0, year_s * NS_PER_S);
    double expected = (double)year_s / 11 / STAYS_PAIRS;
    ck_assert_double_lt(fabs((double)stays.count - expected), 0.01 * expected);
    wide mean = (wide)year_s * (wide)13 / (wide)11 * PER_S * PER_S;
    wide work = stays_work(&stays, stays.to_ns);
    ck_assert(work > mean - mean / (wide)400 && work < mean + mean / (wide)400);
    stays_clear(&stays);
}

TEST(the_shortest_and_the_longest_stays_have_an_end)
{
    static const struct stay_law LAWS[] = {
        {1, 1, .rate_high = 5, .rate_low = 3},
        {INT64_MAX / 4, INT64_MAX / 4, .rate_high = 5, .rate_low = 3},
        {1, INT64_MAX / 4, .rate_high = 5, .rate_low = 3},
    };
    for (uint64_t replication = 0; replication < 50; replication++)
        for (size_t i = 0; i < sizeof LAWS / sizeof *LAWS; i++) {
            int64_t end = i == 0 ? 100000 : INT64_MAX / 4;
            struct stays stays = stays_of(LAWS[i], replication, 0, end);
            wide work = stays_work(&stays, end);
            ck_assert(work >= (wide)end * (wide)3 && work <= (wide)end * (wide)5);
            ck_assert(stays_work(&stays, stays_when(&stays, work)) == work);
            stays_clear(&stays);
        }
}

TEST(nothing_is_drawn_for_no_time)
{
    struct stays stays = stays_of(LAW, 0, 9, 9);
    ck_assert(stays_work(&stays, 9) == 0);
    ck_assert(stays_work(&stays, 100) == 0);
    ck_assert_uint_eq(stays.count, 0);
    stays_clear(&stays);
}
