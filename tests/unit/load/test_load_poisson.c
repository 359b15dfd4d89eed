/* Random loads follow their laws: counts, gaps, stays and splits against GSL's distribution
 * functions. Seeds are fixed, so a test that passes passes always; bounds are those that a right
 * program exceeds once in a thousand tries. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "models/load/load.h"
#include "models/load/piece.h"
#include "models/load/poisson.h"
#include "sim/engine/time.h"
#include "tests/unit/suite.h"

#define RUNS   4000
#define BINS   64
#define RARE   1e-3
#define SIGMAS 3.3 /* a normal value is further out once in a thousand tries */
#define KS_LIMIT                                                                                   \
    1.95 /* so is sqrt(n) times the largest distance between two distribution functions */

static struct load_spec poisson_of(int64_t rate_per_s, int64_t to_ns)
{
    struct load_spec spec = {.name = "load-0",
                             .to_ns = to_ns,
                             .rate = rate_per_s * NS_PER_S,
                             .rate_end = rate_per_s * NS_PER_S,
                             .is_poisson = true};
    ck_assert_ptr_null(dist_constant(&spec.command, 100));
    return spec;
}

static struct load *one(const struct load_spec *spec, uint64_t replication, int64_t horizon_ns)
{
    struct load *load = load_new(3, replication, horizon_ns);
    const char *wrong = load_add(load, spec);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    return load;
}

struct events {
    double n, sum, squares;
};

static void observe(struct events *events, double value)
{
    events->n++;
    events->sum += value;
    events->squares += value * value;
}

static double mean_of(const struct events *events)
{
    return events->sum / events->n;
}

static double variance_of(const struct events *events)
{
    double mean = mean_of(events);
    return (events->squares - events->n * mean * mean) / (events->n - 1);
}

/* Mean and variance of nearly normal values. */
static void check_moments(const struct events *events, double mean, double variance)
{
    double n = events->n;
    ck_assert_double_lt(fabs(mean_of(events) - mean), SIGMAS * sqrt(variance / n));
    ck_assert_double_lt(fabs(variance_of(events) / variance - 1),
                        SIGMAS * sqrt((2 + 1 / variance) / n));
}

/* Pearson's test that values 0 .. BINS - 1 (the last: and more) are Poisson; bins below 5 are
 * joined to their neighbour. */
static double poisson_fit(const double *seen, double runs, double mean)
{
    double square = 0, joined = 0, joined_seen = 0;
    int degrees = -1;
    for (unsigned k = 0; k < BINS; k++) {
        double at_least = k > 0 ? gsl_cdf_poisson_Q(k - 1, mean) : 1;
        double beyond = k + 1 < BINS ? gsl_cdf_poisson_Q(k, mean) : 0;
        joined += runs * (at_least - beyond);
        joined_seen += seen[k];
        if (joined < 5 || (beyond > 0 && runs * beyond < 5))
            continue;
        square += (joined_seen - joined) * (joined_seen - joined) / joined;
        degrees++;
        joined = joined_seen = 0;
    }
    square += joined > 0 ? (joined_seen - joined) * (joined_seen - joined) / joined : 0;
    degrees += joined > 0;
    return gsl_cdf_chisq_Q(square, degrees);
}

/* Counts in (from, to] over many replications. */
static void check_window(const struct load_spec *spec, int64_t from_ns, int64_t to_ns, double mean)
{
    double seen[BINS] = {0};
    struct events events = {0};
    for (uint64_t run = 0; run < RUNS; run++) {
        struct load *load = one(spec, run, to_ns);
        int64_t count = load_commands(load, to_ns) - load_commands(load, from_ns);
        seen[count < BINS ? count : BINS - 1]++;
        observe(&events, (double)count);
        load_free(load);
    }
    check_moments(&events, mean, mean);
    if (2 * mean < BINS)
        ck_assert_double_gt(poisson_fit(seen, RUNS, mean), RARE);
}

