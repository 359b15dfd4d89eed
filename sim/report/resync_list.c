/* See resync_list.h. Many resynchronisations are mostly the same one again: beyond SENTENCES, those of the
 * same reason, outcome and cause are told once, with how many there were. */
#include "sim/report/resync_list.h"

#include "sim/report/explain.h"
#include "sim/text/humanize.h"

#define SENTENCES 12 /* resynchronisations told one by one */
#define GROUPS    12
#define INDENT    14 /* below the clock of a sentence */

static void print_sentence(int64_t t, const char *sentence, GString *out)
{
    struct words clock = humanize_clock(t);
    g_string_append_printf(out, "%*s  ", INDENT - 2, clock.text);
    humanize_wrap(out, sentence, MAX(INDENT, humanize_width(clock.text) + 2), INDENT);
}

struct group {
    const struct resync *first, *last;
    int64_t count, nodes;
    bool is_of[SCENARIO_NODES_MAX];
};

static bool is_alike(const struct resync *a, const struct resync *b)
{
    return a->event.reason == b->event.reason && a->event.outcome == b->event.outcome &&
           a->event.failed_by == b->event.failed_by && a->event.lost_by == b->event.lost_by &&
           a->before_drop.why == b->before_drop.why;
}

static void add_to_group(GArray *groups, const struct resync *resync)
{
    guint i = 0;
    while (i < groups->len && !is_alike(g_array_index(groups, struct group, i).first, resync))
        i++;
    if (i == groups->len)
        g_array_append_val(groups, (struct group){.first = resync});
    struct group *group = &g_array_index(groups, struct group, i);
    group->last = resync;
    group->count++;
    group->nodes += !group->is_of[resync->node];
    group->is_of[resync->node] = true;
}

static void print_more(const struct group *group, GString *out)
{
    GString *text = g_string_new(NULL);
    int64_t more = group->count - 1;
    g_string_printf(text, "... and %" G_GINT64_FORMAT " more like it", more);
    if (group->nodes > 1)
        g_string_append_printf(text, ", of %s in all",
                               humanize_count(group->nodes, "replica").text);
    if (more > 1)
        g_string_append_printf(text, ", every %s on average",
                               humanize_span((group->last->t - group->first->t) / more).text);
    print_sentence(group->last->t, text->str, out);
    g_string_free(text, TRUE);
}

static void print_groups(struct printer *printer, GString *out)
{
    GArray *groups = g_array_new(FALSE, FALSE, sizeof(struct group));
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < printer->report->record.resyncs->len; i++)
        add_to_group(groups, run_record_resync(&printer->report->record, i));
    for (guint i = 0; i < MIN(groups->len, GROUPS); i++) {
        const struct group *group = &g_array_index(groups, struct group, i);
        g_string_truncate(text, 0);
        tell_resync(printer, group->first, text);
        print_sentence(group->first->t, text->str, out);
        if (group->count > 1)
            print_more(group, out);
    }
    if (groups->len > GROUPS)
        g_string_append_printf(out, "%*s... and %u more kinds; --explain tells all\n", INDENT, "",
                               groups->len - GROUPS);
    g_string_free(text, TRUE);
    g_array_free(groups, TRUE);
}

static void print_each(struct printer *printer, GString *out)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < printer->report->record.resyncs->len; i++) {
        const struct resync *resync = run_record_resync(&printer->report->record, i);
        g_string_truncate(text, 0);
        tell_resync(printer, resync, text);
        print_sentence(resync->t, text->str, out);
    }
    g_string_free(text, TRUE);
}

/* Returns how many there were. */
static uint32_t print_unfinished(struct printer *printer, GString *out)
{
    GString *text = g_string_new(NULL);
    uint32_t count = 0;
    for (uint32_t i = 0; i < printer->report->scenario->node_count; i++) {
        g_string_truncate(text, 0);
        tell_unfinished(printer, i, text);
        count += text->len > 0;
        if (text->len > 0 && count <= GROUPS)
            print_sentence(printer->report->scenario->duration, text->str, out);
    }
    if (count > GROUPS)
        g_string_append_printf(out, "%*s... and %u more replicas that are not online\n", INDENT, "",
                               count - GROUPS);
    g_string_free(text, TRUE);
    return count;
}

void log_print(struct printer *printer, bool tells_all, GString *out)
{
    guint count = printer->report->record.resyncs->len;
    if (tells_all)
        explain_all(printer, out);
    else if (count > SENTENCES)
        print_groups(printer, out);
    else
        print_each(printer, out);
    if (print_unfinished(printer, out) == 0 && count == 0)
        g_string_append(out, "No resynchronisation.\n");
}
