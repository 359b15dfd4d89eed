/* The load in numbers that can be checked by hand, and the sentences for loads that make no sense.
 */
#include <stdint.h>
#include <stdlib.h>
#include "models/load/load.h"
#include "sim/engine/time.h"
#include "tests/unit/suite.h"

#define SEED   UINT64_C(7)
#define PER_NS INT64_C(1000000000000000000) /* the rate of one command per ns */

/* A constant load that the tests below change to their needs. */
static struct load_spec constant(int64_t rate_per_s, int64_t size, int64_t to_ns)
{
    struct load_spec spec = {.name = "load-0",
                             .to_ns = to_ns,
                             .rate = rate_per_s * NS_PER_S,
                             .rate_end = rate_per_s * NS_PER_S};
    ck_assert_ptr_null(dist_constant(&spec.command, size));
    return spec;
}

static struct load *one(const struct load_spec *spec, int64_t horizon_ns)
{
    struct load *load = load_new(SEED, 1, horizon_ns);
    const char *wrong = load_add(load, spec);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    return load;
}

#define HOUR (3600 * NS_PER_S)

TEST(two_thousand_a_second_for_an_hour_are_exactly_7200000_commands)
{
    struct load_spec spec = constant(2000, 543, HOUR);
    struct load *load = one(&spec, 2 * HOUR);
    ck_assert_int_eq(load_commands(load, 2 * HOUR), 7200000);
    ck_assert_int_eq(load_bytes(load, HOUR), INT64_C(7200000) * 543);
    ck_assert_int_eq(load_next(load, 0), 500 * NS_PER_US);
    ck_assert_int_eq(load_last(load, 2 * HOUR), HOUR);
    ck_assert_int_eq(load_when(load, 544), 1000 * NS_PER_US);
    ck_assert_int_eq(load_rate(load, HOUR - 1), 2000 * 543);
    ck_assert_int_eq(load_rate(load, HOUR), 0);
    ck_assert_int_eq(load_rate_below(load, 0, 1), HOUR);
    load_free(load);
}

TEST(an_odd_rate_keeps_its_fractions_over_a_year)
{
    struct load_spec spec = constant(0, 1, TIME_NEVER);
    int64_t year = 365 * 24 * HOUR;
    spec.rate = spec.rate_end = INT64_C(333333333333); /* 333.333333333/s */
    struct load *load = one(&spec, year);
    ck_assert_int_eq(load_commands(load, year), mul_div(spec.rate, year, PER_NS));
    for (int64_t n = 1; n < INT64_C(10000000000); n = n * 7 + 1)
        ck_assert_int_eq(load_when(load, n), mul_div_up(n, PER_NS, spec.rate));
    load_free(load);
}

/* Walks from command to command. */
static void check_steady(const struct load *load, int64_t t, int64_t gap_ns)
{
    int64_t until = load_steady_until(load, t, gap_ns);
    ck_assert_int_ge(until, t);
    for (int64_t at = t; at + gap_ns < until; at = load_next(load, at))
        ck_assert_int_le(load_next(load, at) - at, gap_ns);
}

TEST(a_load_is_steady_until_a_gap_may_come)
{
    struct load_spec spec = constant(2, 10, HOUR);
    spec.tick_ns = 100 * NS_PER_MS;
    struct load *load = one(&spec, 2 * HOUR);
    ck_assert_int_eq(load_steady_until(load, 0, 700 * NS_PER_MS), HOUR);
    ck_assert_int_eq(load_steady_until(load, 0, 500 * NS_PER_MS), 0);
    ck_assert_int_eq(load_steady_until(load, HOUR, NS_PER_S), HOUR);
    check_steady(load, 1, 700 * NS_PER_MS);
    load_free(load);
    spec.on_ns = 20 * NS_PER_S;
    spec.off_ns = 7 * NS_PER_S;
    load = one(&spec, 2 * HOUR);
    ck_assert_int_eq(load_steady_until(load, 28 * NS_PER_S, NS_PER_S), 47 * NS_PER_S);
    ck_assert_int_eq(load_steady_until(load, 21 * NS_PER_S, NS_PER_S), 21 * NS_PER_S);
    for (int64_t t = 0; t < HOUR; t += 777 * NS_PER_MS)
        check_steady(load, t, NS_PER_S);
    load_free(load);
}

