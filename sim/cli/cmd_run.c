/* psyncsim run: simulates one scenario. */
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/results.h"
#include "sim/cli/simulate.h"
#include "sim/cli/version.h"

struct args {
    struct results results;
    const char *conf;
    int64_t positions;
    bool messages;
};

static const struct option_row OPTIONS[] = {
#include "sim/cli/results_option.def"
    STRING(conf, "conf", 'c', "FILE",
           "redis.conf, or CONFIG GET '*', of all nodes; config goes before it"),
    OPTION(positions, "positions", 0, DURATION, 1, INT64_MAX, "DURATION", NULL,
           "write into the trace, so often, where every node is, its backlog and output buffers"),
    FLAG(messages, "messages", 'm', "write into the trace each message that is sent and received"),
    {0}};

static const struct option_rule RULES[] = {
#include "sim/cli/results_rule.def"
    {0}};

/* --conf FILE is --set config-file=FILE, from where we are and not from where the scenario is. */
static void take_conf(struct results *results, const char *path)
{
    char *whole = g_canonicalize_filename(path, NULL);
    char **parts = g_strsplit(whole, "'", -1);
    char *quoted = g_strjoinv("''", parts);
    char *override = g_strdup_printf("config-file='%s'", quoted);
    g_ptr_array_insert(results->overrides, 0, (char *)g_intern_string(override));
    g_free(override);
    g_free(quoted);
    g_strfreev(parts);
    g_free(whole);
}

static int run(const struct cli *cli)
{
    struct args *args = cli->args;
    struct results *results = &args->results;
    results->command = cli->command->name;
    if ((args->positions > 0 || args->messages) && !results->trace && !results->html)
        return cli_fail(EXIT_BAD_INPUT, "run: --%s needs --trace or --html: there it is written",
                        args->messages ? "messages" : "positions");
    if (args->conf)
        take_conf(results, args->conf);
    struct scenario *scenario = results_read(results);
    if (!scenario)
        return EXIT_BAD_INPUT;
    struct simulate simulate = {results, args->positions, args->messages};
    if (results->html != NULL)
        simulate_for_page(&simulate, scenario);
    struct report *report = report_new(scenario, results_seed(results, scenario), PSYNCSIM_VERSION);
    int code = results_write(results, report, simulate_run, &simulate);
    report_free(report);
    scenario_free(scenario);
    return code;
}

const struct command command_run = {
    .name = "run",
    .help = "simulate one scenario and report every replica's resynchronisations",
    .options = OPTIONS,
    .rules = RULES,
    .operands = OPERAND(results.file, "FILE", 1, "a scenario file, or - for stdin"),
    .args_size = sizeof(struct args),
    .run = run,
};
