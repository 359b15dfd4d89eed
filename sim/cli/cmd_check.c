/* psyncsim check: reads scenarios and prints what they hold or what is wrong. */
#include <limits.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/scenario/scenario_read.h"

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

static bool check(const char *path, const char *const *overrides)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario = scenario_read(path, overrides, diagnostics);
    if (scenario)
        printf("%s: ok (%u node%s, %u link%s, %u load%s, %u fault%s, %u expectation%s)\n", path,
               scenario->node_count, plural(scenario->node_count), scenario->link_count,
               plural(scenario->link_count), scenario->load_count, plural(scenario->load_count),
               scenario->fault_count, plural(scenario->fault_count), scenario->expect_count,
               plural(scenario->expect_count));
    cli_diagnose(diagnostics);
    bool is_good = scenario != NULL;
    scenario_free(scenario);
    return is_good;
}

struct args {
    GPtrArray *overrides;
    char **files;
};

static const struct option_row OPTIONS[] = {
    LIST(overrides, "set", 's', "PATH=VALUE", "change the scenario first; may be repeated"), {0}};

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    int code = EXIT_HELD;
    for (char **file = args->files; *file; file++)
        if (!check(*file, (const char *const *)args->overrides->pdata))
            code = EXIT_BAD_INPUT;
    return code;
}

const struct command command_check = {
    .name = "check",
    .help = "validate scenarios without running them",
    .options = OPTIONS,
    .operands = OPERANDS(files, "FILE...", 1, INT_MAX, "a file, or - for stdin"),
    .args_size = sizeof(struct args),
    .run = run,
};
