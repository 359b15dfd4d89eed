/* The rounds of replication that a server's cron has once a second. */
#ifndef PSYNCSIM_WORLD_NODE_CRON_H
#define PSYNCSIM_WORLD_NODE_CRON_H

#include "sim/world/world_state.h"

void node_cron_event(struct world *world, struct node *node);

#endif