TEST(fractions_are_carried_from_burst_to_burst)
{
    struct load_spec spec = constant(3, 10, HOUR);
    spec.on_ns = 500 * NS_PER_MS; /* 1.5 commands in each */
    spec.off_ns = 500 * NS_PER_MS;
    struct load *load = one(&spec, HOUR);
    ck_assert_int_eq(load_commands(load, HOUR), 3600 * 3 / 2);
    ck_assert_int_eq(load_commands(load, 1500 * NS_PER_MS), 3);
    ck_assert_int_eq(load_when(load, 30), 1500 * NS_PER_MS);
    ck_assert_int_eq(load_when(load, 31), 2333333334);
    ck_assert_int_eq(load_rate_above(load, 600 * NS_PER_MS, 0), NS_PER_S);
    ck_assert_int_eq(load_rate_below(load, 0, 0), 500 * NS_PER_MS);
    ck_assert_int_eq(load_rate_above(load, 0, 30), TIME_NEVER);
    load_free(load);
}

TEST(a_ramp_makes_the_mean_of_its_ends_and_is_cut_where_it_crosses)
{
    for (int is_falling = 0; is_falling <= 1; is_falling++) {
        struct load_spec spec = constant(1000, 100, HOUR);
        spec.rate_end = 3000 * NS_PER_S;
        if (is_falling) {
            spec.rate_end = spec.rate;
            spec.rate = 3000 * NS_PER_S;
        }
        struct load *load = one(&spec, HOUR);
        ck_assert_int_eq(load_commands(load, HOUR), 2000 * 3600);
        ck_assert_int_eq(load_commands(load, HOUR / 2), is_falling ? 2500 * 1800 : 1500 * 1800);
        ck_assert_int_eq(load_rate(load, HOUR / 2), 2000 * 100);
        int64_t cross =
            is_falling ? load_rate_below(load, 0, 200000) : load_rate_above(load, 0, 200000 - 1);
        ck_assert_int_ge(cross, HOUR / 2 - 20 * NS_PER_MS);
        ck_assert_int_le(cross, HOUR / 2);
        load_free(load);
    }
}

TEST(a_ramp_does_not_depend_on_where_the_run_ends)
{
    struct load_spec spec = constant(10, 1, HOUR);
    spec.rate_end = 7777 * NS_PER_S;
    struct load *whole = one(&spec, HOUR);
    struct load *part = one(&spec, HOUR / 3);
    for (int64_t t = 0; t <= HOUR / 3; t += 1234567891)
        ck_assert_int_eq(load_commands(whole, t), load_commands(part, t));
    ck_assert_int_eq(load_rate(whole, HOUR / 3), load_rate(part, HOUR / 3));
    load_free(whole);
    load_free(part);
}

TEST(a_client_that_ticks_sends_all_that_is_due_at_once)
{
    struct load_spec spec = constant(1000, 50, NS_PER_S);
    spec.tick_ns = 100 * NS_PER_MS;
    struct load *load = one(&spec, NS_PER_S);
    ck_assert_int_eq(load_commands(load, 100 * NS_PER_MS - 1), 0);
    ck_assert_int_eq(load_commands(load, 100 * NS_PER_MS), 100);
    ck_assert_int_eq(load_when(load, 1), 100 * NS_PER_MS);
    ck_assert_int_eq(load_when(load, 5001), 200 * NS_PER_MS);
    ck_assert_int_eq(load_boundary(load, 5049), 5000);
    ck_assert_int_eq(load_last(load, 350 * NS_PER_MS), 300 * NS_PER_MS);
    load_free(load);
}

TEST(keys_with_a_ttl_are_deleted_one_by_one_later)
{
    struct load_spec spec = constant(1000, 500, NS_PER_S);
    spec.ttl_ns = 2 * NS_PER_S;
    spec.del_bytes = 30;
    struct load *load = one(&spec, 10 * NS_PER_S);
    ck_assert_int_eq(load_bytes(load, 2 * NS_PER_S), 500000);
    ck_assert_int_eq(load_next(load, NS_PER_S), 2001 * NS_PER_MS);
    ck_assert_int_eq(load_bytes(load, 10 * NS_PER_S), 530000);
    ck_assert_int_eq(load_when(load, 500031), 2002 * NS_PER_MS);
    ck_assert_int_eq(load_rate(load, 2 * NS_PER_S), 30000);
    load_free(load);
}

