/* What had happened before t = 0: nodes that run already, and replicas that are in step with their
 * masters. */
#ifndef PSYNCSIM_WORLD_INITIAL_SYNC_H
#define PSYNCSIM_WORLD_INITIAL_SYNC_H

#include "sim/world/world_state.h"

/* Whether the node runs before t = 0: it says so, or somebody who does replicates from it. */
bool initial_sync_runs_before(const struct world *world, const struct node *node);

/* Brings every node that begins `synced` online, masters first, in no time and without a trace. */
void initial_sync_all(struct world *world);

#endif
