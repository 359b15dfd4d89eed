/* Skipping quiet stretches changes nothing but the time it takes: trace, digest and summary are the
 * same to the byte, whether each heartbeat runs, is only emitted, or is only counted because nobody
 * hears of it. Lines of a run without heartbeats are those of one with them, but for these. */
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/report/report.h"
#include "sim/world/world.h"
#include "sim/scenario/scenario_read.h"
#include "sim/report/report_json.h"
#include "tests/unit/read_scenario.h"
#include "tests/unit/suite.h"

#define SEEDS 4

/* Hours in which something ends a stretch, bounds it or comes close to it. */
static const char *const STORIES[] = {
    /* the plain case, with every fault of a link */
    "duration: 6h\n"
    "nodes: { m: { dataset: 10mb }, r1: { replicaof: m }, r2: { replicaof: m } }\n"
    "load: [ { node: m, rate: 200/s, command: 543 } ]\n"
    "faults:\n"
    "  - { at: [1h, 2h, 3h, 4h], config-set: r1, hz: 50 }\n"
    "  - { at: [90min, 150min, 210min, 270min], config-set: r1, hz: 10 }\n"
    "  - { every: { exponential: 10min }, partition: m-r1, for: { lognormal: { median: 2s, p95: "
    "30s } } }\n"
    "  - { every: { exponential: 30min }, cut: m-r2, for: { exponential: 5s } }\n"
    "  - { every: { exponential: 40min }, slow: m-r2, latency: 700ms, for: 2min }\n"
    "  - { every: { exponential: 1h }, slow: m-r1, bandwidth: 100kbit/s, for: 2min }\n",
    /* a chain, far and unsteady, without writers for a while */
    "duration: 3h\n"
    "links: { default: { latency: 100ms, jitter: { exponential: 5ms }, bandwidth: 10mbit/s } }\n"
    "hosts: { default: { preset: recorder } }\n"
    "nodes:\n"
    "  m: { dataset: 10mb }\n"
    "  r1: { replicaof: m }\n"
    "  r2: { replicaof: r1 }\n"
    "  r3: { replicaof: r2, config: { hz: 100 } }\n"
    "load: [ { node: m, rate: 20/s, poisson: yes, from: 1h, to: 2h, ttl: 10s } ]\n"
    "faults: [ { every: { exponential: 20min }, restart: r1 }, { every: 50min, partition: 'm->r1', "
    "for: 3s } ]\n",
    /* everything at the same instants: who is first must stay first */
    "duration: 2h\n"
    "spread: 0\n"
    "hosts: { default: { preset: exact } }\n"
    "links: { default: { latency: 0 } }\n"
    "config: { repl-diskless-sync: no, repl-ping-replica-period: 1 }\n"
    "nodes: { m: {}, r1: { replicaof: m }, r2: { replicaof: m }, r3: { replicaof: r1 } }\n"
    "load: [ { node: m, rate: 1/s } ]\n"
    "faults: [ { at: [10min, 1h], cut: m-r1, for: 10s }, { at: 90min, pause: m, for: 2500ms } ]\n",
    /* rounds that meet now and then: 1.000 s, 1.010 s and 1.001 s */
    "duration: 2h\n"
    "spread: 0\n"
    "hosts: { default: { preset: exact }, r1: { tick-extra: 1ms }, r2: { tick-extra: 100us } }\n"
    "links: { default: { latency: 0 } }\n"
    "config: { repl-diskless-sync: no }\n"
    "nodes: { m: {}, r1: { replicaof: m }, r2: { replicaof: m } }\n"
    "load: [ { node: m, rate: 10/s } ]\n"
    "faults: [ { every: { exponential: 7min }, cut: m-r1, for: 1s } ]\n",
    /* time-outs and lags as short as the heartbeats, and changed while it goes on */
    "duration: 2h\n"
    "config: { repl-timeout: 12, min-replicas-to-write: 1, min-replicas-max-lag: 2 }\n"
    "nodes: { m: { dataset: 1mb }, r1: { replicaof: m }, r2: { replicaof: m } }\n"
    "load: [ { node: m, rate: 5/s } ]\n"
    "faults:\n"
    "  - { at: 20min, config-set: m, min-replicas-max-lag: 1 }\n"
    "  - { at: 40min, config-set: m, min-replicas-max-lag: 10 }\n"
    "  - { at: 50min, config-set: m, min-replicas-to-write: 3 }\n"
    "  - { at: 60min, config-set: r1, repl-timeout: 5 }\n"
    "  - { at: 70min, config-set: m, hz: 100 }\n"
    "  - { at: 80min, config-set: m, repl-ping-replica-period: 3 }\n"
    "  - { at: 90min, crash: r2, for: 10min }\n",
    /* loads that exceed the path at times, and the limits with it */
    "duration: 2h\n"
    "config: { client-output-buffer-limit: replica 4mb 1mb 10 }\n"
    "links: { default: { bandwidth: 20mbit/s } }\n"
    "nodes: { m: { dataset: 1mb }, r1: { replicaof: m } }\n"
    "load:\n"
    "  - { node: m, rate: 1/s, command: 300kb, bursts: { 'on': 20s, 'off': 10min } }\n"
    "  - { node: m, rate: 100/s, markov: { high: 10000/s, high-for: 3s, low-for: 5min } }\n"
    "  - { node: m, rate: 0/s, rate-end: 200/s, tick: 100ms }\n",
    /* PINGs after ten seconds without a byte: of writers that are silent for about as long, by two
     * masters, in rounds of a second and of a little more */
    "server: redis-8.0\n"
    "duration: 3h\n"
    "hosts: { default: { preset: exact }, b: { tick-extra: 700us } }\n"
    "links: { default: { latency: 3ms } }\n"
    "nodes: { a: {}, b: {}, r1: { replicaof: a }, r2: { replicaof: b } }\n"
    "load:\n"
    "  - { node: a, rate: 0.1/s, poisson: yes, to: 1h }\n"
    "  - { node: a, rate: 3/s, from: 70min, to: 80min }\n"
    "  - { node: a, rate: 0.07/s, from: 100min }\n"
    "  - { node: b, rate: 100/s, bursts: { 'on': 20s, 'off': 25s }, to: 90min }\n"
    "faults:\n"
    "  - { at: 85min, config-set: a, repl-ping-replica-period: 1 }\n"
    "  - { at: 95min, config-set: b, repl-ping-replica-period: 3 }\n"
    "  - { every: { exponential: 20min }, cut: a-r1, for: 5s }\n"
    "  - { every: { exponential: 30min }, partition: b-r2, for: 5s }\n",
    /* roles that change, and backlogs that expire */
    "duration: 3h\n"
    "config: { repl-backlog-ttl: 30 }\n"
    "nodes: { a: { dataset: 1mb }, b: { replicaof: a }, c: { replicaof: a } }\n"
    "load: [ { node: a, rate: 50/s, adds: 100 } ]\n"
    "waits: [ { node: a, replicas: 2, timeout: 1s, every: 10min } ]\n"
    "faults:\n"
    "  - { at: 30min, failover: a, to: b, for: 10s }\n"
    "  - { at: 40min, move-load: 0, node: b }\n"
    "  - { at: 60min, crash: b }\n"
    "  - { at: 61min, promote: c }\n"
    "  - { at: 62min, replicaof: a, to: c }\n"
    "  - { at: 63min, move-load: 0, node: c }\n"
    "  - { at: 90min, shutdown: a, for: 20min }\n"
    "  - { at: 100min, flush: c }\n"
    "  - { at: 150min, bgsave: c }\n",
    /* saves that begin by themselves, half a minute long, and outages in them, between them and at their ends */
    "duration: 4h\n"
    "config: { save: 3600 1 300 100 60 10000 }\n"
    "nodes:\n"
    "  m:  { dataset: 4gb }\n"
    "  r1: { replicaof: m, begin: synced }\n"
    "  r2: { replicaof: m, begin: synced, config: { save: 900 1 } }\n"
    "load: [ { node: m, rate: 300/s, command: 200 } ]\n"
    "faults:\n"
    "  - { every: { exponential: 10min }, cut: m-r1, for: { exponential: 3s } }\n"
    "  - { every: { exponential: 40min }, pause: r2, for: { exponential: 5s } }\n"
    "  - { every: { exponential: 1h }, restart: r1 }\n"
    "  - { every: { exponential: 30min }, bgsave: m }\n"
    "  - { at: 3h, restart: m }\n",
};

