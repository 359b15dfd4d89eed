/* The whole answer: who is who, a table, the entries (loops folded), turns of roles, and what would
 * have spared it over all of them. */
#include "sim/incident/explain.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/incident/entry.h"
#include "sim/text/humanize.h"
#include "sim/text/table.h"

#define FOLD_MIN 4

/* ---- who is who ---- */

static void print_clock(const struct process *process, GString *text)
{
    const struct clock_facts *clock = &process->clock;
    if (!clock->has_stamps)
        g_string_append(text, "; no times at all");
    else if (clock->is_absolute)
        g_string_append(text, "; times are UTC");
    else if (clock->zone_is_known)
        g_string_append_printf(text, "; its clock is %+.2g h from UTC (by %s); times are UTC",
                               (double)clock->zone_s / 3600.0, clock->zone_from);
    else
        g_string_append(text, "; no zone: times are the server's own");
    if (clock->has_stamps && !clock->stamps_have_year && !clock->year_is_known)
        g_string_append(text, "; no year");
    else if (clock->has_stamps && !clock->stamps_have_year)
        g_string_append_printf(text, "; the year %" G_GINT64_FORMAT " is not in its stamps",
                               clock->year);
}

static bool follows_itself(const struct process *process)
{
    for (guint i = 0; i < process->turns->len; i++) {
        const struct turn *turn = &g_array_index(process->turns, struct turn, i);
        if (turn->what == TURN_FOLLOWS && process->own[0] && strcmp(turn->text, process->own) == 0)
            return true;
    }
    return false;
}

static void print_node(const struct explained *explained, const struct process *process,
                       GString *out)
{
    GString *text = g_string_new(NULL);
    const char *name = explain_alias(explained, stories_node(explained->stories, process));
    bool is_replica = process->as_replica->len > 0, is_master = process->as_master->len > 0;
    g_string_append(text, is_replica && is_master ? "a replica and a master, "
                          : is_master             ? "a master, "
                          : is_replica            ? "a replica, "
                                                  : "a server, ");
    explain_version(process, text);
    if (strcmp(process->pid, "1") == 0)
        g_string_append(text, ", in a container (pid 1)");
    print_clock(process, text);
    g_string_append_printf(text,
                           "; %s, %" G_GINT64_FORMAT " of them about replication or the process",
                           humanize_count(process->lines, "line").text, process->known);
    if (process->backlog_size != HALF_ABSENT)
        g_string_append_printf(text, "; backlog %s, first byte %s, %s bytes held (at debug)",
                               humanize_size(MAX(process->backlog_size, 0)).text,
                               humanize_digits(process->backlog_first).text,
                               humanize_digits(process->backlog_held).text);
    if (follows_itself(process))
        g_string_append(text,
                        ". It got REPLICAOF ITS OWN ADDRESS: a loop of one, which never ends");
    if (process->overflow > 0)
        g_string_append_printf(
            text, ". %s more resynchronisations were counted and are not listed: --from, --to",
            humanize_digits(process->overflow).text);
    g_string_append_printf(out, "%-14s ", name);
    humanize_wrap(out, text->str, MAX(strlen(name), 14) + 1, 15);
    g_string_free(text, TRUE);
}

static void print_turns(const struct explained *explained, const struct process *process,
                        GString *out)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0, said = 0; i < process->turns->len && said < 20; i++) {
        const struct turn *turn = &g_array_index(process->turns, struct turn, i);
        g_string_truncate(text, 0);
        if (turn->what == TURN_PROMOTED)
            g_string_append_printf(text, "became a master%s%s",
                                   turn->text[0] ? ", at the request of " : "", turn->text);
        else if (turn->what == TURN_SECONDARY)
            g_string_append_printf(
                text,
                "took over history %.8s up to offset %s: who asks beyond needs a "
                "full one",
                explain_alias(explained, turn->text),
                humanize_digits(MAX(turn->number, 1) - 1).text);
        else if (turn->what == TURN_FOLLOWS)
            g_string_append_printf(text, "got REPLICAOF %s", explain_alias(explained, turn->text));
        else if (turn->what == TURN_FREED)
            g_string_append_printf(text, "freed its backlog after %s s without replicas",
                                   turn->text);
        else if (turn->what == TURN_STARTED && process->life > 0)
            g_string_append(text, "its process began");
        else
            continue;
        said++;
        explain_when(process, incident_time(process, turn->at.ns), out);
        g_string_append_printf(out, "  %s ",
                               explain_alias(explained, stories_node(explained->stories, process)));
        g_string_append(out, text->str);
        g_string_append(out, " (");
        explain_place(explained, process, turn->at, out);
        g_string_append(out, ")\n");
    }
    g_string_free(text, TRUE);
}

/* ---- the table ---- */

struct row {
    const char *name;
    int64_t full, failed, partial, losses, worst, away;
    bool is_bound;
    GString *reasons;
};

