/* A table of outages: columns by name, every line checked, the law and the frequency from all. */
#include "sim/study/input_outages.h"
#include <string.h>
#include "sim/engine/dist.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"

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
    char separator[2];
};

static int column_of(const char *name)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        char **names = g_strsplit(NAMES[i], " ", -1);
        bool is_it = false;
        for (char **each = names; *each; each++)
            is_it = is_it || g_ascii_strcasecmp(*each, name) == 0;
        g_strfreev(names);
        if (is_it)
            return i;
    }
    return -1;
}

static bool is_time(const char *text)
{
    return g_ascii_isdigit(text[0]);
}

/* The names of the first line, if it has any. False if they do not do. */
static bool read_names(struct table *table, char **cells)
{
    if (is_time(cells[0]))
        return true;
    for (int i = 0; i < COLUMN_COUNT; i++)
        table->index[i] = -1;
    for (int i = 0; cells[i]; i++) {
        int column = column_of(cells[i]);
        if (column >= 0 && table->index[column] < 0)
            table->index[column] = i;
    }
    bool has_length = table->index[DURATION] >= 0 || table->index[END] >= 0;
    if (table->index[START] < 0 || !has_length)
        input_text_wrong(&table->text, 1,
                         "found the columns '%.80s', expected start and duration, or start and end",
                         table->text.line);
    return table->index[START] >= 0 && has_length;
}

/* Nanoseconds of "12.5" (seconds) or "2min"; -1 if it is neither. */
static int64_t seconds_of(const char *text)
{
    int64_t ns = -1;
    char *with_unit = g_strconcat(text, "s", NULL);
    if (quantity_parse(QUANTITY_DURATION, with_unit, strlen(with_unit), &ns) &&
        quantity_parse(QUANTITY_DURATION, text, strlen(text), &ns))
        ns = -1;
    g_free(with_unit);
    return ns;
}

static int64_t time_of(const char *text)
{
    int64_t ns = seconds_of(text);
    if (ns >= 0)
        return ns;
    GTimeZone *utc = g_time_zone_new_utc();
    GDateTime *date = g_date_time_new_from_iso8601(text, utc);
    g_time_zone_unref(utc);
    if (!date)
        return -1;
    int64_t s = g_date_time_to_unix(date), us = g_date_time_get_microsecond(date);
    g_date_time_unref(date);
    return s >= 0 && s < INT64_MAX / NS_PER_S - 1 ? s * NS_PER_S + us * NS_PER_US : -1;
}

static const char *cell(const struct table *table, char **cells, enum column column)
{
    int index = table->index[column];
    return index >= 0 && (guint)index < g_strv_length(cells) ? cells[index] : "";
}

static void read_row(struct table *table, char **cells, struct input_outages *out)
{
    const char *start = cell(table, cells, START);
    bool has_duration = table->index[DURATION] >= 0;
    const char *length = cell(table, cells, has_duration ? DURATION : END);
    int64_t from = time_of(start), value = has_duration ? seconds_of(length) : time_of(length);
    if (from < 0) {
        input_text_wrong(&table->text, 1,
                         "start: found '%.40s', expected unix seconds or a time such as "
                         "2024-05-01T12:00:00Z",
                         start);
        return;
    }
    if (value <= 0 || (!has_duration && value <= from)) {
        input_text_wrong(&table->text, 1, "%s: found '%.40s', expected %s",
                         has_duration ? "duration" : "end", length,
                         has_duration ? "seconds above 0, or a duration such as 2min"
                                      : "a time after the start");
        return;
    }
    int64_t lasts = has_duration ? value : value - from;
    bool is_first = out->durations_ns->len == 0;
    out->first_ns = is_first ? from : MIN(out->first_ns, from);
    out->last_ns = is_first ? from : MAX(out->last_ns, from);
    g_array_append_val(out->durations_ns, lasts);
    if (table->index[LINK] >= 0)
        g_hash_table_add(out->links, g_strdup(cell(table, cells, LINK)));
}

static void choose_separator(struct table *table)
{
    const char *line = table->text.line;
    table->separator[0] = strchr(line, '\t') ? '\t' : strchr(line, ';') ? ';' : ',';
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
        if (g_strstrip(table->text.line)[0] == '\0' || table->text.line[0] == '#')
            continue;
        if (is_first)
            choose_separator(table);
        char **cells = g_strsplit(table->text.line, table->separator, -1);
        for (char **each = cells; *each; each++)
            g_strstrip(*each);
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
                        size_t len, struct problems *problems)
{
    size_t before = problems_count(problems);
    *outages = (struct input_outages){
        .durations_ns = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    struct table table = {.index = {0, 1, -1, -1}, .separator = ","};
    input_text_init(&table.text, name, bytes, len, problems);
    read_rows(&table, outages);
    if (outages->durations_ns->len == 0 && problems_count(problems) == before)
        input_text_wrong(&table.text, 0, "expected at least one outage: a start and a duration");
    input_text_clear(&table.text);
    g_array_sort(outages->durations_ns, by_size);
    return problems_count(problems) == before;
}

void input_outages_clear(struct input_outages *outages)
{
    g_array_free(outages->durations_ns, TRUE);
    g_hash_table_destroy(outages->links);
}

GString *input_outages_law(const struct input_outages *outages, bool *is_short)
{
    guint count = outages->durations_ns->len, values = MIN(count, DIST_LIST_MAX);
    *is_short = count > values;
    GString *out = g_string_new("{ values: [");
    for (guint i = 0; i < values; i++) {
        guint at = (guint)((2 * (guint64)i + 1) * count / (2 * (guint64)values));
        char text[32];
        quantity_print(QUANTITY_DURATION, g_array_index(outages->durations_ns, int64_t, at), text,
                       sizeof text);
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", text);
    }
    g_string_append(out, "] }");
    return out;
}

int64_t input_outages_per_year_milli(const struct input_outages *outages)
{
    static const int64_t YEAR_NS = INT64_C(365) * 86400 * NS_PER_S;
    int64_t gaps = (int64_t)outages->durations_ns->len - 1;
    int64_t span = outages->last_ns - outages->first_ns;
    if (gaps < 1 || span < 1)
        return 0;
    int64_t links = MAX((int64_t)g_hash_table_size(outages->links), 1);
    return mul_div(gaps * 1000, YEAR_NS, span) / links;
}
