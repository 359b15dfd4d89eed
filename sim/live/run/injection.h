/* The scenario's faults, carried out on real servers and links at the times that a simulated run of
 * the same seed has them. */
#ifndef PSYNCSIM_LIVE_RUN_INJECTION_H
#define PSYNCSIM_LIVE_RUN_INJECTION_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/live/relay/timer.h"
#include "sim/live/run/live_core.h"
#include "sim/live/run/load_writer.h"
#include "sim/scenario/fault_schedule.h"

struct injection {
    struct injections *all;
    const struct scenario_fault *fault;
    struct fault_state state;
    int64_t due;      /* ns since t = 0: when it begins, or ends, next; TIME_NEVER */
    bool is_going_on; /* it has begun, and ends then */
};

struct injections {
    struct live_core *core;
    struct load_writers *load_writers;
    struct injection *list; /* by fault */
    uint32_t count;
    struct timer timer;    /* the next of them */
    int64_t *paused_since; /* by node; -1: it is not stopped */
    bool *starts_again;    /* by node: as soon as it has ended */
    bool *starts_wiped;
};

/* False with errno set. */
bool injections_open(struct injections *injections, struct live_core *core,
                     struct load_writers *load_writers);
void injections_start(struct injections *injections);
void injections_close(struct injections *injections);

/* The process of a node has ended: starts it again if a restart is under way. */
void injections_ended(struct injections *injections, int32_t node);

#endif
