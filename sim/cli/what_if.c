/* See what_if.h. */
#include "sim/cli/what_if.h"

#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/simulate.h"
#include "sim/cli/version.h"
#include "sim/compare/compare.h"
#include "sim/report/report_json.h"

static bool append(void *user, const char *line, size_t len)
{
    g_string_append_len(user, line, (gssize)len);
    return true;
}

/* The whole trace of one run; NULL after words on stderr. */
static GString *trace_of(struct results *results, int *code)
{
    struct scenario *scenario = results_read(results);
    results_clear(results);
    *code = EXIT_BAD_INPUT;
    if (scenario == NULL)
        return NULL;
    struct report *report = report_new(scenario, results_seed(results, scenario), PSYNCSIM_VERSION);
    struct simulate simulate = {.results = results};
    GString *text = g_string_new(NULL);
    report->trace.mode = TRACE_LINES;
    report->trace.sink = append;
    report->trace.sink_user = text;
    report_json_header(report, text);
    *code = simulate_run(&simulate, report);
    report_check(report);
    report_json_print(report, text);
    report_free(report);
    scenario_free(scenario);
    if (*code == EXIT_HELD)
        return text;
    g_string_free(text, TRUE);
    return NULL;
}

static void print(const GString *before, const GString *after, const char *changed)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct trace_read *a = trace_read_text("A", before->str, before->len, diagnostics);
    struct trace_read *b = trace_read_text("B", after->str, after->len, diagnostics);
    cli_diagnose(diagnostics);
    g_assert(a != NULL && b != NULL); /* we wrote them */
    bool is_same_input = g_strcmp0(a->fingerprint, b->fingerprint) == 0;
    if (is_same_input)
        cli_fail(EXIT_HELD, "warning: the change changes nothing: the values are what they were");
    a->scenario = "as it is";
    b->scenario = changed;
    struct compare *compare = compare_new(a, b, (struct compare_tolerance){0});
    GString *text = g_string_new(NULL);
    compare_print(compare, cli_is_coloured(stdout), text);
    fwrite(text->str, 1, text->len, stdout);
    g_string_free(text, TRUE);
    compare_free(compare);
    trace_read_free(a);
    trace_read_free(b);
}

/* "with a=1, b=2" */
static char *words_of(const GPtrArray *changes)
{
    char *list = g_strjoinv(", ", (char **)changes->pdata);
    char *words = g_strconcat("with ", list, NULL);
    g_free(list);
    return words;
}

int what_if_run(struct results *results, const GPtrArray *changes)
{
    struct results changed = *results;
    int code;
    GString *before = trace_of(results, &code), *after = NULL;
    changed.overrides = g_ptr_array_new();
    for (guint i = 0; results->overrides->pdata[i] != NULL; i++)
        g_ptr_array_add(changed.overrides, results->overrides->pdata[i]);
    for (guint i = 0; changes->pdata[i] != NULL; i++)
        g_ptr_array_add(changed.overrides, changes->pdata[i]);
    g_ptr_array_add(changed.overrides, NULL);
    if (before != NULL)
        after = trace_of(&changed, &code);
    if (after != NULL) {
        char *words = words_of(changes);
        print(before, after, words);
        g_free(words);
        g_string_free(after, TRUE);
    }
    if (before != NULL)
        g_string_free(before, TRUE);
    g_ptr_array_free(changed.overrides, TRUE);
    return code;
}
