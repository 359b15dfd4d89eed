/* A replica that applies more slowly than is written, by formula: of a load of R bytes a second it applies A, so it lacks
 * (R - A) t. That fills the receive buffer, the socket of the master, and then the output buffer. */
#include <stdio.h>
#include <string.h>
#include "tests/unit/suite.h"
#include "tests/unit/world/simulate.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

enum { DROP_WHY = 1, ACK_OFFSET = 1, BEGINS_S = 10, COMMAND = 1000 };

static const char COMMON[] =
    "spread: 0s\n"
    "duration: 200s\n"
    "links: { default: { latency: 1ms, send-buffer: 2800k, receive-buffer: 1200k } }\n";

static struct simulation *slow(const char *limit, int64_t written, int64_t applied,
                               const char *fault)
{
    return simulate_with(
        COMMON,
        "hosts: { default: { preset: exact }, slow: { preset: exact, apply: %lldb/s } }\n"
        "config: { client-output-buffer-limit: replica %s, repl-backlog-size: 1mb }\n"
        "nodes:\n  m: {}\n  r1: { replicaof: m, begin: synced, host: slow }\n"
        "load: [ { node: m, rate: %lld/s, command: %d, from: %ds } ]\n"
        "faults: [ %s ]\n",
        (long long)applied, limit, (long long)written / COMMAND, COMMAND, BEGINS_S, fault);
}

static const struct happening *first_drop(const struct simulation *run)
{
    const struct happening *drop = simulation_find(run, EVENT_DROP, 0);
    ck_assert_ptr_nonnull(drop);
    return drop;
}

/* A block of 20440 bytes counts as 20504, and the last one is not full. */
static int64_t stream_in(int64_t usage)
{
    return usage / 20504 * 20440;
}

static void near(int64_t found, int64_t expected, int64_t by)
{
    ck_assert_msg(found >= expected - by && found <= expected + by,
                  "found %lld, expected %lld +- %lld", (long long)found, (long long)expected,
                  (long long)by);
}

static const struct {
    int64_t written, applied;
} RATES[] = {{3000000, 1000000}, {3000000, 2900000}, {2000000, 1}, {20000000, 15000000}};

TEST(the_hard_limit_strikes_when_sockets_and_limit_are_full_of_what_is_not_applied)
{
    for (size_t i = 0; i < sizeof RATES / sizeof *RATES; i++) {
        int64_t pace = RATES[i].written - RATES[i].applied, hard = 8000000;
        struct simulation *run =
            slow("8m 0 0", RATES[i].written, RATES[i].applied, "{ at: 1s, heal: m-r1 }");
        const struct happening *drop = first_drop(run);
        ck_assert_str_eq(drop->text[DROP_WHY], "limit-hard");
        int64_t bytes = 4000000 + stream_in(hard);
        near(drop->t, BEGINS_S * S + bytes * 1000 / pace * MS, 50000 * 1000 / pace * MS + 5 * MS);
        simulation_free(run);
    }
}

TEST(the_soft_limit_strikes_its_seconds_later)
{
    struct simulation *run = slow("0 6m 20", 3000000, 1000000, "{ at: 1s, heal: m-r1 }");
    const struct happening *drop = first_drop(run);
    ck_assert_str_eq(drop->text[DROP_WHY], "limit-soft");
    int64_t crosses = BEGINS_S * S + (4000000 + stream_in(6000000)) * 1000 / 2000000 * MS;
    ck_assert_int_ge(drop->t, crosses + 20 * S - 30 * MS);
    ck_assert_int_le(drop->t, crosses + 22 * S);
    simulation_free(run);
}

TEST(one_that_applies_as_much_as_is_written_is_never_behind)
{
    struct simulation *run = slow("1m 0 0", 3000000, 3100000, "{ at: 1s, heal: m-r1 }");
    ck_assert_int_eq(simulation_count(run, EVENT_DROP, INT64_MAX), 0);
    simulation_free(run);
}

/* The master hears what is applied, not what has arrived. */
TEST(it_acknowledges_what_it_has_applied)
{
    struct simulation *run = slow("0 0 0", 3000000, 1000000, "{ at: 1s, heal: m-r1 }");
    for (size_t i = 0; i < run->count; i++) {
        const struct happening *ack = &run->list[i];
        if (ack->kind == EVENT_ACK && ack->t > 12 * S)
            near(ack->number[ACK_OFFSET], (ack->t - BEGINS_S * S) / MS * 1000, 10000);
    }
    ck_assert_int_eq(simulation_count(run, EVENT_DROP, INT64_MAX), 0);
    simulation_free(run);
}

