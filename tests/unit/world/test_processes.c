/* What a process does when it is stopped, ends, changes its history or gets one very large command,
 * against what can be computed by hand and what redis-server 7.0.15 does.
 *
 * Nothing costs anything on these machines. A round of a server's cron comes every 100 ms; each
 * tenth is the one of replication. */
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/world/simulate.h"
#include "tests/unit/suite.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

/* Fields of event.def. */
enum {
    DROP_WHY = 1,
    DROP_BUFFER = 3,
    ASK_OFFSET = 2,
    ANSWER_KIND = 1,
    ANSWER_REASON = 2,
    ANSWER_ASKED = 4,
    ANSWER_OFFSET = 5,
    IDENTITY_SECOND = 3,
    DOWN_SAVED = 1,
    FORK_OFFSET = 2,
    ACK_OFFSET = 1
};

static const char COMMON[] = "spread: 0s\n"
                             "server: redis-7.0\n"
                             "hosts: { default: { preset: exact } }\n"
                             "links: { default: { latency: 1ms } }\n";

/* The first of that kind at `node` after t. */
static const struct happening *next_at(const struct simulation *run, enum event_kind kind,
                                       int32_t node, int64_t t)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->list[i].kind == kind && run->list[i].node == node && run->list[i].t > t)
            return &run->list[i];
    return NULL;
}

/* ---- stopped ---- */

#define STOPS                                                                                      \
    "duration: 40s\nconfig: { repl-backlog-size: 16mb }\n"                                         \
    "nodes: { m: { config: { repl-timeout: %d, repl-ping-replica-period: 1 } }, "                  \
    "r1: { replicaof: m, begin: synced, config: { repl-timeout: %d } } }\n"                        \
    "load: [ { node: m, rate: 1000/s, command: 1000 } ]\n"

/* A moment before the round of replication at about 20 s of m (which pings in it) or r1 (which
 * acknowledges in it), with `rounds` other rounds in between. */
static int64_t before_round(bool is_master, int rounds)
{
    struct simulation *run = simulate_with(COMMON, STOPS, 60, 60);
    const struct happening *seen = next_at(run, is_master ? EVENT_PING : EVENT_ACK, 0, 20 * S);
    int64_t round = seen->t - (is_master ? 0 : 1 * MS);
    simulation_free(run);
    return round - 50 * MS - rounds * 100 * MS;
}

TEST_LOOP(a_replica_that_was_stopped_gives_up_only_if_its_first_round_is_the_one_of_replication, 0,
          10)
{
    int64_t stop = before_round(false, _i), goes_on = stop + 7 * S;
    struct simulation *run = simulate_with(
        COMMON, STOPS "faults: [ { at: %" PRId64 "ns, pause: r1, for: 7s } ]\n", 600, 4, stop);
    const struct happening *drop = next_at(run, EVENT_DROP, 1, 0);
    ck_assert_int_eq(drop != NULL, _i == 0);
    if (drop != NULL) { /* all that was written during the stop is asked for */
        const struct happening *answer = next_at(run, EVENT_ANSWER, 0, 0);
        int64_t owed = answer->number[ANSWER_OFFSET] + 1 - answer->number[ANSWER_ASKED];
        ck_assert_int_eq(drop->t, goes_on);
        ck_assert_str_eq(drop->text[DROP_WHY], "timeout-master");
        ck_assert_str_eq(answer->text[ANSWER_KIND], "partial");
        ck_assert_int_le(llabs(owed - 7 * 1000 * 1000), 20000);
    } else { /* the rounds that are left to that one follow, 100 ms apart */
        const struct happening *ack = next_at(run, EVENT_ACK, 0, goes_on);
        int64_t way = ack->t - (goes_on + _i * 100 * MS);
        ck_assert_int_ge(way, 1 * MS);
        ck_assert_int_le(way, 2 * MS);
    }
    simulation_free(run);
}

TEST_LOOP(a_master_that_was_stopped_reads_the_acks_first_unless_that_round_comes_first, 0, 10)
{
    int64_t stop = before_round(true, _i);
    struct simulation *run = simulate_with(
        COMMON, STOPS "faults: [ { at: %" PRId64 "ns, pause: m, for: 7s } ]\n", 4, 600, stop);
    const struct happening *drop = next_at(run, EVENT_DROP, 0, 0);
    ck_assert_int_eq(drop != NULL, _i == 0);
    if (drop != NULL) {
        ck_assert_int_eq(drop->t, stop + 7 * S);
        ck_assert_str_eq(drop->text[DROP_WHY], "timeout-replica");
    }
    simulation_free(run);
}

