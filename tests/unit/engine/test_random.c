/* Streams by name: the same everywhere, independent of each other, and even. Seeds are fixed, so a
 * test that passes once passes for good. */
#include "sim/engine/random.h"
#include <gsl/gsl_cdf.h>
#include <stdlib.h>
#include "tests/unit/suite.h"

#define COUNT(table) (sizeof table / sizeof *table)

struct golden {
    uint64_t seed, replication;
    const char *entity, *purpose;
    uint64_t first[3];
};

/* These pin the streams: a change breaks every recorded run. */
static const struct golden GOLDEN_STREAMS[] = {
    {0,
     0,
     "",
     "",
     {UINT64_C(0xc2ec99251430e9e1), UINT64_C(0x7775623d37257d71), UINT64_C(0x68d9ddf4eec25843)}},
    {1,
     0,
     "m-r1",
     "jitter",
     {UINT64_C(0xc8e0ec835a4cd1ce), UINT64_C(0xfaf54bf78d7a6a84), UINT64_C(0xff7c30a6ee51f778)}},
    {1,
     1,
     "m-r1",
     "jitter",
     {UINT64_C(0x68979c4939135902), UINT64_C(0x5dec319acfd46c8c), UINT64_C(0x786d6b18f818b74e)}},
    {UINT64_MAX,
     7,
     "a name longer than one word",
     "load",
     {UINT64_C(0x250f2a98da810071), UINT64_C(0xf3b91fc4b16d1346), UINT64_C(0x7ee1c988e2e0bac8)}},
};

TEST_LOOP(a_stream_has_the_same_numbers_on_every_machine, 0, COUNT(GOLDEN_STREAMS))
{
    const struct golden *row = &GOLDEN_STREAMS[_i];
    struct random random;
    random_init(&random, row->seed, row->replication, row->entity, row->purpose);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(random_u64(&random), row->first[i]);
}

/* The authors' own generator gives these from the state 1, 2, 3, 4. */
TEST(the_generator_is_xoshiro256_plus_plus)
{
    struct random random = {{1, 2, 3, 4}};
    ck_assert_uint_eq(random_u64(&random), 41943041);
    ck_assert_uint_eq(random_u64(&random), 58720359);
    ck_assert_uint_eq(random_u64(&random), UINT64_C(3588806011781223));
    ck_assert_uint_eq(random_u64(&random), UINT64_C(3591011842654386));
}

TEST(random_access_has_the_same_numbers_on_every_machine)
{
    ck_assert_uint_eq(random_at(0, 0), UINT64_C(0xd49ffe2f0ef90131));
    ck_assert_uint_eq(random_at(1, 0), UINT64_C(0x67bbc0bc280aa6f5));
    ck_assert_uint_eq(random_at(0, 1), UINT64_C(0x9ca5d45cad892f08));
}

TEST(what_a_stream_draws_does_not_depend_on_others)
{
    struct random alone;
    random_init(&alone, 1, 0, "m-r1", "jitter");
    uint64_t expected = random_u64(&alone);
    struct random before;
    struct random stream;
    random_init(&before, 1, 0, "m-r2", "jitter");
    random_u64(&before);
    random_init(&stream, 1, 0, "m-r1", "jitter");
    random_u64(&before);
    ck_assert_uint_eq(random_u64(&stream), expected);
}

/* Names that a careless concatenation or a weak seed would take for the same. */
static const struct golden DIFFERENT[] = {
    {1, 0, "ab", "c", {0}},       {1, 0, "a", "bc", {0}},       {1, 0, "abc", "", {0}},
    {1, 0, "", "abc", {0}},       {0, 1, "ab", "c", {0}},       {2, 0, "ab", "c", {0}},
    {1, 1, "ab", "c", {0}},       {1, 0, "c", "ab", {0}},       {1, 0, "abcdefgh", "", {0}},
    {1, 0, "abcdefghi", "", {0}}, {1, 0, "abcdefgh", "i", {0}}, {1, 2, "ab", "c", {0}},
};

