/* See side_by_side.h. */
#include "sim/report/side_by_side.h"

#include "sim/engine/quantity.h"
#include "sim/text/humanize.h"
#include "sim/text/json_write.h"
#include "sim/text/table.h"

#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

/* Resynchronisations of one version that are one row. */
struct entry {
    const struct resync *first; /* NULL: it has none */
    int64_t count, down_ns, sent_bytes;
};

struct row {
    int32_t node;
    int64_t occasion; /* when the fault began; -1: there was none */
    uint32_t number;  /* on this occasion, from 0 on */
    bool differs;
    struct entry *entries; /* by version */
};

struct side_by_side {
    const struct side *sides;
    size_t count;
    GArray *rows; /* struct row */
};

/* ---- rows ---- */

/* One without a fault of its own goes on with what began before. */
static int64_t occasion_of(const struct resync *resync, int64_t before)
{
    return resync->fault < 0 ? MAX(before, -1) : resync->fault_began;
}

static bool is_alike(const struct resync *a, const struct resync *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->event.kind == b->event.kind && a->event.reason == b->event.reason &&
           a->event.outcome == b->event.outcome && a->event.failed_by == b->event.failed_by;
}

static struct row *row_at(const struct side_by_side *all, guint index)
{
    return &g_array_index(all->rows, struct row, index);
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *left = a, *right = b;
    if (left->node != right->node)
        return left->node < right->node ? -1 : 1;
    if (left->occasion != right->occasion)
        return left->occasion < right->occasion ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* Rows are few: those that are alike are folded before they come here. */
static struct row *find_row(struct side_by_side *all, struct row wanted)
{
    for (guint i = 0; i < all->rows->len; i++)
        if (compare_rows(row_at(all, i), &wanted) == 0)
            return row_at(all, i);
    g_array_append_val(all->rows, wanted);
    struct row *row = row_at(all, all->rows->len - 1);
    row->entries = g_new0(struct entry, all->count);
    return row;
}

static void add_to(struct entry *entry, const struct resync *resync)
{
    if (entry->first == NULL)
        entry->first = resync;
    entry->count++;
    int64_t down = resync->event.down_ns == TRACE_ABSENT ? 0 : resync->event.down_ns;
    bool is_over = resync->event.outcome == OUTCOME_ONLINE; /* else it has been down since before */
    entry->down_ns = is_over ? entry->down_ns + down : down;
    entry->sent_bytes += resync->event.sent_bytes == TRACE_ABSENT ? 0 : resync->event.sent_bytes;
}

/* The resynchronisations of one replica in one version. */
static void add_replica(struct side_by_side *all, size_t side, int32_t node)
{
    const struct run_record *record = &all->sides[side].report->record;
    struct row now = {.node = node, .occasion = INT64_MIN};
    struct entry *entry = NULL;
    for (size_t i = 0; i < record->resyncs->len; i++) {
        const struct resync *resync = run_record_resync(record, i);
        if (resync->node != node)
            continue;
        int64_t occasion = occasion_of(resync, now.occasion);
        bool is_new_occasion = occasion != now.occasion;
        if (entry == NULL || is_new_occasion || !is_alike(entry->first, resync)) {
            now.number = is_new_occasion ? 0 : now.number + 1;
            now.occasion = occasion;
            entry = &find_row(all, now)->entries[side];
        }
        add_to(entry, resync);
    }
}

static bool row_differs(const struct side_by_side *all, const struct row *row)
{
    for (size_t side = 1; side < all->count; side++)
        if (!is_alike(row->entries[0].first, row->entries[side].first) ||
            row->entries[0].count != row->entries[side].count)
            return true;
    return false;
}

struct side_by_side *side_by_side_new(const struct side *sides, size_t count)
{
    struct side_by_side *all = g_new0(struct side_by_side, 1);
    *all = (struct side_by_side){sides, count, g_array_new(FALSE, FALSE, sizeof(struct row))};
    for (size_t side = 0; side < count; side++)
        for (uint32_t node = 0; node < sides[side].report->scenario->node_count; node++)
            add_replica(all, side, (int32_t)node);
    g_array_sort(all->rows, compare_rows);
    for (guint i = 0; i < all->rows->len; i++)
        row_at(all, i)->differs = row_differs(all, row_at(all, i));
    return all;
}

void side_by_side_free(struct side_by_side *all)
{
    for (guint i = 0; i < all->rows->len; i++)
        g_free(row_at(all, i)->entries);
    g_array_free(all->rows, TRUE);
    g_free(all);
}

/* ---- for people ---- */

static void print_head(const struct side_by_side *all, bool is_coloured, GString *out)
{
    const struct report *report = all->sides[0].report;
    char duration[48], *name = g_path_get_basename(report->scenario->path);
    GString *text = g_string_new(NULL);
    quantity_print(QUANTITY_DURATION, report->scenario->duration, duration, sizeof duration);
    g_string_printf(text, "%s%s%s%s%s", is_coloured ? BOLD : "", name, is_coloured ? PLAIN : "",
                    report->scenario->why[0] != '\0' ? ": " : "", report->scenario->why);
    humanize_wrap(out, text->str, 0, 2);
    g_string_printf(text,
                    "%s of simulated time, seed %" G_GUINT64_FORMAT
                    ", all nodes of one version and with its defaults; * is not as on %s",
                    duration, report->seed, all->sides[0].server);
    humanize_wrap(out, text->str, 0, 2);
    g_string_append_c(out, '\n');
    g_string_free(text, TRUE);
    g_free(name);
}

static void put_entry(struct table *table, const struct entry *entry)
{
    const struct resync *resync = entry->first;
    bool is_failed = resync->event.outcome == OUTCOME_FAILED;
    table_put(table, "%s", humanize_clock(resync->t).text);
    if (entry->count > 1)
        table_put(table, "%" G_GINT64_FORMAT, entry->count);
    else
        table_put(table, "-");
    table_put(table, "%s", reason_kind_name(resync->event.kind));
    table_put(table, "%s", reason_name(resync->event.reason));
    table_put(table, "%s%s%s", resync_outcome_name(resync->event.outcome), is_failed ? ": " : "",
              is_failed ? drop_name(resync->event.failed_by) : "");
    table_put(table, "%s", entry->down_ns > 0 ? humanize_span(entry->down_ns).text : "-");
    table_put(table, "%s", humanize_size(entry->sent_bytes).text);
}

static void put_row(struct table *table, const struct side_by_side *all, const struct row *row)
{
    const struct entry *reference = &row->entries[0];
    for (size_t side = 0; side < all->count; side++) {
        const struct entry *entry = &row->entries[side];
        bool is_same = is_alike(reference->first, entry->first) && reference->count == entry->count;
        table_put(table, "%s", all->sides[0].report->names[row->node]);
        table_put(table, "%s", row->occasion < 0 ? "-" : humanize_clock(row->occasion).text);
        table_put(table, "%s", all->sides[side].server);
        table_put(table, "%s", is_same ? "" : "*");
        if (entry->first != NULL)
            put_entry(table, entry);
        for (int cell = 0; entry->first == NULL && cell < 7; cell++)
            table_put(table, "-");
    }
}

static void print_rows(const struct side_by_side *all, GString *out)
{
    static const struct column COLUMNS[] = {
        {"replica", true, false}, {"fault", false, false}, {"server", true, false},
        {"", true, false},        {"at", false, false},    {"times", false, true},
        {"kind", true, false},    {"reason", true, false}, {"outcome", true, false},
        {"no link", false, true}, {"sent", false, false}};
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (guint i = 0; i < all->rows->len; i++)
        put_row(table, all, row_at(all, i));
    table_print(table, out);
    table_free(table);
}

struct sum {
    int64_t full, partial, failed, down_ns, sent_bytes;
};

static struct sum sum_of(const struct report *report)
{
    struct sum sum = {0};
    for (uint32_t i = 0; i < report->scenario->node_count; i++) {
        const struct node_record *node = &report->record.nodes[i];
        sum.full += node->full;
        sum.partial += node->partial;
        sum.failed += node->full_failed;
        sum.down_ns += node->down;
        sum.sent_bytes += node->bytes;
    }
    return sum;
}

static void print_sums(const struct side_by_side *all, GString *out)
{
    static const struct column COLUMNS[] = {
        {"server", true, false},  {"full", false, false},      {"partial", false, false},
        {"failed", false, false}, {"no link", false, false},   {"sent", false, false},
        {"end", true, false},     {"expectations", true, true}};
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (size_t side = 0; side < all->count; side++) {
        const struct report *report = all->sides[side].report;
        uint32_t wanted = report->scenario->expect_count;
        struct sum sum = sum_of(report);
        table_put(table, "%s", all->sides[side].server);
        table_put(table, "%" G_GINT64_FORMAT, sum.full);
        table_put(table, "%" G_GINT64_FORMAT, sum.partial);
        table_put(table, "%" G_GINT64_FORMAT, sum.failed);
        table_put(table, "%s", humanize_span(sum.down_ns).text);
        table_put(table, "%s", humanize_size(sum.sent_bytes).text);
        table_put(table, "%s", final_name(run_record_final(&report->record, NULL)));
        if (wanted > 0)
            table_put(table, "%u of %u held", wanted - report->failed, wanted);
        else
            table_put(table, "-");
    }
    table_print(table, out);
    table_free(table);
}

/* One line for each version on which an expectation failed: which, and what was found. */
static void print_failed(const struct side_by_side *all, GString *out)
{
    GString *line = g_string_new(NULL);
    bool any = false;
    for (size_t side = 0; side < all->count; side++) {
        const struct report *report = all->sides[side].report;
        if (report->failed == 0)
            continue;
        g_string_printf(line, "%s: ", all->sides[side].server);
        for (uint32_t i = 0, listed = 0; i < report->scenario->expect_count; i++)
            if (!report->results[i].held)
                g_string_append_printf(line, "%s%s, but found %s", listed++ > 0 ? "; " : "",
                                       report->scenario->expects[i].text, report->results[i].found);
        g_string_append(out, any ? "" : "\nExpectations that failed:\n");
        g_string_append(out, "  ");
        humanize_wrap(out, line->str, 2, 4);
        any = true;
    }
    g_string_free(line, TRUE);
}

void side_by_side_print(const struct side_by_side *all, bool is_coloured, GString *out)
{
    guint differing = 0;
    for (guint i = 0; i < all->rows->len; i++)
        differing += row_at(all, i)->differs;
    print_head(all, is_coloured, out);
    if (all->rows->len > 0)
        print_rows(all, out);
    g_string_append_c(out, '\n');
    print_sums(all, out);
    print_failed(all, out);
    if (differing == 0)
        g_string_append(out, "\nstories: the same on all\n");
    else
        g_string_append_printf(out, "\nstories: they differ in %u of %s\n", differing,
                               humanize_count(all->rows->len, "row").text);
    humanize_finish(out);
}

/* ---- as JSON ---- */

static void json_entry(struct json *json, const struct side *side, const struct entry *entry)
{
    const struct event_resync *event = &entry->first->event;
    json_open(json, NULL, '{');
    json_text(json, "server", side->server);
    json_int(json, "t", entry->first->t);
    json_int(json, "times", entry->count);
    json_text(json, "kind", reason_kind_name(event->kind));
    json_text(json, "reason", reason_name(event->reason));
    json_text(json, "outcome", resync_outcome_name(event->outcome));
    if (event->outcome == OUTCOME_FAILED)
        json_text(json, "failed_by", drop_name(event->failed_by));
    json_int(json, "down_ns", entry->down_ns);
    json_int(json, "sent_bytes", entry->sent_bytes);
    json_close(json, '}');
}

static void json_rows(const struct side_by_side *all, struct json *json)
{
    json_open(json, "rows", '[');
    for (guint i = 0; i < all->rows->len; i++) {
        const struct row *row = row_at(all, i);
        json_open(json, NULL, '{');
        json_text(json, "replica", all->sides[0].report->names[row->node]);
        if (row->occasion >= 0)
            json_int(json, "fault_ns", row->occasion);
        json_bool(json, "differs", row->differs);
        json_open(json, "servers", '[');
        for (size_t side = 0; side < all->count; side++)
            if (row->entries[side].first != NULL)
                json_entry(json, &all->sides[side], &row->entries[side]);
        json_close(json, ']');
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void json_side(struct json *json, const struct side *side)
{
    const struct report *report = side->report;
    struct sum sum = sum_of(report);
    json_open(json, NULL, '{');
    json_text(json, "server", side->server);
    json_int(json, "full", sum.full);
    json_int(json, "partial", sum.partial);
    json_int(json, "full_failed", sum.failed);
    json_int(json, "down_ns", sum.down_ns);
    json_int(json, "sent_bytes", sum.sent_bytes);
    json_text(json, "final", final_name(run_record_final(&report->record, NULL)));
    json_int(json, "expectations_held", report->scenario->expect_count - report->failed);
    json_int(json, "expectations_failed", report->failed);
    json_open(json, "failed", '[');
    for (uint32_t i = 0; i < report->scenario->expect_count; i++)
        if (!report->results[i].held)
            json_text(json, NULL, report->scenario->expects[i].text);
    json_close(json, ']');
    json_close(json, '}');
}

void side_by_side_json(const struct side_by_side *all, GString *out)
{
    const struct report *report = all->sides[0].report;
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_text(&json, "version", report->version);
    json_text(&json, "scenario", report->scenario->path);
    json_text(&json, "why", report->scenario->why);
    json_int(&json, "seed", (int64_t)report->seed);
    json_int(&json, "duration_ns", report->scenario->duration);
    json_open(&json, "servers", '[');
    for (size_t side = 0; side < all->count; side++)
        json_side(&json, &all->sides[side]);
    json_close(&json, ']');
    json_rows(all, &json);
    json_close(&json, '}');
    g_string_append_c(out, '\n');
}
