/* --set PATH=VALUE: what it reaches, and what it refuses. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/scenario/scenario_read.h"
#include "tests/unit/suite.h"

static const char TEXT[] = "duration: 5min\n"
                           "nodes: { m: {}, r1: { replicaof: m } }\n"
                           "load: [ { node: m, rate: 1/s } ]\n"
                           "faults: [ { at: 1s, cut: m-r1, for: 1s }, { at: 2s, pause: r1 } ]\n";

/* NULL, and the first problem, when refused. */
static struct scenario *set(const char *const *overrides, char **first)
{
    struct scenario_options options = {.overrides = overrides};
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario =
        scenario_read_text("x", TEXT, sizeof TEXT - 1, &options, diagnostics);
    *first = scenario ? NULL : diagnostics_text(diagnostics, 0);
    diagnostics_free(diagnostics);
    return scenario;
}

TEST(an_override_changes_one_value)
{
    static const char *const OVERRIDES[] = {
        "config.repl-backlog-size=8mb",
        "nodes.r1.config.client-output-buffer-limit=replica 1mb 512kb 10",
        "links.m-r1.latency=30ms",
        "load[0].rate=7/s",
        "faults[1].for={ exponential: 5s }",
        "faults[0].at=[3s, 4s]",
        "expect.r1.full=\">= 1\"",
        "expect.r1.partial=>= 1",
        "nodes.m.host=default",
        "seed=99",
        NULL,
    };
    char *first;
    struct scenario *scenario = set(OVERRIDES, &first);
    ck_assert_msg(scenario != NULL, "%s", first);
    ck_assert_int_eq(scenario->nodes[0].config.backlog_bytes, 8 << 20);
    ck_assert_int_eq(scenario->nodes[1].config.backlog_bytes, 8 << 20);
    ck_assert_int_eq(scenario->nodes[1].config.limit.hard_bytes, 1 << 20);
    ck_assert_int_eq(scenario->nodes[0].config.limit.hard_bytes, 256 << 20);
    ck_assert_int_eq(scenario->links[0].latency, 30 * NS_PER_MS);
    ck_assert_int_eq(scenario->loads[0].spec.rate, 7 * NS_PER_S);
    ck_assert_int_eq(scenario->faults[1].duration.base.kind, DIST_EXPONENTIAL);
    ck_assert_uint_eq(scenario->faults[0].count, 2);
    ck_assert_uint_eq(scenario->expect_count, 2);
    ck_assert_uint_eq(scenario->seed, 99);
    scenario_free(scenario);
}

TEST(the_last_override_of_a_path_counts)
{
    static const char *const OVERRIDES[] = {"seed=3", "seed=4", NULL};
    char *first;
    struct scenario *scenario = set(OVERRIDES, &first);
    ck_assert_uint_eq(scenario->seed, 4);
    scenario_free(scenario);
}

struct refused {
    const char *override, *why;
};

static const struct refused REFUSED[] = {
    {"nodes.r2.host=x", "the scenario has no 'r2'; did you mean 'r1'?"},
    {"lod[0].rate=1/s", "the scenario has no 'lod'; did you mean 'load'?"},
    {"config.repl-backlog-sise=1mb", "did you mean 'repl-backlog-size'?"},
    {"links.m-r9.latency=1ms", "found 'r9', expected the name of a node (did you mean 'r1'?)"},
    {"load[1].rate=1/s", "the list has 1 entries, from 0 on; it has no '1'"},
    {"load.rate=1/s", "the entries of a list are load[0], load[1] and so on; found 'rate'"},
    {"load[0].rate.low=1/s", "the path goes on below what is no map, with 'low'"},
    {"seed[0]=1", "what is no list has no entry '0'"},
    {"load[0]rate=1/s", "not a path"},
    {"load[0.rate=1/s", "not a path"},
    {"load[x].rate=1/s", "it has no 'x'"},
    {"load[-1].rate=1/s", "it has no '-1'"},
    {"nodes..host=1", "not a path"},
    {"seed.=1", "not a path"},
    {"=1", "expected PATH=VALUE, found '=1'"},
    {"seed", "expected PATH=VALUE, found 'seed'"},
    {"seed=", "seed: found nothing, expected a whole number"},
    {"seed={", "not YAML"},
    {"seed=[1]", "seed: found a list"},
    {"seed=\x01", "seed: found '?'"},
    {"hosts.big.fork=1ms/gb", "the scenario has no 'big'"},
};

TEST_LOOP(a_wrong_override_is_refused_by_name, 0, sizeof REFUSED / sizeof *REFUSED)
{
    const char *const overrides[] = {REFUSED[_i].override, NULL};
    char *first;
    struct scenario *scenario = set(overrides, &first);
    ck_assert_msg(!scenario, "%s is accepted", overrides[0]);
    ck_assert_msg(strstr(first, REFUSED[_i].why) != NULL, "%s", first);
    ck_assert_msg(g_str_has_prefix(first, "--set "), "%s", first);
    g_free(first);
}
