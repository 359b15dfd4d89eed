/* What arrives on a connection: letters in both directions, and counted bytes that somebody waits for. */
#ifndef PSYNCSIM_WORLD_ARRIVAL_H
#define PSYNCSIM_WORLD_ARRIVAL_H

#include "sim/world/world_state.h"

/* The events of CONN_UP and CONN_DOWN; of CONN_ARRIVE. */
void arrival_letter_event(struct world *world, struct conn *conn, int direction);
void arrival_event(struct world *world, struct conn *conn);

#endif
