/* The busiest window of a scenario's load: a full synchronisation that begins there needs the largest buffer. */
#ifndef PSYNCSIM_STUDY_SIZE_LOAD_WINDOW_H
#define PSYNCSIM_STUDY_SIZE_LOAD_WINDOW_H

#include <stdint.h>
#include "sim/scenario/scenario.h"

struct load_window {
    int64_t begins_ns, bytes;
};

/* Of all sources together, in that replication, among windows of `window_ns` that begin within the time in which the load is all that it
 * can be: one round of bursts or of a recording, a day of random ones; not after the scenario's end. */
struct load_window load_window_find(const struct scenario *scenario, uint64_t seed,
                                    uint64_t replication, int64_t window_ns);

/* How long the load takes to be all that it can be. */
int64_t load_window_span(const struct scenario *scenario);

#endif
