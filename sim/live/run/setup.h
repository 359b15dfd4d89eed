/* What happens before t = 0 and after the end: data are loaded, replicas that begin synchronised
 * become so over links without limits, all settles; at the end everyone is asked once more. */
#ifndef PSYNCSIM_LIVE_RUN_SETUP_H
#define PSYNCSIM_LIVE_RUN_SETUP_H

#include <stdbool.h>
#include "sim/live/relay/timer.h"

struct live;

/* A cold node's start. */
struct wake {
    struct live *live;
    int32_t node;
    struct timer timer;
};

/* True: t = 0 is now, and everything is under way. */
bool setup_before_zero(struct live *live);

void setup_last_look(struct live *live);
void setup_close(struct live *live);

#endif
