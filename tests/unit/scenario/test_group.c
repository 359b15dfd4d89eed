/* Names that stand for several: groups, nodes with a count, and what faults make of them. */
#include <string.h>
#include "sim/engine/time.h"
#include "sim/scenario/fault_schedule.h"
#include "tests/unit/read_scenario.h"
#include "tests/unit/suite.h"

#define BASE                                                                                       \
    "duration: 5min\nnodes:\n  m:  { dataset: 1gb }\n  r:  { replicaof: m, count: 3 }\n"           \
    "  s:  { replicaof: r1 }\n"

/* "m-r1 m-r2": what the faults strike, in order; an arrow shows one direction. */
static char *struck(const struct scenario *scenario)
{
    GString *all = g_string_new(NULL);
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        g_string_append_printf(all, "%s%s%s", i ? " " : "", fault_target(scenario, fault),
                               fault->direction == DIRECTION_DOWN ? " down"
                               : fault->direction == DIRECTION_UP ? " up"
                                                                  : "");
    }
    return g_string_free(all, FALSE);
}

static const struct {
    const char *fault, *struck, *of;
} STRUCK[] = {
    {"cut: m-r1", "m-r1", ""},
    {"cut: [m-r1, r2-m]", "m-r1 m-r2", "2 links"},
    {"partition: m", "m-r1 m-r2 m-r3", "m"},
    {"partition: r1", "m-r1 r1-s", "r1"},
    {"slow: m-r, latency: 1s", "m-r1 m-r2 m-r3", "m-r"},
    {"slow: m-r2, latency: 1s", "m-r2", ""},
    {"heal: rack", "m-r2 r1-s", "rack"},
    {"cut: wan", "m-r1 m-r2 m-r3", "wan"},
    {"cut: [wan, rack]", "m-r1 m-r2 m-r3 r1-s", "4 links"},
    {"cut: [m, m-r1]", "m-r1 m-r2 m-r3", "3 links"},
    {"partition: m->r", "m-r1 down m-r2 down m-r3 down", "m->r"},
    {"partition: [m->r1, s->r1]", "m-r1 down r1-s up", "2 links"},
    {"partition: m, direction: up", "m-r1 up m-r2 up m-r3 up", "m"},
    {"pause: r", "r1 r2 r3", "r"},
    {"pause: [r2]", "r2", ""},
    {"crash: rack", "r2 s", "rack"},
    {"restart: [rack, r]", "r2 s r1 r3", "4 nodes"},
    {"shutdown: all", "m r2 s", "all"},
    {"config-set: rack, repl-timeout: 9, hz: 20", "r2 s r2 s", "rack"},
};

TEST_LOOP(a_fault_strikes_every_member, 0, (int)G_N_ELEMENTS(STRUCK))
{
    char *text = g_strdup_printf(BASE "groups: { all: [m, rack], rack: [r2, s], wan: [m-r] }\n"
                                      "faults: [ { at: 1s, %s } ]\n",
                                 STRUCK[_i].fault);
    struct scenario *scenario = read_good(text);
    char *found = struck(scenario);
    ck_assert_str_eq(found, STRUCK[_i].struck);
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        ck_assert_str_eq(scenario->faults[i].of, STRUCK[_i].of);
        ck_assert_int_eq(scenario->faults[i].behind, (int32_t)i);
    }
    g_free(found);
    g_free(text);
    scenario_free(scenario);
}

TEST(a_count_makes_equal_nodes)
{
    struct scenario *scenario =
        read_good("duration: 1min\nnodes:\n  m: {}\n  r: { replicaof: m, count: 3, config: "
                  "{ repl-timeout: 7 }, start-after: 3s }\n"
                  "links: { m-r: { latency: 7ms }, default: { latency: 1ms } }\n"
                  "expect: { r: { full: 1 } }\n");
    ck_assert_uint_eq(scenario->node_count, 4);
    for (uint32_t i = 1; i <= 3; i++) {
        char *name = g_strdup_printf("r%u", i);
        ck_assert_str_eq(scenario->nodes[i].name, name);
        ck_assert_int_eq(scenario->nodes[i].replicaof, 0);
        ck_assert_int_eq(scenario->nodes[i].config.timeout_s, 7);
        ck_assert_int_eq(scenario->nodes[i].start_after, 3 * NS_PER_S);
        ck_assert_int_eq(scenario->links[i - 1].latency, 7 * NS_PER_MS);
        ck_assert_int_eq(scenario->expects[i - 1].node, (int32_t)i);
        g_free(name);
    }
    ck_assert_uint_eq(scenario->expect_count, 3);
    scenario_free(scenario);
}

TEST(a_count_is_a_run_of_the_nodes_written_out)
{
    struct scenario *counted = read_good("duration: 1min\nnodes: { m: {}, r: { replicaof: m, "
                                         "count: 2 } }\n"),
                    *written = read_good("duration: 1min\nnodes: { m: {}, r1: { replicaof: m }, "
                                         "r2: { replicaof: m } }\n");
    ck_assert(counted->fingerprint == written->fingerprint);
    scenario_free(counted);
    scenario_free(written);
}

TEST(links_of_a_group_are_alike_and_so_are_their_twins)
{
    struct scenario *scenario =
        read_good(BASE "groups: { far: [r2, r3] }\nlinks: { m-far: { latency: 9ms } }\n"
                       "faults: [ { at: 1s, promote: r1 } ]\n");
    for (uint32_t i = 0; i < scenario->link_count; i++) {
        const struct scenario_link *link = &scenario->links[i];
        int32_t other = MAX(link->upper, link->lower);
        bool is_far = MIN(link->upper, link->lower) == 0 && (other == 2 || other == 3);
        ck_assert_int_eq(link->latency, is_far ? 9 * NS_PER_MS : 200 * NS_PER_US);
    }
    scenario_free(scenario);
}

/* A group that is pointed at another master: links to it are made. */
TEST(a_group_that_follows_another_has_links_to_it)
{
    struct scenario *scenario =
        read_good("duration: 1min\nnodes: { m: {}, n: {}, r: { replicaof: m, count: 20 } }\n"
                  "faults: [ { at: 1s, replicaof: r, to: n }, { at: 2s, cut: n-r } ]\n");
    ck_assert_uint_eq(scenario->fault_count, 40);
    ck_assert_uint_eq(scenario->link_count, 40);
    ck_assert_str_eq(fault_target(scenario, &scenario->faults[39]), "n-r20");
    scenario_free(scenario);
}

/* One draw of the time and one of the length, time after time; another fault has its own. */
TEST(what_is_struck_together_begins_and_ends_together)
{
    struct scenario *scenario =
        read_good(BASE "faults:\n"
                       "  - { every: { exponential: 10s }, cut: m-r, for: { exponential: 3s } }\n"
                       "  - { every: { exponential: 10s }, pause: s, for: { exponential: 3s } }\n");
    struct fault_state states[4];
    int64_t now = 0;
    for (uint32_t i = 0; i < 4; i++)
        fault_state_init(&states[i], scenario, i, 5, 0);
    for (int turn = 0; turn < 50; turn++) {
        int64_t begins[4], ends[4];
        for (uint32_t i = 0; i < 4; i++) {
            begins[i] = fault_next(&scenario->faults[i], &states[i], now);
            ends[i] = fault_ends(&scenario->faults[i], &states[i], begins[i]);
        }
        for (uint32_t i = 1; i < 3; i++)
            ck_assert(begins[i] == begins[0] && ends[i] == ends[0]);
        ck_assert(begins[3] != begins[0] && ends[3] != ends[0]);
        now = ends[0];
    }
    scenario_free(scenario);
}
