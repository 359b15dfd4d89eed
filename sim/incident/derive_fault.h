/* Losses as faults: which of cut, partition, pause, shutdown made both sides see what they saw. A
 * kill by an output-buffer limit is none: it must come out by itself. */
#ifndef PSYNCSIM_INCIDENT_DERIVE_FAULT_H
#define PSYNCSIM_INCIDENT_DERIVE_FAULT_H

#include "sim/incident/derive_node.h"
#include "sim/incident/evidence.h"

/* "  - { at: 1.234s, cut: m-r1, for: 2.5s }" and so on, by time. */
void derive_faults(const struct stories *stories, const GPtrArray *evidence,
                   const struct derive_clock *clock, GString *out);

#endif
