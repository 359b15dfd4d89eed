/* What happens before t = 0 and after the end: data are loaded, replicas that begin synchronised
 * become so over links without limits, all settles; at the end everyone is asked once more. */
#ifndef PSYNCSIM_LIVE_RUN_SETUP_H
#define PSYNCSIM_LIVE_RUN_SETUP_H

#include <stdbool.h>
#include "sim/live/relay/timer.h"
#include "sim/live/run/info_poll.h"
#include "sim/live/run/injection.h"
#include "sim/live/run/live_core.h"
#include "sim/live/run/load_writer.h"

/* A cold node's start. */
struct wake {
    struct setup *setup;
    int32_t node;
    struct timer timer;
};

struct setup {
    struct live_core *core;
    struct info_polls *info_polls;
    struct injections *injections;
    struct load_writers *load_writers;
    struct wake *wakes; /* by node: starts that are to come */
};

/* `parts`: all but the wakes. Pair with setup_close. */
void setup_open(struct setup *setup, struct setup parts);

/* True: t = 0 is now, and everything is under way. */
bool setup_before_zero(struct setup *setup);

void setup_last_look(struct setup *setup);
void setup_close(struct setup *setup);

#endif