static bool append_line(void *user, const char *line, size_t len)
{
    g_string_append_len(user, line, (gssize)len);
    return true;
}

struct outcome {
    GString *lines, *summary;
    int64_t skipped, free_samples;
};

enum hears { STORY, HEARTBEATS };

static struct outcome run_with(const struct scenario *scenario, uint64_t seed, enum hears hears,
                               bool fast_forwards, bool rests)
{
    struct outcome outcome = {.lines = g_string_new(NULL), .summary = g_string_new(NULL)};
    struct report *report = report_new(scenario, seed, "test");
    report->trace.mode = TRACE_LINES;
    report->trace.has_heartbeats = hears == HEARTBEATS;
    report->trace.sink = append_line;
    report->trace.sink_user = outcome.lines;
    struct world *world = world_new(scenario, seed, 0, &report->trace);
    world->fast_forwards = fast_forwards;
    world->rests = rests;
    world->checks_all = true;
    ck_assert_msg(world_run(world), "%s", world->broken);
    report_check(report);
    report_json_print(report, outcome.summary);
    outcome.skipped = world->fast_forward.skipped;
    for (uint32_t i = 0; i < world->node_count; i++)
        outcome.free_samples += world->nodes[i].account.free_samples;
    world_free(world);
    report_free(report);
    return outcome;
}

