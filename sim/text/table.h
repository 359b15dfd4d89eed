/* A table for a screen: columns as wide as their longest cell, the last one wrapped. */
#ifndef PSYNCSIM_TEXT_TABLE_H
#define PSYNCSIM_TEXT_TABLE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct column {
    const char *title;
    bool is_left; /* numbers stand at the right */
    bool may_go;  /* is left out where every cell is "-" or "0" */
};

struct table;

/* `columns` is borrowed. */
struct table *table_new(const struct column *columns, size_t count);
void table_free(struct table *table);

/* The next cell, row by row. */
void table_put(struct table *table, const char *format, ...) G_GNUC_PRINTF(2, 3);

void table_print(const struct table *table, GString *out);

#endif
