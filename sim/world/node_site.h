/* What the machines of models/psync need to know of the server that they run in. */
#ifndef PSYNCSIM_WORLD_NODE_SITE_H
#define PSYNCSIM_WORLD_NODE_SITE_H

#include "sim/world/world_state.h"

struct master_site node_site(struct world *world, struct node *node);
/* What a connection to it as a master needs to know: the same, and who it is. */
struct master_site node_site_for(struct world *world, const struct conn *conn);
/* The little that a connection which asks for nothing more needs to know. */
struct master_site node_site_of_replica(const struct world *world, const struct node *node);
/* What its own machine as a replica needs to know. */
struct replica_site node_as_replica(const struct world *world, struct node *node);

#endif
