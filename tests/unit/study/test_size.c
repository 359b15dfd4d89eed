/* The target's grammar, what an answer is made of, and that the picture is well-formed. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "sim/study/size/size.h"
#include "sim/study/input/case_yaml.h"
#include "sim/study/size/full_sync_trial.h"
#include "sim/study/size/size_search.h"
#include "sim/study/size/size_print.h"
#include "sim/scenario/scenario_read.h"
#include "tests/unit/suite.h"

#define MB (INT64_C(1) << 20)

/* ---- which way ---- */

/* The law of one outage at one replica answers for outages that come alone; those that strike
 * several replicas at once are counted. */
TEST(outages_that_strike_together_are_counted)
{
    static const char *const FAULTS[] = {
        ("{ every: { exponential: 1d }, cut: m-r1, for: 5s }, "
         "{ every: { exponential: 1d }, cut: m-r2, for: 5s }"),
        "{ every: { exponential: 1d }, cut: [m-r1, m-r2], for: 5s }",
        "{ every: { exponential: 1d }, cut: m, for: 5s }",
        "{ every: { exponential: 1d }, cut: r1, for: 5s }",
    };
    static const bool IS_NEEDLESS[] = {true, false, false, true};
    for (size_t i = 0; i < G_N_ELEMENTS(FAULTS); i++) {
        struct scenario_options none = {0};
        struct diagnostics *diagnostics = diagnostics_new();
        char *text = g_strdup_printf("duration: 365d\nnodes: { m: {}, r: { replicaof: m, begin: "
                                     "synced, count: 2 } }\nfaults: [ %s ]\n",
                                     FAULTS[i]);
        struct scenario *scenario = scenario_read_text("x", text, strlen(text), &none, diagnostics);
        ck_assert_ptr_nonnull(scenario);
        ck_assert_msg(size_by_count_is_needless(scenario) == IS_NEEDLESS[i], "%s", FAULTS[i]);
        scenario_free(scenario);
        diagnostics_free(diagnostics);
        g_free(text);
    }
}

/* ---- the target ---- */

static const struct {
    const char *text;
    double per_year;  /* outages */
    int64_t replicas; /* and what they make the target, as a share of outages */
    double share;
} TARGETS[] = {{"one full resync per replica in a year", 10, 3, 0.1},
               {"one full resync per replica in year", 10, 3, 0.1},
               {"2 full resyncs per replica per year", 10, 3, 0.2},
               {"  1   full\tresync in all in a year ", 10, 5, 0.02},
               {"ONE Full Resync Per Replica In A Year", 10, 3, 0.1},
               {"1 full resync per replica in a month", 12, 1, 365.0 / 30 / 12},
               {"3 full resyncs in all per day", 365 * 6, 2, 0.25},
               {"one full resync per replica in a year", 0.5, 1, 2},
               {"0.5 full resyncs per replica in a year", 10, 3, 0.05},
               {"one in 10 years", 10, 3, 0.01},
               {"once in 10 years", 10, 3, 0.01},
               {"0.5 a year", 10, 3, 0.05},
               {"two full syncs per week", 365.0 / 7 * 4, 3, 0.5},
               {"3 full resyncs a year in all", 10, 3, 0.1},
               {"twice a month per replica", 365.0 / 30 * 4, 3, 0.5},
               {"one in ten years", 10, 3, 0.01},
               {"2 per month", 365.0 / 30 * 4, 3, 0.5},
               {"1e-4 per outage", 10, 3, 1e-4},
               {"0.1% per outage", 10, 3, 1e-3},
               {"0.25 per outage", 10, 3, 0.25},
               {"1e-12 per outage", 10, 3, 1e-12}};

TEST_LOOP(a_target_is_a_share_of_outages, 0, (int)G_N_ELEMENTS(TARGETS))
{
    struct size_target target;
    ck_assert_ptr_null(size_target_parse(TARGETS[_i].text, strlen(TARGETS[_i].text), &target));
    double share = size_target_share(&target, TARGETS[_i].per_year, TARGETS[_i].replicas);
    ck_assert_double_eq_tol(share / TARGETS[_i].share, 1, 1e-12);
    double measure =
        size_target_measure(&target, share, TARGETS[_i].per_year, TARGETS[_i].replicas);
    double back = target.is_per_outage ? share : target.count;
    ck_assert_double_eq_tol(measure / back, 1, 1e-12);
}

