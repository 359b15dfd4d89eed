/* Files that people have become a scenario that its reader takes, and every figure has its origin.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "sim/study/input.h"
#include "sim/world/scenario_read.h"

#define HERE "tests/unit/input/"

static struct provenance *made(const struct input_options *options)
{
    struct problems *problems = problems_new();
    struct provenance *provenance = provenance_new();
    GString *text = input_scenario(options, provenance, problems);
    ck_assert_ptr_nonnull(text);
    struct scenario_options none = {0};
    struct scenario *scenario = scenario_read_text("made", text->str, text->len, &none, problems);
    if (!scenario) {
        char *first = problems_text(problems, 0);
        ck_abort_msg("%s in:\n%s", first, text->str);
    }
    scenario_free(scenario);
    g_string_free(text, TRUE);
    problems_free(problems);
    return provenance;
}

static void expect(const struct provenance *provenance, const char *figure, const char *value,
                   const char *from)
{
    const struct provenance_row *row = provenance_find(provenance, figure);
    ck_assert_msg(row != NULL, "%s", figure);
    ck_assert_str_eq(row->value, value);
    ck_assert_msg(g_str_has_prefix(row->from, from), "%s: %s", figure, row->from);
}

START_TEST(every_figure_of_the_files_has_its_origin)
{
    struct input_options options = {
        HERE "redis.conf", {HERE "info.txt", HERE "info-later.txt"}, HERE "outages.csv"};
    struct provenance *rows = made(&options);
    expect(rows, "server", "redis-7.0.15", HERE "info-later.txt");
    expect(rows, "repl-backlog-size", "64mb", HERE "info-later.txt");
    expect(rows, "client-output-buffer-limit", "replica 256mb 64mb 60", HERE "redis.conf line 3");
    expect(rows, "save", "900 1 300 10", HERE "redis.conf line 6");
    expect(rows, "write rate", "1m/s", "two INFO dumps: 60000000 bytes in 60.0 s");
    expect(rows, "fork", "12000us/gb", HERE "info-later.txt");
    expect(rows, "replicas", "2", "connected_slaves");
    expect(rows, "how long outages last", "{ values: [4s, 12s, 95s, 31min] }", HERE "outages.csv");
    provenance_free(rows);
}
END_TEST

START_TEST(what_no_file_tells_comes_from_presets)
{
    struct input_options options = {0};
    struct provenance *rows = made(&options);
    expect(rows, "write rate", "512kb/s", "preset typical");
    expect(rows, "outages a year", "4.000 of each link", "preset default-guess");
    ck_assert_ptr_null(provenance_find(rows, "repl-backlog-size"));
    provenance_free(rows);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_a_problem)
{
    struct input_options options = {.outages = HERE "nowhere.csv"};
    struct problems *problems = problems_new();
    struct provenance *rows = provenance_new();
    ck_assert_ptr_null(input_scenario(&options, rows, problems));
    ck_assert_uint_eq(problems_count(problems), 1);
    provenance_free(rows);
    problems_free(problems);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("input");
    TCase *tcase = tcase_create("input");
    tcase_add_test(tcase, every_figure_of_the_files_has_its_origin);
    tcase_add_test(tcase, what_no_file_tells_comes_from_presets);
    tcase_add_test(tcase, a_file_that_is_not_there_is_a_problem);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
