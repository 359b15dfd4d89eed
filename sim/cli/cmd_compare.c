/* psyncsim compare: two traces side by side. */
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/version.h"
#include "sim/engine/quantity.h"
#include "sim/compare/compare.h"

struct args {
    char **files;
    bool json;
    struct compare_tolerance tolerance;
};

/* One part of "200ms+10%". NULL, or what is expected. */
static const char *parse_part(struct compare_tolerance *tolerance, const char *part)
{
    size_t len = strlen(part);
    bool is_share = len > 0 && part[len - 1] == '%';
    return is_share ? quantity_parse(QUANTITY_SHARE, part, len, &tolerance->share_ppm)
                    : quantity_parse(QUANTITY_DURATION, part, len, &tolerance->ns);
}

static const char *parse_tolerance(void *field, const char *text)
{
    struct compare_tolerance *tolerance = field;
    char **parts = g_strsplit(text, "+", -1);
    guint count = g_strv_length(parts);
    bool is_good = count == 1 || (count == 2 && g_str_has_suffix(parts[0], "%") !=
                                                    g_str_has_suffix(parts[1], "%"));
    *tolerance = (struct compare_tolerance){.is_given = true};
    for (guint i = 0; i < count && is_good; i++)
        is_good = parse_part(tolerance, parts[i]) == NULL;
    g_strfreev(parts);
    return is_good ? NULL : "a duration, a share of the time, or both: 500ms, 10% or 200ms+10%";
}

static const struct option_row OPTIONS[] = {
    FLAG(json, "json", 'j', "every step and number as one line of JSON"),
    PARSED(tolerance, "time-tolerance", 'T', parse_tolerance, "TIME", NULL,
           "times further apart are a difference, too: 500ms, 10%, 200ms+10%"),
    {0}};

/* What a reader of the result must know of what it was made from. */
static void warn_of(const char *side, const struct trace_read *trace)
{
    if (trace->unknown->len > 0) {
        GString *names = g_string_new(NULL);
        for (guint i = 0; i < trace->unknown->len && i < 5; i++)
            g_string_append_printf(names, "%s'%s'", i > 0 ? ", " : "",
                                   (const char *)trace->unknown->pdata[i]);
        cli_fail(EXIT_HELD,
                 "warning: %s has %" G_GUINT64_FORMAT
                 " events that this version does not know and ignores: %s%s",
                 side, trace->unknown_count, names->str, trace->unknown->len > 5 ? ", ..." : "");
        g_string_free(names, TRUE);
    }
    if (trace->counted != TRACE_ABSENT && trace->counted != (int64_t)trace->all)
        cli_fail(EXIT_HELD,
                 "warning: %s has %" G_GUINT64_FORMAT " events, but its summary counts "
                 "%" G_GINT64_FORMAT ": lines were taken out or put in",
                 side, trace->all, trace->counted);
}

static int compare(const struct args *args, const struct trace_read *a, const struct trace_read *b)
{
    struct compare *compare = compare_new(a, b, args->tolerance);
    GString *text = g_string_new(NULL);
    warn_of("A", a);
    warn_of("B", b);
    if (!compare_is_one_scenario(compare))
        cli_fail(EXIT_HELD,
                 "warning: the scenarios are not the same: A is %s (fingerprint %s), "
                 "B is %s (fingerprint %s)",
                 a->scenario, a->fingerprint, b->scenario, b->fingerprint);
    if (args->json)
        compare_print_json(compare, PSYNCSIM_VERSION, text);
    else
        compare_print(compare, cli_is_coloured(stdout), text);
    fwrite(text->str, 1, text->len, stdout);
    int code = compare->is_same && compare->times_beyond == 0 ? EXIT_HELD : EXIT_DIFFERS;
    g_string_free(text, TRUE);
    compare_free(compare);
    return code;
}

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    if (strcmp(args->files[0], "-") == 0 && strcmp(args->files[1], "-") == 0)
        return cli_fail(EXIT_BAD_INPUT, "compare: only one of the traces can be read from stdin");
    struct diagnostics *diagnostics = diagnostics_new();
    struct trace_read *a = trace_read_file(args->files[0], diagnostics);
    struct trace_read *b = trace_read_file(args->files[1], diagnostics);
    int code = EXIT_BAD_INPUT;
    cli_diagnose(diagnostics);
    if (a && b)
        code = compare(args, a, b);
    trace_read_free(a);
    trace_read_free(b);
    return code;
}

const struct command command_compare = {
    .name = "compare",
    .help = "compare two traces side by side: the protocol story, counts, times",
    .options = OPTIONS,
    .operands = OPERANDS(files, "A B", 2, 2, "two traces; - is stdin for one of them"),
    .args_size = sizeof(struct args),
    .run = run,
};