TEST_LOOP(the_first_round_after_a_stop_looks_at_the_soft_limit, 0, 10)
{
    struct simulation *run =
        simulate_with(COMMON,
                      "duration: 40s\n"
                      "config: { client-output-buffer-limit: replica 0 1mb 6, repl-timeout: 600 }\n"
                      "nodes: { m: {}, r1: { replicaof: m, begin: synced } }\n"
                      "load: [ { node: m, rate: 1000/s, command: 1000 } ]\n"
                      "faults: [ { at: 10s, partition: m-r1 }, { at: %dms, pause: m, for: 7s } ]\n",
                      16950 - 100 * _i);
    const struct happening *drop = next_at(run, EVENT_DROP, 0, 0);
    ck_assert_ptr_nonnull(drop);
    ck_assert_str_eq(drop->text[DROP_WHY], "limit-soft");
    ck_assert_int_eq(drop->t, (23950 - 100 * _i) * MS);
    simulation_free(run);
}

/* Two commands come while the server is stopped: it reads them when it goes on, in their order, not
 * when they were sent; a third comes to a process that ends, and is lost with it. */
TEST(a_stopped_server_reads_commands_when_it_goes_on)
{
    struct simulation *run = simulate_with(
        COMMON, "duration: 40s\nnodes: { m: {}, r1: { replicaof: m, begin: synced } }\n"
                "load: []\nfaults:\n"
                "  - { at: 13s, config-set: r1, repl-backlog-size: 3mb }\n"
                "  - { at: 12s, promote: r1 }\n"
                "  - { at: 10s, pause: r1, for: 5s }\n"
                "  - { at: 21s, config-set: m, repl-backlog-size: 3mb }\n"
                "  - { at: 20s, pause: m, for: 5s }\n"
                "  - { at: 22s, crash: m, for: 1s }\n");
    const struct happening *promoted = next_at(run, EVENT_IDENTITY, 1, 1 * S);
    const struct happening *resized = next_at(run, EVENT_BACKLOG, 1, 1 * S);
    ck_assert_int_eq(promoted->t, 15 * S);
    ck_assert_int_eq(resized->t, 15 * S);
    ck_assert_uint_lt(simulation_index(run, promoted), simulation_index(run, resized));
    for (size_t i = 0; i < run->count; i++)
        ck_assert(run->list[i].kind != EVENT_CONFIG || run->list[i].node != 0);
    simulation_free(run);
}

/* The round that comes first when a stop ends may fork, for the replica whose delay is over by then;
 * the sockets wait for the fork as well: what r1 acknowledges meanwhile came before. */
TEST(a_fork_in_the_round_after_a_stop_holds_the_sockets_too)
{
    struct simulation *run = simulate_with(
        "spread: 0s\n",
        "duration: 30s\n"
        "hosts: { default: { preset: exact, fork-base: 700ms } }\n"
        "links: { default: { latency: 1ms } }\n"
        "config: { repl-diskless-sync-delay: 5 }\n"
        "nodes: { m: {}, r1: { replicaof: m, begin: synced }, r2: { replicaof: m, begin: "
        "cold, start-after: 10s } }\n"
        "load: [ { node: m, rate: 1000/s } ]\n"
        "faults: [ { at: 12500ms, pause: m, for: 10s } ]\n");
    const struct happening *resume = next_at(run, EVENT_RESUME, 0, 22 * S);
    const struct happening *fork = next_at(run, EVENT_FORK, 0, 22 * S);
    ck_assert_ptr_nonnull(fork);
    ck_assert_int_eq(resume->t, 22500 * MS);
    ck_assert_int_eq(fork->t, resume->t);
    const struct happening *ack = next_at(run, EVENT_ACK, 0, fork->t);
    ck_assert_int_eq(ack->t, fork->t + 700 * MS);
    for (; ack != NULL && ack->t == fork->t + 700 * MS; ack++)
        if (ack->kind == EVENT_ACK)
            ck_assert_int_le(ack->number[ACK_OFFSET], fork->number[FORK_OFFSET]);
    simulation_free(run);
}

