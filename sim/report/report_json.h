/* A run in JSON: the trace's first line, and its last one, which is also what `psyncsim run --json`
 * prints. */
#ifndef PSYNCSIM_REPORT_REPORT_JSON_H
#define PSYNCSIM_REPORT_REPORT_JSON_H

#include <glib.h>
#include "sim/report/report.h"

/* Each appends one line, with its end. The header can be had before the run. */
void report_json_header(const struct report *report, GString *out);
void report_json_print(const struct report *report, GString *out);

#endif