static struct row *row_of(GArray *rows, const char *name)
{
    for (guint i = 0; i < rows->len; i++) {
        struct row *row = &g_array_index(rows, struct row, i);
        if (strcmp(row->name, name) == 0)
            return row;
    }
    struct row row = {.name = name, .reasons = g_string_new(NULL)};
    g_array_append_val(rows, row);
    return &g_array_index(rows, struct row, rows->len - 1);
}

static void add_to_row(const struct explained *explained, const struct story *story,
                       struct row *row)
{
    enum verdict verdict = story_verdict(story);
    struct figures figures = figures_of(explained->stories, story);
    row->losses += verdict == VERDICT_NONE;
    if (verdict == VERDICT_NONE)
        return;
    row->full += verdict_is_full(verdict);
    row->partial += !verdict_is_full(verdict);
    row->failed += story_outcome(story) == OUTCOME_FAILED;
    if (figures.owed.grade != GRADE_NONE && figures.owed.value > row->worst)
        row->worst = figures.owed.value;
    if (figures.away_ns != HALF_ABSENT)
        row->away += figures.away_ns;
    if (verdict_is_full(verdict) && !strstr(row->reasons->str, verdict_name(verdict)))
        g_string_append_printf(row->reasons, "%s%s", row->reasons->len ? ", " : "",
                               verdict_name(verdict));
}

static void print_table(const struct explained *explained, GString *out)
{
    static const struct column COLUMNS[] = {{"replica", true, false}, {"full", false, false},
                                            {"failed", false, true},  {"partial", false, false},
                                            {"no link", false, true}, {"worst owed", false, true},
                                            {"why full", true, false}};
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    const GArray *list = explained->stories->list;
    for (guint i = 0; i < list->len; i++) {
        const struct story *story = &g_array_index(list, struct story, i);
        if (rows->len < 200)
            add_to_row(explained, story, row_of(rows, story->name));
    }
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (guint i = 0; i < rows->len; i++) {
        struct row *row = &g_array_index(rows, struct row, i);
        table_put(table, "%s", explain_alias(explained, row->name));
        table_put(table, "%" G_GINT64_FORMAT, row->full);
        table_put(table, "%" G_GINT64_FORMAT, row->failed);
        table_put(table, "%" G_GINT64_FORMAT, row->partial);
        table_put(table, "%s", row->away > 0 ? humanize_span(row->away).text : "-");
        table_put(table, "%s", row->worst > 0 ? humanize_size(row->worst).text : "-");
        table_put(table, "%s", row->reasons->len ? row->reasons->str : "-");
        g_string_free(row->reasons, TRUE);
    }
    if (rows->len > 0)
        table_print(table, out);
    table_free(table);
    g_array_free(rows, TRUE);
}

/* ---- entries ---- */

static bool is_same(const struct story *a, const struct story *b)
{
    return strcmp(a->name, b->name) == 0 && story_verdict(a) == story_verdict(b) &&
           story_outcome(a) == story_outcome(b) && story_failed_by(a) == story_failed_by(b);
}

static void print_folded(const struct explained *explained, guint from, guint count, GString *out)
{
    const GArray *list = explained->stories->list;
    const struct story *first = &g_array_index(list, struct story, from);
    const struct story *last = &g_array_index(list, struct story, from + count - 1);
    const struct process *of = last->replica ? last->replica : last->master;
    g_string_append_printf(out, "              the same %u times in all, the last ", count);
    explain_when(of, last->t_ns, out);
    g_string_append_printf(out, ": ~ every %s\n\n",
                           humanize_span((last->t_ns - first->t_ns) / (count - 1)).text);
}

static void print_entries(const struct explained *explained, GString *out)
{
    const GArray *list = explained->stories->list;
    for (guint i = 0; i < list->len;) {
        const struct story *story = &g_array_index(list, struct story, i);
        guint count = 1;
        while (i + count < list->len &&
               is_same(story, &g_array_index(list, struct story, i + count)))
            count++;
        guint shown = count < FOLD_MIN ? count : 1;
        for (guint k = 0; k < shown; k++)
            entry_print(explained, &g_array_index(list, struct story, i + k), out);
        if (shown < count) {
            g_string_truncate(out, out->len - 1);
            print_folded(explained, i, count, out);
        }
        i += count;
    }
}

/* ---- over all ---- */

struct totals {
    int64_t full, without_value;
    int64_t passed, known, bounds,
        worst; /* refused for lack of backlog; of these, with owed bytes */
    int64_t kills, omem;
};

static void add_backlog(const struct explained *explained, const struct story *story,
                        struct totals *totals)
{
    struct figures figures = figures_of(explained->stories, story);
    if (figures.owed.grade == GRADE_NONE && figures.rate.grade != GRADE_NONE &&
        figures.back_ns != HALF_ABSENT)
        figures.owed =
            (struct figure){mul_div(figures.rate.value, figures.back_ns, NS_PER_S), GRADE_AT_LEAST};
    totals->passed++;
    totals->known += figures.owed.grade != GRADE_NONE;
    totals->bounds += figures.owed.grade == GRADE_AT_LEAST;
    if (figures.owed.grade != GRADE_NONE)
        totals->worst = MAX(totals->worst, figures.owed.value);
}

