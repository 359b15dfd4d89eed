/* Saves, forks and loads that fail, and writes that pause. What is expected was seen on
 * redis-server 7.0.15: a killed child for the disk closes its replica within 0.1 s, and every PING is
 * answered with MISCONF until a save succeeds; a killed child for the sockets closes its members as
 * soon, and the next save begins at once; a save that fails is tried again every 6 s. */
#include <string.h>
#include "tests/unit/suite.h"
#include "tests/unit/world/simulate.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

enum { DROP_WHY = 1, DOWN_HOW = 0, SAVED_OK = 0, WRITES_REFUSED = 0 };

static const char COMMON[] =
    "spread: 0s\n"
    "links: { default: { latency: 1ms } }\n"
    "duration: 60s\n"
    "load: [ { node: m, rate: 100/s, command: 100 } ]\n"
    "hosts: { default: { preset: exact, save: 1mb/s, diskless-start: 5s } }\n";

static int64_t drops(const struct simulation *run, const char *why, int64_t until)
{
    int64_t found = 0;
    for (size_t i = 0; i < run->count && run->list[i].t <= until; i++)
        found += run->list[i].kind == EVENT_DROP && strcmp(run->list[i].text[DROP_WHY], why) == 0;
    return found;
}

/* The nth `saved` event, from 0. */
static const struct happening *saved(const struct simulation *run, int nth)
{
    const struct happening *event = simulation_find(run, EVENT_SAVED, 0);
    for (int i = 0; i < nth && event != NULL; i++)
        event = simulation_find(run, EVENT_SAVED, simulation_index(run, event) + 1);
    ck_assert_ptr_nonnull(event);
    return event;
}

/* A save of 10 MB from about 5 s on takes 10 s; the child is killed at 8 s. */
static struct simulation *killed(const char *config, const char *more)
{
    return simulate_with(COMMON,
                         "config: %s\n"
                         "nodes:\n"
                         "  m:  { dataset: 10mb }\n"
                         "  r1: { replicaof: m, start-after: 5s }\n"
                         "faults: [ { at: 8s, kill-child: m }%s ]\n",
                         config, more);
}

TEST(a_killed_save_to_disk_locks_its_replica_out_until_one_succeeds)
{
    struct simulation *run = killed("{ repl-diskless-sync: no }", ", { at: 20s, bgsave: m }");
    ck_assert_int_eq(drops(run, "save-failed", 8 * S + 110 * MS), 1);
    ck_assert_int_ge(drops(run, "ping-error", 30 * S), 20);
    ck_assert_int_eq(simulation_count(run, EVENT_ONLINE, 30 * S), 0);
    const struct happening *refused = simulation_find(run, EVENT_WRITES, 0);
    ck_assert(refused != NULL && refused->number[WRITES_REFUSED] == 1);
    ck_assert_int_eq(drops(run, "ping-error", INT64_MAX), drops(run, "ping-error", 32 * S));
    ck_assert_int_eq(simulation_count(run, EVENT_ONLINE, INT64_MAX), 1);
    simulation_free(run);
}

TEST(without_save_points_or_with_the_directive_off_nobody_is_locked_out)
{
    static const char *const CONFIGS[] = {
        "{ repl-diskless-sync: no, save: \"\" }",
        "{ repl-diskless-sync: no, stop-writes-on-bgsave-error: no }",
    };
    for (int i = 0; i < 2; i++) {
        struct simulation *run = killed(CONFIGS[i], "");
        ck_assert_int_eq(drops(run, "save-failed", INT64_MAX), 1);
        ck_assert_int_eq(drops(run, "ping-error", INT64_MAX), 0);
        ck_assert_int_eq(simulation_count(run, EVENT_WRITES, INT64_MAX), 0);
        ck_assert_int_eq(simulation_count(run, EVENT_ONLINE, 20 * S), 1);
        simulation_free(run);
    }
}

TEST(a_killed_child_for_the_sockets_costs_its_members_one_attempt)
{
    struct simulation *run = simulate_with(COMMON, "config: { repl-diskless-sync-delay: 0 }\n"
                                                   "nodes:\n"
                                                   "  m:  { dataset: 10mb }\n"
                                                   "  r1: { replicaof: m, start-after: 5s }\n"
                                                   "faults: [ { at: 8s, kill-child: m } ]\n");
    ck_assert_int_eq(drops(run, "save-failed", 8 * S + 110 * MS), 1);
    ck_assert_int_eq(drops(run, "ping-error", INT64_MAX), 0);
    ck_assert_int_eq(simulation_count(run, EVENT_FORK, 8 * S + 200 * MS), 2);
    ck_assert_int_eq(simulation_count(run, EVENT_ONLINE, INT64_MAX), 1);
    simulation_free(run);
}

TEST(a_save_point_tries_again_every_six_seconds_while_the_disk_is_full)
{
    struct simulation *run =
        simulate_with(COMMON, "nodes: { m: { config: { save: \"3 5\" } } }\n"
                              "faults: [ { at: 0s, fail-save: m, for: 20s } ]\n");
    for (int i = 0; i < 3; i++) {
        int64_t between = saved(run, i + 1)->t - saved(run, i)->t;
        ck_assert_int_eq(saved(run, i)->number[SAVED_OK], 0);
        ck_assert_int_ge(between, 5900 * MS);
        ck_assert_int_le(between, 6200 * MS);
    }
    ck_assert_int_eq(saved(run, 4)->number[SAVED_OK], 1);
    simulation_free(run);
}

