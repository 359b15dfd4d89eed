/* The risk curve against what can be computed by hand, and its short cut against the plain ways.
 *
 * Closed form: on machines that cost nothing, a replica whose link is cut dials at every round of
 * its cron, a second apart. With a constant load it is forgiven while it asks within the time that
 * the backlog lasts, tau = (size + a part of one block) / rate. The last round before tau is V
 * before it, uniform in [0, 1 s), and a cut that ends before that round is forgiven. For
 * exponential cuts of mean m that makes P(full) = E exp(-(tau - V) / m). */
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/portable_math.h"
#include "sim/study/size/size_curve.h"
#include "sim/scenario/scenario_read.h"
#include "tests/unit/suite.h"

#define S           INT64_C(1000000000)
#define KB          INT64_C(1024)
#define MB          (1024 * KB)
#define BLOCK_BYTES 20440.0

struct bench {
    struct scenario *scenario;
    struct probe probe;
    struct size_setting setting;
    struct worker_pool *pool;
};

static struct bench bench_of(const char *text)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct bench bench = {.pool = worker_pool_new(2)};
    bench.scenario =
        scenario_read_text("test", text, strlen(text), &(struct scenario_options){0}, diagnostics);
    ck_assert_msg(bench.scenario != NULL, "no scenario:\n%s", text);
    diagnostics_free(diagnostics);
    const struct config *config = &bench.scenario->nodes[0].config;
    bench.setting = (struct size_setting){
        .ttl_s = config->backlog_ttl_s, .timeout_s = config->timeout_s, .limit = config->limit};
    bench.probe = (struct probe){.span_ns = 10 * S, .seed = 1, .scenario = bench.scenario};
    bench.probe.fault = outage_run_find_fault(bench.scenario, &bench.probe.replica);
    ck_assert_int_ge(bench.probe.fault, 0);
    return bench;
}

static void bench_clear(struct bench *bench)
{
    worker_pool_free(bench->pool);
    scenario_free(bench->scenario);
}

static double closed_form(double size, double rate, double mean_s)
{
    double tau = size / rate, block = BLOCK_BYTES / rate;
    double rounds = mean_s * (portable_exp(1 / mean_s) - 1);
    double blocks = mean_s / block * (1 - portable_exp(-block / mean_s));
    return portable_exp(-tau / mean_s) * rounds * blocks;
}

TEST_LOOP(exponential_cuts_at_a_constant_load_have_the_risk_of_the_closed_form, 0, 20)
{
    static const struct {
        int64_t rate_kb, mean_s;
        double share;
    } SETS[] = {{1000, 10, 0.3},   {1000, 10, 1e-2},  {1000, 10, 1e-3},  {1000, 10, 1e-4},
                {1000, 10, 1e-5},  {1000, 10, 1e-6},  {500, 30, 0.1},    {500, 30, 1e-2},
                {500, 30, 1e-4},   {500, 30, 1e-6},   {5000, 5, 0.2},    {5000, 5, 1e-3},
                {5000, 5, 1e-6},   {20000, 60, 0.5},  {20000, 60, 1e-2}, {20000, 60, 1e-4},
                {20000, 60, 1e-6}, {2000, 120, 1e-2}, {2000, 120, 1e-3}, {2000, 120, 1e-6}};
    char *text = g_strdup_printf("duration: 1h\nspread: 0s\n"
                                 "hosts: { default: { preset: exact } }\n"
                                 "nodes: { m: {}, r1: { replicaof: m, begin: synced } }\n"
                                 "links: { default: { latency: 1us } }\n"
                                 "load: [ { node: m, rate: %" PRId64 "/s, command: 1024 } ]\n"
                                 "faults: [ { every: { exponential: 30d }, cut: m-r1,"
                                 " for: { exponential: %" PRId64 "s } } ]\n",
                                 SETS[_i].rate_kb, SETS[_i].mean_s);
    struct bench bench = bench_of(text);
    struct curve curve;
    double rate = (double)(SETS[_i].rate_kb * KB), mean = (double)SETS[_i].mean_s;
    int64_t size = (int64_t)(-portable_log(SETS[_i].share) * mean * rate);
    curve_init(&curve, &bench.probe, &bench.setting,
               &bench.scenario->faults[bench.probe.fault].duration, SETS[_i].share / 100);
    curve_extend(&curve, bench.pool, 120);
    double expected = closed_form((double)size, rate, mean);
    struct risk found = curve_bisect(&curve, bench.pool, size), table = curve_risk(&curve, size);
    /* 99.9 % instead of 95 %, for there are twenty sets: 3.291 / 1.960 */
    ck_assert_double_le(expected, found.share + found.half * 1.68);
    ck_assert_double_ge(expected, found.share - found.half * 1.68);
    ck_assert_double_lt(found.half, 0.05 * expected);
    /* the table was looked at where it was cheap, and rounds fall between its points */
    ck_assert_double_le(table.share, expected * 1.06);
    ck_assert_double_ge(table.share, expected * 0.94);
    for (uint64_t i = 0; i < curve.count; i++)
        ck_assert(curve.samples[i].is_rising);
    curve_clear(&curve);
    bench_clear(&bench);
    g_free(text);
}