static struct totals sum_up(const struct explained *explained)
{
    const GArray *list = explained->stories->list;
    struct totals totals = {0};
    for (guint i = 0; i < list->len; i++) {
        const struct story *story = &g_array_index(list, struct story, i);
        enum verdict verdict = story_verdict(story);
        totals.full += verdict_is_full(verdict);
        if (verdict == VERDICT_PASSED)
            add_backlog(explained, story, &totals);
        if (story->m && story->m->kill.at.ns != HALF_ABSENT) {
            totals.kills++;
            totals.omem = MAX(totals.omem, story->m->kill.omem);
        }
        totals.without_value += verdict == VERDICT_MISMATCH || verdict == VERDICT_SECOND_OFFSET ||
                                verdict == VERDICT_REQUESTED || verdict == VERDICT_ID_OR_SECOND;
    }
    return totals;
}

static void print_sparing(const struct explained *explained, GString *out)
{
    GString *text = g_string_new(NULL);
    struct totals totals = sum_up(explained);
    if (totals.known > 0)
        g_string_append_printf(
            text, "%s of %s full would have been partial with a repl-backlog-size of %s%s bytes",
            humanize_digits(totals.known).text, humanize_digits(totals.full).text,
            totals.bounds ? "more than " : "", humanize_digits(totals.worst).text);
    /* What is owed by the lines is exact; the replay's is not. */
    if (totals.bounds > 0 || totals.known < totals.passed)
        spared_print(explained->spared, SPARE_BACKLOG, text);
    entry_line(out, "backlog", text);
    if (totals.kills > 0)
        g_string_append_printf(
            text,
            "%s ended by an output-buffer limit, at most %s in the buffer: a "
            "client-output-buffer-limit above what is written during save, transfer "
            "and load",
            humanize_digits(totals.kills).text, humanize_size(MAX(totals.omem, 0)).text);
    spared_print(explained->spared, SPARE_LIMIT, text);
    entry_line(out, "limit", text);
    spared_print(explained->spared, SPARE_TIMEOUT, text);
    entry_line(out, "timeout", text);
    if (totals.without_value > 0)
        g_string_append_printf(text, "%s of %s full: no size of the backlog",
                               humanize_digits(totals.without_value).text,
                               humanize_digits(totals.full).text);
    entry_line(out, "no value", text);
    if (explained->evidence->len == 0)
        g_string_append(text,
                        "backlog size, limits and timeouts as they were set: --conf, --info; ");
    g_string_append(text, "who closed a connection: no log. For a policy rather than this event: "
                          "psyncsim size");
    entry_line(out, "not known", text);
    g_string_free(text, TRUE);
}

static void print_skews(const struct explained *explained, GString *out)
{
    for (guint i = 0; i < explained->stories->skews->len; i++) {
        const struct skew *skew = &g_array_index(explained->stories->skews, struct skew, i);
        if (!skew->is_empty && skew->low_ns < 10 * NS_PER_MS && skew->high_ns > -10 * NS_PER_MS)
            continue;
        const struct process *master = incident_process(explained->incident, (guint)skew->master);
        const struct process *replica = incident_process(explained->incident, (guint)skew->replica);
        g_string_append_printf(out, "clocks: that of %s ",
                               explain_alias(explained, stories_node(explained->stories, master)));
        g_string_append_printf(out, "is %.3f to %.3f s ahead of that of %s (~ by %s)%s\n",
                               (double)skew->low_ns / 1e9, (double)skew->high_ns / 1e9,
                               explain_alias(explained, stories_node(explained->stories, replica)),
                               humanize_count(skew->pairs, "request").text,
                               skew->is_empty ? "; the brackets do not meet: a clock was stepped"
                                              : "");
    }
}

void explain_text(const struct explained *explained, GString *out)
{
    const struct incident *incident = explained->incident;
    for (guint i = 0; i < incident_process_count(incident); i++)
        if (incident_process(incident, i)->known > 0)
            print_node(explained, incident_process(incident, i), out);
    print_skews(explained, out);
    g_string_append_c(out, '\n');
    print_table(explained, out);
    g_string_append_c(out, '\n');
    gsize before = out->len;
    for (guint i = 0; i < incident_process_count(incident); i++)
        print_turns(explained, incident_process(incident, i), out);
    if (out->len > before)
        g_string_append_c(out, '\n');
    print_entries(explained, out);
    if (explained->stories->list->len == 0)
        g_string_append(out, "no resynchronisation in these lines\n\n");
    g_string_append(out, "What would have spared it\n");
    print_sparing(explained, out);
    humanize_finish(out);
}
