/* A process ends as it was asked to. */
#ifndef PSYNCSIM_WORLD_NODE_SHUTDOWN_H
#define PSYNCSIM_WORLD_NODE_SHUTDOWN_H

#include "sim/world/world_state.h"

void node_shutdown(struct world *world, struct node *node, bool save);

/* Whether a shutdown that waited for the replicas has what it waited for, and goes on. */
bool node_shutdown_is_over(struct world *world, struct node *node);

/* Stops, and starts again if so meant. */
void node_ended(struct world *world, struct node *node, const char *how, bool saved);

/* A replica that held its position applies what it reads again. */
void node_follow_master(struct world *world, struct node *node);

#endif