static const char SILENCE[] =
    "duration: 1h\n"
    "nodes: { m: { dataset: 1gb }, r1: { replicaof: m, begin: synced } }\n"
    "load: [ { node: m, rate: 500kb/s } ]\n"
    "faults: [ { every: { exponential: 30d }, partition: m-r1, for: { lognormal: { median: 40s, "
    "p95: 200s } } } ]\n";

static const char BURSTS[] =
    "duration: 1h\n"
    "nodes: { m: { dataset: 1gb }, r1: { replicaof: m, begin: synced } }\n"
    "load: [ { node: m, preset: burst } ]\n"
    "faults: [ { every: { exponential: 30d }, cut: m-r1, for: { lognormal: { median: 10s, p95: "
    "60s } } } ]\n";

static const char KILLS[] =
    "duration: 1h\n"
    "config: { client-output-buffer-limit: replica 64mb 16mb 10 }\n"
    "nodes: { m: { dataset: 1gb }, r1: { replicaof: m, begin: synced } }\n"
    "load: [ { node: m, rate: 2mb/s } ]\n"
    "faults: [ { every: { exponential: 30d }, pause: r1, for: { lognormal: { median: 10s, p95: "
    "60s } } } ]\n";

static const struct {
    const char *text;
    int64_t size, apart;
} PAIRS[] = {{SILENCE, 32 * MB, S}, {SILENCE, 64 * MB, S}, {BURSTS, 100 * MB, S},
             {BURSTS, 400 * MB, S}, {KILLS, 20 * MB, S},   {KILLS, 50 * MB, S},
             {KILLS, 100 * MB, S}};

TEST_LOOP(the_table_read_backwards_gives_what_bisection_gives, 0, (int)G_N_ELEMENTS(PAIRS))
{
    struct bench bench = bench_of(PAIRS[_i].text);
    struct curve curve;
    curve_init(&curve, &bench.probe, &bench.setting,
               &bench.scenario->faults[bench.probe.fault].duration, 1e-4);
    curve_extend(&curve, bench.pool, 40);
    for (uint64_t i = 0; i < curve.count; i++) {
        int64_t table = curve_outage(&curve.samples[i], PAIRS[_i].size);
        int64_t plain = curve_bisect_one(&curve, i, PAIRS[_i].size);
        ck_assert_msg(llabs(table - plain) <= PAIRS[_i].apart + plain / 100,
                      "sample %d: table %" PRId64 ", plain %" PRId64, (int)i, table, plain);
    }
    curve_clear(&curve);
    bench_clear(&bench);
}

TEST_LOOP(drawn_outages_agree_with_conditional_ones, 0, (int)G_N_ELEMENTS(PAIRS))
{
    struct bench bench = bench_of(PAIRS[_i].text);
    struct curve curve;
    curve_init(&curve, &bench.probe, &bench.setting,
               &bench.scenario->faults[bench.probe.fault].duration, 1e-4);
    curve_extend(&curve, bench.pool, 100);
    struct risk plain = curve_bisect(&curve, bench.pool, PAIRS[_i].size);
    struct risk crude = curve_crude(&curve, bench.pool, PAIRS[_i].size, 2000);
    struct risk table = curve_risk(&curve, PAIRS[_i].size);
    ck_assert_double_le(table.share, 1.02 * plain.share);
    ck_assert_double_ge(table.share, 0.98 * plain.share);
    /* three and a half standard deviations of the difference */
    double half = 1.8 * (plain.half + crude.half) + 1e-3;
    ck_assert_double_le(crude.share, plain.share + half);
    ck_assert_double_ge(crude.share, plain.share - half);
    curve_clear(&curve);
    bench_clear(&bench);
}

