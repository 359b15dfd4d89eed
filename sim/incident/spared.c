/* See spared.h. A value of a directive is in plain digits where it is to be copied. */
#include "sim/incident/spared.h"

#include "sim/text/humanize.h"

void spared_print(const struct spared *spared, enum spare what, GString *text)
{
    static const char *const ENOUGH[] = {
        "a repl-backlog-size of %s bytes, with which nobody is refused for lack of backlog",
        "client-output-buffer-limit \"replica %s 0 0\", with which it closes nobody",
        "a repl-timeout of %s s, with which nobody gives up"};
    static const char *const NONE[] = {"no repl-backlog-size is enough",
                                       "no client-output-buffer-limit is enough",
                                       "no repl-timeout is enough"};
    const struct spared_value *value = &spared->values[what];
    if (!spared->is_run || !value->has_cause)
        return;
    g_string_append_printf(text, "%s%s in the replay: ", text->len ? "; " : "",
                           spared->is_same ? "~" : "? a guess, as the replay is another story,");
    char *number = what == SPARE_LIMIT ? g_strdup_printf("%" G_GINT64_FORMAT, value->value)
                                       : g_strdup(humanize_digits(value->value).text);
    char **around = g_strsplit(ENOUGH[what], "%s", 2);
    if (value->value > 0)
        g_string_append_printf(text, "%s%s%s", around[0], number, around[1]);
    else
        g_string_append(text, NONE[what]);
    g_string_append_printf(text, " (%s)", humanize_count(value->runs, "run").text);
    g_strfreev(around);
    g_free(number);
}

void spared_print_value(const struct spared *spared, enum spare what, GString *text)
{
    static const char *const UNITS[] = {" bytes", " bytes", " s"};
    const struct spared_value *value = &spared->values[what];
    if (spared->is_run && value->has_cause && value->value > 0)
        g_string_append_printf(text, " (%s %s%s, by the replay)", spared->is_same ? "~" : "?",
                               humanize_digits(value->value).text, UNITS[what]);
}
