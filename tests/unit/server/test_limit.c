/* Output-buffer limits: the hard one closes at once, the soft one after more than its whole
 * seconds. */
#include <stdlib.h>
#include "models/server/limit.h"
#include "tests/unit/suite.h"

static const struct output_limit LIMIT = {.hard_bytes = 1000, .soft_bytes = 400, .soft_s = 2};

struct look {
    int64_t second, usage;
    enum drop verdict;
};

static void follow(const struct look *looks, size_t count)
{
    struct limit_state state = {LIMIT_NOT_OVER};
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(
            limit_look(&state, &LIMIT, LIMIT.hard_bytes, looks[i].usage, looks[i].second),
            looks[i].verdict);
}

#define FOLLOW(...)                                                                                \
    do {                                                                                           \
        const struct look looks[] = {__VA_ARGS__};                                                 \
        follow(looks, sizeof looks / sizeof looks[0]);                                             \
    } while (0)

TEST(the_hard_limit_strikes_when_it_is_reached)
{
    FOLLOW({5, 399, DROP_NONE}, {5, 999, DROP_NONE}, {5, 1000, DROP_LIMIT_HARD});
}

TEST(the_soft_limit_strikes_when_more_than_its_seconds_have_passed)
{
    FOLLOW({5, 400, DROP_NONE}, {7, 400, DROP_NONE}, {8, 400, DROP_LIMIT_SOFT});
}

TEST(falling_below_the_soft_limit_stops_its_clock)
{
    FOLLOW({5, 400, DROP_NONE}, {7, 399, DROP_NONE}, {8, 400, DROP_NONE}, {10, 400, DROP_NONE},
           {11, 400, DROP_LIMIT_SOFT});
}

TEST(a_limit_of_zero_is_none)
{
    struct limit_state state = {LIMIT_NOT_OVER};
    const struct output_limit none = {0};
    ck_assert_int_eq(limit_look(&state, &none, 0, INT64_C(1) << 40, 5), DROP_NONE);
    ck_assert_int_eq(limit_look(&state, &none, 0, INT64_C(1) << 40, 5000), DROP_NONE);
}

TEST(the_second_in_which_the_soft_limit_may_strike_is_foreseen)
{
    struct limit_state state = {LIMIT_NOT_OVER};
    limit_look(&state, &LIMIT, 0, 400, 5);
    ck_assert_int_eq(limit_soft_strikes_s(&state, &LIMIT), 8);
}
