/* psyncsim run: simulates one scenario. */
#include "sim/cli/cli.h"
#include "sim/cli/results.h"
#include "sim/cli/version.h"

/* --conf FILE is --set config-file=FILE, from where we are and not from where the scenario is. */
static void take_conf(struct results *results, const char *path)
{
    char *whole = g_canonicalize_filename(path, NULL);
    char **parts = g_strsplit(whole, "'", -1);
    char *quoted = g_strjoinv("''", parts);
    char *override = g_strdup_printf("config-file='%s'", quoted);
    g_ptr_array_add(results->overrides, (char *)g_intern_string(override));
    g_free(override);
    g_free(quoted);
    g_strfreev(parts);
    g_free(whole);
}

static bool take_arguments(struct results *results, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        RESULTS_OPTIONS,
        {"conf", 'c', "FILE", "redis.conf, or CONFIG GET '*', of all nodes; config goes before it"},
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option;
    while ((option = cli_next(&cli)) >= 0)
        if (option == 'c')
            take_conf(results, cli.value);
        else if (!results_take_option(results, option, cli.value))
            return false;
    results->code = cli.code;
    return option != CLI_STOP && results_take_operands(results, &cli);
}

static int simulate(void *user, struct report *report)
{
    const struct results *results = user;
    if (report_run(report))
        return EXIT_HELD;
    char *again = results_repeat(results, report);
    int code = cli_fail(EXIT_BUG, "an invariant broke, which is our mistake: %s\nRepeat it by: %s",
                        report->world->broken, again);
    g_free(again);
    return code;
}

static int read_and_run(struct results *results)
{
    struct scenario *scenario = results_read(results);
    if (!scenario)
        return EXIT_BAD_INPUT;
    struct report *report = report_new(scenario, results_seed(results, scenario), PSYNCSIM_VERSION);
    int code = results_write(results, report, simulate, results);
    report_free(report);
    scenario_free(scenario);
    return code;
}

int command_run(int argc, char **argv)
{
    struct results results;
    results_init(&results, "run");
    int code = take_arguments(&results, argc, argv) ? read_and_run(&results) : results.code;
    results_clear(&results);
    return code;
}
