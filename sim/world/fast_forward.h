/* Idle stretches in one step: what the heartbeats of hours would leave behind is written at once,
 * to the last bit as if each had run. */
#ifndef PSYNCSIM_WORLD_FAST_FORWARD_H
#define PSYNCSIM_WORLD_FAST_FORWARD_H

#include "sim/world/world_state.h"

/* Looks for a quiet stretch from now on, and goes to its end if there is one; the clock may stand
 * later then. If somebody hears them, its PINGs and acknowledgements are emitted in their order; else they
 * are counted.
 * Returns false if an invariant does not hold there. */
bool fast_forward_quiet(struct world *world);

/* The heartbeats of one replica up to some rounds before `end`, if there are many; the clock stands
 * there then. */
void fast_forward_replica(struct world *world, struct node *node, int64_t end);

/* What the stretches of a run need; pair them. */
void fast_forward_init(struct world *world);
void fast_forward_clear(struct world *world);

#endif
