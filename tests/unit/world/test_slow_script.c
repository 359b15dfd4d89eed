/* A server that a script keeps busy (FACTS R8). What is expected was seen on redis-server 7.0.15:
 * scripts of 9 s with a repl-timeout of 4 s at a replica and at a master. */
#include <stdio.h>
#include <string.h>
#include "tests/unit/suite.h"
#include "tests/unit/world/simulate.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

enum { DROP_WHY = 1, ANSWER_OFFSET = 5, WRITES_REFUSED = 0, WAIT_GOT = 1 };

static const char COMMON[] = "spread: 0s\n"
                             "hosts: { default: { preset: exact } }\n"
                             "links: { default: { latency: 1ms } }\n"
                             "duration: 60s\n"
                             "load: [ { node: m, rate: 300/s, command: 1000 } ]\n";

static int64_t drops(const struct simulation *run, const char *why)
{
    int64_t found = 0;
    for (size_t i = 0; i < run->count; i++)
        found += run->list[i].kind == EVENT_DROP && strcmp(run->list[i].text[DROP_WHY], why) == 0;
    return found;
}

static struct simulation *blocked(const char *master_config, const char *replica_config,
                                  const char *fault)
{
    return simulate_with(COMMON,
                         "nodes:\n"
                         "  m:  { config: { repl-backlog-size: 16mb, %s } }\n"
                         "  r1: { replicaof: m, begin: synced, config: { %s } }\n"
                         "faults: [ { %s } ]\n",
                         master_config, replica_config, fault);
}

TEST(a_replica_keeps_its_master_through_any_script_that_becomes_slow)
{
    for (int phase_ms = 0; phase_ms < 1000; phase_ms += 50) {
        char fault[64];
        snprintf(fault, sizeof fault, "at: %dms, block: r1, for: 9s", 20000 + phase_ms);
        struct simulation *run = blocked("repl-timeout: 600", "repl-timeout: 4", fault);
        ck_assert_int_eq(simulation_count(run, EVENT_DROP, INT64_MAX), 0);
        simulation_free(run);
    }
}

/* What happens, and when, but for the words about the fault itself. */
static void same_run(const struct simulation *a, const struct simulation *b)
{
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        ck_assert_int_eq(a->list[i].t, b->list[i].t);
        ck_assert_int_eq(a->list[i].kind, b->list[i].kind);
        ck_assert_mem_eq(a->list[i].number, b->list[i].number, sizeof a->list[i].number);
    }
}

TEST(a_script_that_never_becomes_slow_is_a_stop)
{
    static const char *const NODES[] = {"r1", "m"};
    for (int i = 0; i < 20; i++) {
        char script[64], stop[64];
        int at_ms = 20000 + 50 * i;
        snprintf(script, sizeof script, "at: %dms, block: %s, for: 9s", at_ms, NODES[i % 2]);
        snprintf(stop, sizeof stop, "at: %dms, pause: %s, for: 9s", at_ms, NODES[i % 2]);
        const char *config = "repl-timeout: 4, busy-reply-threshold: 0";
        struct simulation *with_script = blocked(config, config, script);
        struct simulation *with_stop = blocked("repl-timeout: 4", "repl-timeout: 4", stop);
        same_run(with_script, with_stop);
        simulation_free(with_script);
        simulation_free(with_stop);
    }
}

TEST(a_busy_master_answers_BUSY_and_loses_the_writes_that_waited)
{
    struct simulation *run =
        blocked("repl-timeout: 600", "repl-timeout: 4", "at: 20300ms, block: m, for: 9s");
    ck_assert_int_eq(drops(run, "timeout-master"), 1);
    ck_assert_int_ge(drops(run, "ping-error"), 3);
    ck_assert_int_le(drops(run, "ping-error"), 5);
    const struct happening *refused = simulation_find(run, EVENT_WRITES, 0);
    ck_assert(refused != NULL && refused->number[WRITES_REFUSED] == 1);
    ck_assert_int_eq(refused->t, 25300 * MS);
    const struct happening *online = simulation_find(run, EVENT_ONLINE, 0);
    ck_assert(online != NULL && online->t > 29300 * MS && online->t < 30400 * MS);
    const struct happening *answer = simulation_find(run, EVENT_ANSWER, 0);
    /* 300 kB a second but for the nine of the script, and a few PINGs */
    int64_t expected = 300000 * (answer->t - 9 * S) / S;
    ck_assert_int_ge(answer->number[ANSWER_OFFSET], expected - 1000);
    ck_assert_int_le(answer->number[ANSWER_OFFSET], expected + 1000);
    simulation_free(run);
}

TEST(a_busy_replica_that_its_master_drops_is_back_before_the_script_ends)
{
    struct simulation *run =
        blocked("repl-timeout: 4", "repl-timeout: 600", "at: 20300ms, block: r1, for: 9s");
    ck_assert_int_eq(drops(run, "timeout-replica"), 1);
    ck_assert_int_eq(drops(run, "lost"), 1);
    const struct happening *online = simulation_find(run, EVENT_ONLINE, 0);
    ck_assert(online != NULL && online->t > 25300 * MS && online->t < 26500 * MS);
    const struct happening *resync = simulation_find(run, EVENT_RESYNC, 0);
    int64_t owed = resync->number[EVENT_AT(resync, owed_bytes)];
    int64_t expected = 300000 * (online->t - 20300 * MS) / S;
    ck_assert_int_ge(owed, expected - 2000);
    ck_assert_int_le(owed, expected + 2000);
    simulation_free(run);
}

TEST(what_a_busy_replica_read_is_applied_when_its_script_ends_even_if_nothing_follows)
{
    static const char *const asks[] = {"2s", "500ms"}; /* one GETACK waits unread, or many */
    for (size_t i = 0; i < 2; i++) {
        struct simulation *run =
            simulate_with("spread: 0s\n"
                          "duration: 40s\n"
                          "config: { repl-ping-replica-period: 3600, repl-timeout: 600 }\n"
                          "nodes: { m: {}, r1: { replicaof: m, begin: synced } }\n"
                          "load: [ { node: m, rate: 300/s, to: 27s } ]\n"
                          "faults: [ { at: 20300ms, block: r1, for: 9s } ]\n",
                          "waits: [ { node: m, every: 1s, timeout: %s } ]\n", asks[i]);
        int64_t met = 0;
        for (size_t j = 0; j < run->count; j++)
            met += run->list[j].kind == EVENT_WAIT && run->list[j].t > 30 * S &&
                   run->list[j].number[WAIT_GOT] == 1;
        ck_assert_int_ge(met, 8);
        simulation_free(run);
    }
}
