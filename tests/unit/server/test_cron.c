/* The cron's rules: when a master pings, and when a backlog without replicas goes. */
#include <stdlib.h>
#include "models/server/cron.h"
#include "tests/unit/suite.h"

#define S INT64_C(1000000000)

/* redis-7.0 pings for replicas alone, at every period. */
static struct profile profile(bool needs_replicas, bool only_when_idle)
{
    struct profile profile = *profile_find("redis-7.0");
    profile.ping_needs_replicas = needs_replicas;
    profile.ping_only_when_idle = only_when_idle;
    return profile;
}

TEST(pings_need_a_backlog_and_mostly_a_replica)
{
    static const struct {
        bool needs_replicas, has_backlog;
        int64_t replicas;
        bool pings;
    } cases[] = {{true, true, 1, true},  {true, true, 0, false}, {true, false, 1, false},
                 {false, true, 0, true}, {false, true, 3, true}, {false, false, 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct profile version = profile(cases[i].needs_replicas, false);
        ck_assert_int_eq(cron_pings(&version, cases[i].has_backlog, cases[i].replicas),
                         cases[i].pings);
    }
}

TEST(a_ping_comes_each_period_or_after_a_period_of_silence)
{
    static const struct {
        bool only_when_idle;
        int64_t period_s, round, idle_ns;
        bool is_due;
    } cases[] = {{false, 10, 0, 0, true},           {false, 10, 9, 99 * S, false},
                 {false, 10, 20, 0, true},          {false, 1, 7, 0, true},
                 {true, 10, 20, 10 * S - 1, false}, {true, 10, 21, 10 * S, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct profile version = profile(true, cases[i].only_when_idle);
        ck_assert_int_eq(
            cron_ping_is_due(&version, cases[i].period_s, cases[i].round, cases[i].idle_ns),
            cases[i].is_due);
    }
}

TEST(a_backlog_goes_after_more_than_its_ttl_without_replicas)
{
    static const struct {
        int64_t ttl_s, idle_s, replicas;
        bool expires;
    } cases[] = {{3600, 3600, 0, false},
                 {3600, 3601, 0, true},
                 {3600, 9999, 1, false},
                 {0, 1000000, 0, false},
                 {1, 2, 0, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_int_eq(cron_backlog_expires(cases[i].ttl_s, cases[i].idle_s, cases[i].replicas),
                         cases[i].expires);
}
