/* One run from its beginning to its end, for a study that wants only what came of it: no trace is
 * written, and nothing outlives the call. */
#ifndef PSYNCSIM_WORLD_RUN_ONCE_H
#define PSYNCSIM_WORLD_RUN_ONCE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/scenario/scenario.h"
#include "sim/trace/trace.h"

struct world;

struct run_once {
    const struct scenario *scenario; /* borrowed */
    uint64_t seed, replication;
    bool is_checked; /* invariants are looked at after every event, not at the end alone */
    /* Each may be NULL. `begins`: all is set up; `heard`: every event from then on; `ends`: it is
     * over, or an invariant broke. */
    void (*begins)(void *user, struct world *world);
    trace_watcher *heard;
    void (*ends)(void *user, const struct world *world);
    void *user;
};

/* NULL, or which invariant broke: our bug. Free with g_free. Thread-safe. */
char *run_once(const struct run_once *run);

#endif
