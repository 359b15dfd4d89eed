/* What size counts: a run that is taken from a count with another backlog is the one that would be made, and a loop is counted as if it had
 * been run to the end. */
#include <glib.h>
#include <string.h>
#include "sim/study/size/size.h"
#include "sim/study/size/size_count.h"
#include "sim/study/size/size_loop.h"
#include "tests/unit/read_scenario.h"
#include "tests/unit/suite.h"

#define MB   (INT64_C(1) << 20)
#define RUNS 24

/* ---- runs that are taken ---- */

static const struct {
    const char *text;
    int least, most; /* percent of its runs that are the same as with one of the backlogs before */
} STORIES[] = {
    /* outages of every kind, at all replicas */
    {"duration: 20d\n"
     "nodes: { m: { dataset: 200mb }, r1: { replicaof: m, begin: synced }, r2: { replicaof: m, "
     "begin: synced } }\n"
     "load: [ { node: m, rate: 200kb/s } ]\n"
     "faults:\n"
     "  - { every: { exponential: 5d }, cut: m-r1, for: { exponential: 60s } }\n"
     "  - { every: { exponential: 5d }, partition: m, for: { exponential: 60s } }\n"
     "  - { every: { exponential: 5d }, restart: r2, save: yes }\n"
     "  - { every: { exponential: 5d }, restart: m, save: yes }\n"
     "  - { every: { exponential: 5d }, crash: r1, for: 30s }\n",
     30, 90},
    /* a replica of a replica, and roles that change */
    {"duration: 20d\n"
     "nodes: { m: { dataset: 50mb }, r1: { replicaof: m, begin: synced }, r2: { replicaof: r1, "
     "begin: synced } }\n"
     "load: [ { node: m, rate: 100kb/s } ]\n"
     "faults:\n"
     "  - { every: { exponential: 4d }, failover: m, to: r1 }\n"
     "  - { every: { exponential: 4d }, failover: r1, to: m }\n"
     "  - { every: { exponential: 4d }, cut: m-r1, for: { exponential: 100s } }\n"
     "  - { every: { exponential: 4d }, cut: r1-r2, for: { exponential: 100s } }\n",
     30, 90},
    /* a ring of bytes and buffers of their own */
    {"duration: 20d\n"
     "server: redis-6.2\n"
     "nodes: { m: { dataset: 200mb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 200kb/s } ]\n"
     "faults:\n"
     "  - { every: { exponential: 4d }, cut: m-r1, for: { exponential: 60s } }\n"
     "  - { every: { exponential: 4d }, partition: m-r1, for: { exponential: 60s } }\n",
     30, 90},
    /* a hard limit, below some of the backlogs, that strikes after outages */
    {"duration: 20d\n"
     "config: { client-output-buffer-limit: replica 8mb 4mb 60 }\n"
     "links: { default: { bandwidth: 20mbit/s } }\n"
     "nodes: { m: { dataset: 20mb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 300kb/s } ]\n"
     "faults:\n"
     "  - { every: { exponential: 3d }, partition: m-r1, for: { exponential: 40s } }\n"
     "  - { every: { exponential: 3d }, pause: r1, for: { exponential: 40s } }\n",
     10, 60},
    /* values that shape the blocks of the backlog */
    {"duration: 20d\n"
     "nodes: { m: { dataset: 20mb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 1/s, command: 300kb } ]\n"
     "faults: [ { every: { exponential: 3d }, cut: m-r1, for: { exponential: 60s } } ]\n",
     0, 0},
    /* CONFIG SET in the middle */
    {"duration: 20d\n"
     "nodes: { m: { dataset: 20mb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 300kb/s } ]\n"
     "faults:\n"
     "  - { every: { exponential: 2d }, cut: m-r1, for: { exponential: 60s } }\n"
     "  - { at: 10d, config-set: m, repl-backlog-size: 2mb }\n",
     0, 0},
};

static void clear(gpointer count)
{
    size_count_clear(count);
    g_free(count);
}

static struct size_count *count_with(const struct scenario *scenario,
                                     const struct size_setting *setting, const GPtrArray *known)
{
    struct worker_pool *pool = worker_pool_new(1);
    struct size_count *count = g_new(struct size_count, 1);
    size_count_init(count, scenario, setting, 7);
    count->known = known;
    size_count_extend(count, pool, RUNS);
    worker_pool_free(pool);
    return count;
}

static void check_same_run(const struct size_count_run *taken, const struct size_count_run *made)
{
    ck_assert_int_eq(taken->lasted_ns, made->lasted_ns);
    ck_assert_int_eq(taken->outages, made->outages);
    ck_assert_int_eq(taken->events, made->events);
    ck_assert_mem_eq(taken->fulls, made->fulls, sizeof made->fulls);
    ck_assert_mem_eq(taken->causes, made->causes, sizeof made->causes);
    ck_assert_int_eq(taken->is_endless, made->is_endless);
    ck_assert_int_eq(taken->is_left, made->is_left);
    ck_assert_str_eq(made->broken, "");
}

