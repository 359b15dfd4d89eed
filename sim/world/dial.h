/* An attempt to connect: refused, lost, or a connection. */
#ifndef PSYNCSIM_WORLD_DIAL_H
#define PSYNCSIM_WORLD_DIAL_H

#include "sim/world/world_state.h"

/* The event of CONN_DIAL: of a connection that is established, what silence kept back gets through;
 * of one that rests, it is over. */
void dial_event(struct world *world, struct conn *conn);

#endif