static const char *const NO_TARGETS[] = {"",
                                         " ",
                                         "one",
                                         "one full resync",
                                         "one full resync per replica",
                                         "one in 0 years",
                                         "one in 101 years",
                                         "0.5",
                                         "one in a",
                                         "one full resync per replica in a fortnight",
                                         "one in all in a year in all",
                                         "one full resync per replica in a year or so",
                                         "0 full resyncs per replica in a year",
                                         "-1 full resyncs per replica in a year",
                                         "1000001 full resyncs per replica in a year",
                                         "99999999999999999999 full resyncs per replica in a year",
                                         "one full resync per outage",
                                         "1 per outage",
                                         "0 per outage",
                                         "1e4 per outage",
                                         "1e-13 per outage",
                                         "1e- per outage",
                                         "1e-4x per outage",
                                         "1e-4",
                                         "100% per outage",
                                         ". per outage",
                                         "1.2.3% per outage",
                                         "0.00000000000000000001 per outage",
                                         "nan per outage",
                                         "0x1 per outage",
                                         "one full resync per replica in a year   .",
                                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

TEST_LOOP(what_is_no_target_is_refused, 0, (int)G_N_ELEMENTS(NO_TARGETS))
{
    struct size_target target;
    ck_assert_ptr_nonnull(size_target_parse(NO_TARGETS[_i], strlen(NO_TARGETS[_i]), &target));
}

TEST(a_target_ends_where_its_length_says)
{
    static const char TEXT[] = "1e-4 per outage and more";
    struct size_target target;
    ck_assert_ptr_null(size_target_parse(TEXT, strlen("1e-4 per outage"), &target));
    ck_assert_str_eq(target.text, "1e-4 per outage");
    ck_assert_ptr_nonnull(size_target_parse("1e-4\0per outage", 15, &target));
}

/* ---- what is printed ---- */

TEST(a_backlog_is_rounded_up_to_a_number_that_reads_well)
{
    static const struct {
        int64_t exact, rounded;
    } ROWS[] = {{1, MB / 2},
                {MB, MB},
                {MB + 1, 3 * MB / 2},
                {10 * MB, 10 * MB},
                {10 * MB + 1, 11 * MB},
                {99 * MB + 1, 100 * MB},
                {100 * MB + 1, 110 * MB},
                {1234 * MB, 1300 * MB},
                {INT64_C(99001) * MB, 100000 * MB}};
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++)
        ck_assert_int_eq(size_round_up(ROWS[i].exact), ROWS[i].rounded);
}

TEST(numbers_have_three_digits)
{
    static const struct {
        double value;
        const char *text;
    } ROWS[] = {{0, "0"},       {1, "1"},          {0.8304, "0.83"}, {123.4, "123"},
                {8123, "8120"}, {99999, "100000"}, {0.001, "0.001"}, {0.00012345, "0.00012"},
                {1e-6, "1e-06"}};
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++)
        ck_assert_str_eq(size_number(ROWS[i].value).text, ROWS[i].text);
    ck_assert_int_eq(size_exponent_above(0.02), -1);
    ck_assert_int_eq(size_exponent_above(10), 1);
    ck_assert_int_eq(size_exponent_below(10), 1);
    ck_assert_int_eq(size_exponent_below(9), 0);
    ck_assert_int_eq(size_exponent_below(0.02), -2);
}

TEST(a_shared_buffer_costs_what_exceeds_the_backlog_and_private_ones_add_up)
{
    struct profile profile = {.shared_buffer = true};
    struct scenario_node master = {.profile = &profile};
    struct size_answer answer = {
        .master = &master, .replica = &master, .replicas = 3, .then = {.backlog_bytes = 100 * MB}};
    size_bill(&answer, &(struct full_sync){.buffer_bytes = 250 * MB, .copied_bytes = 7 * MB});
    ck_assert_int_eq(answer.backlog_memory, 100 * MB);
    ck_assert_int_eq(answer.buffer_memory, 150 * MB);
    ck_assert_int_eq(answer.copied_memory, 7 * MB);
    size_bill(&answer, &(struct full_sync){.buffer_bytes = 50 * MB});
    ck_assert_int_eq(answer.buffer_memory, 0);
    profile.shared_buffer = false;
    size_bill(&answer, &(struct full_sync){.buffer_bytes = 250 * MB});
    ck_assert_int_eq(answer.buffer_memory, 750 * MB);
}

/* 1 GB at 100 MB/s on the way, and as long to load: 20.48 s of 5 MB/s come beside it. */
#define CHANNELS                                                                                   \
    "duration: 1h\nconfig: { repl-diskless-sync-delay: 0, %s }\nserver: %s\n"                      \
    "hosts: { default: { diskless: 100mb/s, load: 100mb/s } }\n"                                   \
    "links: { default: { bandwidth: 1gbit/s } }\n"                                                 \
    "nodes: { m: { dataset: 1gb }, r1: { replicaof: m } }\nload: [ { node: m, rate: 5m/s } ]\n"