/* ---- ended ---- */

TEST(a_node_in_shutdown_holds_its_position_so_its_replica_has_it_within_a_second)
{
    struct simulation *run =
        simulate_with(COMMON, "duration: 40s\n"
                              "nodes: { m: {}, r1: { replicaof: m, begin: synced }, "
                              "r2: { replicaof: r1, begin: synced } }\n"
                              "load: [ { node: m, rate: 1000/s, command: 1000 } ]\n"
                              "faults: [ { at: 20300ms, restart: r1, save: yes } ]\n");
    const struct happening *down = next_at(run, EVENT_DOWN, 1, 0);
    const struct happening *asked = next_at(run, EVENT_ASK, 1, 20 * S);
    const struct happening *ack = next_at(run, EVENT_ACK, 1, 20300 * MS);
    ck_assert_int_le(ack->t, 20300 * MS + S + 10 * MS); /* a round of the cron then notices it */
    ck_assert_int_gt(down->t, ack->t);
    ck_assert_int_le(down->t, ack->t + 100 * MS);
    int64_t written = 20300 * 1000, way = 2000;
    ck_assert_int_le(asked->number[ASK_OFFSET], written + 100);
    ck_assert_int_ge(asked->number[ASK_OFFSET], written - way);
    simulation_free(run);
}

TEST(a_shutdown_that_outlasts_its_for_starts_again_when_it_has_ended)
{
    struct simulation *run = simulate_with(
        "spread: 0s\n", "duration: 3min\n"
                        "hosts: { default: { preset: exact, save: 100m/s } }\n"
                        "nodes: { m: { dataset: 1000m }, r1: { replicaof: m, begin: synced } }\n"
                        "faults: [ { at: 20s, shutdown: r1, for: 3s, save: yes } ]\n");
    const struct happening *down = next_at(run, EVENT_DOWN, 1, 0);
    const struct happening *up = next_at(run, EVENT_UP, 1, 20 * S);
    ck_assert_int_ge(down->t, 30 * S); /* a save of 10 s */
    ck_assert_ptr_nonnull(up);
    ck_assert_int_eq(up->t, down->t);
    ck_assert_ptr_nonnull(next_at(run, EVENT_ONLINE, 1, up->t));
    simulation_free(run);
}

/* As redis-server 7.0.15 does with SHUTDOWN SAVE and a key-load-delay. */
TEST(a_shutdown_while_data_are_loaded_saves_nothing)
{
    struct simulation *run =
        simulate_with("spread: 0s\n", "duration: 1min\n"
                                      "hosts: { default: { preset: exact, load: 100m/s } }\n"
                                      "nodes: { m: { dataset: 1000m } }\n"
                                      "faults:\n"
                                      "  - { at: 10s, restart: m, save: yes }\n"
                                      "  - { at: 15s, shutdown: m, for: 3s, save: yes }\n");
    const struct happening *down = next_at(run, EVENT_DOWN, 0, 12 * S);
    ck_assert_ptr_nonnull(down);
    ck_assert_int_le(down->t, 15 * S + 200 * MS);
    ck_assert_int_eq(down->number[DOWN_SAVED], false);
    simulation_free(run);
}

/* ---- another history ---- */

TEST(sub_replicas_are_dropped_before_the_first_byte_of_another_history)
{
    struct simulation *run = simulate_with(
        COMMON, "duration: 40s\n"
                "config: { repl-backlog-size: 10mb }\n"
                "nodes: { a: {}, b: { replicaof: a, begin: synced }, d: { replicaof: a, begin: "
                "synced }, c: { replicaof: b, begin: synced } }\n"
                "load: [ { node: a, rate: 1000/s, command: 1000 } ]\n"
                "faults:\n"
                "  - { at: 20s, crash: a }\n"
                "  - { at: 21s, promote: d }\n"
                "  - { at: 21s, move-load: 0, node: d }\n"
                "  - { at: 25s, replicaof: b, to: d }\n");
    const struct happening *takes = next_at(run, EVENT_IDENTITY, 1, 25 * S);
    const struct happening *answer = next_at(run, EVENT_ANSWER, 1, 25 * S);
    ck_assert_ptr_nonnull(takes);
    ck_assert_ptr_nonnull(answer);
    ck_assert_str_eq(answer->text[ANSWER_KIND], "partial");
    ck_assert_str_eq(answer->text[ANSWER_REASON], "accepted-second-id");
    ck_assert_int_eq(answer->number[ANSWER_ASKED], takes->number[IDENTITY_SECOND]);
    ck_assert_int_le(answer->t - takes->t, 20 * MS);
    simulation_free(run);
}

