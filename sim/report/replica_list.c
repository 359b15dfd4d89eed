/* The table of replicas. Many are mostly alike: the worst are shown, the others as one row. */
#include "sim/report/replica_list.h"

#include <string.h>
#include "sim/text/table.h"
#include "sim/text/humanize.h"

#define ROWS 12 /* replicas shown one by one */

static const struct column COLUMNS[] = {
    {"replica", true, false},     {"full", false, false},   {"failed", false, true},
    {"partial", false, false},    {"refused", false, true}, {"no link", false, true},
    {"stale", false, true},       {"sent", false, true},    {"buffer (of hard)", false, true},
    {"least spare", false, true}, {"reasons", true, false},
};

static void put_span(struct table *table, int64_t ns)
{
    table_put(table, "%s", ns > 0 ? humanize_span(ns).text : "-");
}

static void put_size(struct table *table, int64_t bytes)
{
    table_put(table, "%s", bytes > 0 ? humanize_size(bytes).text : "-");
}

static void put_buffer(struct table *table, int64_t peak, int64_t limit)
{
    if (peak > 0 && limit > 0)
        table_put(table, "%s" HUMANIZE_JOIN "(%s)", humanize_size(peak).text,
                  humanize_share(peak, limit).text);
    else
        put_size(table, peak);
}

static void put_reasons(struct table *table, const struct account *account)
{
    GString *reasons = g_string_new(NULL);
    for (int i = 0; i < REASON_COUNT; i++)
        if (account->reasons[i] > 0)
            g_string_append_printf(reasons, "%s%" G_GINT64_FORMAT HUMANIZE_JOIN "%s",
                                   reasons->len > 0 ? ", " : "", account->reasons[i],
                                   reason_name((enum reason)i));
    table_put(table, "%s", reasons->str);
    g_string_free(reasons, TRUE);
}

static void put_replica(struct table *table, const char *name, const struct account *account)
{
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
              account->spare_min == INT64_MAX ? "-" : humanize_size(account->spare_min).text);
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
        g_string_append(out, "No node was a replica.\n");
    if (shown < replicas->len)
        g_string_append(out, "(of the others: counts and bytes in all, the longest times, the "
                             "largest buffer, the least spare)\n");
    g_free(others);
    table_free(table);
    g_ptr_array_free(replicas, TRUE);
}

static void print_master(const struct report *report, const struct node *node, GString *out)
{
    const struct account *account = &node->account;
    const struct wait_sum *wait = &report->waits[node->index];
    GString *text = g_string_new(NULL);
    if (account->forks > 0)
        g_string_append_printf(text, ", %s", humanize_count(account->forks, "fork").text);
    if (account->cow_peak > 0)
        g_string_append_printf(text, ", at most %s copied on write",
                               humanize_size(account->cow_peak).text);
    if (account->cow_huge_peak > account->cow_peak)
        g_string_append_printf(text, " (%s with transparent huge pages)",
                               humanize_size(account->cow_huge_peak).text);
    if (account->refused_writes > 0)
        g_string_append_printf(text, ", %s refused for lack of good replicas",
                               humanize_count(account->refused_writes, "write").text);
    if (wait->count > 0)
        g_string_append_printf(
            text, ", %s: %s met, %s on average, %s at most",
            humanize_count(wait->count, "WAIT").text, humanize_share(wait->met, wait->count).text,
            humanize_span(wait->waited / wait->count).text, humanize_span(wait->waited_max).text);
    if (text->len > 0) {
        g_string_append_printf(out, "%s: ", node->spec->name);
        humanize_wrap(out, text->str + 2, strlen(node->spec->name) + 2, 2);
    }
    g_string_free(text, TRUE);
}

void replica_list_print(const struct report *report, GString *out)
{
    print_replicas(report, out);
    for (uint32_t i = 0; i < report->world->node_count; i++)
        print_master(report, &report->world->nodes[i], out);
}