#define BESIDE INT64_C(102400000)

static const struct {
    const char *config, *server;
    int64_t kept, memory, buffer; /* about */
} KEPT[] = {
    {"dual-channel-replication-enabled: yes", "valkey-8.1", BESIDE, BESIDE, 0},
    /* 32 blocks below the limit, and one above it; the rest, but for what the sockets take */
    {"replica-full-sync-buffer-limit: 32mb", "redis-8.6", 33 * INT64_C(1048560), 33 * MB,
     BESIDE - 33 * MB - 4 * MB},
    {"dual-channel-replication-enabled: no", "valkey-8.1", 0, 0, BESIDE - 4 * MB},
};

static void about(int64_t found, int64_t expected)
{
    ck_assert_int_ge(found, expected - expected / 20);
    ck_assert_int_le(found, expected + expected / 20 + MB / 2);
}

TEST_LOOP(a_stream_beside_its_payload_is_kept_by_the_replica_and_spares_the_master, 0,
          (int)G_N_ELEMENTS(KEPT))
{
    struct scenario_options none = {0};
    struct diagnostics *diagnostics = diagnostics_new();
    char *text = g_strdup_printf(CHANNELS, KEPT[_i].config, KEPT[_i].server);
    struct scenario *scenario = scenario_read_text("x", text, strlen(text), &none, diagnostics);
    ck_assert_ptr_nonnull(scenario);
    struct worker_pool *pool = worker_pool_new(1);
    const struct config *config = &scenario->nodes[0].config;
    struct size_setting setting = {.backlog_bytes = config->backlog_bytes,
                                   .ttl_s = config->backlog_ttl_s,
                                   .timeout_s = config->timeout_s,
                                   .limit = {0},
                                   .kept = config};
    struct full_sync full = full_sync_try(scenario, &setting, pool, 1, full_sync_horizon(scenario));
    struct size_answer answer = {.master = &scenario->nodes[0],
                                 .replica = &scenario->nodes[1],
                                 .replicas = 1,
                                 .then = setting};
    size_bill(&answer, &full);
    ck_assert_int_eq((int64_t)full.online, 1);
    about(full.kept_bytes, KEPT[_i].kept);
    about(answer.kept_memory, KEPT[_i].memory);
    about(full.buffer_bytes, KEPT[_i].buffer);
    worker_pool_free(pool);
    scenario_free(scenario);
    diagnostics_free(diagnostics);
    g_free(text);
}

TEST(intervals_are_those_of_students_t)
{
    /* t(0.975, 9) = 2.26216, t(0.995, 99) = 2.62641 */
    ck_assert_double_eq_tol(risk_of(&(struct sample){10, 0.5, 9 * 10.0}, 0.95).half, 2.26216,
                            0.005);
    ck_assert_double_eq_tol(risk_of(&(struct sample){100, 0.5, 99 * 100.0}, 0.99).half, 2.62641,
                            0.0005);
    struct risk none = risk_of(&(struct sample){300, 0, 0}, 0.95);
    ck_assert_double_eq_tol(none.high, 0.01, 1e-12);
}

/* ---- a whole answer ---- */

struct whole {
    struct scenario *scenario;
    struct provenance *provenance;
    struct size_question question;
    struct size_answer *answer;
};

static struct whole answer_of(const struct size_options *options, const char *target, uint32_t jobs)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct whole whole = {.provenance = provenance_new()};
    GString *text = size_make(options, NULL, whole.provenance, diagnostics);
    ck_assert_ptr_nonnull(text);
    whole.scenario = scenario_read_text("test", text->str, text->len, &(struct scenario_options){0},
                                        diagnostics);
    ck_assert_ptr_nonnull(whole.scenario);
    whole.question = (struct size_question){
        .scenario = whole.scenario, .provenance = whole.provenance, .seed = 1};
    ck_assert_ptr_null(size_target_parse(target, strlen(target), &whole.question.target));
    struct worker_pool *pool = worker_pool_new(jobs);
    whole.answer = size_answer_new(&whole.question, pool);
    worker_pool_free(pool);
    g_string_free(text, TRUE);
    diagnostics_free(diagnostics);
    return whole;
}

static void whole_clear(struct whole *whole)
{
    size_answer_free(whole->answer);
    provenance_free(whole->provenance);
    scenario_free(whole->scenario);
}

static const struct size_options SMALL = {.write_rate = "500kb/s",
                                          .dataset = "200mb",
                                          .replicas = "2",
                                          .outages = "{ exponential: 40s }",
                                          .per_year = "10",
                                          .kind = "cut"};