static struct outcome run(const struct scenario *scenario, uint64_t seed, enum hears hears,
                          bool fast_forwards)
{
    return run_with(scenario, seed, hears, fast_forwards, true);
}

static void clear(struct outcome *outcome)
{
    g_string_free(outcome->lines, TRUE);
    g_string_free(outcome->summary, TRUE);
}

static void check_same_text(const GString *a, const GString *b)
{
    if (g_string_equal(a, b))
        return;
    size_t at = 0;
    while (a->str[at] == b->str[at])
        at++;
    while (at > 0 && a->str[at - 1] != '\n' && a->str[at - 1] != ',')
        at--;
    ck_abort_msg("at byte %zu: %.300s\nrather than %.300s", at, a->str + at, b->str + at);
}

/* Without the lines of heartbeats. */
static void cut_heartbeats(GString *lines)
{
    GString *story = g_string_new(NULL);
    for (const char *at = lines->str, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        const char *event = g_strstr_len(at, end - at, "\"event\":\"") + strlen("\"event\":\"");
        if (!g_str_has_prefix(event, "ping\"") && !g_str_has_prefix(event, "ack\""))
            g_string_append_len(story, at, end + 1 - at);
    }
    g_string_assign(lines, story->str);
    g_string_free(story, TRUE);
}

/* Returns how much of a run was skipped, in percent. */
static int64_t check_seed(const struct scenario *scenario, uint64_t seed)
{
    struct outcome all = run(scenario, seed, HEARTBEATS, false),
                   emitted = run(scenario, seed, HEARTBEATS, true),
                   counted = run(scenario, seed, STORY, true),
                   awake = run_with(scenario, seed, STORY, true, false),
                   resting = run_with(scenario, seed, STORY, false, true);
    ck_assert_int_eq(all.skipped, 0);
    ck_assert_int_eq(emitted.skipped, awake.skipped);
    check_same_text(emitted.lines, all.lines);
    check_same_text(emitted.summary, all.summary);
    cut_heartbeats(all.lines);
    const struct outcome *stories[] = {&counted, &awake, &resting};
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
        check_same_text(stories[i]->summary, all.summary);
        check_same_text(stories[i]->lines, all.lines);
        ck_assert_int_eq(stories[i]->free_samples, all.free_samples);
    }
    int64_t percent = mul_div(counted.skipped, 100, scenario->duration);
    clear(&all);
    clear(&emitted);
    clear(&counted);
    clear(&awake);
    clear(&resting);
    return percent;
}

TEST_LOOP(a_story_of_hours_is_the_same_with_and_without_skipping, 0, G_N_ELEMENTS(STORIES))
{
    struct scenario *scenario = read_good(STORIES[_i]);
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        ck_assert_int_gt(check_seed(scenario, seed), 30);
    scenario_free(scenario);
}

