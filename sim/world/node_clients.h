/* Who waits for acknowledgements: clients with WAIT, and a failover. */
#ifndef PSYNCSIM_WORLD_NODE_CLIENTS_H
#define PSYNCSIM_WORLD_NODE_CLIENTS_H

#include "sim/world/world_state.h"

void node_acknowledged(struct world *world, struct node *node);
void node_wait_event(struct world *world, uint32_t client);

#endif
