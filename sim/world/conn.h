/* One connection between a replica and its master: dialling, letters, reading, closing. */
#ifndef PSYNCSIM_WORLD_CONN_H
#define PSYNCSIM_WORLD_CONN_H

#include "sim/world/world.h"

/* Does what the replica's machine asks for. */
void conn_replica_acts(struct world *world, struct node *node, struct acts *acts);

/* Something about the path, the source or the reader changed: plans the pipe and all that depends
 * on it anew. */
void conn_replan(struct world *world, struct conn *conn);

/* Gives the replica's machine what has arrived by now. */
void conn_catch_up(struct world *world, struct conn *conn);

/* Sends text to the other side; it leaves at `at` or later. */
void conn_post(struct world *world, struct conn *conn, int direction, struct span text, int64_t at);

/* Arrival time, at the earliest, of a text of that length that leaves for the master at `leaves`;
 * order is kept. */
int64_t conn_arrival(const struct world *world, const struct conn *conn, int64_t leaves,
                     uint64_t len);

/* Events of the slots of a connection. */
void conn_dial_event(struct world *world, struct conn *conn);
void conn_letter_event(struct world *world, struct conn *conn, int direction);
void conn_plan_event(struct world *world, struct conn *conn);
void conn_arrive_event(struct world *world, struct conn *conn);

/* The master's side lets go: what its kernel took still goes, then the end arrives. */
void conn_master_closes(struct world *world, struct conn *conn);

/* One side's end is reset from outside (a cut): it notices at once. */
void conn_reset(struct world *world, struct conn *conn, bool at_master, bool at_replica);

/* The child of `node` exited: it no longer keeps closed connections open. */
void conn_child_ended(struct world *world, const struct node *node);

/* The process of `node` ended: its kernel closes all its connections. */
void conn_process_ended(struct world *world, struct node *node);

/* The process of the replica or master is stopped, or continues to read and write. */
void conn_stop_reading(struct world *world, struct conn *conn);
void conn_start_reading(struct world *world, struct conn *conn);

/* Used by second.c. A new connection of `node` to its master, about to be dialled; whether the
 * replica's machine still goes with it; its end reached the replica; the replica lets go of it. */
struct conn *conn_begin(struct world *world, const struct node *node);
bool conn_is_of_replica(const struct world *world, const struct conn *conn);
void conn_ended(struct world *world, struct conn *conn);
void conn_replica_hangs_up(struct world *world, struct conn *conn);
void conn_count_left(struct world *world, struct node *node, struct conn *conn);

struct link *conn_link(const struct world *world, const struct conn *conn);
bool conn_is_silent(const struct world *world, const struct conn *conn, int direction);

/* Asserts what holds of a connection in use, between two events. */
void conn_check(const struct conn *conn);

#endif