/* The lines without the ages of data that a resynchronisation has. */
static void cut_ages(GString *lines)
{
    GRegex *age = g_regex_new(",\"(gap_ns|stale_ns)\":\\d+", 0, 0, NULL);
    char *cut = g_regex_replace_literal(age, lines->str, -1, 0, "", 0, NULL);
    g_string_assign(lines, cut);
    g_free(cut);
    g_regex_unref(age);
}

static GString *story_of(const struct scenario *scenario, uint64_t seed, bool measures_ages)
{
    GString *lines = g_string_new(NULL);
    struct report *report = report_new(scenario, seed, "test");
    report->trace.mode = TRACE_LINES;
    report->trace.sink = append_line;
    report->trace.sink_user = lines;
    struct world *world = world_new(scenario, seed, 0, &report->trace);
    world->measures_ages = measures_ages;
    ck_assert_msg(world_run(world), "%s", world->broken);
    int64_t samples = 0;
    for (uint32_t i = 0; i < world->node_count; i++)
        samples += world->nodes[i].account.samples;
    ck_assert_int_eq(samples > 0, measures_ages);
    world_free(world);
    report_free(report);
    cut_ages(lines);
    return lines;
}

TEST_LOOP(a_story_is_the_same_where_no_ages_are_measured, 0, G_N_ELEMENTS(STORIES))
{
    struct scenario *scenario = read_good(STORIES[_i]);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        GString *with = story_of(scenario, seed, true), *without = story_of(scenario, seed, false);
        check_same_text(without, with);
        g_string_free(with, TRUE);
        g_string_free(without, TRUE);
    }
    scenario_free(scenario);
}

/* A stream keeps what it was made of, and needs room for more. */
TEST(a_long_past_does_not_end_the_skipping)
{
    struct scenario *scenario =
        read_good("duration: 365d\n"
                  "config: { repl-backlog-size: 1mb, repl-diskless-sync: no }\n"
                  "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
                  "load: [ { node: m, rate: 500kb/s } ]\n"
                  "faults: [ { every: { exponential: 10d }, cut: m-r1, for: 20s } ]\n");
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct outcome counted = run(scenario, seed, STORY, true);
        ck_assert_int_gt(mul_div(counted.skipped, 1000, scenario->duration), 990);
        clear(&counted);
    }
    scenario_free(scenario);
}

/* How many events a run of which nobody hears has in which r1 of so many is cut off at times. */
static uint64_t steps_among(int replicas)
{
    char *text = g_strdup_printf("duration: 10d\n"
                                 "config: { repl-backlog-size: 64mb }\n"
                                 "nodes: { m: { dataset: 1mb }, r: { replicaof: m, begin: synced, "
                                 "count: %d } }\n"
                                 "load: [ { node: m, rate: 100/s } ]\n"
                                 "faults: [ { every: { exponential: 1h }, partition: m-r1, for: "
                                 "90s } ]\n",
                                 replicas);
    struct scenario *scenario = read_good(text);
    struct report *report = report_new(scenario, 1, "test");
    report->trace.mode = TRACE_OFF;
    struct world *world = world_new(scenario, 1, 0, &report->trace);
    ck_assert(world_run(world));
    uint64_t steps = world->steps;
    world_free(world);
    report_free(report);
    scenario_free(scenario);
    g_free(text);
    return steps;
}

TEST(the_outage_of_one_replica_costs_the_others_nothing)
{
    uint64_t few = steps_among(10), many = steps_among(900);
    ck_assert_uint_gt(few, 10000);
    ck_assert_uint_lt(many, few + few / 5);
}

/* A PING in a thousand years, by rounds of four seconds. */
TEST(a_ping_that_is_too_far_off_for_a_number_of_ns_never_comes)
{
    struct scenario *scenario = read_good("duration: 10min\n"
                                          "hosts: { default: { tick-extra: 3377ms } }\n"
                                          "config: { hz: 2 }\n"
                                          "nodes: { m: { config: { repl-ping-replica-period: "
                                          "1807676264 } }, r1: { replicaof: m } }\n");
    check_seed(scenario, 1);
    scenario_free(scenario);
}

