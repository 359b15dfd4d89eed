/* A process starts. */
#ifndef PSYNCSIM_WORLD_NODE_BOOT_H
#define PSYNCSIM_WORLD_NODE_BOOT_H

#include "sim/world/world_state.h"

/* It does not run: its start begins; it listens, and loads its data file; that is loaded; it serves. */
void node_start(struct world *world, struct node *node);
void node_listen(struct world *world, struct node *node);
void node_loaded_file(struct world *world, struct node *node);
void node_serve(struct world *world, struct node *node);

/* Its data file is gone; it does not run. */
void node_wipe(struct world *world, struct node *node);

#endif
