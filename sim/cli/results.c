/* See results.h. */
#include "sim/cli/results.h"

#include <string.h>
#include "sim/cli/output.h"
#include "sim/cli/page_output.h"
#include "sim/page/perfetto.h"
#include "sim/report/report_text.h"
#include "sim/report/report_json.h"

static bool is_to_stdout(const struct results *results)
{
    return g_strcmp0(results->trace, "-") == 0 || g_strcmp0(results->html, "-") == 0 ||
           g_strcmp0(results->perfetto, "-") == 0;
}

static struct scenario *read_on(const struct results *results, const char *const *servers)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario_options options = {.overrides = (const char *const *)results->overrides->pdata,
                                       .servers = servers};
    struct scenario *scenario = scenario_text_read(&results->text, &options, diagnostics);
    cli_diagnose(diagnostics);
    return scenario;
}

struct scenario *results_read(struct results *results)
{
    if (g_file_test(results->file, G_FILE_TEST_IS_DIR)) {
        GString *test = g_string_new("psyncsim test");
        cli_append_word(test, results->file);
        cli_fail(EXIT_BAD_INPUT,
                 "%s: %s is a directory, expected a scenario file; %s runs all in it",
                 results->command, results->file, test->str);
        g_string_free(test, TRUE);
        return NULL;
    }
    struct diagnostics *diagnostics = diagnostics_new();
    bool is_there = scenario_text_load(&results->text, results->file, diagnostics);
    cli_diagnose(diagnostics);
    return is_there ? read_on(results, NULL) : NULL;
}

struct scenario *results_read_on(const struct results *results, const char *const *servers)
{
    return read_on(results, servers);
}

void results_clear(struct results *results)
{
    scenario_text_clear(&results->text);
}

uint64_t results_seed(const struct results *results, const struct scenario *scenario)
{
    return results->seed >= 0 ? (uint64_t)results->seed : scenario->seed;
}

/* ---- what comes out ---- */

char *results_repeat(const struct results *results, const struct report *report)
{
    GString *command = g_string_new("psyncsim ");
    g_string_append(command, results->command);
    cli_append_word(command, results->file);
    g_string_append_printf(command, " --seed %" G_GUINT64_FORMAT, report->seed);
    cli_append_list(command, "set", results->overrides);
    if (results->servers != NULL)
        cli_append_list(command, "server", results->servers);
    return g_string_free(command, FALSE);
}

/* Where lines go: either may be NULL. */
struct lines {
    FILE *file;
    GString *kept;
    bool has_heartbeats;
};

static bool write_line(void *user, const char *line, size_t len)
{
    const struct lines *lines = user;
    if (lines->kept != NULL)
        g_string_append_len(lines->kept, line, (gssize)len);
    return lines->file == NULL || fwrite(line, 1, len, lines->file) == len;
}

static void put(FILE *file, const GString *text)
{
    fwrite(text->str, 1, text->len, file);
}

/* What a reader of the trace alone would miss. */
static void print_failures(const struct report *report)
{
    for (uint32_t i = 0; i < report->scenario->expect_count; i++)
        if (!report->results[i].held)
            cli_fail(EXIT_DIFFERS, "expected %s, found %s", report->scenario->expects[i].text,
                     report->results[i].found);
}

/* Whether the screen has the scenario's questions, and not yet what came out. */
static bool hides(const struct results *results, const struct report *report)
{
    return report_asks(report) && report->live == NULL && !results->reveal && !results->explain &&
           !results->json && !is_to_stdout(results);
}

/* Whether it is the run that the scenario has words about: predictions change no run. */
static bool is_as_written(const struct results *results, const struct report *report)
{
    bool is_same = report->live == NULL && report->seed == report->scenario->seed;
    for (guint i = 0; results->overrides->pdata[i] != NULL; i++)
        is_same = is_same && g_str_has_prefix(results->overrides->pdata[i], "expect.");
    return is_same;
}

static void print_results(const struct results *results, const struct report *report)
{
    GString *text = g_string_new(NULL);
    if (is_to_stdout(results)) {
        print_failures(report);
    } else if (results->json) {
        report_json_print(report, text);
    } else if (hides(results, report)) {
        char *again = results_repeat(results, report);
        report_text_ask(report, (struct screen){.is_coloured = cli_is_coloured(stdout)}, again,
                        text);
        g_free(again);
    } else {
        char *again = results_repeat(results, report);
        report_text_print(report,
                          (struct screen){.is_coloured = cli_is_coloured(stdout),
                                          .reveals = is_as_written(results, report),
                                          .tells_all = results->explain},
                          text);
        g_string_append_printf(text, "again:  %s%s\n", again,
                               strcmp(results->file, "-") == 0 ? "   (with the same input)" : "");
        g_free(again);
    }
    put(stdout, text);
    g_string_free(text, TRUE);
}

static int run_with(struct report *report, results_run *run, void *user, struct lines *lines)
{
    GString *line = g_string_new(NULL);
    bool has_trace = lines->file != NULL || lines->kept != NULL;
    if (has_trace) {
        report->trace.mode = TRACE_LINES;
        report->trace.has_heartbeats = lines->has_heartbeats;
        report->trace.sink = write_line;
        report->trace.sink_user = lines;
        report_json_header(report, line);
        write_line(lines, line->str, line->len);
    }
    int code = run(user, report);
    if (code == EXIT_HELD && report->trace.is_broken)
        code = EXIT_SYSTEM;
    if (code == EXIT_HELD)
        report_check(report);
    if (code == EXIT_HELD && has_trace) {
        g_string_truncate(line, 0);
        report_json_last(report, line);
        write_line(lines, line->str, line->len);
    }
    g_string_free(line, TRUE);
    return code;
}

static int write_perfetto(const char *path, const GString *trace)
{
    struct output *output = output_open(path);
    if (output == NULL)
        return EXIT_SYSTEM;
    GString *text = g_string_new(NULL);
    perfetto_print(trace, text);
    put(output_file(output), text);
    g_string_free(text, TRUE);
    return output_close(output) ? EXIT_HELD : EXIT_SYSTEM;
}

static int write_all(const struct results *results, struct report *report, results_run *run,
                     void *user, GString *kept)
{
    struct output *output = results->trace ? output_open(results->trace) : NULL;
    if (results->trace && !output)
        return EXIT_SYSTEM;
    struct lines lines = {output ? output_file(output) : NULL, kept, results->heartbeats};
    int code = run_with(report, run, user, &lines);
    if (output && code != EXIT_HELD && !report->trace.is_broken)
        output_drop(output);
    else if (output && !output_close(output))
        code = EXIT_SYSTEM;
    if (code == EXIT_HELD && results->perfetto)
        code = write_perfetto(results->perfetto, kept);
    if (code == EXIT_HELD && results->html)
        code = page_output_write(results->html, results->file, kept);
    return code;
}

int results_write(const struct results *results, struct report *report, results_run *run,
                  void *user)
{
    GString *kept = results->html || results->perfetto ? g_string_new(NULL) : NULL;
    int code = write_all(results, report, run, user, kept);
    if (kept)
        g_string_free(kept, TRUE);
    if (code != EXIT_HELD)
        return code;
    if (!results->is_quiet)
        print_results(results, report);
    return report->failed > 0 && !hides(results, report) ? EXIT_DIFFERS : EXIT_HELD;
}
