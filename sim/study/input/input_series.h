/* master_repl_offset over time, as monitoring keeps it: CSV, or the JSON of Prometheus'
 * query_range. */
#ifndef PSYNCSIM_STUDY_INPUT_INPUT_SERIES_H
#define PSYNCSIM_STUDY_INPUT_INPUT_SERIES_H

#include "sim/text/input_text.h"

#define INPUT_SERIES_ROWS 20000 /* in a scenario, whose text is bounded */

struct input_sample {
    int64_t t_ns;  /* since 1970 */
    int64_t bytes; /* as read; then since the first sample, never falling */
};

struct input_series {
    GArray *samples;             /* struct input_sample, by time, no two at the same */
    int64_t resets;              /* times that the offset goes back */
    int64_t gaps;                /* steps longer than three times the median */
    int64_t step_ns, longest_ns; /* median and longest step */
    int64_t mean, p99, peak;     /* bytes per second, of the steps; p99 by time */
};

/* Samples in any order; times as input_text_time has them; of samples at one time the first counts;
 * NaN and empty values are left out. Where the offset goes back (another master, a restart) nobody
 * knows what was written in between: that step has the mean rate of the others. At least two
 * samples and one byte. False after a problem; to be cleared all the same. */
bool input_series_read(struct input_series *series, const char *name, const char *bytes, size_t len,
                       struct diagnostics *diagnostics);
void input_series_clear(struct input_series *series);

/* Rows "t_ns,bytes" below a header, from 0 on, as a scenario's series has them: every *stride-th
 * sample and the last one, at most INPUT_SERIES_ROWS + 1. Free with g_string_free. */
GString *input_series_rows(const struct input_series *series, guint *stride);

#endif
