/* A recorded offset: formats, stitching, and what it says about the rate. */
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/scenario/scenario_read.h"
#include "sim/study/input/input_series.h"
#include "tests/unit/study/diagnostics_fixture.h"
#include "tests/unit/suite.h"

FIXTURE(diagnostics_set_up, diagnostics_tear_down)

/* The same three samples, 10 s apart: 100 bytes/s, then 300. */
static const char *const SAME[] = {
    "1700000000,5000\n1700000010,6000\n1700000020,9000\n",
    "# comment\ntime;value\r\n1700000020;9e+03\r\n1700000000;5000\r\n1700000010;6000\r\n"
    "1700000010;7\r\n1700000015;NaN\r\n",
    "\"Time\",\"redis_master_repl_offset{instance=\"\"a\"\"}\"\n2023-11-14T22:13:20Z,5000\n"
    "2023-11-14T22:13:30Z,6000\n2023-11-14 22:13:40Z,9000\n",
    "node\tmaster_repl_offset\tt_ns\nm\t5000\t1700000000000000000\nm\t6000\t1700000010000000000\n"
    "m\t9000\t1700000020000000000\n",
    "\xef\xbb\xbftime,offset\n1700000000,5000\n1700000010,6000\n1700000020,9000\n",
    "\xef\xbb\xbf"
    "1700000000,5000\n1700000010,6000\n1700000020,9000\n",
    "date,offset\n1700000000000,5000\n1700000010000,6000\n1700000020000,9000\n",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"
    "\"values\":[[1700000000,\"5000\"],[1700000010.0,\"6000\"],[1700000015,\"NaN\"],"
    "[1700000020,\"9000\"]]}]}}",
};

TEST_LOOP(formats_say_the_same, 0, G_N_ELEMENTS(SAME))
{
    struct input_series series;
    ck_assert(input_series_read(&series, "s", SAME[_i], strlen(SAME[_i]), diagnostics));
    guint stride = 0;
    GString *rows = input_series_rows(&series, &stride);
    ck_assert_str_eq(rows->str, "t_ns,bytes\n0,0\n10000000000,1000\n20000000000,4000\n");
    ck_assert_uint_eq(stride, 1);
    ck_assert_int_eq(series.mean, 200);
    ck_assert_int_eq(series.p99, 300);
    ck_assert_int_eq(series.peak, 300);
    ck_assert_int_eq(series.step_ns, 10 * NS_PER_S);
    ck_assert_int_eq(series.gaps, 0);
    ck_assert_int_eq(series.recorded.resets, 0);
    g_string_free(rows, TRUE);
    input_series_clear(&series);
}

TEST_LOOP(what_size_takes_a_load_of_a_scenario_takes, 0, G_N_ELEMENTS(SAME))
{
    static const char TEXT[] = "duration: 1min\nnodes: { m: {}, r: { replicaof: m } }\n"
                               "load: [ { node: m, series: s, from: 1s } ]\n";
    static const int64_t BYTES[] = {0, 1000, 4000};
    struct scenario_files *files = scenario_files_new();
    scenario_files_add(files, "s", SAME[_i]);
    struct scenario_options options = {.files = files};
    struct scenario *scenario = scenario_read_text("x", TEXT, strlen(TEXT), &options, diagnostics);
    ck_assert_ptr_nonnull(scenario);
    const struct load_spec *spec = &scenario->loads[0].spec;
    ck_assert_uint_eq(spec->series_count, 3);
    for (int64_t i = 0; i < 3; i++) {
        ck_assert_int_eq(spec->series_ns[i], (1 + 10 * i) * NS_PER_S);
        ck_assert_int_eq(spec->series_bytes[i], BYTES[i]);
    }
    scenario_free(scenario);
    scenario_files_free(files);
}

TEST(where_the_offset_goes_back_the_stream_goes_on_at_the_mean)
{
    static const char TEXT[] = "0,1000\n10,2000\n20,50\n30,1050\n130,11050\n140,0\n150,1000\n";
    struct input_series series;
    ck_assert(input_series_read(&series, "s", TEXT, strlen(TEXT), diagnostics));
    ck_assert_int_eq(series.recorded.resets, 2);
    ck_assert_int_eq(series.gaps, 1);
    ck_assert_int_eq(series.longest_ns, 100 * NS_PER_S);
    ck_assert_int_eq(series.mean, 100);
    ck_assert_int_eq(series.peak, 100);
    ck_assert_int_eq(g_array_index(series.recorded.samples, struct recorded_sample, 6).bytes,
                     15000);
    input_series_clear(&series);
}

