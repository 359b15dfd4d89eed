/* Paired differences between the cases of a sweep: each case against the first one, seed by seed.
 */
#ifndef PSYNCSIM_STUDY_SWEEP_SWEEP_COMPARE_H
#define PSYNCSIM_STUDY_SWEEP_SWEEP_COMPARE_H

#include <glib.h>
#include <stdint.h>
#include "sim/study/sweep/sweep.h"

struct comparison;

/* Of a sweep with a row per run. Borrowed. */
struct comparison *comparison_new(const struct sweep *sweep);
void comparison_free(struct comparison *comparison);

void comparison_add(struct comparison *comparison, uint64_t run, const int64_t *record);

/* Once all runs are in. */
void comparison_print(const struct comparison *comparison, GString *out);

#endif
