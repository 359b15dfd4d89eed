/* Saves that begin by themselves, against the rule of FACTS 3.9 computed by hand; `save 3 5` forks
 * on redis-server 7.0.15 in the fourth second after its start or its last save. */
#include <inttypes.h>
#include "tests/unit/suite.h"
#include "tests/unit/world/simulate.h"

#define S INT64_C(1000000000)

enum { FORK_REPLICAS = 3, POINT_SECONDS = 0, POINT_COUNTED = 2 };

static const char COMMON[] = "spread: 0s\n"
                             "hosts: { default: { preset: exact } }\n"
                             "links: { default: { latency: 1ms } }\n";

static int64_t fork_at(const struct simulation *run, int nth)
{
    const struct happening *fork = simulation_find(run, EVENT_FORK, 0);
    for (int i = 0; i < nth && fork != NULL; i++)
        fork = simulation_find(run, EVENT_FORK, simulation_index(run, fork) + 1);
    ck_assert_ptr_nonnull(fork);
    return fork->t;
}

/* By rate, seconds and changes: the least and the most time to the first and from it to the second
 * save. Elapsed whole seconds round by one; a round of the cron adds up to 0.1 s. */
static const struct {
    const char *rate, *save;
    int64_t first, between; /* ns, the least; one second more at most */
} RULES[] = {
    {"100/s", "\"10 5\"", 10 * S, 10 * S},      /* enough changes: the time decides */
    {"10/s", "\"3 300\"", 30 * S, 30 * S},      /* time enough: the changes decide */
    {"10/s", "\"60 1 3 200\"", 20 * S, 20 * S}, /* whichever of two comes first */
    {"0.1/s", "\"5 1 3 200\"", 10 * S, 10 * S},
};

TEST_LOOP(a_save_begins_when_both_the_changes_and_the_seconds_are_there, 0,
          sizeof RULES / sizeof *RULES)
{
    struct simulation *run = simulate_with(COMMON,
                                           "duration: 90s\n"
                                           "nodes: { m: { dataset: 1mb, config: { save: %s } } }\n"
                                           "load: [ { node: m, rate: %s, command: 100 } ]\n",
                                           RULES[_i].save, RULES[_i].rate);
    int64_t first = fork_at(run, 0), between = fork_at(run, 1) - first;
    ck_assert_int_ge(first, RULES[_i].first);
    ck_assert_int_le(first, RULES[_i].first + 11 * S / 10);
    ck_assert_int_ge(between, RULES[_i].between - S / 10);
    ck_assert_int_le(between, RULES[_i].between + 13 * S / 10);
    simulation_free(run);
}

TEST(no_save_point_no_save_and_the_default_ones_are_no_rule)
{
    static const char *const CONFIGS[] = {"{}", "{ save: \"\" }"};
    for (int i = 0; i < 2; i++) {
        struct simulation *run = simulate_with(COMMON,
                                               "duration: 2h\n"
                                               "nodes: { m: { dataset: 1mb, config: %s } }\n"
                                               "load: [ { node: m, rate: 100/s, command: 100 } ]\n",
                                               CONFIGS[i]);
        ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 0);
        simulation_free(run);
    }
}

TEST(a_replica_counts_what_it_applies_and_waits_for_it_while_it_is_cut_off)
{
    struct simulation *run = simulate_with(
        COMMON,
        "duration: 60s\n"
        "nodes: { m: {}, r1: { replicaof: m, begin: synced, config: { save: \"3 200\" } } }\n"
        "load: [ { node: m, rate: 10/s, command: 100 } ]\n"
        "faults: [ { at: 15s, cut: m-r1, for: 10s } ]\n");
    const struct happening *due = simulation_find(run, EVENT_SAVE_POINT, 0);
    ck_assert_ptr_nonnull(due);
    ck_assert_int_eq(due->node, 1);
    ck_assert_int_ge(due->t, 25 * S);
    ck_assert_int_le(due->t, 28 * S);
    ck_assert_int_ge(due->number[POINT_COUNTED], 249);
    simulation_free(run);
}

/* Nobody has recorded the stream since the fork: a newcomer waits for the next one. */
TEST(a_replica_cannot_join_a_save_that_began_by_itself)
{
    struct simulation *run =
        simulate_with("spread: 0s\n", "duration: 60s\n"
                                      "config: { repl-diskless-sync: no }\n"
                                      "hosts: { default: { preset: exact, save: 1mb/s } }\n"
                                      "nodes:\n"
                                      "  m:  { dataset: 10mb, config: { save: \"3 20\" } }\n"
                                      "  r1: { replicaof: m, begin: synced }\n"
                                      "  r2: { replicaof: m, start-after: 6s }\n"
                                      "load: [ { node: m, rate: 100/s, command: 100 } ]\n");
    const struct happening *own = simulation_find(run, EVENT_FORK, 0);
    const struct happening *next = simulation_find(run, EVENT_FORK, simulation_index(run, own) + 1);
    ck_assert_int_eq(own->number[FORK_REPLICAS], 0);
    ck_assert_int_eq(next->number[FORK_REPLICAS], 1);
    ck_assert_int_ge(next->t - own->t, 10 * S);
    simulation_free(run);
}
