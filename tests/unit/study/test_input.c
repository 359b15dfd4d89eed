/* Files that people have become a scenario that its reader takes, and every figure has its origin.
 */
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/study/input/case_yaml.h"
#include "sim/study/input/input.h"
#include "sim/scenario/scenario_read.h"
#include "tests/unit/suite.h"

#define HERE "tests/unit/input/"

struct made {
    struct diagnostics *diagnostics;
    struct provenance *provenance;
    struct scenario *scenario; /* NULL after a problem */
};

static struct made made(const struct size_options *options)
{
    struct made made = {diagnostics_new(), provenance_new(), NULL};
    struct scenario_options none = {0};
    struct input_figures *figures = input_read(options, NULL, made.provenance, made.diagnostics);
    GString *text = figures ? size_make(options, figures, made.provenance, made.diagnostics) : NULL;
    input_figures_free(figures);
    if (text) {
        made.scenario = scenario_read_text("made", text->str, text->len, &none, made.diagnostics);
        g_string_free(text, TRUE);
    }
    return made;
}

static void clear(struct made *made)
{
    scenario_free(made->scenario);
    provenance_free(made->provenance);
    diagnostics_free(made->diagnostics);
}

static void expect(const struct made *made, const char *figure, const char *value, const char *from)
{
    const struct provenance_row *row = provenance_find(made->provenance, figure);
    ck_assert_msg(row != NULL, "%s", figure);
    ck_assert_str_eq(row->value, value);
    ck_assert_msg(g_str_has_prefix(row->from, from), "%s: %s", figure, row->from);
}

static bool has_remark(const struct made *made, const char *words)
{
    for (guint i = 0; i < made->provenance->remarks->len; i++)
        if (strstr(made->provenance->remarks->pdata[i], words))
            return true;
    return false;
}

static bool has_diagnostic(const struct made *made, const char *words)
{
    bool found = false;
    for (size_t i = 0; i < diagnostics_count(made->diagnostics); i++) {
        char *text = diagnostics_text(made->diagnostics, i);
        found = found || strstr(text, words);
        g_free(text);
    }
    return found;
}

static const struct size_options ALL = {.conf = HERE "redis.conf",
                                        .info = HERE "info.txt",
                                        .info_later = HERE "info-later.txt",
                                        .outages = HERE "outages.csv"};

TEST(every_figure_of_the_files_has_its_origin)
{
    struct made it = made(&ALL);
    ck_assert_ptr_nonnull(it.scenario);
    expect(&it, "server", "redis-7.0.15", HERE "info-later.txt");
    expect(&it, "repl-backlog-size", "64mb", HERE "redis.conf line 2");
    expect(&it, "client-output-buffer-limit", "replica 256mb 64mb 60", HERE "redis.conf line 3");
    expect(&it, "save", "900 1 300 10", HERE "redis.conf line 6");
    expect(&it, "write rate", "1m/s", HERE "info.txt: two INFO dumps: 60000000 bytes in 60.0 s");
    expect(&it, "fork", "12000us/gb", HERE "info-later.txt");
    expect(&it, "dataset", "4gb", HERE "info-later.txt: used_memory");
    expect(&it, "replicas", "2", HERE "info-later.txt: connected_slaves");
    expect(&it, "maxmemory", "8gb", HERE "info-later.txt");
    expect(&it, "how long outages last", "median 53.5 s, longest 31 min", HERE "outages.csv: 4");
    expect(&it, "outages a year", "4.530", HERE "outages.csv: 4 in 322");
    ck_assert_int_eq(it.scenario->nodes[0].config.backlog_bytes, INT64_C(64) << 20);
    ck_assert_uint_eq(it.scenario->fault_count, 2); /* each replica's */
    clear(&it);
}

TEST(options_go_before_files)
{
    struct size_options options = ALL;
    options.write_rate = "2mb/s";
    options.dataset = "1gb";
    options.maxmemory = "3gb";
    options.replicas = "1";
    options.host = "1gbe";
    options.per_year = "2";
    struct made it = made(&options);
    ck_assert_ptr_nonnull(it.scenario);
    expect(&it, "write rate", "2mb/s", "--write-rate");
    expect(&it, "dataset", "1gb", "--dataset");
    expect(&it, "maxmemory", "3gb", "--maxmemory");
    expect(&it, "replicas", "1", "--replicas");
    expect(&it, "outages a year", "2", "--outages-per-year");
    ck_assert_ptr_null(provenance_find(it.provenance, "fork"));
    ck_assert_int_eq(it.scenario->nodes[0].config.maxmemory, INT64_C(3) << 30);
    clear(&it);
}

