/* A replica has its payload: it flushes its data, and loads (FACTS 7.3). */
#ifndef PSYNCSIM_WORLD_RDB_LOAD_H
#define PSYNCSIM_WORLD_RDB_LOAD_H

#include "sim/world/world_state.h"

void rdb_load_begin(struct world *world, struct node *node, struct conn *conn);

/* The event of NODE_LOAD: also of the data file of a process that starts. */
void rdb_load_event(struct world *world, struct node *node);

#endif