TEST(counts_in_any_window_are_poisson)
{
    struct load_spec slow = poisson_of(1, 100 * NS_PER_S);
    check_window(&slow, 0, 10 * NS_PER_S, 10);
    check_window(&slow, 7 * NS_PER_S / 3, 7 * NS_PER_S / 3 + NS_PER_S / 2, 0.5);
    struct load_spec fast = poisson_of(1000, 100 * NS_PER_S);
    check_window(&fast, NS_PER_S + 12345, NS_PER_S + 12345 + 20 * NS_PER_MS, 20);
    check_window(&fast, 3 * NS_PER_S, 6 * NS_PER_S, 3000);
}

TEST(a_ramp_that_is_poisson_follows_the_ramp)
{
    struct load_spec spec = poisson_of(0, 10 * NS_PER_S);
    spec.rate_end = 10 * NS_PER_S;
    check_window(&spec, 0, 4 * NS_PER_S, 8);
    check_window(&spec, 8 * NS_PER_S, 10 * NS_PER_S, 18);
}

TEST(bursts_that_are_poisson_stop_between)
{
    struct load_spec spec = poisson_of(20, 100 * NS_PER_S);
    spec.on_ns = NS_PER_S;
    spec.off_ns = 3 * NS_PER_S;
    check_window(&spec, NS_PER_S, 4 * NS_PER_S, 1e-9);
    check_window(&spec, NS_PER_S, 9 * NS_PER_S, 40);
}

TEST(gaps_between_commands_are_exponential)
{
    struct load_spec spec = poisson_of(1000, 20 * NS_PER_S);
    struct load *load = one(&spec, 0, 20 * NS_PER_S);
    double seen[1000] = {0}; /* gaps by their rank under the exponential law: uniform */
    double n = 0, largest = 0, sum = 0;
    int64_t last = 0;
    for (int64_t t = load_next(load, 0); t != TIME_NEVER; t = load_next(load, t), n++) {
        double rank = gsl_cdf_exponential_P((double)(t - last), (double)NS_PER_MS);
        seen[(int)(rank * 999.999)]++;
        last = t;
    }
    for (int i = 0; i < 1000; i++) {
        sum += seen[i];
        largest = fmax(largest, fabs(sum / n - (i + 1) / 1000.0));
    }
    ck_assert_double_gt(n, 19000);
    ck_assert_double_lt(largest * sqrt(n), KS_LIMIT);
    load_free(load);
}

TEST(counts_of_windows_side_by_side_are_independent)
{
    struct load_spec spec = poisson_of(5000, 1000 * NS_PER_S);
    struct load *load = one(&spec, 0, 1000 * NS_PER_S);
    double product = 0, n = 0;
    int64_t before = 0, total = 0;
    for (int64_t t = 0; t < 1000 * NS_PER_S; t += 7 * NS_PER_MS, n++) {
        int64_t sum = load_commands(load, t + 7 * NS_PER_MS > 1000 * NS_PER_S ? 1000 * NS_PER_S
                                                                              : t + 7 * NS_PER_MS);
        product += (double)(before - 35) * (double)(sum - total - 35);
        before = sum - total;
        total = sum;
    }
    ck_assert_double_lt(fabs(product / n / 35) * sqrt(n), SIGMAS);
    load_free(load);
}

TEST(very_many_commands_have_the_right_mean_and_variance)
{
    struct load_spec spec = poisson_of(300000000, 3600 * NS_PER_S);
    struct load *load = one(&spec, 0, 3600 * NS_PER_S);
    static const int64_t widths_ns[] = {NS_PER_US, 100 * NS_PER_US, 7 * NS_PER_MS, NS_PER_S};
    for (int w = 0; w < 4; w++) {
        struct events events = {0};
        int64_t width_ns = widths_ns[w];
        for (int64_t i = 0; i < 3000; i++) {
            int64_t t = i * NS_PER_S + 31 * i;
            observe(&events, (double)(load_commands(load, t + width_ns) - load_commands(load, t)));
        }
        double mean = 0.3 * (double)width_ns;
        check_moments(&events, mean, mean);
    }
    load_free(load);
}

