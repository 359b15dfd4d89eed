/* The screen of a run. See screen.h.
 *
 * Many resynchronisations are mostly the same one again: from SENTENCES on, those of the same kind,
 * reason, outcome and cause are told once, with how many there were. Many replicas are mostly
 * alike: the worst are shown, the others as one row. */
#include "sim/world/screen.h"

#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/world/explain.h"
#include "sim/world/table.h"
#include "sim/world/tell.h"
#include "sim/world/words.h"

#define SENTENCES 12 /* resynchronisations told one by one */
#define GROUPS    12
#define ROWS      12 /* replicas shown one by one */
#define OUTCOMES  10 /* expectations listed when all held */
#define INDENT    14 /* below the clock of a sentence */

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

/* ---- head ---- */

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
    words_wrap(out, title->str, 0, 2);
    g_string_printf(title, "%s, %s, %s of simulated time, seed %" G_GUINT64_FORMAT, servers,
                    words_count(scenario->node_count, "node").text, duration, report->seed);
    words_wrap(out, title->str, 0, 2);
    g_string_append_c(out, '\n');
    g_string_free(title, TRUE);
    g_free(name);
    g_free(servers);
}

/* ---- replicas ---- */

static const struct column COLUMNS[] = {
    {"replica", true, false},     {"full", false, false},   {"failed", false, true},
    {"partial", false, false},    {"refused", false, true}, {"no link", false, true},
    {"stale", false, true},       {"sent", false, true},    {"buffer (of limit)", false, true},
    {"least spare", false, true}, {"reasons", true, false},
};

static void put_span(struct table *table, int64_t ns)
{
    table_put(table, "%s", ns > 0 ? words_span(ns).text : "-");
}

static void put_size(struct table *table, int64_t bytes)
{
    table_put(table, "%s", bytes > 0 ? words_size(bytes).text : "-");
}

static void put_buffer(struct table *table, int64_t peak, int64_t limit)
{
    if (peak > 0 && limit > 0)
        table_put(table, "%s" WORDS_JOIN "(%s)", words_size(peak).text,
                  words_share(peak, limit).text);
    else
        put_size(table, peak);
}

static void put_reasons(struct table *table, const struct account *account)
{
    GString *reasons = g_string_new(NULL);
    for (int i = 0; i < REASON_COUNT; i++)
        if (account->reasons[i] > 0)
            g_string_append_printf(reasons, "%s%" G_GINT64_FORMAT " %s",
                                   reasons->len > 0 ? ", " : "", account->reasons[i],
                                   reason_name((enum reason)i));
    table_put(table, "%s", reasons->str);
    g_string_free(reasons, TRUE);
}

static void put_replica(struct table *table, const char *name, const struct account *account)
{
    table_row(table);
    table_put(table, "%s", name);
    table_put(table, "%" G_GINT64_FORMAT, account->full);
    table_put(table, "%" G_GINT64_FORMAT, account->full_failed);
    table_put(table, "%" G_GINT64_FORMAT, account->partial);
    table_put(table, "%" G_GINT64_FORMAT, account->refused);
    put_span(table, account->down);
    put_span(table, account->stale);
    put_size(table, account->bytes);
    put_buffer(table, account->buffer_peak, account->buffer_limit);
    table_put(table, "%s",
              account->spare_min == INT64_MAX ? "-" : words_size(account->spare_min).text);
    put_reasons(table, account);
}

/* Sums and extremes of many. */
static void add(struct account *all, const struct account *one)
{
    all->full += one->full;
    all->full_failed += one->full_failed;
    all->partial += one->partial;
    all->refused += one->refused;
    all->bytes += one->bytes;
    all->down = MAX(all->down, one->down);
    all->stale = MAX(all->stale, one->stale);
    all->buffer_peak = MAX(all->buffer_peak, one->buffer_peak);
    all->buffer_limit = MAX(all->buffer_limit, one->buffer_limit);
    all->spare_min = MIN(all->spare_min, one->spare_min);
    for (int i = 0; i < REASON_COUNT; i++)
        all->reasons[i] += one->reasons[i];
}

