/* Makes of what was observed in a live run what a simulated run gives: its events, and with them
 * its record. */
#ifndef PSYNCSIM_LIVE_OBSERVE_RECONSTRUCTION_H
#define PSYNCSIM_LIVE_OBSERVE_RECONSTRUCTION_H

#include "sim/live/observe/observations.h"
#include "sim/report/report.h"

/* Sorts the observations, whose t = 0 is at `zero`, and emits the events that they show into
 * report->trace. `report` is new. */
void reconstruction_emit(struct report *report, struct observations *observations, int64_t zero);

#endif
