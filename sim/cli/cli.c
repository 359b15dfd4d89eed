/* See cli.h. */
#include "sim/cli/cli.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "models/psync/profile.h"
#include "sim/scenario/server_name.h"

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

int cli_unknown(const char *what, const char *dashes, const struct spelling *spelling,
                const char *help)
{
    if (spelling->name)
        return cli_fail(EXIT_BAD_INPUT, "%s '%s%s'; did you mean '%s%s'?", what, dashes,
                        spelling->wanted, dashes, spelling->name);
    return cli_fail(EXIT_BAD_INPUT, "%s '%s%s'; %s lists them", what, dashes, spelling->wanted,
                    help);
}

int cli_bug(const char *broken, const char *command)
{
    return cli_fail(EXIT_BUG, "internal error: an invariant failed: %s\nTo reproduce: %s", broken,
                    command);
}

void cli_diagnose(struct diagnostics *diagnostics)
{
    diagnostics_print(diagnostics, stderr, cli_is_coloured(stderr));
    diagnostics_free(diagnostics);
}

const struct profile *cli_profile(const char *name)
{
    const struct profile *profile = profile_find(name);
    if (profile)
        return profile;
    char *wrong = server_name_wrong(name);
    cli_fail(EXIT_BAD_INPUT, "%s", wrong);
    g_free(wrong);
    return NULL;
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

void cli_append_option(GString *command, const char *name, const char *value)
{
    if (!value)
        return;
    g_string_append_printf(command, " --%s", name);
    cli_append_word(command, value);
}

void cli_append_list(GString *command, const char *name, const GPtrArray *values)
{
    for (guint i = 0; values->pdata[i]; i++)
        cli_append_option(command, name, values->pdata[i]);
}
