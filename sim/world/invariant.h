/* What must hold after every event, whatever the scenario: a run that breaks one of these is our
 * bug. */
#ifndef PSYNCSIM_WORLD_INVARIANT_H
#define PSYNCSIM_WORLD_INVARIANT_H

#include "sim/world/world_state.h"

/* Looks at every node and connection; at those that the event of `slot` is about, which is not all
 * that it may reach: what a master writes goes down a chain. On false, world->broken says what does
 * not hold. */
bool invariant_holds(struct world *world);
bool invariant_holds_at(struct world *world, uint32_t slot);

/* What must hold of the sums at the end. */
bool invariant_final(struct world *world);

#endif
