/* A run in JSON: the trace's first line, its last one, and what `psyncsim run --json` prints: the
 * last line without the stories (story_json.h). */
#ifndef PSYNCSIM_REPORT_REPORT_JSON_H
#define PSYNCSIM_REPORT_REPORT_JSON_H

#include <glib.h>
#include "sim/report/report.h"

/* Each appends one line, with its end. The header can be had before the run. */
void report_json_header(const struct report *report, GString *out);
void report_json_print(const struct report *report, GString *out);
void report_json_last(const struct report *report, GString *out);

#endif
