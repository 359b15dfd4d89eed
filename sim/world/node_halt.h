/* A process stands still, or ends. How it goes on is in node_pause.h, how it starts in node_boot.h. */
#ifndef PSYNCSIM_WORLD_NODE_HALT_H
#define PSYNCSIM_WORLD_NODE_HALT_H

#include "sim/world/world_state.h"

/* The process is stopped until `until` (TIME_NEVER: until node_unblock). */
void node_block(struct world *world, struct node *node, int64_t until, const char *why);

/* Its sockets are neither read nor written from now on. */
void node_stop_io(struct world *world, struct node *node);

/* It ends at once. how: "crash", "shutdown", "load"; saved: into its data file before. */
void node_stop(struct world *world, struct node *node, const char *how, bool saved);

#endif