TEST(the_picture_is_well_formed)
{
    struct whole whole = answer_of(&SMALL, "one full resync per replica in a year", 2);
    GString *picture = g_string_new(NULL);
    size_print_svg(&whole.question, whole.answer, picture);
    GMarkupParser parser = {0};
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, NULL, NULL);
    GError *error = NULL;
    ck_assert_msg(
        g_markup_parse_context_parse(context, picture->str, (gssize)picture->len, &error) &&
            g_markup_parse_context_end_parse(context, &error),
        "%s", error ? error->message : "");
    g_markup_parse_context_free(context);
    ck_assert_ptr_null(strstr(picture->str, "nan"));
    ck_assert_ptr_null(strstr(picture->str, "inf"));
    ck_assert_ptr_nonnull(strstr(picture->str, "recommended: "));
    ck_assert_ptr_nonnull(strstr(picture->str, "target: one full resync"));
    g_string_free(picture, TRUE);
    whole_clear(&whole);
}

TEST(the_answer_is_the_smallest_that_meets_the_target)
{
    /* exp(-tau / 40 s) = 0.1: 92.1 s of 500 KB, and the rounds of the cron */
    struct whole whole = answer_of(&SMALL, "one full resync per replica in a year", 2);
    ck_assert(whole.answer->is_met);
    ck_assert_int_ge(whole.answer->then.backlog_bytes, 44 * MB);
    ck_assert_int_le(whole.answer->then.backlog_bytes, 47 * MB);
    ck_assert_double_le(whole.answer->risk_then.high, 0.1);
    whole_clear(&whole);
    whole = answer_of(&SMALL, "1e-6 per outage", 2);
    ck_assert_int_ge(whole.answer->then.backlog_bytes, 268 * MB);
    ck_assert_int_le(whole.answer->then.backlog_bytes, 290 * MB);
    ck_assert_double_le(whole.answer->risk_then.half, 0.05e-6);
    whole_clear(&whole);
}

TEST(a_backlog_larger_than_the_data_is_called_so_and_comes_with_another)
{
    struct size_options large = SMALL;
    large.dataset = "20mb";
    struct whole whole = answer_of(&large, "one full resync per replica in a year", 2);
    ck_assert(whole.answer->is_met && whole.answer->is_beyond_data);
    ck_assert_int_eq(whole.answer->at_data.backlog_bytes, 20 * MB);
    /* 40.96 s of writes, less half a round: exp(-40.46 / 40) */
    ck_assert_double_eq_tol(whole.answer->at_data.risk.share, 0.3637, 0.01);
    GString *text = g_string_new(NULL);
    size_print(&whole.question, whole.answer, &(struct size_print_options){"psyncsim size", true},
               text);
    ck_assert_ptr_nonnull(
        strstr(text->str, "\n\nNot sensible: that is more than the data (20 MB)"));
    g_string_free(text, TRUE);
    whole_clear(&whole);
    whole = answer_of(&SMALL, "one full resync per replica in a year", 2);
    ck_assert(!whole.answer->is_beyond_data);
    whole_clear(&whole);
}

TEST(words_and_figures_are_the_same_for_any_number_of_jobs_and_fit_the_screen)
{
    static const uint32_t JOBS[] = {1, 2, 7};
    GString *texts[3];
    for (int i = 0; i < 3; i++) {
        struct whole whole = answer_of(&SMALL, "1 full resync in all in a year", JOBS[i]);
        texts[i] = g_string_new(NULL);
        size_print(&whole.question, whole.answer,
                   &(struct size_print_options){"psyncsim size", true}, texts[i]);
        size_plot(&whole.question, whole.answer, texts[i]);
        size_print_json(&whole.question, whole.answer, "0", texts[i]);
        ck_assert_str_eq(texts[i]->str, texts[0]->str);
        whole_clear(&whole);
    }
    char **lines = g_strsplit(texts[0]->str, "\n", -1);
    for (char **line = lines; *line; line++)
        ck_assert_msg((*line)[0] == '{' || strlen(*line) <= 100, "%s", *line);
    g_strfreev(lines);
    for (int i = 0; i < 3; i++)
        g_string_free(texts[i], TRUE);
}

TEST(a_figure_keeps_its_last_origin)
{
    struct provenance *provenance = provenance_new();
    provenance_add(provenance, "write rate", "5mb/s", "default");
    provenance_add(provenance, "dataset", "8gb", "--dataset");
    provenance_add(provenance, "write rate", "6mb/s", "--write-rate");
    ck_assert_uint_eq(provenance->rows->len, 2);
    ck_assert_str_eq(provenance_find(provenance, "write rate")->value, "6mb/s");
    ck_assert_str_eq(provenance_find(provenance, "write rate")->from, "--write-rate");
    ck_assert_ptr_null(provenance_find(provenance, "replicas"));
    provenance_free(provenance);
}
