/* A save or a load that is given up. */
#ifndef PSYNCSIM_WORLD_SAVE_ABORT_H
#define PSYNCSIM_WORLD_SAVE_ABORT_H

#include "sim/world/world_state.h"

/* How long the save that runs took since the fork. */
int64_t save_took(struct world *world, const struct node *node);

/* The connection of one of those whom a save serves went: it goes on for the others, or not at all. */
void save_member_left(struct world *world, struct node *node);

/* The process ended: whatever it was doing is gone. */
void save_abort(struct world *world, struct node *node);

/* A load that is given up: nothing is left of the old data, unless they were beside it. */
void save_abort_load(struct world *world, struct node *node);

#endif
