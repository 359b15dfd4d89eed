/* How a node is when the run is over. */
#ifndef PSYNCSIM_WORLD_OUTCOME_H
#define PSYNCSIM_WORLD_OUTCOME_H

#include "sim/world/world_state.h"

/* Closes its account and emits how it is (struct event_end). */
void outcome_emit(struct world *world, struct node *node);

#endif
