/* A table of outages: columns by name, every line checked, the law and the frequency from all. */
#include "sim/study/input/input_outages.h"
#include <string.h>
#include "sim/engine/dist.h"
#include "sim/engine/portable_math.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"

#define YEAR_NS (INT64_C(365) * 86400 * NS_PER_S)

enum column { START, DURATION, END, LINK, COLUMN_COUNT };

static const char *const NAMES[COLUMN_COUNT] = {
    [START] = "start begin from time started start_time",
    [DURATION] = "duration duration_s seconds for length",
    [END] = "end to until ended end_time",
    [LINK] = "link path replica node",
};

struct table {
    struct input_text text;
    int index[COLUMN_COUNT]; /* in a line; -1: no such column */
};

static int column_of(const char *name)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (input_text_is_among(name, NAMES[i]))
            return i;
    return -1;
}

static bool is_time(const char *text)
{
    return g_ascii_isdigit(text[0]);
}

/* The columns by the names in the first line, or by their number without names. False after a
 * problem. */
static bool read_names(struct table *table, char **cells)
{
    if (is_time(cells[0])) {
        if (!cells[1])
            table->index[START] = -1, table->index[DURATION] = 0;
        return true;
    }
    for (int i = 0; i < COLUMN_COUNT; i++)
        table->index[i] = -1;
    for (int i = 0; cells[i]; i++) {
        int column = column_of(cells[i]);
        if (column >= 0 && table->index[column] < 0)
            table->index[column] = i;
    }
    bool is_known =
        table->index[DURATION] >= 0 || (table->index[START] >= 0 && table->index[END] >= 0);
    if (!is_known)
        input_text_wrong(&table->text, 1,
                         "found the columns '%.80s', expected start and duration, start and end, "
                         "or duration alone",
                         table->text.line);
    return is_known;
}

static const char *cell(const struct table *table, char **cells, enum column column)
{
    int index = table->index[column];
    return index >= 0 && (guint)index < g_strv_length(cells) ? cells[index] : "";
}

static void read_row(struct table *table, char **cells, struct input_outages *out)
{
    const char *start = cell(table, cells, START);
    bool has_duration = table->index[DURATION] >= 0, has_start = table->index[START] >= 0;
    const char *length = cell(table, cells, has_duration ? DURATION : END);
    int64_t from = has_start ? input_text_time(start) : 0,
            value = has_duration ? input_text_seconds(length) : input_text_time(length);
    if (from < 0) {
        input_text_wrong(&table->text, 1,
                         "start: found '%.40s', expected unix seconds or a time such as "
                         "2024-05-01T12:00:00Z",
                         start);
        return;
    }
    if (value <= 0 || (!has_duration && value <= from) || (!has_start && value > YEAR_NS)) {
        input_text_wrong(&table->text, 1, "%s: found '%.40s', expected %s",
                         has_duration ? "duration" : "end", length,
                         !has_start     ? "seconds from 0 to a year, or a start before it"
                         : has_duration ? "seconds above 0, or a duration such as 2min"
                                        : "a time after the start");
        return;
    }
    int64_t lasts = has_duration ? value : value - from;
    bool is_first = out->durations_ns->len == 0;
    if (has_start) {
        out->first_ns = is_first ? from : MIN(out->first_ns, from);
        out->end_ns = MAX(out->end_ns, time_add(from, lasts));
    }
    g_array_append_val(out->durations_ns, lasts);
    if (table->index[LINK] >= 0)
        g_hash_table_add(out->links, g_strdup(cell(table, cells, LINK)));
}

static int by_size(gconstpointer a, gconstpointer b)
{
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static void read_rows(struct table *table, struct input_outages *out)
{
    bool is_first = true;
    while (input_text_next(&table->text)) {
        char **cells = input_text_cells(&table->text);
        if (!cells)
            continue;
        bool is_good = !is_first || read_names(table, cells);
        if (is_good && (!is_first || is_time(cells[0])))
            read_row(table, cells, out);
        is_first = false;
        g_strfreev(cells);
        if (!is_good)
            return;
    }
}

bool input_outages_read(struct input_outages *outages, const char *name, const char *bytes,
                        size_t len, struct diagnostics *diagnostics)
{
    size_t before = diagnostics_count(diagnostics);
    *outages = (struct input_outages){
        .durations_ns = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    struct table table = {.index = {0, 1, -1, -1}};
    input_text_init(&table.text, name, bytes, len, diagnostics);
    read_rows(&table, outages);
    if (outages->durations_ns->len == 0 && diagnostics_count(diagnostics) == before)
        input_text_wrong(&table.text, 0, "expected at least one outage: a start and a duration");
    input_text_clear(&table.text);
    g_array_sort(outages->durations_ns, by_size);
    return diagnostics_count(diagnostics) == before;
}

void input_outages_clear(struct input_outages *outages)
{
    g_array_free(outages->durations_ns, TRUE);
    g_hash_table_destroy(outages->links);
}

/* The number of longest ones up to and with the next part, `parts` being left: it grows by a
 * constant factor, so that the tail's shares do. */
static guint next_rank(guint rank, guint count, guint parts)
{
    if (rank == 0 || parts == 1)
        return rank == 0 ? 1 : count;
    double ratio = portable_exp(portable_log((double)count / rank) / parts);
    return CLAMP((guint)((double)rank * ratio + 1), rank + 1, count);
}

static int64_t longest_but(const struct input_outages *outages, guint rank)
{
    return g_array_index(outages->durations_ns, int64_t, outages->durations_ns->len - 1 - rank);
}

static void put_mixture(const struct input_outages *outages, GString *out)
{
    guint count = outages->durations_ns->len;
    int64_t given = 0; /* of a million */
    g_string_append(out, "{ mixture: [");
    for (guint part = 0, rank = 0, next; part < DIST_LIST_MAX && rank < count; part++) {
        next = next_rank(rank, count, DIST_LIST_MAX - part);
        int64_t until = ((int64_t)next * 1000000 + count - 1) / count;
        char length[32], share[32];
        quantity_print(QUANTITY_DURATION, longest_but(outages, rank), length, sizeof length);
        quantity_print(QUANTITY_SHARE, until - given, share, sizeof share);
        if (until > given)
            g_string_append_printf(out, "%s{ share: %s, constant: %s }", part > 0 ? ", " : "",
                                   share, length);
        given = until;
        rank = next;
    }
    g_string_append(out, "] }");
}

GString *input_outages_law(const struct input_outages *outages)
{
    GString *out = g_string_new(NULL);
    guint count = outages->durations_ns->len;
    if (count > DIST_LIST_MAX) {
        put_mixture(outages, out);
        return out;
    }
    g_string_append(out, count > 1 ? "{ values: [" : "");
    for (guint i = count; i-- > 0;) {
        char text[32];
        quantity_print(QUANTITY_DURATION, longest_but(outages, i), text, sizeof text);
        g_string_append_printf(out, "%s%s", text, i > 0 ? ", " : count > 1 ? "] }" : "");
    }
    return out;
}

int64_t input_outages_per_year_milli(const struct input_outages *outages)
{
    int64_t count = outages->durations_ns->len;
    if (count < 2 || outages->end_ns == 0)
        return 0;
    int64_t span = MAX(outages->end_ns - outages->first_ns, NS_PER_S);
    int64_t links = MAX((int64_t)g_hash_table_size(outages->links), 1);
    return mul_div(count * 1000, YEAR_NS, span) / links;
}
