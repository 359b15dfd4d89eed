/* What is planned of a connection, anew: how its bytes move, when they arrive, when its master looks
 * at it, and what those get that share something with it. */
#ifndef PSYNCSIM_WORLD_REPLAN_H
#define PSYNCSIM_WORLD_REPLAN_H

#include "sim/world/world_state.h"

/* Something about the path, the source or the reader changed: plans the pipe and all that depends
 * on it anew. */
void replan_conn(struct world *world, struct conn *conn);

/* The position whose arrival the replica waits for; -1: none. */
int64_t replan_awaited(const struct world *world, const struct conn *conn);

/* conn began or ceased to send all it can: gives those that share something with it their new
 * rates. */
void replan_shares(struct world *world, const struct conn *conn);

/* The position that may not be passed: the reader's buffer, or what TCP lets go unacknowledged. */
void replan_limit(struct world *world, struct conn *conn);

#endif