TEST(large_counts_are_drawn_close_to_the_poisson_law)
{
    struct random random;
    random_init(&random, 11, 0, "test", "large");
    for (uint32_t bits = 13; bits <= 23; bits += 5) {
        double mean = ldexp(1, (int)bits);
        double below = 0, n = 400000;
        struct events events = {0};
        for (int i = 0; i < n; i++) {
            int64_t count = poisson_draw_large(bits, &random);
            observe(&events, (double)count);
            below += (double)count <= mean;
        }
        check_moments(&events, mean, mean);
        double p = gsl_cdf_poisson_P((unsigned)mean, mean);
        ck_assert_double_lt(fabs(below / n - p), SIGMAS * sqrt(p * (1 - p) / n));
    }
}

TEST(a_mark_is_the_first_with_its_count)
{
    static const wide ends[] = {1, 1 << 20, (wide)1000 << MARK_BITS, (wide)3000000000 << MARK_BITS,
                                (wide)3000000000000000 << MARK_BITS};
    for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
        struct random random;
        struct poisson poisson;
        random_init(&random, 12, 0, "test", "marks");
        poisson_init(&poisson, &random, ends[e]);
        int64_t total = poisson_count(&poisson, ends[e]);
        for (int64_t n = 1; n <= total; n += 1 + total / 997) {
            wide mark = poisson_mark(&poisson, n);
            ck_assert_int_ge(poisson_count(&poisson, mark), n);
            ck_assert_int_lt(poisson_count(&poisson, mark - 1), n);
        }
        ck_assert(poisson_mark(&poisson, total + 1) > ends[e]);
        poisson_clear(&poisson);
    }
}

TEST(markov_stays_are_exponential_and_share_the_time)
{
    struct load_spec spec = poisson_of(10, TIME_NEVER);
    spec.is_poisson = false;
    spec.rate_high = 100 * NS_PER_S;
    spec.high_mean_ns = NS_PER_S;
    spec.low_mean_ns = 4 * NS_PER_S;
    int64_t end = 50000 * NS_PER_S;
    struct load *load = one(&spec, 0, end);
    struct events high = {0}, low = {0};
    int64_t limit = 5000;
    for (int64_t t = load_rate_above(load, 0, limit); t != TIME_NEVER;) {
        int64_t down = load_rate_below(load, t, limit);
        int64_t up = down == TIME_NEVER ? TIME_NEVER : load_rate_above(load, down, limit);
        if (up != TIME_NEVER) {
            observe(&high, (double)(down - t) / 1e9);
            observe(&low, (double)(up - down) / 1e9);
        }
        t = up;
    }
    ck_assert_double_gt(high.n, 9000);
    ck_assert_double_lt(fabs(mean_of(&high) - 1), SIGMAS / sqrt(high.n));
    ck_assert_double_lt(fabs(mean_of(&low) - 4), 4 * SIGMAS / sqrt(low.n));
    ck_assert_double_lt(fabs(variance_of(&high) - 1), SIGMAS * sqrt(8 / high.n));
    ck_assert_double_lt(fabs((double)load_commands(load, end) / 50000 - 28), 1);
    load_free(load);
}

TEST(runs_differ_by_replication_and_by_name_and_by_nothing_else)
{
    struct load_spec spec = poisson_of(1000, 10 * NS_PER_S);
    struct load *first = one(&spec, 0, 10 * NS_PER_S);
    struct load *again = one(&spec, 0, 10 * NS_PER_S);
    struct load *other = one(&spec, 1, 10 * NS_PER_S);
    struct load_spec renamed = spec;
    renamed.name = "load-1";
    struct load *named = one(&renamed, 0, 10 * NS_PER_S);
    int64_t t = load_when(first, 500000);
    ck_assert_int_eq(load_when(again, 500000), t);
    ck_assert_int_ne(load_when(other, 500000), t);
    ck_assert_int_ne(load_when(named, 500000), t);
    load_free(first);
    load_free(again);
    load_free(other);
    load_free(named);
}
