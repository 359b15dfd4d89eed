/* What came of faults besides resynchronisations, and why: stale data, refused writes, WAITs that
 * came back short. */
#ifndef PSYNCSIM_REPORT_PERIOD_TEXT_H
#define PSYNCSIM_REPORT_PERIOD_TEXT_H

#include <glib.h>
#include "sim/report/report.h"

void period_text_print(const struct report *report, GString *out);

/* What was at work between the first dial of a resynchronisation, or its question, and its end: faults of the link, and processes of both
 * sides that stood still or did not run; nothing if nothing was. */
void period_text_at_work(const struct report *report, const struct resync *resync, GString *text);

/* Why the open way of a link goes quiet as well, when the one from replica to master is dead; nothing if it does not. */
void period_text_quiet_way(const struct scenario *scenario, const struct scenario_fault *fault,
                           int32_t replica, GString *text);

/* " (only r1->m was dead)" for a silence of one direction; else nothing. */
void period_text_direction(const struct scenario *scenario, const struct scenario_fault *fault,
                           GString *text);

#endif
