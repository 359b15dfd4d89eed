/* The history that a server is in: its identity, its timeline, and its backlog. */
#ifndef PSYNCSIM_WORLD_NODE_HISTORY_H
#define PSYNCSIM_WORLD_NODE_HISTORY_H

#include "sim/world/world_state.h"

void node_new_backlog(struct world *world, struct node *node);
/* why NULL: without a word. */
void node_free_backlog(struct world *world, struct node *node, const char *why);

/* The first that asks for a full synchronisation: a backlog begins, and its id. */
void node_begin_backlog(struct world *world, struct node *node);
/* The same when the first replica is in the list, if there is none. */
void node_first_backlog(struct world *world, struct node *node);

void node_new_identity(struct world *world, struct node *node, enum id_change why);
void node_emit_identity(struct world *world, struct node *node, enum id_change why);

/* From here on the node writes bytes of its own. */
void node_begin_timeline(struct world *world, struct node *node, int32_t parent);

/* Its replicas, and theirs, go on with its timeline from now on. */
void node_keep_replicas(struct world *world, const struct node *node);

#endif
