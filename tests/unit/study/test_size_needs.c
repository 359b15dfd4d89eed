/* What is kept of many needs says how many are larger than any size: exactly for the largest, and in the mean for the others. */
#include "sim/study/size/size_needs.h"
#include <math.h>
#include <stdlib.h>
#include "sim/engine/random.h"
#include "tests/unit/suite.h"

#define NEEDS 20000
#define KEYS  40
#define SIZES 8

static struct size_needs needs;
static struct size_need list[NEEDS];

/* Sizes from 1 to NEEDS, each once, in a random order; every third one is of node 1. */
static void draw_list(uint64_t seed)
{
    struct random random;
    random_init(&random, seed, 0, "test", "needs");
    for (int64_t i = 0; i < NEEDS; i++)
        list[i] = (struct size_need){.bytes = i + 1, .node = i % 3 == 0 ? 1 : 2};
    for (uint64_t i = NEEDS - 1; i > 0; i--) {
        uint64_t j = random_below(&random, i + 1);
        struct size_need other = list[i];
        list[i] = list[j];
        list[j] = other;
    }
}

static void add_all(int count, uint64_t key)
{
    needs = (struct size_needs){0};
    for (int i = 0; i < count; i++)
        size_needs_add(&needs, list[i], key);
}

static int64_t counted(int count, int32_t node, int64_t bytes)
{
    int64_t above = 0;
    for (int i = 0; i < count; i++)
        above += list[i].bytes > bytes && (node < 0 || list[i].node == node);
    return above;
}

TEST(few_needs_are_counted_as_they_are)
{
    draw_list(1);
    for (int count = 0; count <= SIZE_NEEDS_KEPT + SIZE_NEEDS_SAMPLED; count += 64) {
        add_all(count, 5);
        int64_t largest = 0;
        for (int i = 0; i < count; i++)
            largest = list[i].bytes > largest ? list[i].bytes : largest;
        ck_assert_int_eq(size_needs_largest(&needs), largest);
        for (int64_t bytes = 0; bytes <= NEEDS; bytes += 100)
            for (int32_t node = -1; node < 3; node++)
                ck_assert_double_eq(size_needs_above(&needs, node, bytes),
                                    (double)counted(count, node, bytes));
    }
}

TEST(the_largest_of_many_are_counted_as_they_are)
{
    draw_list(2);
    add_all(NEEDS, 6);
    ck_assert_int_eq(size_needs_largest(&needs), NEEDS);
    for (int64_t bytes = NEEDS - SIZE_NEEDS_KEPT; bytes <= NEEDS; bytes++)
        for (int32_t node = -1; node < 3; node++)
            ck_assert_double_eq(size_needs_above(&needs, node, bytes),
                                (double)counted(NEEDS, node, bytes));
}

/* In whatever order they come: at random, from small to large, and back. The error of a sample without replacement is at
 * most that of one with it; the mean of many samples is as many times nearer. */
TEST_LOOP(a_sample_says_how_many_others_there_are, 0, 3)
{
    double n = SIZE_NEEDS_SAMPLED, others = NEEDS - SIZE_NEEDS_KEPT, sums[SIZES][3] = {{0}};
    draw_list(3);
    for (int64_t i = 0; i < NEEDS && _i > 0; i++)
        list[i] = (struct size_need){_i == 1 ? i + 1 : NEEDS - i, i % 3 == 0 ? 1 : 2};
    for (uint64_t key = 0; key < KEYS; key++) {
        add_all(NEEDS, key);
        for (int size = 0; size < SIZES; size++)
            for (int32_t node = 0; node < 3; node++)
                sums[size][node] += size_needs_above(&needs, node - 1, size * NEEDS / SIZES);
    }
    for (int size = 0; size < SIZES; size++)
        for (int32_t node = 0; node < 3; node++) {
            double right = (double)counted(NEEDS, node - 1, size * NEEDS / SIZES);
            double p = right / NEEDS, deviation = others * sqrt(p * (1 - p) / n / KEYS);
            ck_assert_double_lt(fabs(sums[size][node] / KEYS - right), 3.5 * deviation + 1e-6);
        }
}