TEST(a_series_passes_through_its_samples)
{
    const int64_t ns[] = {0, NS_PER_S, 3 * NS_PER_S, 4 * NS_PER_S};
    const int64_t bytes[] = {5000, 6050, 6050, 9000};
    struct load_spec spec = constant(0, 100, 10 * NS_PER_S);
    spec.series_ns = ns;
    spec.series_bytes = bytes;
    spec.series_count = 4;
    struct load *load = one(&spec, 10 * NS_PER_S);
    ck_assert_int_eq(load_bytes(load, NS_PER_S), 1000);
    ck_assert_int_eq(load_bytes(load, 3 * NS_PER_S), 1000);
    ck_assert_int_eq(load_bytes(load, 10 * NS_PER_S), 4000);
    ck_assert_int_eq(load_next(load, 0), 100 * NS_PER_MS);
    ck_assert_int_eq(load_rate(load, 2 * NS_PER_S), 0);
    ck_assert_int_eq(load_rate_above(load, 0, 1000), 3 * NS_PER_S);
    load_free(load);
}

TEST(a_repeated_series_begins_again_wherever_it_began)
{
    const int64_t ns[] = {0, NS_PER_S, 3 * NS_PER_S, 4 * NS_PER_S};
    const int64_t bytes[] = {5000, 6000, 6000, 9000};
    struct load_spec spec = constant(0, 100, 10 * NS_PER_S);
    spec.series_ns = ns;
    spec.series_bytes = bytes;
    spec.series_count = 4;
    spec.is_repeated = true;
    struct load *load = one(&spec, 10 * NS_PER_S);
    ck_assert_int_eq(load_bytes(load, 5 * NS_PER_S), 5000);
    ck_assert_int_eq(load_bytes(load, 8 * NS_PER_S), 8000);
    ck_assert_int_eq(load_bytes(load, 10 * NS_PER_S), 9000); /* the load ends in a round */
    load_free(load);
    spec.series_first = 2;
    load = one(&spec, 10 * NS_PER_S);
    ck_assert_int_eq(load_bytes(load, NS_PER_S), 3000);
    ck_assert_int_eq(load_bytes(load, 2 * NS_PER_S), 4000);
    ck_assert_int_eq(load_bytes(load, 5 * NS_PER_S), 7000);
    load_free(load);
}

TEST(a_series_of_commands_of_many_sizes_keeps_its_bytes)
{
    const int64_t ns[] = {1800 * NS_PER_S, HOUR}, bytes[] = {1000000000, 5000000000};
    struct load_spec spec = constant(0, 1, HOUR);
    ck_assert_ptr_null(dist_uniform(&spec.command, 1, 1000));
    spec.series_ns = ns;
    spec.series_bytes = bytes;
    spec.series_count = 2;
    struct load *load = one(&spec, HOUR);
    for (uint32_t i = 0; i < 2; i++) { /* off by part of one deal of the deck */
        ck_assert_int_ge(load_bytes(load, ns[i]), bytes[i] - 100000);
        ck_assert_int_le(load_bytes(load, ns[i]), bytes[i] + 100000);
    }
    load_free(load);
}

TEST(commands_of_one_instant_follow_in_the_order_of_their_sources)
{
    struct load *load = load_new(SEED, 1, NS_PER_S);
    struct load_spec first = constant(1000, 100, NS_PER_S);
    struct load_spec second = constant(1000, 7, NS_PER_S);
    second.name = "load-1";
    ck_assert_ptr_null(load_add(load, &first));
    ck_assert_ptr_null(load_add(load, &second));
    ck_assert_int_eq(load_boundary(load, 99), 0);
    ck_assert_int_eq(load_boundary(load, 106), 100);
    ck_assert_int_eq(load_boundary(load, 107), 107);
    ck_assert_int_eq(load_boundary(load, 206), 107);
    ck_assert_int_eq(load_boundary(load, 213), 207);
    load_free(load);
}