TEST(a_tenth_of_the_steps_may_not_go_back)
{
    for (int steps = 29; steps <= 31; steps++) {
        GString *text = g_string_new("t_s,offset\n");
        for (int i = 0; i <= steps; i++)
            g_string_append_printf(text, "%d,%d\n", i, i % 8 * 100);
        struct input_series series;
        bool is_good = input_series_read(&series, "s", text->str, text->len, diagnostics);
        ck_assert_int_eq(series.recorded.resets, 3);
        ck_assert_int_eq(is_good, steps > 30);
        input_series_clear(&series);
        g_string_free(text, TRUE);
    }
}

TEST(the_99th_percentile_is_by_time)
{
    GString *text = g_string_new("t_s,bytes\n0,0\n");
    int64_t bytes = 0;
    for (int i = 1; i <= 200; i++) {
        bytes += i == 50 || i == 150 ? 500 : i == 100 ? 900 : 10;
        g_string_append_printf(text, "%d,%d\n", i, (int)bytes);
    }
    struct input_series series;
    ck_assert(input_series_read(&series, "s", text->str, text->len, diagnostics));
    ck_assert_int_eq(series.p99, 500); /* 197 of 200 s are below, and 199 not above */
    ck_assert_int_eq(series.peak, 900);
    input_series_clear(&series);
    g_string_free(text, TRUE);
}

TEST(a_long_series_is_thinned_and_keeps_its_ends)
{
    GString *text = g_string_new("t_s,bytes\n");
    for (int i = 0; i <= 2 * INPUT_SERIES_ROWS + 1; i++)
        g_string_append_printf(text, "%d,%d\n", i, 7 * i);
    struct input_series series;
    ck_assert(input_series_read(&series, "s", text->str, text->len, diagnostics));
    guint stride = 0;
    GString *rows = input_series_rows(&series, &stride);
    ck_assert_uint_eq(stride, 3);
    ck_assert(g_str_has_suffix(rows->str, "\n40001000000000,280007\n"));
    g_string_free(rows, TRUE);
    input_series_clear(&series);
    g_string_free(text, TRUE);
}

static const struct {
    const char *text, *begins;
} BAD[] = {
    {"", "s: error: expected at least two samples"},
    {"1700000000,5\n", "s: error: expected at least two samples"},
    {"1700000000,5\n1700000010,5\n", "s: error: the offset never rises"},
    {"start,duration\n1,2\n", "s:1:1: error: found the columns 'start,duration'"},
    {"time,offset\nyesterday,2\n", "s:2:1: error: time: found 'yesterday'"},
    {"1700000000,many\n", "s:1:12: error: offset: found 'many'"},
    {"1700000000,-1\n", "s:1:12: error: offset: found '-1'"},
    {"time,bytes_per_second\n0,5\n10,7\n20,6\n30,9\n40,8\n50,9\n60,3\n",
     "s: error: found 3 of 7 values below the one before, as those of a rate are"},
    {"{\"status\":", "s:1:10: error: looks like JSON but is not valid JSON: "},
    {"{\"status\":\"error\",\"error\":\"bad query\"}",
     "s: error: Prometheus answered with an error"},
    {"  time;\"offset\"\n 5 ;  x1\n", "s:2:7: error: offset: found 'x1'"},
    {"\x1f\x8b\x08 offset", "s: error: the file is gzip-compressed, expected text"},
    {"{}", "s: error: expected what query_range answers"},
    {"{\"data\":{\"result\":[{},{}]}}", "s: error: found 2 series, expected one"},
    {"{\"data\":{\"result\":[{\"value\":[1,\"2\"]}]}}", "s: error: found a series without values"},
    {"{\"data\":{\"result\":[{\"values\":[[1,2]]}]}}",
     "s: error: sample 1: expected [unix seconds"},
};

TEST_LOOP(what_is_wrong_has_its_place, 0, G_N_ELEMENTS(BAD))
{
    struct input_series series;
    const char *bad = BAD[_i].text;
    ck_assert(!input_series_read(&series, "s", bad, strlen(bad), diagnostics));
    diagnostics_expect(BAD[_i].begins);
    input_series_clear(&series);
}
