/* Makes of a live run's observations what a simulated run gives: events, accounts, a report. The world
 * in the report never ran: it holds what was seen, where the printers and the expectations look. */
#ifndef PSYNCSIM_LIVE_OBSERVE_RECONSTRUCTION_H
#define PSYNCSIM_LIVE_OBSERVE_RECONSTRUCTION_H

#include "sim/live/observe/observations.h"
#include "sim/report/report.h"

/* Sorts the observations, whose t = 0 is at `zero`, and emits what follows from them: events go to report->trace, and
 * afterwards report->world and report->results are set. `report` is new. */
void reconstruction_emit(struct report *report, struct observations *observations, int64_t zero);

#endif
