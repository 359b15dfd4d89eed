/* What must hold after every event, whatever the scenario: a run that breaks one of these is our
 * bug. */
#ifndef PSYNCSIM_WORLD_INVARIANT_H
#define PSYNCSIM_WORLD_INVARIANT_H

#include <stdbool.h>

struct world;

/* Looks at every node and connection, because one event may reach all of them: what a master writes
 * goes down a chain. On false, world->broken says what does not hold. */
bool invariant_holds(struct world *world);

/* What must hold of the sums at the end. */
bool invariant_final(struct world *world);

#endif
