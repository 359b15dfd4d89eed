/* One outage, simulated in full: what became of the replica, and the smallest repl-backlog-size
 * with which it would have been partial.
 *
 * All runs of a study differ in three things only: the sample (which keys every random stream:
 * phases of the timers, position in the load, jitter), the length of the outage, and the setting.
 */
#ifndef PSYNCSIM_STUDY_SIZE_OUTAGE_RUN_H
#define PSYNCSIM_STUDY_SIZE_OUTAGE_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/reason.h"
#include "models/server/backlog.h"
#include "models/server/config.h"
#include "sim/scenario/scenario.h"

/* A backlog that never loses a byte within any run. */
#define OUTAGE_RUN_ENDLESS_BYTES (INT64_C(1) << 49)

/* No backlog is large enough. */
#define OUTAGE_RUN_NEED_NONE INT64_MAX

/* What is searched for; it overrules the scenario at every node. */
struct size_setting {
    int64_t backlog_bytes, ttl_s, timeout_s;
    struct output_limit limit;
    const struct config
        *kept; /* borrowed: what is as it is here stays as it is at every node; or NULL */
};

struct probe {
    const struct scenario *scenario; /* borrowed */
    int32_t fault;                   /* of the scenario: it occurs once, for as long as is asked */
    int32_t replica;                 /* that it affects */
    int64_t span_ns; /* the outage begins at a random time of this span after the start */
    uint64_t seed;
};

struct outage_run_result {
    bool is_full;
    bool is_limited;    /* an output-buffer limit was exceeded */
    enum reason reason; /* of the answer that decided, REASON_COUNT: nobody had to ask */
    int64_t need_bytes; /* the smallest backlog with which it is partial; 0: any;
                           OUTAGE_RUN_NEED_NONE */
    int64_t owed_bytes; /* at the (last) answer; 0 without one */
    int64_t ask_ns;     /* from the end of the outage to the answer; -1: none */
    char broken[128];   /* an invariant that does not hold, our bug; "": none */
};

/* The scenario's first fault that has a duration and affects a replica or its link, -1 if there is
 * none; *replica is set. */
int32_t outage_run_find_fault(const struct scenario *scenario, int32_t *replica);

/* Runs sample `sample` with an outage of outage_ns. Thread-safe. */
struct outage_run_result outage_run_run(const struct probe *probe,
                                        const struct size_setting *setting, uint64_t sample,
                                        int64_t outage_ns);

/* The smallest size with which the byte `asked` is still there, when the stream is at `offset`; at
 * most that of `backlog`, which has it. */
int64_t outage_run_need(const struct backlog *backlog, int64_t offset, int64_t asked);

/* Load `i` as it is in a run that ends at `horizon_ns`: one that lasts to the end of the scenario
 * goes on. Ramps and series end where they do. */
struct load_spec outage_run_load(const struct scenario *scenario, uint32_t i, int64_t horizon_ns);

/* When the outage of that sample begins. */
int64_t outage_run_begins(const struct probe *probe, uint64_t sample);

/* A scenario that is `scenario` but for the setting, at every node. Free with outage_run_release.
 */
struct scenario *outage_run_with(const struct scenario *scenario,
                                 const struct size_setting *setting);
void outage_run_release(struct scenario *copy);

#endif
