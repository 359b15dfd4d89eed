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
        ck_assert_int_eq(limit_look(&state, &LIMIT, looks[i].usage, looks[i].second),
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
    ck_assert_int_eq(limit_look(&state, &none, INT64_C(1) << 40, 5), DROP_NONE);
    ck_assert_int_eq(limit_look(&state, &none, INT64_C(1) << 40, 5000), DROP_NONE);
}

TEST(the_second_in_which_the_soft_limit_may_strike_is_foreseen)
{
    struct limit_state state = {LIMIT_NOT_OVER};
    limit_look(&state, &LIMIT, 400, 5);
    ck_assert_int_eq(limit_soft_strikes_s(&state, &LIMIT), 8);
}

TEST(a_limit_below_the_backlog_is_raised_to_it_where_the_version_does_so)
{
    static const struct {
        const char *version;
        int64_t hard, soft, hard_in_force, soft_in_force;
    } CASES[] = {{"redis-6.2", 1000, 400, 1000, 400},   {"redis-7.0", 1000, 400, 5000, 400},
                 {"redis-7.0", 6000, 5500, 6000, 5500}, {"redis-7.0", 0, 400, 0, 400},
                 {"valkey-9.1", 1000, 400, 5000, 5000}, {"valkey-9.1", 6000, 0, 6000, 0},
                 {"valkey-8.1", 6000, 400, 6000, 400}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct output_limit limit = {.hard_bytes = CASES[i].hard, .soft_bytes = CASES[i].soft};
        struct output_limit force = limit_in_force(&limit, profile_find(CASES[i].version), 5000);
        ck_assert_int_eq(force.hard_bytes, CASES[i].hard_in_force);
        ck_assert_int_eq(force.soft_bytes, CASES[i].soft_in_force);
    }
}