static struct random stream_of(const struct golden *row)
{
    struct random random;
    random_init(&random, row->seed, row->replication, row->entity, row->purpose);
    return random;
}

TEST_LOOP(streams_of_different_names_share_half_of_their_bits, 0, COUNT(DIFFERENT))
{
    for (size_t other = 0; other < COUNT(DIFFERENT); other++) {
        if ((int)other == _i)
            continue;
        struct random x = stream_of(&DIFFERENT[_i]);
        struct random y = stream_of(&DIFFERENT[other]);
        int equal = 0;
        for (int i = 0; i < 100; i++)
            equal += 64 - __builtin_popcountll(random_u64(&x) ^ random_u64(&y));
        ck_assert_int_gt(equal, 3200 - 200); /* 5 standard deviations of 40 */
        ck_assert_int_lt(equal, 3200 + 200);
    }
}

TEST_LOOP(random_below_is_even_over_its_values, 0, 6)
{
    static const uint64_t bounds[] = {1, 2, 3, 7, 10, 100};
    uint64_t bound = bounds[_i];
    int seen[100] = {0};
    struct random random;
    random_init(&random, 3, bound, "below", "even");
    for (int i = 0; i < 100000; i++) {
        uint64_t value = random_below(&random, bound);
        ck_assert_uint_lt(value, bound);
        seen[value]++;
    }
    double expected = 100000.0 / (double)bound;
    double chi_square = 0;
    for (uint64_t i = 0; i < bound; i++)
        chi_square += (seen[i] - expected) * (seen[i] - expected) / expected;
    if (bound > 1)
        ck_assert_double_gt(gsl_cdf_chisq_Q(chi_square, (double)bound - 1), 0.001);
}

/* With 3 * 2^62 values a plain multiplication would hit every third one twice as often. */
TEST(random_below_is_even_for_bounds_that_do_not_divide)
{
    struct random random;
    random_init(&random, 4, 0, "below", "large");
    uint64_t bound = UINT64_C(3) << 62;
    int even = 0;
    int low = 0;
    for (int i = 0; i < 30000; i++) {
        uint64_t value = random_below(&random, bound);
        ck_assert_uint_lt(value, bound);
        even += value % 3 == 0;
        low += value < bound / 3;
    }
    ck_assert_int_gt(even, 10000 - 410); /* 5 standard deviations of 82 */
    ck_assert_int_lt(even, 10000 + 410);
    ck_assert_int_gt(low, 10000 - 410);
    ck_assert_int_lt(low, 10000 + 410);
}

TEST(random_unit_fills_its_range_evenly_without_its_end)
{
    struct random random;
    random_init(&random, 5, 0, "unit", "");
    int bins[64] = {0};
    for (int i = 0; i < 100000; i++) {
        double unit = random_unit(&random);
        ck_assert(unit >= 0 && unit < 1);
        ck_assert(unit * 0x1p53 == (double)(uint64_t)(unit * 0x1p53));
        bins[(int)(unit * 64)]++;
    }
    double chi_square = 0;
    for (int i = 0; i < 64; i++)
        chi_square += (bins[i] - 1562.5) * (bins[i] - 1562.5) / 1562.5;
    ck_assert_double_gt(gsl_cdf_chisq_Q(chi_square, 63), 0.001);
}

TEST(a_change_of_one_bit_changes_half_of_a_random_access)
{
    long differing = 0;
    for (uint64_t index = 0; index < 100; index++)
        for (int bit = 0; bit < 64; bit++) {
            uint64_t flip = UINT64_C(1) << bit;
            uint64_t base = random_at(9, index);
            differing += __builtin_popcountll(base ^ random_at(9, index ^ flip));
            differing += __builtin_popcountll(base ^ random_at(9 ^ flip, index));
        }
    ck_assert_int_gt(differing, 409600 - 3000);
    ck_assert_int_lt(differing, 409600 + 3000);
}
