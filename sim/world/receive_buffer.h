/* What a reader (reader.h) leaves lies in the receive buffer; when that is full, the path carries no
 * more than is read. */
#ifndef PSYNCSIM_WORLD_RECEIVE_BUFFER_H
#define PSYNCSIM_WORLD_RECEIVE_BUFFER_H

#include "sim/world/world_state.h"

/* Before the path of conn is planned: whether the receive buffer is full. After: what the reader
 * does, and when to look again. */
void receive_buffer_look(struct world *world, struct conn *conn, const struct source *source);
void receive_buffer_plan(struct world *world, struct conn *conn, const struct source *source);

#endif
