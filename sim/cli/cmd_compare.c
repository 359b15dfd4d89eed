/* psyncsim compare: two traces side by side. */
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/version.h"
#include "sim/engine/quantity.h"
#include "sim/compare/compare.h"

struct args {
    const char *a, *b;
    bool json;
    struct compare_tolerance tolerance;
    int code; /* when it cannot be had */
};

/* One part of "200ms+10%". NULL, or what would do. */
static const char *take_part(struct compare_tolerance *tolerance, const char *part)
{
    size_t len = strlen(part);
    bool is_share = len > 0 && part[len - 1] == '%';
    return is_share ? quantity_parse(QUANTITY_SHARE, part, len, &tolerance->share_ppm)
                    : quantity_parse(QUANTITY_DURATION, part, len, &tolerance->ns);
}

static bool take_tolerance(struct args *args, const char *text)
{
    char **parts = g_strsplit(text, "+", -1);
    guint count = g_strv_length(parts);
    bool is_good = count == 1 || (count == 2 && g_str_has_suffix(parts[0], "%") !=
                                                    g_str_has_suffix(parts[1], "%"));
    args->tolerance = (struct compare_tolerance){.is_given = true};
    for (guint i = 0; i < count && is_good; i++)
        is_good = take_part(&args->tolerance, parts[i]) == NULL;
    g_strfreev(parts);
    if (!is_good)
        args->code = cli_fail(EXIT_BAD_INPUT,
                              "compare: --time-tolerance: found '%s', expected a duration, a share "
                              "of the time, or both: 500ms, 10%% or 200ms+10%%",
                              text);
    return is_good;
}

static bool take_files(struct args *args, char **files, int count)
{
    const char *wrong = count < 2   ? "needs two traces; - is stdin for one of them"
                        : count > 2 ? "takes two traces"
                        : strcmp(files[0], "-") == 0 && strcmp(files[1], "-") == 0
                            ? "reads one of the traces from stdin, not both"
                            : NULL;
    if (wrong)
        args->code = cli_fail(EXIT_BAD_INPUT, "compare %s", wrong);
    else {
        args->a = files[0];
        args->b = files[1];
    }
    return wrong == NULL;
}

static bool take_arguments(struct args *args, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        {"json", 'j', NULL, "every step and number as one line of JSON"},
        {"time-tolerance", 'T', "TIME",
         "times further apart are a difference, too: 500ms, 10%, 200ms+10%"},
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option, count;
    while ((option = cli_next(&cli)) >= 0) {
        args->json = args->json || option == 'j';
        if (option == 'T' && !take_tolerance(args, cli.value))
            return false;
    }
    args->code = cli.code;
    if (option == CLI_STOP)
        return false;
    char **files = cli_operands(&cli, &count);
    return take_files(args, files, count);
}

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
                 " events that this version does not know, and passes over: %s%s",
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

static int read_and_compare(const struct args *args)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct trace_read *a = trace_read_file(args->a, diagnostics);
    struct trace_read *b = trace_read_file(args->b, diagnostics);
    int code = EXIT_BAD_INPUT;
    diagnostics_print(diagnostics, stderr, cli_is_coloured(stderr));
    diagnostics_free(diagnostics);
    if (a && b)
        code = compare(args, a, b);
    trace_read_free(a);
    trace_read_free(b);
    return code;
}

int command_compare(int argc, char **argv)
{
    struct args args = {0};
    return take_arguments(&args, argc, argv) ? read_and_compare(&args) : args.code;
}
