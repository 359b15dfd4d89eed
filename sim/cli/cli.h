/* What all subcommands share: exit codes, options, words on stderr. */
#ifndef PSYNCSIM_CLI_CLI_H
#define PSYNCSIM_CLI_CLI_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum exit_code {
    EXIT_HELD = 0,
    EXIT_DIFFERS = 1,   /* an expectation or a comparison failed */
    EXIT_BAD_INPUT = 2, /* file, option, value */
    EXIT_BUG = 3,       /* an invariant broke */
    EXIT_SYSTEM = 4,    /* I/O, no server */
};

/* One option of a subcommand. */
struct cli_option {
    const char *name;     /* without the dashes; NULL ends a table */
    char letter;          /* returned by cli_next; also the short form when it is a letter */
    const char *argument; /* "FILE"; NULL: takes none */
    const char *what;
};

/* A subcommand's command line on its way through its options. */
struct cli {
    const char *command;
    const struct cli_option *options;
    int argc;
    char **argv;
    const char *value; /* argument of the option that cli_next returned */
    int code;          /* after CLI_STOP */
};

enum { CLI_END = -1, CLI_STOP = -2 };

/* `options` ends with a row without a name, or is NULL. argv[0] is the subcommand's name. */
struct cli cli_begin(const struct cli_option *options, int argc, char **argv);

/* The next option's letter; CLI_END when only operands are left (from cli_operands on); CLI_STOP
 * when the command should return cli->code at once: help was asked for and printed, or an option
 * was wrong. */
int cli_next(struct cli *cli);

/* The operands, ended by NULL; *count of them. */
char **cli_operands(const struct cli *cli, int *count);

/* "psyncsim: …" on stderr. Returns `code` (an enum exit_code), so that a command can end with it.
 */
int cli_fail(int code, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Whether words on that stream may be coloured: a terminal, and no NO_COLOR. */
bool cli_is_coloured(FILE *stream);

/* " WORD", quoted for a shell where it must be. */
void cli_append_word(GString *command, const char *word);

#define COMMAND(function, name, arguments, what) int command_##function(int argc, char **argv);
#include "sim/cli/commands.def"
#undef COMMAND

#endif
