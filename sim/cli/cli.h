/* What all subcommands share: exit codes, and words on stderr. */
#ifndef PSYNCSIM_CLI_CLI_H
#define PSYNCSIM_CLI_CLI_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include "sim/text/diagnostic.h"
#include "sim/text/spelling.h"

struct profile;

enum exit_code {
    EXIT_HELD = 0,
    EXIT_DIFFERS = 1,   /* an expectation or a comparison failed */
    EXIT_BAD_INPUT = 2, /* file, option, value */
    EXIT_BUG = 3,       /* an invariant failed */
    EXIT_SYSTEM = 4,    /* I/O, no server */
};

/* "psyncsim: …" on stderr. Returns `code` (an enum exit_code), so that a command can end with it.
 */
int cli_fail(int code, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* "run: unknown option '--sede'; did you mean '--seed'?", or "…; HELP lists them". `what`: "run:
 * unknown option"; `dashes` go before the names of `spelling`. Returns EXIT_BAD_INPUT. */
int cli_unknown(const char *what, const char *dashes, const struct spelling *spelling,
                const char *help);

/* Our bug: what broke, and the command that shows it. Returns EXIT_BUG. */
int cli_bug(const char *broken, const char *command);

/* Prints them on stderr, and frees them. */
void cli_diagnose(struct diagnostics *diagnostics);

/* NULL after words on stderr. */
const struct profile *cli_profile(const char *name);

/* Whether words on that stream may be coloured: a terminal, and no NO_COLOR. */
bool cli_is_coloured(FILE *stream);

/* " WORD", quoted for a shell where it must be. */
void cli_append_word(GString *command, const char *word);

/* " --NAME VALUE"; nothing if the value is NULL. And one for each of a list that NULL ends. */
void cli_append_option(GString *command, const char *name, const char *value);
void cli_append_list(GString *command, const char *name, const GPtrArray *values);

#endif
