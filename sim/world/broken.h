/* An invariant that does not hold: world->broken says which; and those of figures that are about to be printed. */
#ifndef PSYNCSIM_WORLD_BROKEN_H
#define PSYNCSIM_WORLD_BROKEN_H

#include "sim/world/world_state.h"

/* Returns false. */
bool broken_note(struct world *world, const char *who, const char *what, int64_t a, int64_t b);

/* A figure that is about to be printed is not negative; a resynchronisation that is about to be emitted
 * has its times in order. */
bool broken_figure(struct world *world, const struct node *node, const char *what, int64_t value);
bool broken_resync(struct world *world, const struct node *node, const struct event_resync *resync);

#endif
