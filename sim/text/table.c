/* See table.h. */
#include "sim/text/table.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>
#include "sim/text/humanize.h"

#define GAP        2
#define LAST_LEAST 16 /* a last column narrower than this goes below its row */
#define BELOW      4

struct table {
    const struct column *columns;
    size_t column_count;
    GPtrArray *cells; /* row by row, the titles first */
};

static const char *cell(const struct table *table, size_t row, size_t column)
{
    return table->cells->pdata[row * table->column_count + column];
}

static size_t row_count(const struct table *table)
{
    return table->cells->len / table->column_count;
}

struct table *table_new(const struct column *columns, size_t count)
{
    struct table *table = g_new0(struct table, 1);
    table->columns = columns;
    table->column_count = count;
    table->cells = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < count; i++)
        g_ptr_array_add(table->cells, g_strdup(columns[i].title));
    return table;
}

void table_free(struct table *table)
{
    g_ptr_array_free(table->cells, TRUE);
    g_free(table);
}

void table_put(struct table *table, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(table->cells, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static bool is_nothing(const char *text)
{
    return strcmp(text, "-") == 0 || strcmp(text, "0") == 0 || text[0] == '\0';
}

/* 0: the column is left out. */
static size_t width_of(const struct table *table, size_t column)
{
    size_t width = 0;
    bool is_empty = true;
    for (size_t row = 0; row < row_count(table); row++) {
        width = MAX(width, humanize_width(cell(table, row, column)));
        is_empty = is_empty && (row == 0 || is_nothing(cell(table, row, column)));
    }
    return is_empty && table->columns[column].may_go ? 0 : width;
}

static void print_row(const struct table *table, size_t row, const size_t *widths, GString *out)
{
    size_t at = 0, last = table->column_count - 1;
    for (size_t i = 0; i < last; i++) {
        if (widths[i] == 0)
            continue;
        const char *text = cell(table, row, i);
        int pad = (int)(widths[i] - humanize_width(text));
        bool is_left = table->columns[i].is_left;
        g_string_append_printf(out, "%*s%*s%s%*s", at > 0 ? GAP : 0, "", is_left ? 0 : pad, "",
                               text, is_left ? pad : 0, "");
        at += widths[i] + (at > 0 ? GAP : 0);
    }
    const char *text = cell(table, row, last);
    bool is_below = at + GAP + MIN(widths[last], LAST_LEAST) > HUMANIZE_WIDTH;
    while (out->len > 0 && (is_below || text[0] == '\0') && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    if (text[0] != '\0' && !(is_below && row == 0)) {
        g_string_append_printf(out, is_below ? "\n%*s" : "%*s", is_below ? BELOW : GAP, "");
        humanize_wrap(out, text, is_below ? BELOW : at + GAP, is_below ? BELOW : at + GAP);
    } else {
        g_string_append_c(out, '\n');
    }
}

void table_print(const struct table *table, GString *out)
{
    size_t *widths = g_new0(size_t, table->column_count);
    assert(table->cells->len % table->column_count == 0);
    for (size_t i = 0; i < table->column_count; i++)
        widths[i] = width_of(table, i);
    for (size_t row = 0; row < row_count(table); row++)
        print_row(table, row, widths, out);
    g_free(widths);
}
