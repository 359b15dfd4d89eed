/* psyncsim report: a trace, or the run of a scenario, as a page that needs nothing but a browser. */
#include <errno.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/page_output.h"
#include "sim/cli/results.h"
#include "sim/cli/simulate.h"
#include "sim/cli/version.h"
#include "sim/compare/trace_read.h"

struct args {
    struct results results; /* of it, the file, the seed and the overrides */
    const char *output;
    int64_t positions;
};

static const struct option_row OPTIONS[] = {
    STRING(output, "output", 'o', "FILE.html", "the page; - is stdout"),
    OPTION(results.seed, "seed", 0, SEED, 0, INT64_MAX, "N", NULL,
           "of a scenario: this seed instead of its own"),
    LIST(results.overrides, "set", 's', "PATH=VALUE",
         "of a scenario: change it first (config.repl-timeout=30); may be repeated"),
    OPTION(positions, "positions", 0, DURATION, 1, INT64_MAX, "DURATION", NULL,
           "of a scenario: look so often at every node (default: 320 times)"),
    {0}};

static const struct option_rule RULES[] = {REQUIRED("output", "the page is a file"), {0}};

/* ---- a trace ---- */

/* By its first bytes: a scenario has no such member. "-" is a trace. */
static bool is_trace(const char *path)
{
    char head[256] = "";
    FILE *file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    size_t len = file != NULL ? fread(head, 1, sizeof head - 1, file) : 0;
    if (file != NULL)
        fclose(file);
    head[len] = '\0';
    return strcmp(path, "-") == 0 || strstr(head, "\"" TRACE_FORMAT "\"") != NULL;
}

static GString *read_all(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    GString *text = g_string_new(NULL);
    char part[65536];
    size_t got;
    while (file != NULL && (got = fread(part, 1, sizeof part, file)) > 0)
        g_string_append_len(text, part, (gssize)got);
    bool is_good = file != NULL && !ferror(file);
    if (!is_good)
        cli_fail(EXIT_BAD_INPUT, "report: cannot read %s: %s", path, g_strerror(errno));
    if (file != NULL && file != stdin)
        fclose(file);
    if (is_good)
        return text;
    g_string_free(text, TRUE);
    return NULL;
}

static int report_trace(const struct cli *cli, const struct args *args)
{
    static const char *const OF_SCENARIOS[] = {"seed", "set", "positions"};
    for (size_t i = 0; i < G_N_ELEMENTS(OF_SCENARIOS); i++)
        if (option_is_given(cli, OF_SCENARIOS[i]))
            return cli_fail(EXIT_BAD_INPUT,
                            "report: --%s is for a scenario, and %s is a trace: give it to the "
                            "run that writes the trace",
                            OF_SCENARIOS[i], args->results.file);
    GString *trace = read_all(args->results.file);
    if (trace == NULL)
        return EXIT_BAD_INPUT;
    int code = page_output_write(args->output, args->results.file, trace);
    g_string_free(trace, TRUE);
    return code;
}

/* ---- a scenario ---- */

static int report_scenario(struct args *args)
{
    struct results *results = &args->results;
    struct scenario *scenario = results_read(results);
    results_clear(results);
    if (scenario == NULL)
        return EXIT_BAD_INPUT;
    struct report *report = report_new(scenario, results_seed(results, scenario), PSYNCSIM_VERSION);
    struct simulate simulate = {.results = results, .positions = args->positions};
    results->html = args->output;
    results->is_quiet = true;
    simulate_for_page(&simulate, scenario);
    int code = results_write(results, report, simulate_run, &simulate);
    report_free(report);
    scenario_free(scenario);
    return code == EXIT_DIFFERS ? EXIT_HELD : code; /* the page says which do not hold */
}

static int run(const struct cli *cli)
{
    struct args *args = cli->args;
    args->results.command = cli->command->name;
    return is_trace(args->results.file) ? report_trace(cli, args) : report_scenario(args);
}

const struct command command_report = {
    .name = "report",
    .help = "a trace, or the run of a scenario, as a page for a browser",
    .options = OPTIONS,
    .rules = RULES,
    .operands =
        OPERAND(results.file, "TRACE|SCENARIO", 1, "a trace or a scenario; - is a trace on stdin"),
    .args_size = sizeof(struct args),
    .run = run,
};
