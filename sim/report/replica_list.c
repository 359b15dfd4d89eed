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

static void put_reasons(struct table *table, const struct node_record *node)
{
    GString *reasons = g_string_new(NULL);
    for (int i = 0; i < REASON_COUNT; i++)
        if (node->reasons[i] > 0)
            g_string_append_printf(reasons, "%s%" G_GINT64_FORMAT HUMANIZE_JOIN "%s",
                                   reasons->len > 0 ? ", " : "", node->reasons[i],
                                   reason_name((enum reason)i));
    table_put(table, "%s", reasons->str);
    g_string_free(reasons, TRUE);
}

static void put_replica(struct table *table, const char *name, const struct node_record *node)
{
    table_put(table, "%s", name);
    table_put(table, "%" G_GINT64_FORMAT, node->full);
    table_put(table, "%" G_GINT64_FORMAT, node->full_failed);
    table_put(table, "%" G_GINT64_FORMAT, node->partial);
    table_put(table, "%" G_GINT64_FORMAT, node->refused);
    put_span(table, node->down);
    put_span(table, node->end.stale_ns);
    put_size(table, node->bytes);
    put_buffer(table, node->end.buffer_peak_bytes, node->end.buffer_limit_bytes);
    table_put(table, "%s",
              node->spare_min == TRACE_ABSENT ? "-" : humanize_size(node->spare_min).text);
    put_reasons(table, node);
}

/* Sums and extremes of many. */
static void add(struct node_record *all, const struct node_record *one)
{
    expect_fold(all, one);
    all->end.buffer_limit_bytes = MAX(all->end.buffer_limit_bytes, one->end.buffer_limit_bytes);
}

static int by_trouble(const void *left, const void *right)
{
    const struct node_record *a = *(struct node_record *const *)left,
                             *b = *(struct node_record *const *)right;
    int64_t full_a = a->full + a->full_failed, full_b = b->full + b->full_failed;
    if (full_a != full_b)
        return full_a > full_b ? -1 : 1;
    if (a->down != b->down)
        return a->down > b->down ? -1 : 1;
    return a->next.node < b->next.node ? -1 : a->next.node > b->next.node;
}

static void print_replicas(const struct report *report, GString *out)
{
    GPtrArray *replicas = g_ptr_array_new();
    struct node_record rest = {.spare_min = TRACE_ABSENT};
    for (uint32_t i = 0; i < report->scenario->node_count; i++)
        if (run_record_is_replica(&report->record, i))
            g_ptr_array_add(replicas, &report->record.nodes[i]);
    guint shown = replicas->len > ROWS ? ROWS - 2 : replicas->len;
    if (shown < replicas->len)
        g_ptr_array_sort(replicas, by_trouble);
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (guint i = 0; i < replicas->len; i++) {
        const struct node_record *node = replicas->pdata[i];
        if (i < shown)
            put_replica(table, report->names[node->next.node], node);
        else
            add(&rest, node);
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

static void print_master(const struct report *report, uint32_t index, GString *out)
{
    const struct node_record *node = &report->record.nodes[index];
    const struct wait_sum *wait = &node->waits;
    const char *name = report->names[index];
    GString *text = g_string_new(NULL);
    if (node->forks > 0)
        g_string_append_printf(text, ", %s", humanize_count(node->forks, "fork").text);
    if (node->cow_peak > 0)
        g_string_append_printf(text, ", at most %s copied on write",
                               humanize_size(node->cow_peak).text);
    if (node->cow_huge_peak > node->cow_peak)
        g_string_append_printf(text, " (%s with transparent huge pages)",
                               humanize_size(node->cow_huge_peak).text);
    if (node->end.refused_writes > 0)
        g_string_append_printf(text, ", %s refused",
                               humanize_count(node->end.refused_writes, "write").text);
    if (wait->count > 0)
        g_string_append_printf(
            text, ", %s: %s met, %s on average, %s at most",
            humanize_count(wait->count, "WAIT").text, humanize_share(wait->met, wait->count).text,
            humanize_span(wait->waited / wait->count).text, humanize_span(wait->waited_max).text);
    if (text->len > 0) {
        g_string_append_printf(out, "%s: ", name);
        humanize_wrap(out, text->str + 2, strlen(name) + 2, 2);
    }
    g_string_free(text, TRUE);
}

void replica_list_print(const struct report *report, GString *out)
{
    print_replicas(report, out);
    for (uint32_t i = 0; i < report->scenario->node_count; i++)
        print_master(report, i, out);
}
