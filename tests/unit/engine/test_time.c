/* Exact scaling, and times that never come. */
#include "sim/engine/time.h"
#include "tests/unit/suite.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct scaled {
    int64_t a, b, c, down, up;
};

static const struct scaled SCALED[] = {
    {0, 5, 7, 0, 0},
    {7, 3, 4, 5, 6},
    {8, 3, 4, 6, 6},
    {1, 1, INT64_MAX, 0, 1},
    {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
    {INT64_MAX, INT64_MAX - 1, INT64_MAX, INT64_MAX - 1, INT64_MAX - 1},
    {INT64_MAX, 2, 3, INT64_C(6148914691236517204), INT64_C(6148914691236517205)},
    {INT64_MAX, 2, 1, INT64_MAX, INT64_MAX},
    {INT64_C(1000000007), NS_PER_S, INT64_C(125000000), INT64_C(8000000056), INT64_C(8000000056)},
};

TEST_LOOP(scaling_is_exact_at_any_magnitude, 0, sizeof SCALED / sizeof *SCALED)
{
    const struct scaled *row = &SCALED[_i];
    ck_assert_int_eq(mul_div(row->a, row->b, row->c), row->down);
    ck_assert_int_eq(mul_div_up(row->a, row->b, row->c), row->up);
}

TEST(never_absorbs_any_time_that_is_added)
{
    ck_assert_int_eq(time_add(3, 4), 7);
    ck_assert_int_eq(time_add(TIME_NEVER, 0), TIME_NEVER);
    ck_assert_int_eq(time_add(0, TIME_NEVER), TIME_NEVER);
    ck_assert_int_eq(time_add(TIME_NEVER - 1, 1), TIME_NEVER);
    ck_assert_int_eq(time_add(TIME_NEVER - 1, 2), TIME_NEVER);
    ck_assert_int_eq(time_add(TIME_NEVER, TIME_NEVER), TIME_NEVER);
}

TEST(a_quotient_is_rounded_up_and_the_smaller_and_the_larger_are_found)
{
    ck_assert_int_eq(ceil_div(0, 7), 0);
    ck_assert_int_eq(ceil_div(7, 7), 1);
    ck_assert_int_eq(ceil_div(8, 7), 2);
    ck_assert_int_eq(min64(-3, 2), -3);
    ck_assert_int_eq(max64(-3, 2), 2);
}
