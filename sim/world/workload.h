/* Who writes where: the scenario's loads, each at one node at a time, and what a node's clients
 * write altogether. */
#ifndef PSYNCSIM_WORLD_WORKLOAD_H
#define PSYNCSIM_WORLD_WORKLOAD_H

#include "sim/world/world_state.h"

void workload_init(struct world *world);
void workload_clear(struct world *world);

/* What the clients of `node` write, NULL if there are none; counts their keyspaces anew. It lives
 * as long as the world: each set of writers is built once, however often they move. */
const struct load *workload_of(struct world *world, struct node *node);

/* That load of the scenario goes to another node. */
void workload_move(struct world *world, int32_t load, int32_t node);

#endif