/* ---- one very large command ---- */

/* What 7.0.15 logs as omem when it closes the replica. */
static const struct {
    const char *config;
    int64_t bytes, omem; /* 0: it stays */
} LARGE[] = {
    {"repl-backlog-size: 1mb, client-output-buffer-limit: replica 2mb 0 0", 3000033, 2151048},
    {"repl-backlog-size: 1mb", 300000035, 268469048}, /* the default, 256 MB */
    {"repl-backlog-size: 1mb, client-output-buffer-limit: replica 0 2mb 60", 3000033, 0},
    {"repl-backlog-size: 1mb, client-output-buffer-limit: replica 4mb 0 0", 3000033, 0},
};

TEST_LOOP(a_command_larger_than_the_hard_limit_closes_the_replica, 0, G_N_ELEMENTS(LARGE))
{
    struct simulation *run = simulate_with(COMMON,
                                           "duration: 40s\n"
                                           "config: { %s }\n"
                                           "nodes: { m: {}, r1: { replicaof: m, begin: synced } }\n"
                                           "load: [ { node: m, rate: 1/s, command: %" PRId64
                                           ", from: 9s, to: 10500ms } ]\n",
                                           LARGE[_i].config, LARGE[_i].bytes);
    const struct happening *drop = next_at(run, EVENT_DROP, 0, 0);
    ck_assert_int_eq(drop != NULL, LARGE[_i].omem > 0);
    if (drop != NULL) {
        const struct happening *answer = next_at(run, EVENT_ANSWER, 0, 0);
        ck_assert_int_eq(drop->t, 10 * S);
        ck_assert_str_eq(drop->text[DROP_WHY], "limit-hard");
        ck_assert_int_eq(drop->number[DROP_BUFFER], LARGE[_i].omem);
        ck_assert_str_eq(answer->text[ANSWER_REASON], "backlog-passed");
    }
    simulation_free(run);
}

/* A middle node has the value when it has it whole: 300 MB take 2.4 s at 1 Gbit/s. */
TEST_LOOP(a_large_command_closes_a_sub_replica_when_the_middle_node_has_it_whole, 0, 2)
{
    struct simulation *run = simulate_with(
        "spread: 0s\nhosts: { default: { preset: exact } }\n",
        "duration: 40s\n"
        "config: { repl-backlog-size: 1mb, client-output-buffer-limit: replica 0 0 0 }\n"
        "links: { default: { latency: 1ms }, m-r1: { latency: 1ms, bandwidth: 1gbit/s } }\n"
        "nodes: { m: {}, r1: { replicaof: m, begin: synced, config: { "
        "client-output-buffer-limit: replica 256mb 0 0 } }, "
        "r2: { replicaof: r1, begin: synced } }\n"
        "load: [ { node: m, rate: %s, command: 300000035, to: 10500ms } ]\n",
        _i == 0 ? "1/s, from: 9s" : "0.1/s");
    const struct happening *drop = next_at(run, EVENT_DROP, 1, 0);
    ck_assert_ptr_null(next_at(run, EVENT_DROP, 0, 0));
    ck_assert_ptr_nonnull(drop);
    ck_assert_str_eq(drop->text[DROP_WHY], "limit-hard");
    ck_assert_int_le(llabs(drop->t - (10 * S + 2400 * MS)), 10 * MS);
    simulation_free(run);
}

/* 6 MB that a client pipelines do not: a connection is read 16 kB at a time. */
TEST(what_a_client_pipelines_is_not_one_command)
{
    struct simulation *run = simulate_with(
        COMMON, "duration: 20s\n"
                "config: { repl-backlog-size: 1mb, client-output-buffer-limit: replica 2mb 0 0 }\n"
                "nodes: { m: {}, r1: { replicaof: m, begin: synced } }\n"
                "load: [ { node: m, rate: 6000/s, tick: 1s, command: 1000, to: 10500ms } ]\n");
    ck_assert_ptr_null(next_at(run, EVENT_DROP, 0, 0));
    simulation_free(run);
}
