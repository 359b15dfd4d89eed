/* What a recorded master_repl_offset (recorded_series.h) says about the rate of writing. */
#ifndef PSYNCSIM_STUDY_INPUT_INPUT_SERIES_H
#define PSYNCSIM_STUDY_INPUT_INPUT_SERIES_H

#include "sim/scenario/recorded_series.h"

#define INPUT_SERIES_ROWS 20000 /* in a scenario, whose text is bounded */

struct input_series {
    struct recorded_series recorded;
    int64_t gaps;                /* steps longer than three times the median */
    int64_t step_ns, longest_ns; /* median and longest step */
    int64_t mean, p99, peak;     /* bytes per second, of the steps; p99 by time */
};

/* At least two samples and one byte. False after a problem; to be cleared all the same. */
bool input_series_read(struct input_series *series, const char *name, const char *bytes, size_t len,
                       struct diagnostics *diagnostics);
void input_series_clear(struct input_series *series);

/* Rows "t_ns,bytes" below a header, from 0 on, as a scenario's series has them: every *stride-th
 * sample and the last one, at most INPUT_SERIES_ROWS + 1. Free with g_string_free. */
GString *input_series_rows(const struct input_series *series, guint *stride);

#endif