static int by_trouble(const void *left, const void *right)
{
    const struct node *a = *(struct node *const *)left, *b = *(struct node *const *)right;
    int64_t full_a = a->account.full + a->account.full_failed,
            full_b = b->account.full + b->account.full_failed;
    if (full_a != full_b)
        return full_a > full_b ? -1 : 1;
    if (a->account.down != b->account.down)
        return a->account.down > b->account.down ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static void print_replicas(const struct report *report, GString *out)
{
    GPtrArray *replicas = g_ptr_array_new();
    struct account rest;
    account_init(&rest);
    for (uint32_t i = 0; i < report->world->node_count; i++)
        if (report_is_replica(report, i))
            g_ptr_array_add(replicas, &report->world->nodes[i]);
    guint shown = replicas->len > ROWS ? ROWS - 2 : replicas->len;
    if (shown < replicas->len)
        g_ptr_array_sort(replicas, by_trouble);
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (guint i = 0; i < replicas->len; i++) {
        const struct node *node = replicas->pdata[i];
        if (i < shown)
            put_replica(table, node->spec->name, &node->account);
        else
            add(&rest, &node->account);
    }
    char *others = g_strdup_printf("%u others", replicas->len - shown);
    if (shown < replicas->len)
        put_replica(table, others, &rest);
    if (replicas->len > 0)
        table_print(table, out);
    else
        g_string_append(out, "There is no replica in this scenario.\n");
    if (shown < replicas->len)
        g_string_append(out, "(of the others: counts and bytes in all, the longest times, the "
                             "largest buffer, the least spare)\n");
    g_free(others);
    table_free(table);
    g_ptr_array_free(replicas, TRUE);
}

/* ---- resynchronisations ---- */

static void print_sentence(int64_t t, const char *sentence, GString *out)
{
    g_string_append_printf(out, "%*s  ", INDENT - 2, t == TRACE_ABSENT ? "" : words_clock(t).text);
    words_wrap(out, sentence, INDENT, INDENT);
}

struct group {
    const struct resync *first, *last;
    int64_t count, nodes;
    bool is_of[SCENARIO_NODES_MAX];
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_alike(const struct resync *a, const struct resync *b)
{
    return same_text(RESYNC_TEXT(a, reason), RESYNC_TEXT(b, reason)) &&
           same_text(RESYNC_TEXT(a, outcome), RESYNC_TEXT(b, outcome)) &&
           same_text(RESYNC_TEXT(a, failed_by), RESYNC_TEXT(b, failed_by)) &&
           same_text(RESYNC_TEXT(a, lost_by), RESYNC_TEXT(b, lost_by)) &&
           same_text(a->before.before_drop.why, b->before.before_drop.why);
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
        g_string_append_printf(text, ", of %s in all", words_count(group->nodes, "replica").text);
    if (more > 1)
        g_string_append_printf(text, ", every %s on average",
                               words_span((group->last->t - group->first->t) / more).text);
    print_sentence(group->last->t, text->str, out);
    g_string_free(text, TRUE);
}

static void print_groups(struct telling *telling, GString *out)
{
    GArray *groups = g_array_new(FALSE, FALSE, sizeof(struct group));
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < telling->report->resyncs->len; i++)
        add_to_group(groups, report_resync(telling->report, i));
    for (guint i = 0; i < MIN(groups->len, GROUPS); i++) {
        const struct group *group = &g_array_index(groups, struct group, i);
        g_string_truncate(text, 0);
        tell_resync(telling, group->first, text);
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

static void print_each(struct telling *telling, GString *out)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < telling->report->resyncs->len; i++) {
        const struct resync *resync = report_resync(telling->report, i);
        g_string_truncate(text, 0);
        tell_resync(telling, resync, text);
        print_sentence(resync->t, text->str, out);
    }
    g_string_free(text, TRUE);
}

/* Returns how many there were. */
static uint32_t print_unfinished(struct telling *telling, GString *out)
{
    GString *text = g_string_new(NULL);
    uint32_t count = 0;
    for (uint32_t i = 0; i < telling->report->world->node_count; i++) {
        g_string_truncate(text, 0);
        tell_unfinished(telling, i, text);
        count += text->len > 0;
        if (text->len > 0 && count <= GROUPS)
            print_sentence(telling->report->scenario->duration, text->str, out);
    }
    if (count > GROUPS)
        g_string_append_printf(out, "%*s... and %u more replicas that are not online\n", INDENT, "",
                               count - GROUPS);
    g_string_free(text, TRUE);
    return count;
}

static void print_resyncs(const struct report *report, struct screen screen, GString *out)
{
    struct telling telling = {.report = report, .is_coloured = screen.is_coloured};
    g_string_append_c(out, '\n');
    if (screen.tells_all)
        explain_all(&telling, out);
    else if (report->resyncs->len > SENTENCES)
        print_groups(&telling, out);
    else
        print_each(&telling, out);
    if (print_unfinished(&telling, out) == 0 && report->resyncs->len == 0)
        g_string_append(out, "No resynchronisation took place.\n");
}

/* ---- the rest ---- */

static void print_master(const struct report *report, const struct node *node, GString *out)
{
    const struct account *account = &node->account;
    const struct wait_sum *wait = &report->waits[node->index];
    GString *text = g_string_new(NULL);
    if (account->forks > 0)
        g_string_append_printf(text, ", %s, at most %s copied on write",
                               words_count(account->forks, "fork").text,
                               words_size(account->cow_peak).text);
    if (account->refused_writes > 0)
        g_string_append_printf(text, ", %s refused for lack of good replicas",
                               words_count(account->refused_writes, "write").text);
    if (wait->count > 0)
        g_string_append_printf(
            text, ", %s: %s met, %s on average, %s at most", words_count(wait->count, "WAIT").text,
            words_share(wait->met, wait->count).text, words_span(wait->waited / wait->count).text,
            words_span(wait->waited_max).text);
    if (text->len > 0) {
        g_string_append_printf(out, "%s: ", node->spec->name);
        words_wrap(out, text->str + 2, strlen(node->spec->name) + 2, 2);
    }
    g_string_free(text, TRUE);
}

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
        g_string_append_printf(out, is_held ? "  (%s)\n" : ", but found %s\n",
                               report->results[i].found);
    }
}

static void print_end(const struct report *report, GString *out)
{
    static const char *const STATES[] = {
        "inconsistent: a running replica is not online, or has what its master does not",
        "consistent: every running replica is online, with a prefix of its master's data",
        "identical: every running replica has all that was written, but for what is on its way"};
    char digest[DIGEST_TEXT_MAX];
    digest_print(&report->trace.digest, digest);
    g_string_append_printf(out, "\nend:    %s\ndigest: %s\n",
                           STATES[expect_final(report->world, NULL)], digest);
}

void screen_print(const struct report *report, struct screen screen, GString *out)
{
    print_head(report, screen, out);
    print_replicas(report, out);
    for (uint32_t i = 0; i < report->world->node_count; i++)
        print_master(report, &report->world->nodes[i], out);
    print_resyncs(report, screen, out);
    print_expectations(report, screen, out);
    print_end(report, out);
    words_finish(out);
}
