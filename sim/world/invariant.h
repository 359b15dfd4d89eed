/* What must hold after every event, whatever the scenario: a run that breaks one of these is our
 * bug. */
#ifndef PSYNCSIM_WORLD_INVARIANT_H
#define PSYNCSIM_WORLD_INVARIANT_H

#include <stdbool.h>
#include <stdint.h>

struct world;

/* Looks at what the event of `slot` may have touched. On false, world->broken says what does not
 * hold. */
bool invariant_holds(struct world *world, uint32_t slot);

/* What must hold of the sums at the end. */
bool invariant_final(struct world *world);

#endif
