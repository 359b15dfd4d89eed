/* What the rows of option.h say to people and to shells. */
#include <stdio.h>
#include <string.h>
#include "sim/cli/option.h"

#define WIDTH 22 /* of "output FILE" */

char *option_usage(const struct command *command)
{
    const struct option_operands *operands = &command->operands;
    bool is_optional = operands->max > 0 && operands->min == 0;
    return g_strdup_printf("%s%s%s%s%s%s", command->name,
                           command->options[0].name ? " [OPTION...]" : "",
                           operands->max > 0 ? " " : "", is_optional ? "[" : "",
                           operands->max > 0 ? operands->name : "", is_optional ? "]" : "");
}

static void print_row(const struct option_row *row)
{
    char *form = g_strdup_printf("%s%s%s", row->name, row->argument ? " " : "",
                                 row->argument ? row->argument : "");
    char **lines = g_strsplit(row->help, "\n", -1);
    if (row->letter != 0)
        printf("  -%c, --%-*s", row->letter, WIDTH, form);
    else
        printf("      --%-*s", WIDTH, form);
    for (guint i = 0; lines[i]; i++)
        if (i > 0 || strlen(form) > WIDTH)
            printf("\n%*s%s", WIDTH + 9, "", lines[i]);
        else
            printf(" %s", lines[i]);
    if (row->fallback)
        printf(" (default: %s)", row->fallback);
    puts("");
    g_strfreev(lines);
    g_free(form);
}

void option_print_help(const struct command *command)
{
    static const struct option_row HELP = {
        .name = "help", .letter = 'h', .help = "print this text"};
    char *usage = option_usage(command);
    printf("psyncsim %s\n%s\n\n", usage, command->help);
    for (const struct option_row *row = command->options; row->name; row++)
        if (row->help)
            print_row(row);
    print_row(&HELP);
    g_free(usage);
}

void option_print_words(const struct command *command)
{
    for (const struct option_row *row = command->options; row->name; row++) {
        const char *blank = row->argument ? " " : "",
                   *argument = row->argument ? row->argument : "";
        if (row->help)
            printf("--%s%s%s\n", row->name, blank, argument);
        if (row->letter != 0)
            printf("-%c%s%s\n", row->letter, blank, argument);
    }
    puts("--help");
    if (command->operands.max > 0)
        printf("operand %s\n", command->operands.name);
}
