/* What is lost, against what can be computed by hand: 100 writes a second of 1000 bytes, one every 10 ms, and faults between
 * two of them, on machines where nothing costs anything. */
#include <glib.h>
#include "tests/unit/suite.h"
#include "tests/unit/world/simulate.h"

#define MB (INT64_C(1024) * 1024)

static const char COMMON[] = "spread: 0s\n"
                             "server: redis-7.0\n"
                             "duration: 60s\n"
                             "hosts: { default: { preset: exact } }\n"
                             "load: [ { node: m, rate: 100/s, command: 1000 } ]\n"
                             "nodes: { m: { dataset: 10mb }";
static const char PAIR[] = ", r1: { replicaof: m, begin: synced } }\n";

/* All losses of a run in one: commands, unreplicated, bytes, data_bytes. */
struct lost {
    int64_t events, commands, unreplicated, bytes, data_bytes;
    const char *why, *node; /* of the last one */
};

static struct lost lose(const char *nodes, const char *rest)
{
    struct lost lost = {0};
    struct simulation *run = simulate_with(COMMON, "%s%s", nodes, rest);
    for (size_t i = 0; i < run->count; i++) {
        const struct happening *event = &run->list[i];
        if (event->kind != EVENT_LOST)
            continue;
        lost.events++;
        lost.bytes += event->number[EVENT_AT(lost, bytes)];
        lost.commands += event->number[EVENT_AT(lost, commands)];
        lost.unreplicated += event->number[EVENT_AT(lost, unreplicated)];
        lost.data_bytes += event->number[EVENT_AT(lost, data_bytes)];
        lost.why = event->text[EVENT_AT(lost, why)];
        lost.node = event->node == 0 ? "m" : "r1";
    }
    simulation_free(run);
    return lost;
}

/* What comes out of a story; bytes: -1, whatever they are. */
static const struct {
    const char *nodes, *rest;
    struct lost lost;
} STORIES[] = {
    /* nobody else: all that was executed, though no stream has it */
    {" }\n", "faults: [ { at: 10005ms, crash: m } ]\n", {1, 1000, 1000, 0, 10 * MB, "crash", "m"}},
    {" }\n",
     "faults: [ { at: 10005ms, bgsave: m }, { at: 20005ms, crash: m }, { at: 30s, start: m } ]\n",
     {1, 1000, 1000, 0, 0, "crash", "m"}},
    {" }\n", "faults: [ { at: 10005ms, restart: m, save: yes } ]\n", {0}},
    {" }\n",
     "faults: [ { at: 10005ms, restart: m, save: no } ]\n",
     {1, 1000, 1000, 0, 10 * MB, "shutdown", "m"}},
    {" }\n",
     "faults: [ { at: 10005ms, restart: m, save: yes, wipe: yes } ]\n",
     {1, 1000, 1000, 0, 10 * MB, "wiped", "m"}},
    {" }\n", "faults: [ { at: 10005ms, flush: m } ]\n", {1, 0, 0, 0, 10 * MB, "flush", "m"}},
    /* what left the master's kernel still arrives */
    {PAIR, "links: { m-r1: { latency: 300ms } }\nfaults: [ { at: 10005ms, crash: m } ]\n", {0}},
    /* it never does on a link that stays silent: five seconds of writes are lost once the replica gives it up */
    {PAIR,
     "config: { repl-timeout: 20 }\n"
     "faults: [ { at: 10005ms, partition: m-r1 }, { at: 15005ms, crash: m } ]\n",
     {.events = 1, .commands = 500, .unreplicated = 500, .bytes = -1, .why = "crash", .node = "m"}},
    /* promoted while its old master writes on for twenty seconds */
    {PAIR,
     "faults: [ { at: 10005ms, partition: m-r1, for: 25s }, { at: 20s, promote: r1 },\n"
     "          { at: 30005ms, replicaof: m, to: r1 } ]\n",
     {1, 2000, 2000, -1, 0, "demoted", "m"}},
    /* the same by way of FAILOVER, which waits */
    {PAIR, "faults: [ { at: 10005ms, failover: m, to: r1 } ]\n", {0}},
    /* the last copy of everything, with a master that comes back empty */
    {PAIR,
     "faults: [ { at: 10005ms, crash: m }, { at: 20s, move-load: 0, node: r1 },\n"
     "          { at: 30s, start: m, wipe: yes } ]\n",
     {1, 1000, 0, -1, 10 * MB, "replaced", "r1"}},
    /* a replica's own copy is another one */
    {PAIR, "faults: [ { at: 10005ms, crash: r1 }, { at: 20s, start: r1, wipe: yes } ]\n", {0}},
};

TEST_LOOP(a_loss_is_what_its_last_holder_had_and_nobody_else, 0, G_N_ELEMENTS(STORIES))
{
    struct lost lost = lose(STORIES[_i].nodes, STORIES[_i].rest), due = STORIES[_i].lost;
    ck_assert_int_eq(lost.events, due.events);
    ck_assert_int_eq(lost.commands, due.commands);
    ck_assert_int_eq(lost.unreplicated, due.unreplicated);
    ck_assert_int_eq(lost.data_bytes, due.data_bytes);
    ck_assert_pstr_eq(lost.why, due.why);
    ck_assert_pstr_eq(lost.node, due.node);
    if (due.bytes >= 0)
        ck_assert_int_eq(lost.bytes, due.bytes);
    else /* nothing else is in the stream but PINGs and a SELECT */
        ck_assert_int_lt(lost.bytes - due.commands * 1000, 200);
    ck_assert_int_ge(lost.bytes, due.bytes < 0 ? due.commands * 1000 : 0);
}

TEST(a_ping_alone_is_lost_bytes_but_no_write)
{
    struct simulation *run =
        simulate("duration: 3min\n"
                 "config: { repl-backlog-size: 1gb, repl-ping-replica-period: 10 }\n"
                 "nodes: { m: { dataset: 1gb }, r: { replicaof: m, begin: synced } }\n"
                 "faults: [ { at: 35s, partition: m-r, for: 11s }, { at: 45s, promote: r },\n"
                 "          { at: 46s, replicaof: m, to: r } ]\n");
    const struct happening *lost = simulation_find(run, EVENT_LOST, 0);
    ck_assert_ptr_nonnull(lost);
    ck_assert_int_eq(lost->number[EVENT_AT(lost, bytes)], 14);
    ck_assert_int_eq(lost->number[EVENT_AT(lost, commands)], 0);
    ck_assert_int_eq(simulation_count(run, EVENT_LOST, INT64_MAX), 1);
    simulation_free(run);
}
