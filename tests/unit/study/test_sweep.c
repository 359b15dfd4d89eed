/* Sweeps: which runs there are, what a row says, which run broke, and how sure differences are. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "sim/study/sweep/sign_test.h"
#include "sim/study/sweep/sweep.h"
#include "sim/study/sweep/sweep_compare.h"
#include "sim/study/sweep/sweep_record.h"
#include "tests/unit/suite.h"

static const char TEXT[] = "duration: 1min\n"
                           "nodes: { m: {}, r1: { replicaof: m } }\n"
                           "load: [ { node: m, rate: 1/s } ]\n"
                           "faults: [ { at: 30s, cut: m-r1, for: 1s } ]\n"
                           "expect: { r1: { full: 1, partial: 1 } }\n";

static char *scenario_path;

static void make_file(void)
{
    int fd = g_file_open_tmp("sweep-XXXXXX.yaml", &scenario_path, NULL);
    ck_assert_int_ge(fd, 0);
    g_close(fd, NULL);
    ck_assert(g_file_set_contents(scenario_path, TEXT, -1, NULL));
}

static void remove_file(void)
{
    g_unlink(scenario_path);
    g_free(scenario_path);
}

FIXTURE(make_file, remove_file)

/* NULL, and all problems, when refused. */
static struct sweep *read_sweep(const char *const *vary, bool is_per_node, char **words)
{
    static const char *const NOTHING[] = {NULL};
    struct sweep_args wish = {.file = scenario_path,
                              .version = "1",
                              .sets = NOTHING,
                              .vary = vary,
                              .is_per_node = is_per_node,
                              .has_seeds = true,
                              .first_seed = 5,
                              .last_seed = 8};
    struct diagnostics *diagnostics = diagnostics_new();
    struct sweep *sweep = sweep_read(&wish, diagnostics);
    GString *all = g_string_new(NULL);
    for (size_t i = 0; i < diagnostics_count(diagnostics); i++) {
        char *text = diagnostics_text(diagnostics, i);
        g_string_append_printf(all, "%s\n", text);
        g_free(text);
    }
    diagnostics_free(diagnostics);
    *words = g_string_free(all, FALSE);
    return sweep;
}

static struct sweep *good_sweep(const char *const *vary, bool is_per_node)
{
    char *words;
    struct sweep *sweep = read_sweep(vary, is_per_node, &words);
    ck_assert_msg(sweep != NULL, "%s", words);
    g_free(words);
    return sweep;
}

TEST(every_value_meets_every_other_before_the_next_seed)
{
    static const char *const VARY[] = {
        "config.repl-timeout=10,20", "faults[0].for=1s,{ lognormal: { median: 2s, p95: 30s } },3s",
        NULL};
    struct sweep *sweep = good_sweep(VARY, false);
    ck_assert_uint_eq(sweep->cases->len, 6);
    ck_assert_uint_eq(sweep_runs(sweep), 24);
    ck_assert_str_eq(sweep_value(sweep, 0, 0), "10");
    ck_assert_str_eq(sweep_value(sweep, 2, 1), "3s");
    ck_assert_str_eq(sweep_value(sweep, 4, 0), "20");
    ck_assert_str_eq(sweep_value(sweep, 4, 1), "{ lognormal: { median: 2s, p95: 30s } }");
    struct sweep_run_id id = sweep_run_id(sweep, 7);
    ck_assert_uint_eq(id.seed, 6);
    ck_assert_uint_eq(id.number, 1);
    sweep_free(sweep);
}

struct refused {
    const char *vary[3], *words;
};

