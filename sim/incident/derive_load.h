/* What was written to a master, as the load of a scenario. */
#ifndef PSYNCSIM_INCIDENT_DERIVE_LOAD_H
#define PSYNCSIM_INCIDENT_DERIVE_LOAD_H

#include "sim/incident/derive_node.h"
#include "sim/incident/evidence.h"

/* Offsets of that node as a master over time: recorded ones, with those of the logs between them, or
 * those of the logs alone. struct offset_point by time; g_array_unref it. */
GArray *derive_points(const struct stories *stories, const GPtrArray *evidence,
                      const struct derive_clock *clock, guint node);

/* How long before `t_ns` the stream was shorter by so many bytes; HALF_ABSENT: it was never so short. */
int64_t derive_span(const GArray *points, int64_t t_ns, int64_t bytes);

/* "  - { node: m, from: 1.234s, series: ... }" for the node; nothing where nothing is known. */
void derive_load(const struct stories *stories, const GPtrArray *evidence,
                 const struct derive_clock *clock, guint node, GString *out);

#endif
