/* The table of connections, and the sets in which nodes and links find theirs. Its slots are gone
 * through by EACH_CONN and its like (world_state.h). */
#ifndef PSYNCSIM_WORLD_CONN_TABLE_H
#define PSYNCSIM_WORLD_CONN_TABLE_H

#include "sim/world/world_state.h"

/* Room for some, and for their slots in the queue: before anything else of a world. */
void conn_table_grow(struct world *world);
void conn_table_clear(struct world *world);

/* A new connection, in the sets of its ends, held; what there was of an earlier one is gone. It may
 * move the list. */
struct conn *conn_table_take(struct world *world, int32_t link, int32_t master, int32_t replica);

/* Neither side holds it any more, but who looks back may ask for it; then: nobody does. */
void conn_table_rest(struct world *world, struct conn *conn);
void conn_table_give_back(struct world *world, struct conn *conn);

/* The replica `node` becomes quiet with its connection, or ceases to be. */
void conn_table_set_quiet(struct world *world, struct node *node, bool is_quiet);

#endif
