/* Rows of (figure, value, origin), few enough that a list is searched from its start. */
#include "sim/study/input/provenance.h"
#include <string.h>

static void free_row(void *row)
{
    struct provenance_row *gone = row;
    g_free(gone->figure);
    g_free(gone->value);
    g_free(gone->from);
    g_free(gone);
}

struct provenance *provenance_new(void)
{
    struct provenance *provenance = g_new(struct provenance, 1);
    provenance->rows = g_ptr_array_new_with_free_func(free_row);
    provenance->remarks = g_ptr_array_new_with_free_func(g_free);
    return provenance;
}

void provenance_free(struct provenance *provenance)
{
    if (!provenance)
        return;
    g_ptr_array_free(provenance->rows, TRUE);
    g_ptr_array_free(provenance->remarks, TRUE);
    g_free(provenance);
}

static struct provenance_row *row_of(const struct provenance *provenance, const char *figure)
{
    for (guint i = 0; i < provenance->rows->len; i++) {
        struct provenance_row *row = provenance->rows->pdata[i];
        if (strcmp(row->figure, figure) == 0)
            return row;
    }
    return NULL;
}

void provenance_add(struct provenance *provenance, const char *figure, const char *value,
                    const char *from)
{
    struct provenance_row *row = row_of(provenance, figure);
    if (!row) {
        row = g_new0(struct provenance_row, 1);
        row->figure = g_strdup(figure);
        g_ptr_array_add(provenance->rows, row);
    }
    g_free(row->value);
    g_free(row->from);
    row->value = g_strdup(value);
    row->from = g_strdup(from);
}

void provenance_remark(struct provenance *provenance, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(provenance->remarks, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

const struct provenance_row *provenance_find(const struct provenance *provenance,
                                             const char *figure)
{
    return row_of(provenance, figure);
}

bool provenance_is_guess(const struct provenance *provenance)
{
    static const char *const FIGURES[] = {"how long outages last", "outages a year", "outages"};
    for (size_t i = 0; i < G_N_ELEMENTS(FIGURES); i++) {
        const struct provenance_row *row = provenance_find(provenance, FIGURES[i]);
        if (row && (strstr(row->from, "guess") || strstr(row->from, "default") ||
                    strstr(row->from, "assumed")))
            return true;
    }
    return false;
}
