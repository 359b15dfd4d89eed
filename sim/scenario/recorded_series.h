/* master_repl_offset over time, as monitoring keeps it: CSV, or the JSON of Prometheus' query_range.
 * One reader for a load's `series` and for `size --series`: what one takes, the other takes. */
#ifndef PSYNCSIM_SCENARIO_RECORDED_SERIES_H
#define PSYNCSIM_SCENARIO_RECORDED_SERIES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/text/diagnostic.h"

struct recorded_sample {
    int64_t t_ns;   /* since 1970, or whenever the recording's time begins */
    int64_t bytes;  /* since the first sample, never falling */
    int64_t offset; /* as it was recorded */
};

struct recorded_series {
    GArray *samples; /* struct recorded_sample, by time, no two at the same */
    int64_t resets;  /* times that the offset goes back */
    int32_t source;  /* of diagnostics: the whole of it */
};

/* Columns by their names (time, t_s, t_ns, date, ...; master_repl_offset, offset, bytes, ...), or
 * without names time and offset; comma, semicolon or tab between them. Samples in any order; times
 * as input_text_time has them; of samples at one time the first counts; NaN and empty values are
 * left out. Where the offset goes back (another master, a restart) nobody knows what was written in
 * between: that step has the mean rate of the others. Where three steps or more, and a tenth of
 * all, go back, these are no offsets: a problem. At least two samples. False after a problem; to be
 * cleared all the same. */
bool recorded_series_read(struct recorded_series *series, const char *name, const char *bytes,
                          size_t len, struct diagnostics *diagnostics);
void recorded_series_clear(struct recorded_series *series);

/* Bytes per second. */
int64_t recorded_series_rate(int64_t bytes, int64_t ns);

#endif
