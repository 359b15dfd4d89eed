/* Whether a server is a master or a replica, and of whom. */
#ifndef PSYNCSIM_WORLD_NODE_ROLE_H
#define PSYNCSIM_WORLD_NODE_ROLE_H

#include "sim/world/world_state.h"

void node_promote(struct world *world, struct node *node, enum id_change why);
void node_take_over(struct world *world, struct conn *conn); /* PSYNC FAILOVER arrived on conn */
void node_replicaof(struct world *world, struct node *node, int32_t master);
void node_fail_over(struct world *world, struct node *node, int32_t to, int64_t timeout);

/* FAILOVER: when the target has acknowledged everything, the master becomes its replica and asks it
 * to take over. */
void node_try_failover(struct world *world, struct node *node);

#endif