TEST(what_cannot_be_varied_is_refused_before_anything_runs)
{
    static const struct refused CASES[] = {
        {{"config.repl-timeout", NULL}, "expected PATH=VALUE"},
        {{"=3", NULL}, "expected PATH=VALUE"},
        {{"config.repl-timeout=3,,4", NULL}, "a value is missing"},
        {{"config.repl-timeout=", NULL}, "a value is missing"},
        {{"config.repl-timeout=3,3", NULL}, "'3' stands there twice"},
        {{"seed=3", NULL}, "--seeds gives the seeds already"},
        {{"config.repl-timeout=3", "config.repl-timeout=4", NULL}, "varied twice"},
        {{"config.repl-timeout=3,\t4\n", NULL}, "control character"},
        {{"config.repl-timeout=3,x", NULL}, "--vary config.repl-timeout=x: error: "},
        {{"nodes.r9.server=redis-7.0", NULL}, "has no 'r9'"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        char *words;
        ck_assert_ptr_null(read_sweep(CASES[i].vary, false, &words));
        ck_assert_msg(strstr(words, CASES[i].words) != NULL, "found: %s", words);
        g_free(words);
    }
}

TEST(a_wrong_value_of_many_cases_is_reported_once)
{
    static const char *const VARY[] = {"config.repl-timeout=3,x,4", "spread=1s,2s,3s", NULL};
    char *words;
    ck_assert_ptr_null(read_sweep(VARY, false, &words));
    char **lines = g_strsplit(words, "\n", 0);
    ck_assert_msg(g_strv_length(lines) == 2, "found: %s", words);
    g_strfreev(lines);
    g_free(words);
}

TEST(a_row_has_a_field_for_each_name)
{
    static const char *const PLAIN[] = {"config.repl-timeout=10", NULL};
    for (int is_per_node = 0; is_per_node < 2; is_per_node++) {
        struct sweep *sweep = good_sweep(PLAIN, is_per_node);
        int64_t *record = g_new(int64_t, sweep->words);
        ck_assert_ptr_null(sweep_simulate(sweep, 2, false, record));
        GString *out = g_string_new(NULL);
        sweep_print_names(sweep, SWEEP_CSV, out);
        sweep_print_rows(sweep, SWEEP_CSV, 2, record, out);
        char **lines = g_strsplit(out->str, "\n", 0);
        ck_assert_uint_eq(g_strv_length(lines), is_per_node ? 4 : 3);
        char **names = g_strsplit(lines[0], ",", 0), **fields = g_strsplit(lines[1], ",", 0);
        ck_assert_uint_eq(g_strv_length(names), g_strv_length(fields));
        for (guint i = 0; names[i]; i++) {
            ck_assert_msg(fields[i][0] != '\0', "%s is empty", names[i]);
            if (strcmp(names[i], "seed") == 0)
                ck_assert_str_eq(fields[i], "7");
            if (strcmp(names[i], "expect_held") == 0)
                ck_assert_str_eq(fields[i], "2");
        }
        g_strfreev(names);
        g_strfreev(fields);
        g_strfreev(lines);
        g_string_free(out, TRUE);
        g_free(record);
        sweep_free(sweep);
    }
}

TEST(a_value_with_commas_and_quotes_is_one_field)
{
    static const char *const VARY[] = {"why='a, \"b\"',c", NULL};
    struct sweep *sweep = good_sweep(VARY, false);
    int64_t *record = g_new0(int64_t, sweep->words);
    GString *out = g_string_new(NULL);
    sweep_print_rows(sweep, SWEEP_CSV, 0, record, out);
    ck_assert_ptr_nonnull(strstr(out->str, ",\"'a, \"\"b\"\"'\",5,"));
    g_string_free(out, TRUE);
    g_free(record);
    sweep_free(sweep);
}

TEST_LOOP(a_sweep_comes_back_from_its_head, 0, 2)
{
    static const char *const VARY[] = {"config.repl-timeout=10,20", "spread=1s,2s", NULL};
    struct sweep *sweep = good_sweep(VARY, _i == 1);
    struct record_file_head head = sweep_head(sweep, 1, 1);
    struct sweep *again = sweep_from_head(&head);
    ck_assert_ptr_nonnull(again);
    struct record_file_head head_again = sweep_head(again, 1, 1);
    ck_assert_str_eq(head.about, head_again.about);
    ck_assert_uint_eq(head.words, head_again.words);
    head_again.words++;
    ck_assert_ptr_null(sweep_from_head(&head_again));
    g_free((char *)head.about);
    g_free((char *)head_again.about);
    sweep_free(sweep);
    sweep_free(again);
}

/* Run 3 breaks, and later ones, too; which is found first by whom does not matter. */
static char *break_some(const struct sweep *sweep, uint64_t run, bool is_unchecked, int64_t *record)
{
    (void)is_unchecked;
    memset(record, 0, sweep->words * sizeof *record);
    record[RECORD_BROKEN] = run == 3 || run > 5;
    return record[RECORD_BROKEN] ? g_strdup("broken") : NULL;
}

TEST_LOOP(the_first_broken_run_ends_a_sweep_and_is_not_kept, 1, 4)
{
    static const char *const VARY[] = {"config.repl-timeout=10,20,30", NULL};
    struct sweep *sweep = good_sweep(VARY, false);
    struct record_file_head head = sweep_head(sweep, 1, 1);
    char *path = g_strconcat(scenario_path, ".part", NULL);
    struct record_file *file = record_file_resume(path, &head, NULL);
    struct worker_pool *pool = worker_pool_new((uint32_t)_i);
    struct sweep_job job = {.sweep = sweep,
                            .simulate = break_some,
                            .pool = pool,
                            .file = file,
                            .count = sweep_runs(sweep)};
    uint64_t broken;
    int64_t *record = g_new(int64_t, sweep->words);
    ck_assert_int_eq(sweep_run(&job, &broken), SWEEP_BROKEN);
    ck_assert_uint_eq(broken, 3);
    ck_assert(record_file_find(file, 2, record));
    ck_assert(!record_file_find(file, 3, record));
    g_free(record);
    worker_pool_free(pool);
    record_file_remove(file);
    g_free(path);
    g_free((char *)head.about);
    sweep_free(sweep);
}

static bool is_near(double a, double b)
{
    return fabs(a - b) < 5e-4;
}

TEST(the_sign_test_is_that_of_the_tables)
{
    ck_assert(is_near(sign_test(0, 5), 0.0625) && is_near(sign_test(4, 4), 1));
    ck_assert(is_near(sign_test(0, 0), 1) && is_near(sign_test(1, 9), 0.0215));
}

TEST(a_table_of_differences_fits_a_screen)
{
    static const char *const VARY[] = {"faults[0].for=1s,20s", NULL};
    struct sweep *sweep = good_sweep(VARY, false);
    struct comparison *comparison = comparison_new(sweep);
    int64_t *record = g_new(int64_t, sweep->words);
    for (uint64_t run = 0; run < sweep_runs(sweep); run++) {
        ck_assert_ptr_null(sweep_simulate(sweep, run, false, record));
        comparison_add(comparison, run, record);
    }
    GString *out = g_string_new(NULL);
    comparison_print(comparison, out);
    ck_assert_msg(strstr(out->str, "\ndown_ns ") && strstr(out->str, "0/0/4"), "%s", out->str);
    char **lines = g_strsplit(out->str, "\n", 0);
    for (guint i = 0; lines[i]; i++)
        ck_assert_uint_le(strlen(lines[i]), 100);
    g_strfreev(lines);
    g_string_free(out, TRUE);
    g_free(record);
    comparison_free(comparison);
    sweep_free(sweep);
}