/* Two hours of a scenario that says one: what is not simulated either goes on as it did. */
TEST_LOOP(outages_beyond_the_simulated_ones_owe_what_runs_say, 0, 2)
{
    static const char *const TEXTS[] = {SILENCE, BURSTS};
    struct bench bench = bench_of(TEXTS[_i]);
    struct curve curve;
    struct dist law;
    ck_assert_ptr_null(dist_exponential(&law, 1800 * S));
    curve_init(&curve, &bench.probe, &bench.setting, &law, 1e-4);
    curve.settled_ns = 1800 * S;
    ck_assert_int_gt(curve.most_ns, 4 * 3600 * S);
    curve_extend(&curve, bench.pool, 10);
    for (uint64_t i = 0; i < curve.count; i++) {
        int64_t outage = (7200 + 60 * (int64_t)i) * S;
        struct size_setting endless = curve.setting;
        endless.ttl_s = 0;
        int64_t need = outage_run_run(&bench.probe, &endless, i, outage).need_bytes;
        int64_t table = curve_outage(&curve.samples[i], need);
        int64_t there = outage_run_run(&bench.probe, &endless, i, table).need_bytes;
        ck_assert_msg(llabs(there - need) <= need / 100,
                      "sample %d: %" PRId64 " instead of %" PRId64, (int)i, there, need);
    }
    curve_clear(&curve);
    bench_clear(&bench);
}

TEST(a_need_that_falls_again_counts_each_stretch_of_lengths)
{
    struct curve curve = {0};
    ck_assert_ptr_null(dist_exponential(&curve.law, 10 * S));
    struct curve_sample sample = {.count = 4,
                                  .points = {{10 * S, 10 * S, 10 * MB},
                                             {20 * S, 20 * S, 30 * MB},
                                             {30 * S, 30 * S, 10 * MB},
                                             {40 * S, 40 * S, OUTAGE_RUN_NEED_NONE}}};
    double middle = dist_tail(&curve.law, 15 * S) - dist_tail(&curve.law, 25 * S);
    ck_assert_double_eq_tol(curve_share(&curve, &sample, 20 * MB),
                            middle + dist_tail(&curve.law, 35 * S), 1e-12);
    ck_assert_double_eq_tol(curve_share(&curve, &sample, 40 * MB), dist_tail(&curve.law, 35 * S),
                            1e-12);
    ck_assert_int_eq(curve_outage(&sample, 20 * MB), 15 * S);
}

TEST_LOOP(edges_looked_for_one_by_one_are_those_of_bisection, 0, (int)G_N_ELEMENTS(PAIRS))
{
    struct bench bench = bench_of(PAIRS[_i].text);
    struct curve curve;
    curve_init(&curve, &bench.probe, &bench.setting,
               &bench.scenario->faults[bench.probe.fault].duration, 1e-4);
    curve_extend(&curve, bench.pool, 8);
    double one = curve_bisect(&curve, bench.pool, PAIRS[_i].size).share;
    for (uint64_t i = 0; i < curve.count; i++)
        curve.samples[i].is_rising = false;
    double many = curve_bisect(&curve, bench.pool, PAIRS[_i].size).share;
    ck_assert_double_eq_tol(many, one, one / 1000);
    curve_clear(&curve);
    bench_clear(&bench);
}

TEST(any_number_of_jobs_gives_the_same_samples)
{
    struct bench bench = bench_of(SILENCE);
    static const uint32_t JOBS[] = {1, 2, 7};
    struct curve curves[3];
    for (int i = 0; i < 3; i++) {
        struct worker_pool *pool = worker_pool_new(JOBS[i]);
        curve_init(&curves[i], &bench.probe, &bench.setting,
                   &bench.scenario->faults[bench.probe.fault].duration, 1e-4);
        curve_extend(&curves[i], pool, 20);
        worker_pool_free(pool);
        for (uint64_t k = 0; k < 20; k++)
            ck_assert_mem_eq(&curves[i].samples[k].points, &curves[0].samples[k].points,
                             sizeof curves[0].samples[k].points[0] * curves[0].samples[k].count);
    }
    for (int i = 0; i < 3; i++)
        curve_clear(&curves[i]);
    bench_clear(&bench);
}
