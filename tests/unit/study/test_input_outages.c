/* Outages as people log them. */
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/study/input/input_outages.h"
#include "sim/scenario/scenario_read.h"
#include "tests/unit/study/diagnostics_fixture.h"
#include "tests/unit/suite.h"

FIXTURE(diagnostics_set_up, diagnostics_tear_down)

#define YEAR_LATER "1731535988" /* and 12 s later it is 365 days after 1700000000 */

static const struct {
    const char *text, *law;
    int64_t per_year_milli;
} GOOD[] = {
    {"start,duration\n1700000000,12\n" YEAR_LATER ",12\n", "{ values: [12s, 12s] }", 2000},
    {"1700000000,12\n" YEAR_LATER ",0.5s\n", "{ values: [500ms, 12s] }", 2000},
    {"Begin;End\r\n2023-01-01T00:00:00Z;2023-01-01T00:00:30Z\r\n"
     "\"2024-01-01T01:59:55+02:00\";2024-01-01 00:00:00Z\r\n",
     "{ values: [5s, 30s] }", 2000},
    {"link\tstart\tseconds\na\t1700000000\t1\nb\t1700000000\t2\na\t" YEAR_LATER "\t12\n",
     "{ values: [1s, 2s, 12s] }", 1500},
    {"# a frequency needs two\n1700000000,12\n", "12s", 0},
    {"12.5\n3\n90s\n400ms\n", "{ values: [400ms, 3s, 12.5s, 90s] }", 0},
    {"node,seconds\na,12\nb,3\n", "{ values: [3s, 12s] }", 0},
};

TEST_LOOP(columns_times_and_separators_are_as_people_have_them, 0, G_N_ELEMENTS(GOOD))
{
    struct input_outages outages;
    const char *text = GOOD[_i].text;
    ck_assert(input_outages_read(&outages, "o.csv", text, strlen(text), diagnostics));
    GString *law = input_outages_law(&outages);
    ck_assert_str_eq(law->str, GOOD[_i].law);
    ck_assert_int_eq(input_outages_per_year_milli(&outages), GOOD[_i].per_year_milli);
    g_string_free(law, TRUE);
    input_outages_clear(&outages);
}

/* The law that a scenario makes of it. */
static struct dist read_back(const GString *law)
{
    GString *text =
        g_string_new("duration: 1s\nnodes: { m: { dataset: 0 }, r: { replicaof: m } }\n");
    g_string_append_printf(text, "faults: [ { every: 1h, partition: m-r, for: %s } ]\n", law->str);
    struct scenario_options none = {0};
    struct scenario *scenario = scenario_read_text("law", text->str, text->len, &none, diagnostics);
    ck_assert_msg(scenario != NULL, "%s", text->str);
    struct dist dist = scenario->faults[0].duration;
    scenario_free(scenario);
    g_string_free(text, TRUE);
    return dist;
}

static const int COUNTS[] = {33, 64, 1000, 30000};

TEST_LOOP(of_many_outages_no_length_is_exceeded_less_often_than_in_the_log, 0, G_N_ELEMENTS(COUNTS))
{
    int count = COUNTS[_i];
    GString *text = g_string_new(NULL);
    for (int i = count; i >= 1; i--)
        g_string_append_printf(text, "%d,%d\n", 1700000000 + i, i);
    struct input_outages outages;
    ck_assert(input_outages_read(&outages, "o.csv", text->str, text->len, diagnostics));
    GString *law = input_outages_law(&outages);
    struct dist dist = read_back(law);
    ck_assert_int_eq(dist_most(&dist), count * NS_PER_S);
    for (int longer = 1; longer <= count; longer++) {
        double share = (double)longer / count;
        double tail = dist_tail(&dist, (count - longer) * NS_PER_S);
        ck_assert_msg(tail >= share - 1e-9, "%d: %g below %g", longer, tail, share);
        ck_assert_msg(tail <= share * (longer <= 2 ? 1.001 : 1.7) + 2e-6, "%d: %g above %g", longer,
                      tail, share);
    }
    g_string_free(law, TRUE);
    g_string_free(text, TRUE);
    input_outages_clear(&outages);
}

static const struct {
    const char *text, *begins;
} BAD[] = {
    {"", "o.csv: error: expected at least one outage"},
    {"start,severity\n1,2\n", "o.csv:1:1: error: found the columns 'start,severity'"},
    {"start,duration\nyesterday,3\n", "o.csv:2:1: error: start: found 'yesterday'"},
    {"1700000000,soon\n", "o.csv:1:1: error: duration: found 'soon'"},
    {"1700000000,0\n", "o.csv:1:1: error: duration: found '0'"},
    {"1700000000\n", "o.csv:1:1: error: duration: found '1700000000'"},
    {"start,duration\n1700000000\n", "o.csv:2:1: error: duration: found ''"},
    {"5\n0\n", "o.csv:2:1: error: duration: found '0'"},
    {"start,end\n1700000000,1600000000\n", "o.csv:2:1: error: end: found '1600000000'"},
};

TEST_LOOP(what_is_wrong_has_its_place, 0, G_N_ELEMENTS(BAD))
{
    struct input_outages outages;
    const char *bad = BAD[_i].text;
    ck_assert(!input_outages_read(&outages, "o.csv", bad, strlen(bad), diagnostics));
    diagnostics_expect(BAD[_i].begins);
    input_outages_clear(&outages);
}
