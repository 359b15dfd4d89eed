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
};

TEST_LOOP(a_world_that_broke_runs_to_its_end, 0, G_N_ELEMENTS(WORLDS))
{
    struct simulation *simulation = simulate(WORLDS[_i].text);
    ck_assert_msg(simulation->count > 0, "%s", WORLDS[_i].why);
    simulation_free(simulation);
}
