/* Quiet: nothing happens but heartbeats (rounds of the cron, PINGs, acknowledgements) on healthy
 * links whose replicas have all that can have reached them. Conservative: what is not known to be
 * quiet is not. */
#ifndef PSYNCSIM_WORLD_QUIET_H
#define PSYNCSIM_WORLD_QUIET_H

#include "sim/world/world.h"

/* Between two rounds of a node's cron. */
int64_t quiet_period(const struct node *node);

/* Time of the first pending event that is no heartbeat; TIME_NEVER if there is none. */
int64_t quiet_until(const struct world *world);

/* Whether all nodes and connections do nothing but beat, and will as long as no other event comes.
 */
bool quiet_is(const struct world *world);

/* Whether a connection is one that beats, given that the world is quiet. */
bool quiet_beats(const struct conn *conn);

#endif