/* From large to small and back, as a search goes. */
TEST_LOOP(a_run_that_is_taken_is_the_one_that_would_be_made, 0, (int)G_N_ELEMENTS(STORIES))
{
    static const int64_t SIZES[] = {
        OUTAGE_RUN_ENDLESS_BYTES, 32 * MB, 4 * MB, 12 * MB, 8 * MB, 9 * MB};
    struct scenario *scenario = read_good(STORIES[_i].text);
    GPtrArray *known = g_ptr_array_new_with_free_func(clear);
    const struct config *config = &scenario->nodes[0].config;
    struct size_setting settings[G_N_ELEMENTS(SIZES)];
    int taken = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(SIZES); i++) {
        settings[i] = (struct size_setting){.backlog_bytes = SIZES[i],
                                            .ttl_s = config->backlog_ttl_s,
                                            .timeout_s = config->timeout_s,
                                            .limit = config->limit,
                                            .kept = config};
        struct size_count *made = count_with(scenario, &settings[i], NULL),
                          *with = count_with(scenario, &settings[i], known);
        for (uint64_t run = 0; run < RUNS; run++) {
            check_same_run(size_count_run(with, run), size_count_run(made, run));
            for (guint j = 0; j < known->len; j++)
                if (size_span_holds(&size_count_run(known->pdata[j], run)->span, SIZES[i])) {
                    taken++;
                    break;
                }
        }
        clear(made);
        g_ptr_array_add(known, with);
    }
    int percent = 100 * taken / (RUNS * ((int)G_N_ELEMENTS(SIZES) - 1));
    ck_assert_int_ge(percent, STORIES[_i].least);
    ck_assert_int_le(percent, STORIES[_i].most);
    g_ptr_array_free(known, TRUE);
    scenario_free(scenario);
}

/* ---- loops ---- */

#define LOOPS(load)                                                                                \
    "duration: 5h\n"                                                                               \
    "config: { client-output-buffer-limit: replica 2mb 1mb 1, repl-backlog-size: 1mb, "            \
    "repl-diskless-sync-delay: 0 }\n"                                                              \
    "nodes: { m: { dataset: 500mb }, r1: { replicaof: m, begin: synced } }\n"                      \
    "load: [ { node: m, rate: 2mb/s" load " } ]\n"                                                 \
    "faults: [ { every: { exponential: 100d }, cut: m-r1, for: 1s }, { at: 5s, cut: m-r1, for: "   \
    "20s } ]\n"

static const struct {
    const char *text;
    bool is_endless, is_cut_short;
} LOADS[] = {
    {LOOPS(""), true, true},
    {LOOPS(", bursts: { 'on': 20min, 'off': 80min, rate-off: 1kb/s }"), false, false},
    {LOOPS(", to: 20min"), false, false},
};

TEST_LOOP(a_loop_is_counted_without_being_run_to_the_end, 0, (int)G_N_ELEMENTS(LOADS))
{
    struct scenario *scenario = read_good(LOADS[_i].text);
    struct size_count *count = count_with(scenario, NULL, NULL);
    for (uint64_t i = 0; i < RUNS; i++) {
        const struct size_count_run *run = size_count_run(count, i);
        ck_assert_str_eq(run->broken, "");
        ck_assert_int_eq(run->is_endless, LOADS[_i].is_endless);
        ck_assert_int_ge(run->fulls[1], 2 * SIZE_LOOP_TRIES);
        ck_assert_int_eq(run->fulls[1] == SIZE_COUNT_VAIN, LOADS[_i].is_endless);
        ck_assert_int_eq(run->events < 10 * run->fulls[1], LOADS[_i].is_cut_short);
    }
    clear(count);
    scenario_free(scenario);
}

/* ---- how many runs ---- */

/* The least backlog there is, of a minute's writes, leaves next to nothing: thousands of runs for the rate with smaller ones are not made. */
TEST(a_backlog_that_is_no_answer_need_not_be_known_well)
{
    struct scenario *scenario =
        read_good("duration: 365d\n"
                  "nodes: { m: { dataset: 1gb }, r1: { replicaof: m, begin: synced } }\n"
                  "load: [ { node: m, rate: 500kb/s } ]\n"
                  "faults: [ { every: { exponential: 7d }, restart: m } ]\n");
    struct size_question question = {.scenario = scenario, .seed = 1};
    static const char TARGET[] = "one full resync per replica in a year";
    ck_assert_ptr_null(size_target_parse(TARGET, strlen(TARGET), &question.target));
    struct worker_pool *pool = worker_pool_new(1);
    struct size_answer *answer = size_answer_new(&question, pool);
    ck_assert(answer->is_counted && answer->is_met);
    ck_assert_int_eq(answer->then.backlog_bytes, 32 * MB);
    ck_assert_uint_ge(answer->samples, 32);
    ck_assert_uint_le(answer->samples, 512);
    ck_assert_double_le(answer->mean_then.low, 0.0015); /* of 2048 runs */
    ck_assert_double_ge(answer->mean_then.high, 0.0015);
    size_answer_free(answer);
    worker_pool_free(pool);
    scenario_free(scenario);
}
