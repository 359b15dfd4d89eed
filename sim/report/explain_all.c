/* See explain_all.h. */
#include "sim/report/explain_all.h"

#include <string.h>
#include "sim/report/explain.h"
#include "sim/text/humanize.h"

#define INDENT 14 /* below the label of a line */

static void print_line(void *user, const char *label, const char *text)
{
    GString *out = user;
    g_string_append_printf(out, "  %-*s", INDENT - 2, label);
    humanize_wrap(out, text, INDENT, INDENT);
}

static void explain(struct printer *printer, const struct resync *resync, GString *out)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(out, "%s  ", humanize_clock(resync->t).text);
    tell_resync(&(struct printer){.report = printer->report, .is_coloured = printer->is_coloured},
                resync, text);
    g_string_truncate(text, strcspn(text->str, ";"));
    humanize_wrap(out, text->str, humanize_width(humanize_clock(resync->t).text) + 2, 4);
    explain_each(printer, resync, print_line, out);
    g_string_append_c(out, '\n');
    g_string_free(text, TRUE);
}

/* Both failed, and the second one as the first. */
static bool fails_again(const struct resync *resync, const struct resync *next)
{
    return next->event.outcome != OUTCOME_ONLINE && resync_is_alike(resync, next);
}

/* Of one replica. */
struct failing {
    const struct resync *before,
        *first; /* the last one looked at; the first one that was left out */
    int64_t left_out;
};

static void print_left_out(struct failing *failing, GString *out)
{
    if (failing->left_out == 0)
        return;
    int64_t took = failing->before->t - failing->first->t;
    g_string_append_printf(out, "%s  ... and %" G_GINT64_FORMAT " more like it",
                           humanize_clock(failing->before->t).text, failing->left_out);
    if (failing->left_out > 1)
        g_string_append_printf(out, ", every %s on average",
                               humanize_span(took / (failing->left_out - 1)).text);
    g_string_append(out, "\n\n");
    failing->left_out = 0;
}

/* For each one, whether the next one of its replica fails as it did. */
static bool *find_repeats(const struct run_record *record)
{
    bool *repeats = g_new0(bool, record->resyncs->len + 1);
    const struct resync *next[SCENARIO_NODES_MAX] = {NULL};
    for (guint i = record->resyncs->len; i-- > 0;) {
        const struct resync *resync = run_record_resync(record, i);
        repeats[i] = next[resync->node] != NULL && fails_again(resync, next[resync->node]);
        next[resync->node] = resync;
    }
    return repeats;
}

void explain_all(struct printer *printer, GString *out)
{
    const struct run_record *record = &printer->report->record;
    struct failing *all = g_new0(struct failing, SCENARIO_NODES_MAX);
    bool *repeats = find_repeats(record);
    for (guint i = 0; i < record->resyncs->len; i++) {
        const struct resync *resync = run_record_resync(record, i);
        struct failing *failing = &all[resync->node];
        if (repeats[i] && failing->before != NULL && fails_again(failing->before, resync)) {
            failing->first = failing->left_out++ == 0 ? resync : failing->first;
        } else {
            print_left_out(failing, out);
            explain(printer, resync, out);
        }
        failing->before = resync;
    }
    g_free(repeats);
    g_free(all);
}
