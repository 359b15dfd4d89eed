/* What the backlog of a server holds. */
#ifndef PSYNCSIM_WORLD_NODE_BACKLOG_H
#define PSYNCSIM_WORLD_NODE_BACKLOG_H

#include "sim/world/world_state.h"

struct backlog_range node_backlog(struct world *world, struct node *node);

/* settle: before anything changes who pins it; unpinned: after somebody let go. */
void node_settle(struct world *world, struct node *node);
void node_unpinned(struct world *world, struct node *node);

#endif
