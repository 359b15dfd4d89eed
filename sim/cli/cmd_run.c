/* psyncsim run: simulates one scenario. */
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/results.h"
#include "sim/cli/version.h"
#include "sim/world/run_once.h"

struct args {
    struct results results;
};

static const struct option_row OPTIONS[] = {
#include "sim/cli/results_option.def"
    {0}};

static const struct option_rule RULES[] = {
#include "sim/cli/results_rule.def"
    {0}};

static int simulate(void *user, struct report *report)
{
    const struct results *results = user;
    char *broken = run_once(&(struct run_once){.scenario = report->scenario,
                                               .seed = report->seed,
                                               .is_checked = true,
                                               .trace = &report->trace});
    if (broken == NULL)
        return EXIT_HELD;
    char *again = results_repeat(results, report);
    int code = cli_bug(broken, again);
    g_free(again);
    g_free(broken);
    return code;
}

static int run(const struct cli *cli)
{
    struct args *args = cli->args;
    struct results *results = &args->results;
    results->command = cli->command->name;
    struct scenario *scenario = results_read(results);
    if (!scenario)
        return EXIT_BAD_INPUT;
    struct report *report = report_new(scenario, results_seed(results, scenario), PSYNCSIM_VERSION);
    int code = results_write(results, report, simulate, results);
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
