/* See results.h. */
#include "sim/cli/results.h"

#include <string.h>
#include "sim/cli/output.h"
#include "sim/engine/quantity.h"
#include "sim/scenario/scenario_read.h"
#include "sim/report/report_text.h"
#include "sim/report/report_json.h"

void results_init(struct results *results, const char *command)
{
    *results = (struct results){.command = command, .overrides = g_ptr_array_new()};
}

void results_clear(struct results *results)
{
    g_ptr_array_free(results->overrides, TRUE);
    if (results->more != NULL)
        g_string_free(results->more, TRUE);
}

bool results_is_to_stdout(const struct results *results)
{
    return results->trace != NULL && strcmp(results->trace, "-") == 0;
}

/* ---- the command line ---- */

static bool take_seed(struct results *results, const char *text)
{
    const char *wrong = quantity_parse(QUANTITY_SEED, text, strlen(text), &results->seed);
    results->has_seed = wrong == NULL;
    if (wrong)
        results->code = cli_fail(EXIT_BAD_INPUT, "%s: --seed: found '%s', expected %s",
                                 results->command, text, wrong);
    return wrong == NULL;
}

bool results_take_option(struct results *results, int option, const char *value)
{
    switch (option) {
    case 't':
        results->trace = value;
        return true;
    case 'j':
        results->json = true;
        return true;
    case 'e':
        results->explain = true;
        return true;
    case '1':
        return take_seed(results, value);
    default:
        g_ptr_array_add(results->overrides, (char *)value);
        return true;
    }
}

bool results_take_operands(struct results *results, const struct cli *cli)
{
    int count;
    char **operands = cli_operands(cli, &count);
    bool is_to_stdout = results_is_to_stdout(results);
    g_ptr_array_add(results->overrides, NULL);
    const char *wrong =
        count == 0                          ? "needs a scenario file, or - for stdin"
        : count > 1                         ? "takes one scenario; psyncsim test takes several"
        : results->json && results->explain ? "gives --json or --explain, not both"
        : is_to_stdout && results->json     ? "writes --json or --trace - to stdout, not both"
        : is_to_stdout && results->explain  ? "writes --explain or --trace - to stdout, not both"
                                            : NULL;
    if (wrong)
        results->code = cli_fail(EXIT_BAD_INPUT, "%s %s", results->command, wrong);
    results->file = operands[0];
    return wrong == NULL;
}

struct scenario *results_read(const struct results *results)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario =
        scenario_read(results->file, (const char *const *)results->overrides->pdata, diagnostics);
    diagnostics_print(diagnostics, stderr, cli_is_coloured(stderr));
    diagnostics_free(diagnostics);
    return scenario;
}

uint64_t results_seed(const struct results *results, const struct scenario *scenario)
{
    return results->has_seed ? (uint64_t)results->seed : scenario->seed;
}

/* ---- what comes out ---- */

char *results_repeat(const struct results *results, const struct report *report)
{
    GString *command = g_string_new("psyncsim ");
    g_string_append(command, results->command);
    cli_append_word(command, results->file);
    g_string_append_printf(command, " --seed %" G_GUINT64_FORMAT, report->seed);
    for (guint i = 0; i + 1 < results->overrides->len; i++) {
        g_string_append(command, " --set");
        cli_append_word(command, results->overrides->pdata[i]);
    }
    if (results->more != NULL)
        g_string_append(command, results->more->str);
    return g_string_free(command, FALSE);
}

static bool write_line(void *user, const char *line, size_t len)
{
    return fwrite(line, 1, len, user) == len;
}

static void put(FILE *file, const GString *text)
{
    fwrite(text->str, 1, text->len, file);
}

/* What a reader of the trace alone would miss. */
static void tell_failures(const struct report *report)
{
    for (uint32_t i = 0; i < report->scenario->expect_count; i++)
        if (!report->results[i].held)
            cli_fail(EXIT_DIFFERS, "expected %s, found %s", report->scenario->expects[i].text,
                     report->results[i].found);
}

static void print_results(const struct results *results, const struct report *report)
{
    GString *text = g_string_new(NULL);
    if (results_is_to_stdout(results)) {
        tell_failures(report);
    } else if (results->json) {
        report_json_print(report, text);
    } else {
        char *again = results_repeat(results, report);
        report_text_print(report, (struct screen){cli_is_coloured(stdout), results->explain}, text);
        g_string_append_printf(text, "again:  %s%s\n", again,
                               strcmp(results->file, "-") == 0 ? "   (with the same input)" : "");
        g_free(again);
    }
    put(stdout, text);
    g_string_free(text, TRUE);
}

static int run_with(struct report *report, results_run *run, void *user, FILE *trace)
{
    GString *line = g_string_new(NULL);
    if (trace) {
        report->trace.mode = TRACE_LINES;
        report->trace.sink = write_line;
        report->trace.sink_user = trace;
        report_json_header(report, line);
        put(trace, line);
    }
    int code = run(user, report);
    if (code == EXIT_HELD && report->trace.is_broken)
        code = EXIT_SYSTEM;
    if (code == EXIT_HELD)
        report_check(report);
    if (code == EXIT_HELD && trace) {
        g_string_truncate(line, 0);
        report_json_print(report, line);
        put(trace, line);
    }
    g_string_free(line, TRUE);
    return code;
}

int results_write(const struct results *results, struct report *report, results_run *run,
                  void *user)
{
    struct output *output = results->trace ? output_open(results->trace) : NULL;
    if (results->trace && !output)
        return EXIT_SYSTEM;
    int code = run_with(report, run, user, output ? output_file(output) : NULL);
    if (output && code != EXIT_HELD && !report->trace.is_broken)
        output_drop(output);
    else if (output && !output_close(output))
        code = EXIT_SYSTEM;
    if (code != EXIT_HELD)
        return code;
    print_results(results, report);
    return report->failed > 0 ? EXIT_DIFFERS : EXIT_HELD;
}
