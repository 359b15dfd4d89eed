/* psyncsim schema: what a scenario may hold. */
#include "sim/cli/cli.h"
#include "sim/scenario/schema.h"

int command_schema(int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        {"text", 't', NULL, "a reference to read, instead of a JSON Schema (draft 2020-12)"}, {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    bool is_text = false;
    int option, count;
    while ((option = cli_next(&cli)) == 't')
        is_text = true;
    if (option == CLI_STOP)
        return cli.code;
    cli_operands(&cli, &count);
    if (count > 0)
        return cli_fail(EXIT_BAD_INPUT, "schema takes no operand");
    if (is_text) {
        schema_print_text(stdout);
        return EXIT_HELD;
    }
    char *json = schema_print_json();
    puts(json);
    g_free(json);
    return EXIT_HELD;
}
