/* psyncsim check: reads scenarios and says what they hold or what is wrong. */
#include "sim/cli/cli.h"
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
    diagnostics_print(diagnostics, stderr, cli_is_coloured(stderr));
    diagnostics_free(diagnostics);
    bool is_good = scenario != NULL;
    scenario_free(scenario);
    return is_good;
}

int command_check(int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        {"set", 's', "PATH=VALUE", "change the scenario first; may be repeated"}, {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    GPtrArray *overrides = g_ptr_array_new();
    int option, count, code = EXIT_HELD;
    while ((option = cli_next(&cli)) == 's')
        g_ptr_array_add(overrides, (char *)cli.value);
    g_ptr_array_add(overrides, NULL);
    char **files = cli_operands(&cli, &count);
    if (option == CLI_STOP)
        code = cli.code;
    else if (count == 0)
        code = cli_fail(EXIT_BAD_INPUT, "check needs a file, or - for stdin");
    for (int i = 0; option == CLI_END && i < count; i++)
        if (!check(files[i], (const char *const *)overrides->pdata))
            code = EXIT_BAD_INPUT;
    g_ptr_array_free(overrides, TRUE);
    return code;
}
