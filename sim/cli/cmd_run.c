/* psyncsim run: simulates one scenario. */
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/output.h"
#include "sim/cli/version.h"
#include "sim/engine/quantity.h"
#include "sim/world/report.h"
#include "sim/world/scenario_read.h"
#include "sim/world/screen.h"
#include "sim/world/summary.h"

struct wish {
    const char *file, *trace; /* trace NULL: none */
    bool json, explain, has_seed;
    int64_t seed;
    GPtrArray *overrides; /* ended by NULL */
    int code;             /* when it cannot be had */
};

static bool is_to_stdout(const struct wish *wish)
{
    return wish->trace != NULL && strcmp(wish->trace, "-") == 0;
}

/* ---- the command line ---- */

static bool take_seed(struct wish *wish, const char *text)
{
    const char *wrong = quantity_parse(QUANTITY_SEED, text, strlen(text), &wish->seed);
    wish->has_seed = wrong == NULL;
    if (wrong)
        wish->code = cli_fail(EXIT_BAD_INPUT, "run: --seed: found '%s', expected %s", text, wrong);
    return wrong == NULL;
}

static bool take_option(struct wish *wish, int option, const char *value)
{
    switch (option) {
    case 't':
        wish->trace = value;
        return true;
    case 'j':
        wish->json = true;
        return true;
    case 'e':
        wish->explain = true;
        return true;
    case '1':
        return take_seed(wish, value);
    default:
        g_ptr_array_add(wish->overrides, (char *)value);
        return true;
    }
}

static bool fits_together(struct wish *wish, int count)
{
    const char *wrong =
        count == 0                            ? "needs a scenario file, or - for stdin"
        : count > 1                           ? "takes one scenario; psyncsim test takes several"
        : wish->json && wish->explain         ? "gives --json or --explain, not both"
        : is_to_stdout(wish) && wish->json    ? "writes --json or --trace - to stdout, not both"
        : is_to_stdout(wish) && wish->explain ? "writes --explain or --trace - to stdout, not both"
                                              : NULL;
    if (wrong)
        wish->code = cli_fail(EXIT_BAD_INPUT, "run %s", wrong);
    return wrong == NULL;
}

static bool take_arguments(struct wish *wish, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        {"trace", 't', "FILE",
         "write every event as a line of JSON; - is stdout, without the summary"},
        {"json", 'j', NULL, "the summary as one line of JSON"},
        {"explain", 'e', NULL, "the whole story of each resynchronisation, with its numbers"},
        {"seed", '1', "N", "this seed instead of the scenario's"},
        {"set", 's', "PATH=VALUE",
         "change the scenario first (config.repl-timeout=30); may be repeated"},
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option, count;
    while ((option = cli_next(&cli)) >= 0)
        if (!take_option(wish, option, cli.value))
            return false;
    g_ptr_array_add(wish->overrides, NULL);
    wish->code = cli.code;
    if (option == CLI_STOP)
        return false;
    wish->file = cli_operands(&cli, &count)[0];
    return fits_together(wish, count);
}

/* ---- what comes out ---- */

/* The command that gives the same run again. */
static char *repeat(const struct wish *wish, const struct report *report)
{
    GString *command = g_string_new("psyncsim run");
    cli_append_word(command, wish->file);
    g_string_append_printf(command, " --seed %" G_GUINT64_FORMAT, report->seed);
    for (guint i = 0; i + 1 < wish->overrides->len; i++) {
        g_string_append(command, " --set");
        cli_append_word(command, wish->overrides->pdata[i]);
    }
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

static void print_results(const struct wish *wish, const struct report *report)
{
    GString *text = g_string_new(NULL);
    if (is_to_stdout(wish)) {
        tell_failures(report);
    } else if (wish->json) {
        summary_print(report, text);
    } else {
        char *again = repeat(wish, report);
        screen_print(report, (struct screen){cli_is_coloured(stdout), wish->explain}, text);
        g_string_append_printf(text, "again:  %s%s\n", again,
                               strcmp(wish->file, "-") == 0 ? "   (with the same input)" : "");
        g_free(again);
    }
    put(stdout, text);
    g_string_free(text, TRUE);
}

static int run(const struct wish *wish, struct report *report, FILE *trace)
{
    GString *line = g_string_new(NULL);
    if (trace) {
        report->trace.mode = TRACE_LINES;
        report->trace.sink = write_line;
        report->trace.sink_user = trace;
        summary_header(report, line);
        put(trace, line);
    }
    int code = EXIT_HELD;
    if (!report_run(report)) {
        char *again = repeat(wish, report);
        code = cli_fail(EXIT_BUG, "an invariant broke, which is our mistake: %s\nRepeat it by: %s",
                        report->world->broken, again);
        g_free(again);
    } else if (report->trace.is_broken) {
        code = EXIT_SYSTEM;
    } else if (trace) {
        g_string_truncate(line, 0);
        summary_print(report, line);
        put(trace, line);
    }
    g_string_free(line, TRUE);
    return code;
}

static int run_and_write(const struct wish *wish, struct report *report)
{
    struct output *output = wish->trace ? output_open(wish->trace) : NULL;
    if (wish->trace && !output)
        return EXIT_SYSTEM;
    int code = run(wish, report, output ? output_file(output) : NULL);
    if (output && code == EXIT_BUG)
        output_drop(output);
    else if (output && !output_close(output))
        code = EXIT_SYSTEM;
    if (code != EXIT_HELD)
        return code;
    print_results(wish, report);
    return report->failed > 0 ? EXIT_DIFFERS : EXIT_HELD;
}

static int read_and_run(const struct wish *wish)
{
    struct problems *problems = problems_new();
    struct scenario *scenario =
        scenario_read(wish->file, (const char *const *)wish->overrides->pdata, problems);
    problems_print(problems, stderr, cli_is_coloured(stderr));
    problems_free(problems);
    if (!scenario)
        return EXIT_BAD_INPUT;
    uint64_t seed = wish->has_seed ? (uint64_t)wish->seed : scenario->seed;
    struct report *report = report_new(scenario, seed, PSYNCSIM_VERSION);
    int code = run_and_write(wish, report);
    report_free(report);
    scenario_free(scenario);
    return code;
}

int command_run(int argc, char **argv)
{
    struct wish wish = {.overrides = g_ptr_array_new()};
    int code = take_arguments(&wish, argc, argv) ? read_and_run(&wish) : wish.code;
    g_ptr_array_free(wish.overrides, TRUE);
    return code;
}
