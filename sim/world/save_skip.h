/* Saves that may be left out because nothing can come of them: where only counts are asked for, a
 * year of save points that fire each minute need not be a million saves.
 *
 * A save stops its process for the fork, and a full synchronisation waits for its child. So those
 * are made that come within a few periods before the next fault or change of the load, and after
 * one until a few saves passed without a consequence:
 *
 *      fault                                                       fault
 *      ---x--s--s--s--s--s- - - - - - - - - - - - - - -s--s--s--s----x---
 *         until all is as before      left out          begun at random
 *
 * The stretch before a fault begins at a random point of a period, so that a fault meets any moment
 * between two saves as often as if all had been made. Counts have the same law then, and not the
 * same draws.
 *
 * All are made where a process may come back with what one of them saved, or a fault does not come
 * at any moment alike: nodes that start together save together, and who crashes each midnight has a
 * save of the same age each time. */
#ifndef PSYNCSIM_WORLD_SAVE_SKIP_H
#define PSYNCSIM_WORLD_SAVE_SKIP_H

#include "sim/world/world_state.h"

/* A save of its own is due now. Until when it may be left out; now: it may not. */
int64_t save_skip(struct world *world, struct node *node);

#endif