/* It lacks 0.6 MB when the link is cut, all of it in its receive buffer, and reads that first. */
TEST(what_lies_in_the_receive_buffer_is_read_before_the_end_of_a_cut_connection_is_seen)
{
    struct simulation *run = slow("0 0 0", 1200000, 1000000, "{ at: 13s, cut: m-r1, refuse: no }");
    const struct happening *drop = NULL;
    for (size_t i = 0; i < run->count && drop == NULL; i++)
        if (run->list[i].kind == EVENT_DROP && run->list[i].node == 1)
            drop = &run->list[i];
    ck_assert_ptr_nonnull(drop);
    near(drop->t, 13600 * MS, 20 * MS);
    const struct happening *ask = simulation_find(run, EVENT_ASK, 0);
    enum { ASKED_OFFSET = 2 };
    near(ask->number[ASKED_OFFSET], 3600000, 10000);
    simulation_free(run);
}

/* At most a second after the master closed it, its ACK makes the master's kernel throw away what has not left (FACTS R9);
 * 1.2 MB lie in its receive buffer. */
TEST(the_end_of_a_closed_connection_is_seen_when_the_receive_buffer_is_read)
{
    struct simulation *run = slow("8m 0 0", 3000000, 1000000, "{ at: 1s, heal: m-r1 }");
    const struct happening *closed = first_drop(run), *seen = NULL;
    for (size_t i = 0; i < run->count && seen == NULL; i++)
        if (run->list[i].kind == EVENT_DROP && run->list[i].node == 1)
            seen = &run->list[i];
    ck_assert_ptr_nonnull(seen);
    ck_assert_int_eq(closed->node, 0);
    ck_assert_int_ge(seen->t - closed->t, 1200 * MS);
    ck_assert_int_le(seen->t - closed->t, 2250 * MS);
    const struct happening *ask = simulation_find(run, EVENT_ASK, 0);
    enum { ASKED = 2 };
    near(ask->number[ASKED], (seen->t - BEGINS_S * S) / MS * 1000, 15000);
    simulation_free(run);
}

/* A replica of it has what it has. */
TEST(its_own_replica_follows_at_its_pace)
{
    struct simulation *run = simulate_with(
        COMMON,
        "hosts: { default: { preset: exact }, slow: { preset: exact, apply: 1m/s } }\n"
        "config: { client-output-buffer-limit: replica 0 0 0 }\n"
        "nodes:\n  m: {}\n  r1: { replicaof: m, begin: synced, host: slow }\n"
        "  r2: { replicaof: r1, begin: synced }\n"
        "load: [ { node: m, rate: 3000/s, command: %d, from: %ds } ]\n",
        COMMAND, BEGINS_S);
    for (size_t i = 0; i < run->count; i++) {
        const struct happening *ack = &run->list[i];
        if (ack->kind == EVENT_ACK && ack->node == 1 && ack->t > 12 * S)
            near(ack->number[ACK_OFFSET], (ack->t - BEGINS_S * S) / MS * 1000, 15000);
    }
    simulation_free(run);
}

/* It catches up when the load is over: 3 MB/s for 10 s at 2 MB/s take 15 s. */
TEST(it_catches_up_when_less_is_written)
{
    struct simulation *run = simulate_with(
        COMMON,
        "hosts: { default: { preset: exact }, slow: { preset: exact, apply: 2m/s } }\n"
        "config: { client-output-buffer-limit: replica 0 0 0 }\n"
        "nodes:\n  m: {}\n  r1: { replicaof: m, begin: synced, host: slow }\n"
        "load: [ { node: m, rate: 3000/s, command: %d, from: %ds, to: 20s } ]\n",
        COMMAND, BEGINS_S);
    int64_t last = 0, when = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct happening *ack = &run->list[i];
        if (ack->kind == EVENT_ACK && ack->number[ACK_OFFSET] >= 30000000 && when == 0)
            when = ack->t;
        if (ack->kind == EVENT_ACK)
            last = ack->number[ACK_OFFSET];
    }
    ck_assert_int_ge(when, 25 * S);
    ck_assert_int_le(when, 26100 * MS);
    near(last, 30000000, 1000);
    simulation_free(run);
}

static uint64_t steps_of(const char *link)
{
    struct simulation *run = simulate_with(
        "duration: 20s\nspread: 0s\nhosts: { default: { preset: exact, apply: 1b/s } }\n"
        "nodes: { m: {}, r1: { replicaof: m, begin: synced } }\n"
        "config: { client-output-buffer-limit: replica 0 0 0 }\n"
        "load: [ { node: m, rate: 100kb/s, rate-end: 5000/s, command: 300kb, tick: 1s } ]\n",
        "links: { default: { %s, bandwidth: 10mbit/s } }\n", link);
    uint64_t steps = run->steps;
    simulation_free(run);
    return steps;
}

/* Neither what comes in ticks, nor a window that is full, nor the least of buffers makes a look of
 * every latency or of every byte. */
TEST(a_reader_that_lags_costs_steps_for_what_happens)
{
    ck_assert_uint_lt(steps_of("latency: 1us"), 1000);
    ck_assert_uint_lt(steps_of("latency: 0, receive-buffer: 1"), 1000);
    ck_assert_uint_lt(steps_of("latency: 1us, kind: relayed, send-buffer: 1"), 1000);
}
