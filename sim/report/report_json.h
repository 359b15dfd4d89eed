/* A run in JSON: the trace's first line, and its last one, which is also what `psyncsim run --json`
 * prints. */
#ifndef PSYNCSIM_WORLD_SUMMARY_H
#define PSYNCSIM_WORLD_SUMMARY_H

#include <glib.h>
#include "sim/report/report.h"

/* Each appends one line, with its end. The header can be had before the run. */
void summary_header(const struct report *report, GString *out);
void summary_print(const struct report *report, GString *out);

#endif
