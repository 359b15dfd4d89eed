/* The master's side of a connection: its machine's acts, and the limits of its output buffer. */
#ifndef PSYNCSIM_WORLD_FEED_H
#define PSYNCSIM_WORLD_FEED_H

#include "sim/world/world_state.h"

void feed_acts(struct world *world, struct conn *conn, struct acts *acts);

/* Looks at the output buffer now: notes its peak, closes the replica if a limit says so.
 * is_planned: the event of CONN_LIMIT, which plans the next look; else the cron's. */
void feed_check_limits(struct world *world, struct conn *conn, bool is_planned);

/* A command that may fill an output buffer by itself, or is long on its way, comes in a ns or is
 * there: nothing of it is sent before, it enters the buffer whole, and the limits are looked at
 * before its socket gets any of it. */
void feed_jump_event(struct world *world, struct conn *conn);

void feed_drop(struct world *world, struct conn *conn, enum drop drop);
void feed_drop_all(struct world *world, struct node *node, enum drop drop);

/* The stream of this replica is recorded from `offset` on (its position is there until it is sent).
 */
void feed_record(struct world *world, struct conn *conn, int64_t offset);

/* A payload of its own connection begins at `offset`: the backlog is kept from there on, where the
 * stream behind it is to be asked for. */
void feed_pin(struct world *world, struct conn *conn, int64_t offset);
void feed_unpin(struct world *world, struct conn *conn);

/* Of two connections of one full synchronisation the other one; NULL: gone, or not known. */
struct conn *feed_other_of_pair(struct world *world, const struct conn *conn);

#endif