/* Where PINGs come after so long without a byte as well. */
TEST(a_year_of_writes_without_a_ping_is_skipped_in_a_few_steps)
{
    struct scenario *scenario = read_good("server: redis-8.0\n"
                                          "duration: 365d\n"
                                          "hosts: { default: { preset: exact } }\n"
                                          "nodes: { m: {}, r1: { replicaof: m, begin: synced } }\n"
                                          "load: [ { node: m, rate: 1/s, to: 180d } ]\n");
    struct report *report = report_new(scenario, 1, "test");
    report->trace.mode = TRACE_OFF;
    struct world *world = world_new(scenario, 1, 0, &report->trace);
    ck_assert(world_run(world));
    ck_assert_uint_lt(world->steps, 200);
    int64_t writes = 180 * 86400, pings = (365 - 180) * 8640;
    int64_t bytes = world->nodes[0].history.offset - writes * 543 - STREAM_SELECT_BYTES;
    ck_assert_int_le(llabs(bytes - pings * STREAM_PING_BYTES), 2 * STREAM_PING_BYTES);
    world_free(world);
    report_free(report);
    scenario_free(scenario);
}

/* Two that were started in one instant have their rounds at the same times ever after. */
TEST(rounds_of_one_time_come_in_the_order_of_their_nodes_whoever_rested)
{
    struct scenario *scenario = read_good(
        "duration: 30s\n"
        "config: { repl-backlog-ttl: 1, repl-diskless-sync: no, save: \"\" }\n"
        "hosts: { default: { flush: 1mb/s, handler: 1ms, tick-extra: 0 } }\n"
        "nodes: { m: { begin: cold, dataset: 20mb }, r1: { replicaof: m, begin: cold } }\n"
        "faults:\n"
        "  - { every: { exponential: 6s }, restart: [r1, m], save: yes }\n"
        "  - { at: 10833ms, cut: m-r1, mode: fin, for: 800ms }\n"
        "  - { at: 20833ms, cut: m-r1, mode: fin, for: 800ms }\n");
    for (uint64_t seed = 1; seed <= 50; seed++)
        check_seed(scenario, seed);
    scenario_free(scenario);
}

/* The event that says so counts the good replicas. */
TEST(replicas_that_rest_are_good_when_a_failed_save_stops_the_writes)
{
    struct scenario *scenario = read_good(
        "duration: 60s\n"
        "config: { min-replicas-max-lag: 1, save: \"\" }\n"
        "nodes: { m: { dataset: 1mb, config: { save: 10 1 } }, r: { replicaof: m, begin: synced, "
        "count: 3 } }\n"
        "load: [ { node: m, rate: 10/s, to: 20s }, { node: m, rate: 10/s, from: 45s, to: 58s } ]\n"
        "faults: [ { at: 40s, fail-fork: m, for: 19s } ]\n");
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        check_seed(scenario, seed);
    scenario_free(scenario);
}

/* Else its replicas hear no PING any more. */
TEST(a_master_whose_shutdown_is_refused_in_a_round_of_its_cron_goes_on_with_its_rounds)
{
    struct scenario *scenario =
        read_good("duration: 300s\n"
                  "seed: 103\n"
                  "server: valkey-9.0\n"
                  "config: { replica-full-sync-buffer-limit: 20kb, repl-backlog-size: "
                  "16kb, repl-ping-replica-period: 1, repl-diskless-sync: yes, "
                  "min-replicas-max-lag: 10, save: 2 1 1 50, appendonly: no, "
                  "shutdown-timeout: 10, hz: 100, }\n"
                  "hosts:\n"
                  "  default: { preset: cloud, fork-base: 1ms, save: 100kb/s, "
                  "diskless: 1mb/s, handler: { uniform: { low: 0, high: 50ms } }, "
                  "tick-extra: { uniform: { low: 0, high: 1ms } }, }\n"
                  "links:\n"
                  "  default: { kind: relayed, latency: 1us, jitter: { uniform: { low: "
                  "0, high: 20ms } }, bandwidth: 1mbit/s, }\n"
                  "nodes:\n"
                  "  n0: { begin: cold, dataset: 0, }\n"
                  "  n1: { replicaof: n0, begin: synced, }\n"
                  "  n2: { replicaof: n0, begin: synced, }\n"
                  "  n3: { replicaof: n0, begin: synced, }\n"
                  "load:\n"
                  "  - { node: n0, rate: 5000/s, rate-end: 5000/s, poisson: no, from: "
                  "20s, to: 25s, ttl: 1s, adds: 1kb, }\n"
                  "faults:\n"
                  "  - { every: { exponential: 120000ms }, fail-save: 'n0' }\n"
                  "  - { at: 125207ms, restart: ['n0', 'n1'], save: yes }\n");
    struct outcome heard = run(scenario, scenario->seed, HEARTBEATS, true);
    const char *last = g_strrstr(heard.lines->str, "\"event\":\"ping\"");
    ck_assert_ptr_nonnull(last);
    while (last > heard.lines->str && last[-1] != '\n')
        last--;
    int64_t t = g_ascii_strtoll(last + strlen("{\"t\":"), NULL, 10);
    ck_assert_int_gt(t, scenario->duration - 3 * NS_PER_S);
    clear(&heard);
    scenario_free(scenario);
}

