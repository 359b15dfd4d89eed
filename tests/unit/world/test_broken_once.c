/* Rare worlds that once broke an invariant, cut down to what made them break: they run to their
 * end. simulate() fails if an invariant does not hold. */
#include <glib.h>
#include <stdlib.h>
#include "tests/unit/world/simulate.h"
#include "tests/unit/suite.h"

static const struct {
    const char *why, *text;
} WORLDS[] = {
    {"a closed socket is not empty yet when its master takes another history",
     "duration: 600s\n"
     "links: { default: { bandwidth: 1mbit/s } }\n"
     "nodes: { n0: {}, n1: { replicaof: n0 }, n2: { replicaof: n1 } }\n"
     "load: [ { node: n0, rate: 333/s } ]\n"
     "faults: [ { at: 430192ms, replicaof: n0, to: n2 } ]\n"},
    {"a node reads on from a closed socket, while who closed it follows that node",
     "duration: 30s\n"
     "links: { default: { bandwidth: 10mbit/s } }\n"
     "nodes: { n0: {}, n1: { replicaof: n0 } }\n"
     "load: [ { node: n0, rate: 2000/s, command: { values: [40, 543, 5kb] } } ]\n"
     "faults:\n"
     "  - { every: { exponential: 6s }, replicaof: n0, to: n1 }\n"
     "  - { at: 15224ms, for: 50ms, pause: n1 }\n"},
    {"writes that were refused here are counted at another node: refused_writes below zero",
     "duration: 60s\n"
     "config: { min-replicas-to-write: 1 }\n"
     "nodes: { n0: {}, n1: { replicaof: n0 } }\n"
     "load: [ { node: n0, rate: 1mb/s } ]\n"
     "faults: [ { at: 4s, move-load: 0, node: n1 } ]\n"},
    {"SIGCONT in the middle of a fork: save_ns below zero",
     "duration: 10min\n"
     "config: { client-output-buffer-limit: 'replica 1 1 1' }\n"
     "nodes: { n0: { dataset: 1024gb }, n1: { replicaof: n0 } }\n"
     "load: [ { node: n0, rate: 333/s } ]\n"
     "faults: [ { at: 406s, resume: n0 } ]\n"},
    {"what the end of a chain reads left a process that has died and started again meanwhile",
     "duration: 30s\n"
     "hosts: { default: { boot: 0 } }\n"
     "links: { default: { latency: 10ms } }\n"
     "nodes:\n"
     "  n0: {}\n"
     "  n2: { replicaof: n0, begin: synced }\n"
     "  n3: { replicaof: n2, begin: synced }\n"
     "  n4: { replicaof: n3, begin: synced }\n"
     "load: [ { node: n0, rate: 100kb/s } ]\n"
     "faults:\n"
     "  - { at: 5s, slow: n2-n3, latency: 0 }\n"
     "  - { at: 7s, for: 1us, crash: n2 }\n"},
    {"a long way down is still under way when its top begins another history",
     "duration: 30s\n"
     "nodes: { n0: {}, n1: { replicaof: n0 }, n2: { replicaof: n1 } }\n"
     "faults:\n"
     "  - { at: 3s, slow: n1-n2, latency: 900ms }\n"
     "  - { at: 25s, restart: n0, wipe: yes }\n"},
    {"a save for nobody begins and ends while its replicas are being dropped: save_ns below zero",
     "duration: 30s\n"
     "config: { repl-diskless-sync-delay: 0 }\n"
     "links: { default: { bandwidth: 1mbit/s } }\n"
     "nodes: { n0: { dataset: 3gb }, n2: { replicaof: n0 }, n3: { replicaof: n0 } }\n"
     "faults:\n"
     "  - { at: 2942ms, replicaof: n0, to: n2 }\n"
     "  - { at: 29999ms, promote: n0 }\n"},
    {"a replica that knows no second id keeps its own when its master takes over",
     "duration: 30s\n"
     "nodes:\n"
     "  n0: {}\n"
     "  n1: { replicaof: n0 }\n"
     "  n3: { replicaof: n1, server: redis-3.2 }\n"
     "  n4: { replicaof: n3 }\n"
     "faults: [ { at: 15s, failover: n0 } ]\n"},
    {"a load that takes longer than time can be counted",
     "duration: 1d\n"
     "nodes: { n0: { dataset: 100gb } }\n"
     "faults:\n"
     "  - { at: 4h, config-set: n0, key-load-delay: 1000000000 }\n"
     "  - { at: 5h, restart: n0 }\n"},
    {"a payload that takes longer than time can be counted was planned anew each nanosecond",
     "duration: 10min\n"
     "nodes: { n0: { dataset: 100gb }, n1: { replicaof: n0 } }\n"
     "links: { default: { bandwidth: 1b/s } }\n"},
    {"large commands that nobody writes were waited for, each of them",
     "duration: 1h\n"
     "config: { min-replicas-to-write: 2 }\n"
     "nodes: { n0: {}, n1: { replicaof: n0 } }\n"
     "links: { default: { bandwidth: 8kbit/s } }\n"
     "load: [ { node: n0, rate: 5000/s, command: 20kb } ]\n"},
    {"what a replica had received at the very end was armed before an event that comes after it",
     "duration: 30s\n"
     "hosts: { default: { save: 1mb/s, diskless: 100mb/s, load: 100kb/s, flush: 1gb/s, nic: "
     "1mbit/s } }\n"
     "links: { default: { latency: 100ms, send-buffer: 4mb } }\n"
     "nodes:\n"
     "  n0: { config: { repl-backlog-size: 10mb, repl-ping-replica-period: 10, repl-backlog-ttl: "
     "0, "
     "repl-diskless-sync: no, repl-diskless-sync-delay: 5, min-replicas-to-write: 2, hz: 100 } }\n"
     "  n1: { replicaof: n0, begin: synced }\n"
     "  n2: { replicaof: n0, start-after: 2s }\n"
     "  n3: { replicaof: n0 }\n"
     "load: [ { node: n0, rate: 5000/s, command: 20kb } ]\n"
     "faults: [ { at: 28664ms, restart: n3 } ]\n"},
    {"attempts that took no time at all came without end in one instant",
     "duration: 15s\n"
     "hosts: { default: { fork-base: 1ms, save: 100kb/s, diskless: 100kb/s, handler: 0, "
     "tick-extra: 0, "
     "boot: 0, nic: 1mbit/s } }\n"
     "links: { default: { latency: 0, send-buffer: 4kb } }\n"
     "nodes:\n"
     "  n0: { config: { repl-timeout: 2, client-output-buffer-limit: replica 1mb 0 0, "
     "repl-diskless-sync: no, repl-diskless-sync-delay: 1, min-replicas-max-lag: 0, save: \"\", "
     "appendonly: yes, shutdown-timeout: 1, hz: 1 } }\n"
     "  n1: { replicaof: n0, begin: synced }\n"
     "load: [ { node: n0, rate: 1/s, rate-end: 5000/s } ]\n"
     "faults: [ { every: { exponential: 6000ms }, for: 3s, fail-fork: n0 } ]\n"},
};

TEST_LOOP(a_world_that_broke_runs_to_its_end, 0, G_N_ELEMENTS(WORLDS))
{
    struct simulation *simulation = simulate(WORLDS[_i].text);
    ck_assert_msg(simulation->count > 0, "%s", WORLDS[_i].why);
    simulation_free(simulation);
}

/* In a world too large for a link between any two nodes. */
TEST(a_master_hands_over_to_its_replica_among_many_others)
{
    GString *text = g_string_new("duration: 60s\nnodes:\n");
    for (int i = 0; i < 20; i++)
        g_string_append_printf(text, "  n%d: {}\n", i);
    g_string_append(text, "  r: { replicaof: n7 }\nfaults: [ { at: 30s, failover: n7 } ]\n");
    struct simulation *simulation = simulate(text->str);
    const struct happening *role = simulation_find(simulation, EVENT_ROLE, 0);
    ck_assert(role != NULL && role->node == 7);
    role = simulation_find(simulation, EVENT_ROLE, simulation_index(simulation, role) + 1);
    ck_assert(role != NULL && role->node == 20);
    simulation_free(simulation);
    g_string_free(text, TRUE);
}
