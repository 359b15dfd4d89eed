/* A client that takes only the RDB (FACTS 3.11), by formula: 10 MB are saved at 1 MB a second, or taken at 8 Mbit/s. On
 * redis-server 7.0.15 a replica that came meanwhile waited for a second fork, on disk and without. */
#include <string.h>
#include "tests/unit/suite.h"
#include "tests/unit/world/simulate.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

enum { FORK_REPLICAS = 3, SAVED_OK = 0 };

static struct simulation *asked(const char *config, const char *nodes, const char *faults)
{
    return simulate_with("spread: 0s\nduration: 60s\n"
                         "links: { default: { latency: 1ms } }\n",
                         "hosts: { default: { preset: exact, save: 1m/s } }\n"
                         "config: { %s }\n"
                         "nodes: { m: { dataset: 10m }, %s }\n"
                         "faults: [ %s ]\n",
                         config, nodes, faults);
}

static const struct happening *nth(const struct simulation *run, enum event_kind kind, int n)
{
    const struct happening *event = simulation_find(run, kind, 0);
    for (int i = 0; i < n && event != NULL; i++)
        event = simulation_find(run, kind, simulation_index(run, event) + 1);
    ck_assert_ptr_nonnull(event);
    return event;
}

static void within(int64_t found, int64_t low, int64_t high)
{
    ck_assert_msg(found >= low && found <= high, "found %lld, expected %lld to %lld",
                  (long long)found, (long long)low, (long long)high);
}

TEST(a_replica_cannot_join_its_save_to_disk)
{
    struct simulation *run =
        asked("repl-diskless-sync: no", "r1: { replicaof: m, start-after: 8s }",
              "{ at: 5s, rdb-client: m }");
    within(nth(run, EVENT_FORK, 0)->t, 5 * S, 5 * S);
    within(nth(run, EVENT_FORK, 1)->t, 15 * S, 15 * S + 110 * MS);
    within(nth(run, EVENT_ONLINE, 0)->t, 25 * S, 25 * S + 1500 * MS);
    ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 2);
    simulation_free(run);
}

TEST(it_joins_no_save_of_a_replica)
{
    struct simulation *run =
        asked("repl-diskless-sync: no", "r1: { replicaof: m, start-after: 5s }",
              "{ at: 8s, rdb-client: m }");
    const struct happening *second = nth(run, EVENT_FORK, 1);
    within(second->t, 15 * S, 15 * S + 1200 * MS);
    ck_assert_int_eq(second->number[FORK_REPLICAS], 1);
    simulation_free(run);
}

TEST(who_waits_shares_the_next_save_with_it)
{
    struct simulation *run =
        asked("repl-diskless-sync: no", "r1: { replicaof: m, start-after: 7s }",
              "{ at: 5s, bgsave: m }, { at: 8s, rdb-client: m }");
    const struct happening *second = nth(run, EVENT_FORK, 1);
    ck_assert_int_eq(second->number[FORK_REPLICAS], 2);
    ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 2);
    simulation_free(run);
}

TEST(without_a_disk_its_pace_is_how_long_others_wait)
{
    struct simulation *run = asked("repl-diskless-sync: yes, repl-diskless-sync-delay: 0",
                                   "r1: { replicaof: m, start-after: 8s }",
                                   "{ at: 5s, rdb-client: m, bandwidth: 8mbit/s }");
    within(nth(run, EVENT_SAVED, 0)->t, 15 * S, 15 * S + 110 * MS);
    within(nth(run, EVENT_FORK, 1)->t, 15 * S, 15 * S + 110 * MS);
    within(nth(run, EVENT_ONLINE, 0)->t, 15 * S, 15 * S + 300 * MS);
    simulation_free(run);
}

TEST(a_payload_without_a_disk_goes_at_the_pace_of_the_slowest_even_if_that_is_the_client)
{
    struct simulation *run = asked("repl-diskless-sync: yes, repl-diskless-sync-delay: 4",
                                   "r1: { replicaof: m, start-after: 6s }",
                                   "{ at: 5s, rdb-client: m, bandwidth: 8mbit/s }");
    ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 1);
    const struct happening *payload = nth(run, EVENT_PAYLOAD, 0);
    within(nth(run, EVENT_RECEIVED, 0)->t - payload->t, 10 * S - 100 * MS, 10 * S + 200 * MS);
    simulation_free(run);
}

TEST(the_first_one_creates_the_backlog_and_no_stream_is_kept_for_it)
{
    struct simulation *run = asked("repl-diskless-sync: yes, repl-diskless-sync-delay: 0",
                                   "r1: { begin: absent }", "{ at: 5s, rdb-client: m }");
    within(nth(run, EVENT_BACKLOG, 0)->t, 5 * S, 5 * S);
    ck_assert_int_eq(simulation_count(run, EVENT_IDENTITY, INT64_MAX), 1);
    ck_assert_int_eq(simulation_count(run, EVENT_DROP, INT64_MAX), 0);
    simulation_free(run);
}

TEST(a_killed_child_or_a_crash_ends_it)
{
    struct simulation *run =
        asked("repl-diskless-sync: yes, repl-diskless-sync-delay: 0",
              "r1: { replicaof: m, start-after: 8s }",
              "{ at: 5s, rdb-client: m, bandwidth: 8mbit/s }, { at: 9s, kill-child: m }");
    within(nth(run, EVENT_ONLINE, 0)->t, 9 * S, 9 * S + 500 * MS);
    simulation_free(run);
    run = asked(
        "repl-diskless-sync: yes, repl-diskless-sync-delay: 0",
        "r1: { replicaof: m, start-after: 8s }",
        "{ at: 5s, rdb-client: m, bandwidth: 8mbit/s }, { at: 7s, restart: m, graceful: no }");
    within(nth(run, EVENT_ONLINE, 0)->t, 8 * S, 10 * S);
    simulation_free(run);
}

TEST(one_that_would_take_centuries_takes_no_end)
{
    struct simulation *run = asked("repl-diskless-sync: yes, repl-diskless-sync-delay: 0",
                                   "r1: { begin: absent }, old: { dataset: 16gb }",
                                   "{ at: 5s, rdb-client: old, bandwidth: 1bit/s }");
    ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 1);
    ck_assert_int_eq(simulation_count(run, EVENT_SAVED, INT64_MAX), 0);
    simulation_free(run);
}