/* The first look of the master that came back lets writes in again (stop-writes-on-bgsave-error). */
TEST(a_master_that_still_refuses_writes_after_its_restart_is_not_quiet)
{
    struct scenario *scenario = read_good(
        "duration: 600s\n"
        "seed: 1\n"
        "hosts: { default: { diskless: 1mb/s, load: 100kb/s, apply: 200kb/s } }\n"
        "links: { default: { latency: 1s, send-buffer: 1 } }\n"
        "config: { repl-diskless-sync: no, repl-backlog-size: 10mb, repl-backlog-ttl: 0, "
        "client-output-buffer-limit: replica 100kb 50kb 2 }\n"
        "nodes: { m: { begin: cold, dataset: 100kb }, r1: { replicaof: m, begin: synced } }\n"
        "load: [ { node: m, rate: 100kb/s, to: 29s, adds: 1kb, "
        "markov: { high: 20000/s, high-for: 1s, low-for: 4s } } ]\n"
        "faults:\n"
        "  - { at: 440s, fail-fork: m }\n"
        "  - { at: 460s, crash: m, for: 50ms }\n"
        "  - { at: 515s, shutdown: r1, save: yes }\n"
        "  - { at: 575s, restart: [m, r1], save: yes }\n");
    check_seed(scenario, 1);
    scenario_free(scenario);
}

static void check_directory(const char *path)
{
    GError *error = NULL;
    const char *name;
    int found = 0;
    GDir *directory = g_dir_open(path, 0, &error);
    ck_assert_msg(directory != NULL, "%s", path);
    while ((name = g_dir_read_name(directory)) != NULL) {
        if (!g_str_has_suffix(name, ".yaml") && !g_str_has_suffix(name, ".json"))
            continue;
        struct diagnostics *diagnostics = diagnostics_new();
        char *file = g_build_filename(path, name, NULL);
        struct scenario *scenario = scenario_read(file, NULL, diagnostics);
        for (uint64_t seed = 1; scenario != NULL && seed <= SEEDS; seed++)
            check_seed(scenario, seed);
        found += scenario != NULL;
        scenario_free(scenario);
        g_free(file);
        diagnostics_free(diagnostics);
    }
    g_dir_close(directory);
    ck_assert_int_gt(found, 1);
}

TEST(the_gallery_is_the_same_with_and_without_skipping)
{
    check_directory("scenarios");
}

TEST(the_transcripts_are_the_same_with_and_without_skipping)
{
    check_directory("tests/golden/cli");
}

TEST(a_year_without_a_fault_takes_as_many_steps_as_a_minute)
{
    struct scenario *scenario =
        read_good("duration: 365d\n"
                  "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
                  "load: [ { node: m, rate: 2000/s, command: 543 } ]\n");
    struct report *report = report_new(scenario, 1, "test");
    struct world *world = world_new(scenario, 1, 0, &report->trace);
    ck_assert(world_run(world));
    ck_assert_uint_lt(world->steps, 100);
    ck_assert_uint_lt(report->trace.events, 20);
    ck_assert_uint_gt(report->trace.acks, 31000000);
    const struct node *m = &world->nodes[0];
    int64_t pings = (int64_t)(m->cron_count / 10);
    ck_assert_int_ge(pings, 3122376);
    ck_assert_int_le(imaxabs(pings - (int64_t)report->trace.pings), 1);
    ck_assert_int_eq(report->record.nodes[1].end.stale_max_ns, 200000);
    world_free(world);
    report_free(report);
    scenario_free(scenario);
}
