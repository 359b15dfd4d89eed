/* Replicas that one outage strikes come back together: to one save, and to one network card. */
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include "tests/unit/world/simulate.h"
#include "tests/unit/suite.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)
#define GB (INT64_C(1) << 30)

/* Out for longer than the backlog holds. A retry is due within a second, so that all of them ask
 * while the first one's save runs (10 s) or waits (5 s). */
static struct simulation *run(int64_t replicas, const char *fault, const char *diskless)
{
    static const char COMMON[] = "duration: 5min\n"
                                 "hosts:\n  default: { preset: exact, save: 100mb/s }\n"
                                 "  main: { preset: exact, save: 100mb/s, nic: 4gbit/s }\n"
                                 "load: [ { node: m, rate: 1000/s, command: 1000 } ]\n";
    return simulate_with(COMMON,
                         "nodes:\n  m: { dataset: 1gb, host: main }\n"
                         "  r: { replicaof: m, begin: synced, count: %" PRId64 " }\n"
                         "config: { repl-backlog-size: 1mb, repl-diskless-sync: %s }\n"
                         "faults: [ { at: 33s, %s } ]\n",
                         replicas, diskless, fault);
}

static const struct happening *last(const struct simulation *run, enum event_kind kind)
{
    const struct happening *found = NULL, *next = simulation_find(run, kind, 0);
    for (; next; next = simulation_find(run, kind, simulation_index(run, next) + 1))
        found = next;
    return found;
}

/* 2 ns a byte and replica: what the card of the master takes, whoever receives it. */
static void check_return(const struct simulation *run, int64_t replicas)
{
    const struct happening *sent = simulation_find(run, EVENT_PAYLOAD, 0);
    const struct happening *received = last(run, EVENT_RECEIVED);
    ck_assert(sent && received);
    ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 1);
    ck_assert_int_eq(simulation_count(run, EVENT_RECEIVED, INT64_MAX), replicas);
    ck_assert_int_eq(simulation_count(run, EVENT_ONLINE, INT64_MAX), replicas);
    ck_assert_int_le(llabs(received->t - sent->t - replicas * 2 * GB), 5 * MS);
}

static const char *const FAULTS[] = {"cut: m, for: 20s", "cut: r, for: 20s",
                                     "partition: m-r, for: 70s", "crash: r, for: 20s"};

TEST_LOOP(replicas_that_were_out_together_share_a_save_and_the_network_card, 0, 4)
{
    static const char *const DISKLESS[] = {"no", "yes"};
    for (int64_t replicas = 1; replicas <= 9; replicas += 4)
        for (int i = 0; i < 2; i++) {
            struct simulation *simulation = run(replicas, FAULTS[_i], DISKLESS[i]);
            check_return(simulation, replicas);
            simulation_free(simulation);
        }
}
