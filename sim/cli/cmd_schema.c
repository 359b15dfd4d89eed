/* psyncsim schema: what a scenario may hold. */
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/scenario/schema.h"

struct args {
    bool is_text;
};

static const struct option_row OPTIONS[] = {
    FLAG(is_text, "text", 't', "a reference to read, instead of a JSON Schema (draft 2020-12)"),
    {0}};

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    if (args->is_text) {
        schema_print_text(stdout);
        return EXIT_HELD;
    }
    char *json = schema_print_json();
    puts(json);
    g_free(json);
    return EXIT_HELD;
}

const struct command command_schema = {
    .name = "schema",
    .help = "print the scenario format: JSON Schema, or a reference to read",
    .options = OPTIONS,
    .args_size = sizeof(struct args),
    .run = run,
};
