/* Samples and questions survive being written and read; what nobody wrote is refused. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "sim/study/size/size_case.h"
#include "sim/study/size/size_record.h"
#include "tests/unit/suite.h"

static const char SCENARIO[] =
    "why: \"a \\\\ and \\t é\"\nduration: 365d\nload: [ { node: m, series: load.csv } ]\n"
    "nodes: { m: { dataset: 20mb }, r1: { replicaof: m, begin: synced } }\n"
    "faults: [ { every: { exponential: 10d }, cut: m-r1, for: { exponential: 4s } } ]\n";

static struct size_case *ask(const char *seed_override)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct size_case *at = size_case_new("1.2.3");
    const char *target = "1e-3 per outage";
    ck_assert_ptr_null(size_target_parse(target, strlen(target), &at->question.target));
    scenario_files_add(at->files, "load.csv", "t_s,bytes\n0,0\n10,1000000\n");
    size_case_override(at, seed_override);
    ck_assert(size_case_read_text(at, "case.yaml", SCENARIO, diagnostics));
    provenance_add(at->provenance, "write rate", "5mb/s", "a file\nwith two lines");
    provenance_remark(at->provenance, "remark %d%%", 1);
    at->question.seed = 7;
    at->question.checks = 12;
    g_free(at->again);
    at->again = g_strdup("psyncsim size 'case\n.yaml'");
    diagnostics_free(diagnostics);
    return at;
}

static struct size_case *read_back(const struct record_file_head *head)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct size_case *at = size_case_from_head(head, diagnostics);
    diagnostics_free(diagnostics);
    return at;
}

TEST(a_head_says_all_that_was_asked)
{
    struct size_case *at = ask("config.repl-timeout=31");
    struct record_file_head head = size_case_head(at, 1, 1);
    struct size_case *back = read_back(&head);
    ck_assert_ptr_nonnull(back);
    struct record_file_head again = size_case_head(back, 1, 1);
    ck_assert_str_eq(head.about, again.about);
    ck_assert_str_eq(back->again, at->again);
    ck_assert_uint_eq(back->scenario->fingerprint, at->scenario->fingerprint);
    ck_assert_uint_eq(back->question.seed, 7);
    ck_assert_uint_eq(back->question.checks, 12);
    g_free((char *)head.about);
    g_free((char *)again.about);
    size_case_free(back);
    size_case_free(at);
}

/* What is replaced in a head, and by what: then it is none. */
static const struct {
    const char *what, *by;
} SPOILT[] = {{"seed 7", "seed -7"},
              {"checks 12", "checks 100001"},
              {"target 1e-3 per outage", "target none"},
              {"file load.csv", "file other.csv"},
              {"every: { exponential: 10d }", "at: 5s"},
              {"replicaof: m,", ""},
              {"name case.yaml\n", ""},
              {"figure write rate\n", ""},
              {"version ", "vers "},
              {"again ", "again"}};

TEST_LOOP(what_nobody_wrote_is_refused, 0, G_N_ELEMENTS(SPOILT))
{
    struct size_case *at = ask("config.repl-timeout=31");
    struct record_file_head head = size_case_head(at, 1, 1);
    GString *about = g_string_new(head.about);
    ck_assert_uint_ge(g_string_replace(about, SPOILT[_i].what, SPOILT[_i].by, 0), 1);
    g_free((char *)head.about);
    head.about = g_string_free(about, FALSE);
    ck_assert_ptr_null(read_back(&head));
    g_free((char *)head.about);
    size_case_free(at);
}

static struct curve_sample sample_of(void)
{
    struct curve_sample sample = {
        .count = 2, .runs = 20, .reason = REASON_COUNT, .is_limited = true};
    sample.points[0] = (struct curve_point){1, 2, 3};
    sample.points[1] = (struct curve_point){4, 4, OUTAGE_RUN_NEED_NONE};
    return sample;
}

TEST(a_sample_comes_back)
{
    struct curve_sample sample = sample_of(), back;
    int64_t words[SIZE_RECORD_WORDS], again[SIZE_RECORD_WORDS];
    size_record_put(&sample, words);
    ck_assert(size_record_get(words, &back));
    ck_assert_uint_eq(back.count, 2);
    ck_assert_int_eq(back.reason, REASON_COUNT);
    ck_assert(back.is_limited && !back.is_rising);
    ck_assert_int_eq(back.points[1].need_bytes, OUTAGE_RUN_NEED_NONE);
    size_record_put(&back, again);
    ck_assert_mem_eq(words, again, sizeof words);
}

static const struct {
    uint32_t word;
    int64_t value;
} IMPOSSIBLE[] = {{0, 0},  {0, CURVE_POINTS + 1},
                  {1, -1}, {2, REASON_COUNT + 1},
                  {3, 2},  {4, -1},
                  {5, 1},  {6, -1},
                  {7, 0},  {8, -1},
                  {9, -1}, {10, 3}};

TEST_LOOP(no_sample_has_such_words, 0, G_N_ELEMENTS(IMPOSSIBLE))
{
    struct curve_sample sample = sample_of();
    int64_t words[SIZE_RECORD_WORDS];
    size_record_put(&sample, words);
    words[IMPOSSIBLE[_i].word] = IMPOSSIBLE[_i].value;
    ck_assert(!size_record_get(words, &sample));
}
