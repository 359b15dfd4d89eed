/* What SHUTDOWN and FAILOVER wait for, and whom they pick. */
#include <stdlib.h>
#include "models/server/handover.h"
#include "tests/unit/suite.h"

#define S   INT64_C(1000000000)
#define ANY (-2)

TEST(a_replica_has_all_when_it_is_online_and_acknowledged_exactly_the_stream)
{
    ck_assert(handover_has_all(true, 500, 500));
    ck_assert(!handover_has_all(true, 499, 500));
    ck_assert(!handover_has_all(true, 501, 500));
    ck_assert(!handover_has_all(false, 500, 500));
}

TEST(a_shutdown_waits_in_versions_that_do_unless_it_is_forbidden_or_loads)
{
    static const struct {
        bool graceful;
        int64_t timeout_s;
        bool is_loading, may_wait;
    } cases[] = {{true, 10, false, true},
                 {true, 0, false, false},
                 {true, 10, true, false},
                 {false, 10, false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct profile version = *profile_find("redis-7.0");
        struct config config = {.shutdown_timeout_s = cases[i].timeout_s};
        version.graceful_shutdown = cases[i].graceful;
        ck_assert_int_eq(shutdown_may_wait(&version, &config, cases[i].is_loading),
                         cases[i].may_wait);
    }
}

TEST(a_shutdown_goes_on_when_all_have_everything_or_its_time_is_over)
{
    int64_t deadline = shutdown_deadline(&(struct config){.shutdown_timeout_s = 10}, 5 * S);
    ck_assert_int_eq(deadline, 15 * S);
    ck_assert(shutdown_goes_on(true, 5 * S, deadline));
    ck_assert(!shutdown_goes_on(false, 15 * S - 1, deadline));
    ck_assert(shutdown_goes_on(false, 15 * S, deadline));
}

TEST(a_failover_is_accepted_by_a_master_that_knows_it_one_at_a_time)
{
    static const struct {
        bool knows_it, is_replica, is_under_way, accepted;
    } cases[] = {{true, false, false, true},
                 {false, false, false, false},
                 {true, true, false, false},
                 {true, false, true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct profile version = *profile_find("redis-7.0");
        version.failover_command = cases[i].knows_it;
        ck_assert_int_eq(failover_is_accepted(&version, cases[i].is_replica, cases[i].is_under_way),
                         cases[i].accepted);
    }
}

TEST(whoever_was_named_takes_over_or_else_the_first_that_has_all)
{
    ck_assert(failover_takes(ANY, 3, true));
    ck_assert(!failover_takes(ANY, 3, false));
    ck_assert(failover_takes(3, 3, true));
    ck_assert(!failover_takes(3, 4, true));
    ck_assert(failover_takes(0, 0, true));
}