TEST(the_largest_piece_is_given_or_the_largest_size_less_40)
{
    struct load *load = load_new(SEED, 1, NS_PER_S);
    ck_assert_int_eq(load_largest_piece(load), 0);
    struct load_spec spec = constant(1, 540, NS_PER_S);
    ck_assert_ptr_null(load_add(load, &spec));
    ck_assert_int_eq(load_largest_piece(load), 500);
    spec.largest_piece = 512;
    ck_assert_ptr_null(load_add(load, &spec));
    ck_assert_int_eq(load_largest_piece(load), 512);
    load_free(load);
}

TEST(a_year_of_more_than_2_to_the_40_commands_is_exact)
{
    int64_t year = 365 * 24 * HOUR;
    struct load_spec spec = constant(INT64_C(40000001), 1, TIME_NEVER);
    struct load *load = one(&spec, year);
    int64_t commands = INT64_C(40000001) * 365 * 86400;
    ck_assert_int_eq(load_commands(load, year), commands);
    ck_assert_int_eq(load_when(load, commands), year);
    ck_assert_int_eq(load_when(load, commands - 1), mul_div_up(commands - 1, PER_NS, spec.rate));
    load_free(load);
    spec.is_poisson = true;
    load = one(&spec, year);
    int64_t drawn = load_commands(load, year); /* within 10 standard deviations */
    ck_assert_int_lt(drawn > commands ? drawn - commands : commands - drawn, 360000000);
    int64_t at = load_when(load, drawn - 5);
    ck_assert_int_ge(load_commands(load, at), drawn - 5);
    ck_assert_int_lt(load_commands(load, at - 1), drawn - 5);
    load_free(load);
    spec = constant(INT64_C(40000001), 1, year);
    spec.is_poisson = false;
    spec.on_ns = spec.off_ns = HOUR;
    load = one(&spec, year);
    ck_assert_int_eq(load_commands(load, year), commands / 2);
    ck_assert_int_eq(load_when(load, commands / 2), year - HOUR);
    load_free(load);
}

TEST(a_series_that_is_repeated_for_years_is_one_round_again_and_again)
{
    static const int64_t ns[] = {0, NS_PER_S, 3 * NS_PER_S}, bytes[] = {0, 70, 75};
    struct load_spec spec = constant(0, 5, 20 * 365 * 24 * HOUR);
    spec.series_ns = ns;
    spec.series_bytes = bytes;
    spec.series_count = 3;
    spec.is_repeated = true;
    struct load *load = one(&spec, spec.to_ns);
    int64_t rounds = spec.to_ns / (3 * NS_PER_S);
    ck_assert_int_eq(load_commands(load, spec.to_ns), 15 * rounds);
    for (int64_t r = 0; r < rounds; r = r * 5 + 1) {
        int64_t t = r * 3 * NS_PER_S;
        ck_assert_int_eq(load_commands(load, t), 15 * r);
        ck_assert_int_eq(load_bytes(load, t + NS_PER_S), 75 * r + 70);
        ck_assert_int_eq(load_when(load, 75 * r + 75), t + 3 * NS_PER_S);
        ck_assert_int_eq(load_when(load, 75 * r + 70), t + NS_PER_S);
        ck_assert_int_eq(load_rate_below(load, t, 69), t + NS_PER_S);
        ck_assert_int_eq(load_rate_above(load, t + NS_PER_S, 69), t + 3 * NS_PER_S);
    }
    load_free(load);
}

TEST(a_year_of_bursts_of_a_second_in_eleven_has_its_mean)
{
    int64_t year = 365 * 24 * HOUR;
    struct load_spec spec = constant(0, 1, year);
    spec.rate_high = 1000 * NS_PER_S;
    spec.high_mean_ns = NS_PER_S;
    spec.low_mean_ns = 10 * NS_PER_S;
    struct load *load = one(&spec, year);
    int64_t mean =
        INT64_C(365) * 86400 * 1000 / 11; /* 2.9 million stays: 1/1700 of it each sigma */
    int64_t off = load_commands(load, year) - mean;
    ck_assert_int_lt(off < 0 ? -off : off, mean / 200);
    load_free(load);
}

