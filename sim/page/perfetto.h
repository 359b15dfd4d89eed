/* A trace in the format of Chrome's tracing, for ui.perfetto.dev: a process for each node with its
 * resynchronisations, saves and stops as slices, what it lacks, its backlog and output buffers as
 * counters, and messages as flows. */
#ifndef PSYNCSIM_PAGE_PERFETTO_H
#define PSYNCSIM_PAGE_PERFETTO_H

#include <glib.h>

/* Appends it. `trace` is a whole one. */
void perfetto_print(const GString *trace, GString *out);

#endif
