/* Outages as people log them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "sim/study/input_outages.h"

#define YEAR_LATER "1731536000" /* 365 days after 1700000000 */

static const struct {
    const char *text, *law;
    int64_t per_year_milli;
} GOOD[] = {
    {"start,duration\n1700000000,12\n" YEAR_LATER ",2min\n", "{ values: [12s, 2min] }", 1000},
    {"1700000000,12\n" YEAR_LATER ",0.5\n", "{ values: [500ms, 12s] }", 1000},
    {"Begin;End\r\n2023-01-01T00:00:00Z;2023-01-01T00:00:30Z\r\n"
     "2024-01-01T02:00:00+02:00;2024-01-01T00:00:05Z\r\n",
     "{ values: [5s, 30s] }", 1000},
    {"link\tstart\tseconds\na\t1700000000\t1\nb\t1700000000\t2\na\t" YEAR_LATER "\t3\n",
     "{ values: [1s, 2s, 3s] }", 1000},
    {"# one tells no frequency\n1700000000,12\n", "{ values: [12s] }", 0},
};

START_TEST(columns_times_and_separators_are_as_people_have_them)
{
    struct problems *problems = problems_new();
    struct input_outages outages;
    bool is_short = true;
    const char *text = GOOD[_i].text;
    ck_assert(input_outages_read(&outages, "o.csv", text, strlen(text), problems));
    GString *law = input_outages_law(&outages, &is_short);
    ck_assert_str_eq(law->str, GOOD[_i].law);
    ck_assert(!is_short);
    ck_assert_int_eq(input_outages_per_year_milli(&outages), GOOD[_i].per_year_milli);
    g_string_free(law, TRUE);
    input_outages_clear(&outages);
    problems_free(problems);
}
END_TEST

START_TEST(many_outages_become_quantiles)
{
    GString *text = g_string_new(NULL);
    for (int i = 64; i >= 1; i--)
        g_string_append_printf(text, "%d,%d\n", 1700000000 + i, i);
    struct problems *problems = problems_new();
    struct input_outages outages;
    bool is_short = false;
    ck_assert(input_outages_read(&outages, "o.csv", text->str, text->len, problems));
    GString *law = input_outages_law(&outages, &is_short);
    ck_assert(is_short);
    ck_assert(g_str_has_prefix(law->str, "{ values: [2s, 4s, 6s, "));
    g_string_free(law, TRUE);
    g_string_free(text, TRUE);
    input_outages_clear(&outages);
    problems_free(problems);
}
END_TEST

static const struct {
    const char *text, *begins;
} BAD[] = {
    {"", "o.csv: error: expected at least one outage"},
    {"start,severity\n1,2\n", "o.csv:1:1: error: found the columns 'start,severity'"},
    {"start,duration\nyesterday,3\n", "o.csv:2:1: error: start: found 'yesterday'"},
    {"1700000000,soon\n", "o.csv:1:1: error: duration: found 'soon'"},
    {"1700000000,0\n", "o.csv:1:1: error: duration: found '0'"},
    {"1700000000\n", "o.csv:1:1: error: duration: found ''"},
    {"start,end\n1700000000,1600000000\n", "o.csv:2:1: error: end: found '1600000000'"},
};

START_TEST(what_is_wrong_has_its_place)
{
    struct problems *problems = problems_new();
    struct input_outages outages;
    const char *bad = BAD[_i].text;
    ck_assert(!input_outages_read(&outages, "o.csv", bad, strlen(bad), problems));
    char *text = problems_text(problems, 0);
    ck_assert_msg(g_str_has_prefix(text, BAD[_i].begins), "%s", text);
    g_free(text);
    input_outages_clear(&outages);
    problems_free(problems);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("input_outages");
    TCase *tcase = tcase_create("input_outages");
    tcase_add_loop_test(tcase, columns_times_and_separators_are_as_people_have_them, 0,
                        G_N_ELEMENTS(GOOD));
    tcase_add_test(tcase, many_outages_become_quantiles);
    tcase_add_loop_test(tcase, what_is_wrong_has_its_place, 0, G_N_ELEMENTS(BAD));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
