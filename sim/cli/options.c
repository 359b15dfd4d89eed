/* One table of options drives getopt_long, the help and the nearest name of a misspelt one. */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/cli.h"
#include "sim/text/spelling.h"

#define OPTIONS_MAX 32
#define HELP        1 /* what getopt_long returns for --help */

struct command_words {
    const char *name, *arguments, *what;
};

static const struct command_words COMMANDS[] = {
#define COMMAND(function, name, arguments, what) {name, arguments, what},
#include "sim/cli/commands.def"
#undef COMMAND
};

int cli_fail(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *words = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fprintf(stderr, "psyncsim: %s\n", words);
    g_free(words);
    return code;
}

bool cli_is_coloured(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(fileno(stream)) && (!no_color || !no_color[0]) && term &&
           strcmp(term, "dumb") != 0;
}

void cli_append_word(GString *command, const char *word)
{
    char *quoted = g_shell_quote(word);
    bool is_plain = word[0] != '\0' && strpbrk(word, " \t\n'\"\\$`*?[]{}()<>|&;#~!") == NULL;
    g_string_append_printf(command, " %s", is_plain ? word : quoted);
    g_free(quoted);
}

struct cli cli_begin(const struct cli_option *options, int argc, char **argv)
{
    static const struct cli_option NONE[] = {{0}};
    optind = 0; /* glibc: begin anew */
    return (struct cli){
        .command = argv[0], .options = options ? options : NONE, .argc = argc, .argv = argv};
}

static void print_help(const struct cli *cli)
{
    const struct command_words *words = COMMANDS;
    while (strcmp(words->name, cli->command) != 0)
        words++;
    printf("psyncsim %s%s%s%s\n%s\n\n", words->name, cli->options[0].name ? " [OPTION...]" : "",
           words->arguments[0] ? " " : "", words->arguments, words->what);
    for (const struct cli_option *option = cli->options; option->name; option++) {
        char *form = g_strdup_printf("%s%s%s", option->name, option->argument ? " " : "",
                                     option->argument ? option->argument : "");
        if (g_ascii_isalpha(option->letter))
            printf("  -%c, --%-22s %s\n", option->letter, form, option->what);
        else
            printf("      --%-22s %s\n", form, option->what);
        g_free(form);
    }
    printf("      --%-22s %s\n", "help", "this text");
}

static void wrong_option(struct cli *cli, bool lacks_argument)
{
    const char *word = cli->argv[optind > 0 ? optind - 1 : 0];
    cli->code = EXIT_BAD_INPUT;
    if (lacks_argument) {
        cli_fail(EXIT_BAD_INPUT, "%s: %s needs a value", cli->command, word);
        return;
    }
    if (strncmp(word, "--", 2) != 0) {
        cli_fail(EXIT_BAD_INPUT, "%s: unknown option -%c; psyncsim %s --help lists them",
                 cli->command, optopt, cli->command);
        return;
    }
    char *name = g_strndup(word + 2, strcspn(word + 2, "="));
    struct spelling spelling = spelling_to(name);
    for (const struct cli_option *option = cli->options; option->name; option++)
        spelling_offer(&spelling, option->name);
    bool is_known = spelling.name && strcmp(spelling.name, name) == 0;
    if (is_known)
        cli_fail(EXIT_BAD_INPUT, "%s: --%s takes no value", cli->command, name);
    else if (spelling.name)
        cli_fail(EXIT_BAD_INPUT, "%s: unknown option --%s; did you mean --%s?", cli->command, name,
                 spelling.name);
    else
        cli_fail(EXIT_BAD_INPUT, "%s: unknown option --%s; psyncsim %s --help lists them",
                 cli->command, name, cli->command);
    g_free(name);
}

int cli_next(struct cli *cli)
{
    struct option longs[OPTIONS_MAX + 2] = {{0}};
    char shorts[2 * OPTIONS_MAX + 2] = ":";
    size_t count = 0, used = 1;
    for (; count < OPTIONS_MAX && cli->options[count].name; count++) {
        const struct cli_option *row = &cli->options[count];
        longs[count] = (struct option){row->name, row->argument ? required_argument : no_argument,
                                       NULL, row->letter};
        if (!g_ascii_isalpha(row->letter))
            continue;
        shorts[used++] = row->letter;
        if (row->argument)
            shorts[used++] = ':';
    }
    longs[count] = (struct option){"help", no_argument, NULL, HELP};
    opterr = 0;
    int found = getopt_long(cli->argc, cli->argv, shorts, longs, NULL);
    cli->value = optarg;
    if (found == HELP) {
        print_help(cli);
        cli->code = EXIT_HELD;
        return CLI_STOP;
    }
    if (found == '?' || found == ':') {
        wrong_option(cli, found == ':');
        return CLI_STOP;
    }
    return found < 0 ? CLI_END : found;
}

char **cli_operands(const struct cli *cli, int *count)
{
    *count = cli->argc - optind;
    return cli->argv + optind;
}