TEST(what_load_check_accepts_can_be_added_and_stays_within_what_it_said)
{
    int64_t year = 365 * 24 * HOUR, bytes = 0;
    struct load_spec spec = constant(INT64_C(10000000000) / 543, 1, year);
    ck_assert_ptr_null(dist_pareto(&spec.command, 100, 543)); /* draws up to 4 GB */
    for (int i = 0; i < 20; i++) {
        spec.rate = spec.rate_end = (INT64_C(1) << (i % 2 ? 36 : 50)) + i;
        ck_assert_ptr_null(load_check(&spec, year, &bytes));
        struct load *load = load_new(SEED, (uint64_t)i, year);
        ck_assert_ptr_null(load_add(load, &spec));
        ck_assert_int_le(load_bytes(load, year), bytes);
        load_free(load);
    }
    spec.rate = spec.rate_end = INT64_C(1) << 58;
    ck_assert_ptr_nonnull(load_check(&spec, year, &bytes));
    spec = constant(1, 100, year);
    ck_assert_ptr_null(load_check(&spec, year, &bytes));
    ck_assert_int_eq(bytes, INT64_C(365) * 86400 * 100);
}

TEST(an_empty_load_has_nothing)
{
    struct load *load = load_new(SEED, 1, NS_PER_S);
    ck_assert_int_eq(load_bytes(load, NS_PER_S), 0);
    ck_assert_int_eq(load_when(load, 1), TIME_NEVER);
    ck_assert_int_eq(load_boundary(load, 0), 0);
    ck_assert_int_eq(load_last(load, NS_PER_S), -1);
    ck_assert_int_eq(load_next(load, 0), TIME_NEVER);
    ck_assert_int_eq(load_rate_above(load, 0, 0), TIME_NEVER);
    ck_assert_int_eq(load_rate_below(load, 5, 0), 5);
    load_free(load);
}

static void refuse(const struct load_spec *spec, const char *sentence)
{
    struct load *load = load_new(SEED, 1, HOUR);
    const char *wrong = load_add(load, spec);
    ck_assert_msg(wrong != NULL, "accepted: %s", sentence);
    ck_assert_str_eq(wrong, sentence);
    ck_assert_int_eq(load_bytes(load, HOUR), 0);
    load_free(load);
}

TEST(a_bad_shape_is_refused_with_a_sentence)
{
    struct load_spec spec = constant(1000000000, 1, HOUR);
    spec.rate = ++spec.rate_end + 1;
    refuse(&spec, "a rate above 1000000000/s is too high");
    spec = constant(-1, 1, HOUR);
    refuse(&spec, "a rate cannot be negative");
    spec = constant(1, 1, 0);
    refuse(&spec, "a load must end after it starts");
    spec = constant(1, 1, HOUR);
    spec.rate_end = spec.on_ns = 5;
    refuse(&spec, "a load has one shape: a ramp, bursts, high and low stays, or a series");
    spec = constant(1, 1, HOUR);
    spec.high_mean_ns = 5;
    refuse(&spec, "a load with high stays needs the mean of the low ones");
    spec.low_mean_ns = 5;
    refuse(&spec, "high and low stays this short make more than a billion of them");
}

TEST(bad_sizes_and_series_are_refused_with_a_sentence)
{
    struct load_spec spec = constant(1, 0, HOUR);
    refuse(&spec, "a command has 1 byte to 4gb");
    spec = constant(500000, INT64_C(1) << 32, HOUR);
    refuse(&spec, "the load has more than 2^61 bytes by the end of the run");
    spec = constant(1, 1, HOUR);
    spec.ttl_ns = 1;
    refuse(&spec, "the DEL that follows a ttl has 1 byte to 4gb");
    const int64_t ns[] = {10, 10}, bytes[] = {5, 4};
    spec = constant(1, 1, HOUR);
    spec.series_ns = ns;
    spec.series_bytes = bytes;
    spec.series_count = 2;
    refuse(&spec, "the times of a series must increase");
    const int64_t later_ns[] = {10, 11};
    spec.series_ns = later_ns;
    refuse(&spec, "the bytes of a series are totals and cannot decrease");
    const int64_t more_bytes[] = {5, 50};
    spec.series_bytes = more_bytes;
    refuse(&spec, "a series with more than one command per nanosecond is too fast");
    spec.from_ns = 11;
    refuse(&spec, "a series cannot begin before its load does");
}
