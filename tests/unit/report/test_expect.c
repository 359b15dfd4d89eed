/* Expectations: which number each key is, of a node and of the whole run, and when it holds. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "sim/report/expect.h"
#include "sim/report/report.h"
#include "sim/world/run_once.h"
#include "tests/unit/read_scenario.h"
#include "tests/unit/suite.h"

/* r1 loses its link for 10 s and again for 30 s; r2 is lost at the end; r3 never comes. */
#define BASE                                                                                       \
    "duration: 4min\nserver: redis-7.0\n"                                                          \
    "config: { repl-backlog-size: 1mb, repl-diskless-sync-delay: 0 }\n"                            \
    "nodes:\n  m:  { dataset: 100mb }\n  r1: { replicaof: m }\n"                                   \
    "  r2: { replicaof: m, begin: synced }\n  r3: { replicaof: m, begin: absent }\n"               \
    "load:\n  - { node: m, rate: 100/s, command: 543 }\n"                                          \
    "faults:\n  - { at: 60s, cut: m-r1, for: 10s }\n"                                              \
    "  - { at: 120s, cut: m-r1, for: 30s }\n  - { at: 200s, cut: m-r2 }\n"

static const struct {
    const char *expect;
    bool held;
    const char *found; /* how it begins */
} CASES[] = {
    {"r1: { full: 2 }", true, "2"},
    {"r1: { full: '> 2' }", false, "2"},
    {"r1: { partial: 1..3 }", true, "1"},
    {"r1: { full-failed: 0 }", true, "0"},
    {"r1: { refused: 0 }", true, "0"},
    {"r1: { reasons: { backlog-passed: 1 } }", true, "1"},
    {"r1: { reasons: { id-mismatch: 1 } }", false, "0"},
    {"r1: { drops: { lost: 2 } }", true, "2"},
    {"r1: { down: 40s..50s }", true, "4"},
    {"r1: { down: '< 40s' }", false, "4"},
    {"r1: { first-drop: 60s..61s }", true, "60 s"},
    {"r1: { first-resync: '< 2s' }", true, ""},
    {"r1: { last-online: '> 150s' }", true, ""},
    {"r1: { spare-min: '> 100kb' }", true, ""},
    {"r1: { bytes: '> 200mb' }", true, "201 MB ("},
    {"r1: { buffer-peak: '> 0' }", true, ""},
    {"r1: { online: yes, behind: '< 1kb' }", true, ""},
    {"r1: { forks: 0 }", true, "0"},
    {"m: { forks: 2 }", true, "2"},
    {"m: { online: yes }", false, "a master"},
    {"m: { refused-writes: 0 }", true, "0"},
    {"r2: { online: no, full: 0, partial: 0 }", true, ""},
    {"r2: { behind: '> 2mb' }", true, "2."},
    {"r2: { spare-min: '> 0' }", false, "no partial resynchronisation"},
    {"r2: { first-drop: 200s..201s }", true, "200 s"},
    {"r2: { first-resync: '> 0s' }", false, "never"},
    {"r3: { last-online: '< 4min' }", false, "never"},
    {"r3: { stale: 0 }", true, "0 ns"},
    {"full: 2", true, "2"},
    {"partial: 1", true, "1"},
    {"drops: { lost: 3 }", true, "3"},
    {"online: yes", false, "no"},
    {"first-drop: 60s..61s", true, "60 s"},
    {"spare-min: '< 1mb'", true, ""},
    {"final: consistent", false, "inconsistent, because of r2, which is not online"},
    {"final: inconsistent", true, "inconsistent"},
};

TEST_LOOP(an_expectation_is_held_against_the_end_of_the_run, 0, G_N_ELEMENTS(CASES))
{
    char *text = g_strdup_printf("%sexpect: { %s }\n", BASE, CASES[_i].expect);
    struct scenario *scenario = read_good(text);
    struct report *report = report_new(scenario, 1, "test");
    char *broken = run_once(&(struct run_once){
        .scenario = scenario, .seed = 1, .is_checked = true, .trace = &report->trace});
    ck_assert_msg(broken == NULL, "%s", broken);
    report_check(report);
    const char *found = report->results[0].found;
    ck_assert_msg((report->failed == 0) == CASES[_i].held, "%s: found %s", CASES[_i].expect, found);
    ck_assert_msg(g_str_has_prefix(found, CASES[_i].found), "%s: found %s", CASES[_i].expect,
                  found);
    report_free(report);
    scenario_free(scenario);
    g_free(text);
}

static const struct {
    const char *rest;
    enum final_state state;
} FINALS[] = {
    {"", FINAL_COMPLETE},
    {"faults: [ { at: 59s, cut: m-r1 } ]\n", FINAL_INCONSISTENT},
    {"faults: [ { at: 59500ms, partition: m-r1 } ]\n", FINAL_CONSISTENT},
    {"faults: [ { at: 59s, crash: r1 }, { at: 59s, crash: r2 } ]\n", FINAL_INCONSISTENT},
    {"faults: [ { at: 59s, crash: r2 } ]\n", FINAL_COMPLETE}, /* who does not run is not asked */
    {"faults: [ { at: 59s, crash: m } ]\n", FINAL_INCONSISTENT},
    {"faults: [ { at: 59s, promote: r1 } ]\n", FINAL_COMPLETE}, /* two masters */
    {"links: { m-r1: { latency: 300ms } }\n", FINAL_COMPLETE},  /* what is on its way is not owed */
    {"faults: [ { at: 30s, flush: m } ]\n", FINAL_IDENTICAL},
    {"faults: [ { at: 30s, crash: r1 }, { at: 30s, crash: r2 }, { at: 31s, crash: m } ]\n",
     FINAL_INCONSISTENT},
};

TEST_LOOP(the_end_is_as_good_as_its_worst_replica, 0, G_N_ELEMENTS(FINALS))
{
    char *text = g_strdup_printf(
        "duration: 1min\n"
        "nodes: { m: { dataset: 1mb }, r1: { replicaof: m }, r2: { replicaof: m } }\n"
        "load: [ { node: m, rate: 1000/s } ]\n%s",
        FINALS[_i].rest);
    struct scenario *scenario = read_good(text);
    struct report *report = report_new(scenario, 1, "test");
    char *broken = run_once(&(struct run_once){
        .scenario = scenario, .seed = 1, .is_checked = true, .trace = &report->trace});
    ck_assert_msg(broken == NULL, "%s", broken);
    report_check(report);
    int32_t why;
    ck_assert_int_eq(run_record_final(&report->record, &why), FINALS[_i].state);
    ck_assert_int_eq(why < 0, FINALS[_i].state >= FINAL_IDENTICAL);
    report_free(report);
    scenario_free(scenario);
    g_free(text);
}
