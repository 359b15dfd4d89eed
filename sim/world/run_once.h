/* One run from its beginning to its end. The world does not outlive the call. */
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
    bool is_checked;     /* invariants are looked at after every event, not at the end alone */
    bool skips_ages;     /* how old the replicas' data are is not measured; nothing else changes */
    bool skips_saves;    /* where only counts are asked for: see save_skip.h */
    struct trace *trace; /* with a watcher of its own; NULL: none is written, and `heard` watches */
    int64_t at, again; /* `looks` then, and after so many ns again (0: once); it changes nothing */
    void (*looks)(void *user, struct world *world);
    int64_t positions; /* ns between two looks at every node (tap.h); 0: none */
    int64_t positions_from, positions_until; /* … in this stretch alone; until 0: to the end */
    bool has_messages; /* the trace gets each message, and every heartbeat as one */
    /* Each may be NULL. `begins`: all is set up; `heard`: every event, also those of the set-up, but
     * no heartbeats of quiet stretches unless it sets watches_all of the trace; `ends`: it is over,
     * or an invariant broke. */
    void (*begins)(void *user, struct world *world);
    trace_watcher *heard;
    void (*ends)(void *user, const struct world *world);
    void (*moves)(void *user, int64_t now); /* now and then; simulated time, ns */
    void *user;
};

/* NULL, or which invariant broke: our bug. Free with g_free. Thread-safe. */
char *run_once(const struct run_once *run);

#endif