/* A quarter of what strikes each of three replicas strikes them all, in the same instants. */
TEST(a_share_of_the_outages_strikes_all_replicas_together)
{
    struct size_options options = {.write_rate = "2mb/s",
                                   .dataset = "1gb",
                                   .replicas = "3",
                                   .outages = "20s",
                                   .per_year = "8",
                                   .together = "25%"};
    const int64_t year = 365 * 86400 * NS_PER_S;
    struct made it = made(&options);
    ck_assert_ptr_nonnull(it.scenario);
    ck_assert_uint_eq(it.scenario->fault_count, 6);
    for (uint32_t i = 0; i < 6; i++) {
        const struct scenario_fault *fault = &it.scenario->faults[i];
        ck_assert_int_eq(fault->link, (int32_t)(i % 3));
        ck_assert_int_eq(fault->behind, i < 3 ? 0 : (int32_t)i - 3);
        ck_assert_int_eq(dist_mean(&fault->every), year / (i < 3 ? 6 : 2));
    }
    expect(&it, "of them together", "25%", "--together");
    clear(&it);
    options.replicas = "1";
    it = made(&options);
    ck_assert(has_diagnostic(&it, "--together: one replica has none beside it"));
    clear(&it);
}

TEST(a_running_server_goes_before_its_file_and_that_is_reported)
{
    struct size_options options = ALL;
    options.conf = HERE "redis-other.conf";
    struct made it = made(&options);
    expect(&it, "repl-backlog-size", "64mb", HERE "info-later.txt");
    ck_assert(has_remark(&it, "repl-backlog-size: " HERE "redis-other.conf line 1 says 1mb"));
    ck_assert(has_remark(&it, "includes more.conf"));
    clear(&it);
    it = made(&ALL);
    ck_assert(!has_remark(&it, "repl-backlog-size"));
    ck_assert(has_remark(&it, "no outage longer than the longest in " HERE "outages.csv (31 min)"));
    clear(&it);
}

TEST(a_recorded_offset_becomes_the_load)
{
    struct size_options options = {.series = HERE "offset.csv", .dataset = "1gb"};
    struct made it = made(&options);
    ck_assert_ptr_nonnull(it.scenario);
    expect(&it, "write rate", "mean 33.3 KB/s, p99 60 KB/s, peak 60 KB/s",
           HERE "offset.csv: 5 samples, 15 s apart, 60 s in all, repeated");
    const struct load_spec *spec = &it.scenario->loads[0].spec;
    ck_assert_uint_eq(spec->series_count, 5);
    ck_assert(spec->is_repeated);
    ck_assert_int_eq(spec->series_bytes[4], 2047995);
    ck_assert(has_remark(&it, "goes back 1 time ("));
    clear(&it);
    options.write_rate = "busy";
    it = made(&options);
    ck_assert(has_diagnostic(&it, "--write-rate and --series both say"));
    clear(&it);
}

TEST(what_is_missing_says_why)
{
    struct size_options options = {0};
    struct made it = made(&options);
    ck_assert_ptr_null(it.scenario);
    ck_assert(has_diagnostic(&it, "nothing says how much is written; expected --write-rate 5mb/s"));
    ck_assert(has_diagnostic(&it, "nothing says how large the data are"));
    clear(&it);
    options.info = options.info_later = HERE "info.txt";
    it = made(&options);
    ck_assert(has_diagnostic(&it, "info.txt: the two dumps do not say how much time"));
    clear(&it);
    options.info_later = HERE "info-idle.txt";
    it = made(&options);
    ck_assert(has_diagnostic(&it, "0 bytes in 60.0 s, a rate of 0; take them further apart"));
    clear(&it);
}

TEST(one_outage_has_no_frequency)
{
    struct size_options options = {
        .write_rate = "busy", .dataset = "1gb", .outages = HERE "outage.csv"};
    struct made it = made(&options);
    ck_assert_ptr_nonnull(it.scenario);
    expect(&it, "outages a year", "4 of each replica",
           "assumed: " HERE "outage.csv lists a single outage");
    ck_assert(dist_is_constant(&it.scenario->faults[0].duration));
    clear(&it);
}

TEST(files_that_are_not_there_are_all_reported)
{
    struct size_options options = {
        .conf = HERE "no.conf", .info = HERE "no.txt", .series = HERE "no.csv"};
    struct made it = made(&options);
    ck_assert_uint_eq(diagnostics_count(it.diagnostics), 3);
    ck_assert(has_diagnostic(&it, "no.conf: error: No such file or directory"));
    clear(&it);
    ck_assert(!input_is_file(HERE "nowhere.csv"));
    ck_assert(!input_is_file(NULL));
    ck_assert(input_is_file(HERE "outages.csv"));
}
