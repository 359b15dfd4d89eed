/* Private to compare*.c: the tables of counts and of times and sizes under the stories. */
#ifndef PSYNCSIM_COMPARE_COMPARE_NUMBERS_H
#define PSYNCSIM_COMPARE_COMPARE_NUMBERS_H

#include <glib.h>
#include "sim/compare/compare.h"

/* Each appends a table with an empty line before it, or nothing when there is nothing to say. */
void compare_print_counts(const struct compare *compare, GString *out);
void compare_print_measures(const struct compare *compare, GString *out);

#endif
