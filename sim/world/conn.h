/* One connection between a replica and its master: how it begins, carries letters, and ends. What
 * comes of them is for its two sides (feed.h, replica_side.h). */
#ifndef PSYNCSIM_WORLD_CONN_H
#define PSYNCSIM_WORLD_CONN_H

#include "sim/world/world_state.h"

/* A new connection of `node` to its master, about to be dialled. */
struct conn *conn_begin(struct world *world, const struct node *node);

/* Whether the replica's machine still goes with it. */
bool conn_is_of_replica(const struct world *world, const struct conn *conn);

/* Sends text to the other side; it leaves at `at` or later. */
void conn_post(struct world *world, struct conn *conn, int direction, struct span text, int64_t at);

/* The process of the replica is stopped, or continues to read. */
void conn_stop_reading(struct world *world, struct conn *conn);
void conn_start_reading(struct world *world, struct conn *conn);

/* What is counted as sent of a payload is what left. */
void conn_count_left(struct world *world, struct node *node, struct conn *conn);

/* The replica lets go of it. */
void conn_replica_hangs_up(struct world *world, struct conn *conn);

/* The master's side lets go: what its kernel took still goes, then the end arrives. */
void conn_master_closes(struct world *world, struct conn *conn);

/* One side's end is reset from outside (a cut): it notices at once. */
void conn_reset(struct world *world, struct conn *conn, bool at_master, bool at_replica);

/* The child of `node` exited: it no longer keeps closed connections open. */
void conn_child_ended(struct world *world, const struct node *node);

/* The process of `node` ended: its kernel closes all its connections. */
void conn_process_ended(struct world *world, struct node *node);

/* Asserts what holds of a connection in use, between two events. */
void conn_check(const struct conn *conn);

#endif
