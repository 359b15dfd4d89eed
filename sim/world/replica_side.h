/* The replica's side of a connection: what its machine asks for, and what it gets of what arrives. */
#ifndef PSYNCSIM_WORLD_REPLICA_SIDE_H
#define PSYNCSIM_WORLD_REPLICA_SIDE_H

#include "sim/world/world_state.h"

/* Does what the replica's machine asks for. */
void replica_side_acts(struct world *world, struct node *node, struct acts *acts);

/* Gives the replica's machine what has arrived by now. */
void replica_side_catch_up(struct world *world, struct conn *conn);

/* Gives it one span, read at t; true if the connection is still this replica's. */
bool replica_side_give(struct world *world, struct conn *conn, struct span span, int64_t t);

/* The end of the connection reached the replica. */
void replica_side_ended(struct world *world, struct conn *conn);

/* The payload's last byte is there, and nothing more is read; the load begins now, or when the
 * process notices. */
void replica_side_received(struct world *world, struct node *node, struct conn *conn);

/* A loading replica looks at its first connection: it reads what is there, finds its end, and looks
 * away again. */
void replica_side_look(struct world *world, struct conn *conn);

/* The payload that conn brings, without an end mark. */
static inline int64_t replica_payload_bytes(const struct conn *conn)
{
    return conn->bulk - (conn->machine.diskless ? REPLID_LEN : 0);
}

#endif
