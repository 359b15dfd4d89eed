/* See report_text.h. Many resynchronisations are mostly the same one again: beyond SENTENCES, those of the
 * same reason, outcome and cause are printed once, with how many there were. */
#include "sim/report/report_text.h"

#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/report/explain_all.h"
#include "sim/report/loss_text.h"
#include "sim/report/period_text.h"
#include "sim/report/replica_list.h"
#include "sim/text/humanize.h"

#define OUTCOMES 10 /* expectations listed even when they held */

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

#define SENTENCES  12 /* resynchronisations printed one by one */
#define GROUPS     12
#define END_INDENT 8
#define INDENT     14 /* below the clock of a sentence */

static void print_head(const struct report *report, struct screen screen, GString *out)
{
    const struct scenario *scenario = report->scenario;
    char duration[48], *servers = report_servers(report),
                       *name = g_path_get_basename(scenario->path);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    quantity_print(QUANTITY_DURATION, scenario->duration, duration, sizeof duration);
    GString *title = g_string_new(NULL);
    g_string_printf(title, "%s%s%s%s%s", screen.is_coloured ? BOLD : "", name,
                    screen.is_coloured ? PLAIN : "", scenario->why[0] != '\0' ? ": " : "",
                    scenario->why);
    humanize_wrap(out, title->str, 0, 2);
    g_string_printf(title, "%s, %s, %s of %s time, seed %" G_GUINT64_FORMAT, servers,
                    humanize_count(scenario->node_count, "node").text, duration,
                    report->live == NULL ? "simulated" : "real", report->seed);
    if (report->live != NULL)
        g_string_append_printf(title, "; live on %s", report->live);
    humanize_wrap(out, title->str, 0, 2);
    g_string_append_c(out, '\n');
    g_string_free(title, TRUE);
    g_free(name);
    g_free(servers);
}

/* ---- what happened, in time order ---- */

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

static void add_to_group(GArray *groups, const struct resync *resync)
{
    guint i = 0;
    while (i < groups->len &&
           !resync_is_alike(g_array_index(groups, struct group, i).first, resync))
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
        g_string_append_printf(out, "%*s... and %u more kinds; --explain prints all\n", INDENT, "",
                               groups->len - GROUPS);
    g_string_free(text, TRUE);
    g_array_free(groups, TRUE);
}

static void print_one_by_one(struct printer *printer, GString *out)
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

static void print_misplaced(struct printer *printer, GString *out)
{
    GString *text = g_string_new(NULL);
    uint32_t count = 0;
    for (uint32_t i = 0; i < printer->report->scenario->node_count; i++) {
        g_string_truncate(text, 0);
        tell_misplaced(printer, i, text);
        count += text->len > 0;
        if (text->len > 0 && count <= GROUPS)
            print_sentence(printer->report->scenario->duration, text->str, out);
    }
    if (count > GROUPS)
        g_string_append_printf(out, "%*s... and %u more replicas with other data\n", INDENT, "",
                               count - GROUPS);
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

static void print_resyncs(struct printer *printer, bool tells_all, GString *out)
{
    guint count = printer->report->record.resyncs->len;
    if (tells_all)
        explain_all(printer, out);
    else if (count > SENTENCES)
        print_groups(printer, out);
    else
        print_one_by_one(printer, out);
    if (print_unfinished(printer, out) == 0 && count == 0)
        g_string_append(out, "No resynchronisation.\n");
    print_misplaced(printer, out);
}

/* ---- the whole ---- */

static void print_expectations(const struct report *report, struct screen screen, GString *out)
{
    const struct scenario *scenario = report->scenario;
    uint32_t held = scenario->expect_count - report->failed;
    if (scenario->expect_count > 0)
        g_string_append_printf(out, "\nExpectations: %u held, %u failed\n", held, report->failed);
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        bool is_held = report->results[i].held;
        if (is_held && scenario->expect_count > OUTCOMES)
            continue;
        g_string_append_printf(out, "  %s%s%s  %s", screen.is_coloured ? is_held ? GREEN : RED : "",
                               is_held ? "held  " : "FAILED", screen.is_coloured ? PLAIN : "",
                               scenario->expects[i].text);
        g_string_append_printf(out, is_held ? ", found %s\n" : ", but found %s\n",
                               report->results[i].found);
    }
}

/* "r1: full: 1" as --set takes it: "expect.r1.full". */
static void print_path(const struct scenario_expect *expect, GString *out)
{
    const char *value = g_strrstr(expect->text, ": ");
    GString *path = g_string_new_len(expect->text, value - expect->text);
    g_string_replace(path, ": ", ".", 0);
    g_string_append_printf(out, "expect.%s", path->str);
    g_string_free(path, TRUE);
}

void report_text_ask(const struct report *report, struct screen screen, const char *again,
                     GString *out)
{
    const struct scenario *scenario = report->scenario;
    GString *predict = g_string_new(again), *line = g_string_new(NULL);
    print_head(report, screen, out);
    g_string_append(out, "What comes out? Predict it, then look:\n");
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        const struct scenario_expect *expect = &scenario->expects[i];
        if (!expect->is_asked)
            continue;
        g_string_assign(line, "  ");
        print_path(expect, line);
        g_string_append_printf(line, ": %s", expect_about(expect));
        humanize_wrap(out, line->str, 0, 6);
        g_string_append(predict, " --set ");
        print_path(expect, predict);
        g_string_append_printf(predict, "=%s", expect_form(expect->what));
    }
    g_string_append(out, "A prediction may be a range: 2..5, 10s..20s, 1mb..2mb, \">= 1\".\n");
    g_string_append_printf(out, "\npredict: %s\nreveal:  %s --reveal\n", predict->str, again);
    g_string_free(line, TRUE);
    g_string_free(predict, TRUE);
    humanize_finish(out);
}

static void print_reveal(const struct report *report, GString *out)
{
    if (report->scenario->reveal[0] == '\0')
        return;
    g_string_append(out, "\nreveal: ");
    humanize_wrap(out, report->scenario->reveal, END_INDENT, END_INDENT);
}

static void print_end(const struct report *report, GString *out)
{
    enum final_state final = run_record_final(&report->record, NULL);
    char digest[DIGEST_TEXT_MAX];
    struct loss_sum sum = run_record_lost(&report->record);
    GString *end = g_string_new(NULL);
    digest_print(&report->trace.digest, digest);
    g_string_printf(end, "%s: %s", final_name(final), final_what(final));
    if (report->record.losses->len > 0)
        g_string_append(end, "; lost: ");
    loss_text_sum(&sum, end);
    g_string_append(out, "\nend:    ");
    humanize_wrap(out, end->str, END_INDENT, END_INDENT);
    g_string_append_printf(out, "digest: %s\n", digest);
    g_string_free(end, TRUE);
}

void report_text_print(const struct report *report, struct screen screen, GString *out)
{
    struct printer printer = {.report = report, .is_coloured = screen.is_coloured};
    print_head(report, screen, out);
    replica_list_print(report, out);
    g_string_append_c(out, '\n');
    print_resyncs(&printer, screen.tells_all, out);
    if (screen.tells_all)
        period_text_print(report, out);
    loss_text_print(report, screen.tells_all, out);
    print_expectations(report, screen, out);
    if (screen.reveals)
        print_reveal(report, out);
    print_end(report, out);
    humanize_finish(out);
}
