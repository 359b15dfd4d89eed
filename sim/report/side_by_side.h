/* Runs of one scenario on several server versions, side by side.
 *
 * What belongs together is found by its occasion: the last fault before the link was lost, and the how-manieth of it
 * is this. A version that resynchronises once more after one fault is so no shift for all that comes later.
 *
 *      replica, occasion, number   | redis-6.2       | redis-8.6       | valkey-9.1
 *      r1, at the start, 1         | full [requested]| full [requested]| full [requested]
 *      r1, fault of 3 s, 1         | full [passed]   | partial         | partial           <- differs
 *
 * Resynchronisations of one replica after one fault that are alike and follow each other are one entry. */
#ifndef PSYNCSIM_REPORT_SIDE_BY_SIDE_H
#define PSYNCSIM_REPORT_SIDE_BY_SIDE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include "sim/report/report.h"

/* One version's run, after report_check; both borrowed. */
struct side {
    const char *server; /* as the user named it */
    const struct report *report;
};

struct side_by_side;

/* At least two, all of the same nodes; borrowed for the life of it. Pair with side_by_side_free. */
struct side_by_side *side_by_side_new(const struct side *sides, size_t count);
void side_by_side_free(struct side_by_side *all);

void side_by_side_print(const struct side_by_side *all, bool is_coloured, GString *out);

/* One line of JSON. */
void side_by_side_json(const struct side_by_side *all, GString *out);

#endif