TEST(a_fork_that_fails_costs_those_who_wait_one_attempt)
{
    struct simulation *run = simulate_with(
        COMMON, "config: { repl-diskless-sync: no, save: \"\" }\n"
                "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, start-after: 5s } }\n"
                "faults: [ { at: 1s, fail-fork: m } ]\n");
    ck_assert_int_eq(saved(run, 0)->number[SAVED_OK], 0);
    ck_assert_int_eq(drops(run, "save-failed", INT64_MAX), 1);
    ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 1);
    ck_assert_int_eq(simulation_count(run, EVENT_ONLINE, INT64_MAX), 1);
    simulation_free(run);
}

TEST(a_shutdown_that_cannot_save_is_refused)
{
    struct simulation *run = simulate_with(
        COMMON, "nodes: { m: {} }\n"
                "faults: [ { at: 10s, fail-save: m, for: 20s }, { at: 15s, shutdown: m },\n"
                "          { at: 40s, shutdown: m } ]\n");
    const struct happening *down = simulation_find(run, EVENT_DOWN, 0);
    ck_assert(down != NULL && down->t >= 40 * S);
    simulation_free(run);
}

/* It holds its position while it waits for the replica of its own that lags. */
TEST(a_replica_whose_shutdown_is_refused_follows_its_master_again)
{
    struct simulation *run = simulate_with(
        COMMON, "config: { shutdown-timeout: 2 }\n"
                "nodes: { m: {}, r1: { replicaof: m, begin: synced }, r2: { replicaof: r1, begin: "
                "synced } }\n"
                "faults: [ { at: 5s, slow: r1-r2, latency: 800ms },\n"
                "          { at: 10s, fail-save: r1, for: 20s }, { at: 15s, shutdown: r1 } ]\n");
    ck_assert_int_eq(saved(run, 0)->number[SAVED_OK], 0);
    ck_assert_int_ge(saved(run, 0)->t, 16900 * MS);
    ck_assert_ptr_null(simulation_find(run, EVENT_DOWN, 0));
    enum { ACK_OFFSET = 1 };
    const struct happening *ack = simulation_find(run, EVENT_ACK, 0), *last = NULL;
    for (; ack != NULL; ack = simulation_find(run, EVENT_ACK, simulation_index(run, ack) + 1))
        if (ack->t < 30 * S)
            last = ack;
    ck_assert(last != NULL && last->number[ACK_OFFSET] >= 28 * 100 * 100);
    simulation_free(run);
}

TEST(a_bad_payload_ends_the_process_from_a_file_and_one_attempt_from_the_socket)
{
    static const char *const LOADS =
        "config: { repl-diskless-load: %s }\n"
        "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, start-after: 5s } }\n"
        "faults: [ { at: 1s, fail-load: r1 } ]\n";
    struct simulation *file = simulate_with(COMMON, LOADS, "disabled"),
                      *socket = simulate_with(COMMON, LOADS, "on-empty-db");
    const struct happening *down = simulation_find(file, EVENT_DOWN, 0);
    ck_assert(down != NULL && strcmp(down->text[DOWN_HOW], "load") == 0);
    ck_assert_int_eq(simulation_count(file, EVENT_ONLINE, INT64_MAX), 0);
    ck_assert_int_eq(simulation_count(socket, EVENT_DOWN, INT64_MAX), 0);
    ck_assert_int_eq(drops(socket, "load-failed", INT64_MAX), 1);
    ck_assert_int_eq(simulation_count(socket, EVENT_ONLINE, INT64_MAX), 1);
    simulation_free(file);
    simulation_free(socket);
}

/* All 100 commands of each second come, those of the pause together at its end. */
TEST(paused_writes_wait_and_none_is_lost)
{
    enum { SAMPLE_BUFFER = 1 };
    struct simulation *run = simulate_with(
        COMMON, "sample: 500ms\n"
                "nodes: { m: {}, r1: { replicaof: m, begin: synced } }\n"
                "faults: [ { at: 10s, pause-writes: m, for: 20s }, { at: 59s, bgsave: m } ]\n");
    const struct happening *fork = simulation_find(run, EVENT_FORK, 0);
    ck_assert_ptr_nonnull(fork);
    enum { FORK_OFFSET = 2 };
    int64_t pings = 14 * 6, slack = 100 * 100 + 23;
    ck_assert_int_ge(fork->number[FORK_OFFSET], 59 * 100 * 100 - slack);
    ck_assert_int_le(fork->number[FORK_OFFSET], 59 * 100 * 100 + pings + slack);
    const struct happening *ack = simulation_find(run, EVENT_ACK, 0), *last = NULL;
    for (; ack != NULL && ack->t < 29 * S;
         ack = simulation_find(run, EVENT_ACK, simulation_index(run, ack) + 1))
        last = ack;
    enum { ACK_OFFSET = 1 };
    ck_assert(last != NULL && last->number[ACK_OFFSET] < 10 * 100 * 100 + pings + slack);
    simulation_free(run);
}
