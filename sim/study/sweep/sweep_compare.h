/* Paired differences between the cases of a sweep: each case against the first one, seed by seed.
 */
#ifndef PSYNCSIM_STUDY_SWEEP_SWEEP_COMPARE_H
#define PSYNCSIM_STUDY_SWEEP_SWEEP_COMPARE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/engine/statistics.h"
#include "sim/study/sweep/sweep.h"

struct comparison;

/* Of a sweep with a row per run. Borrowed. */
struct comparison *comparison_new(const struct sweep *sweep);
void comparison_free(struct comparison *comparison);

void comparison_add(struct comparison *comparison, uint64_t run, const int64_t *record);

/* One column of one case against the same of the first. A number that never happened (-1) makes
 * no pair. */
struct comparison_pairs {
    struct sample first, here, difference;
    uint64_t less, more;
    uint64_t hits_first, hits_here; /* runs in which it was at least 1 */
};

/* Columns: the sweep's, and the expectations that failed (sweep_column NULL). `number`: of a case. */
uint32_t comparison_columns(const struct comparison *comparison);
const struct sweep_column *comparison_column(const struct comparison *comparison, uint32_t column);
const char *comparison_name(const struct sweep_column *column);
bool comparison_is_measure(const struct sweep_column *column); /* its mean says how well it went */
const struct comparison_pairs *comparison_pairs(const struct comparison *comparison,
                                                uint32_t number, uint32_t column);

/* A number of the column's unit, with a sign where it is a difference; the interval of the mean
 * difference at 95 %, "-" where there is none. */
struct comparison_cell {
    char text[64];
};
struct comparison_cell comparison_number(const struct sweep_column *column, double value,
                                         bool is_signed);
struct comparison_cell comparison_interval(const struct sweep_column *column,
                                           const struct comparison_pairs *pairs);

/* "config.repl-timeout=30, links.m-r1.latency=5ms" */
void comparison_print_case(const struct sweep *sweep, uint32_t number, GString *out);

/* Once all runs are in; as a page for a browser, with all of the table below. */
void comparison_print_html(const struct comparison *comparison, const struct sweep *sweep,
                           GString *out);

/* Once all runs are in. */
void comparison_print(const struct comparison *comparison, GString *out);

#endif
