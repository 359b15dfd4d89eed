/* The master's side of a connection: its machine's acts, the output buffer and its limits. */
#ifndef PSYNCSIM_WORLD_FEED_H
#define PSYNCSIM_WORLD_FEED_H

#include "sim/world/world.h"

void feed_letter(struct world *world, struct conn *conn, const struct letter *letter);
void feed_acts(struct world *world, struct conn *conn, struct acts *acts);

/* Arms what the master's side waits for: the end of the payload, the next look at the limits. */
void feed_replan(struct world *world, struct conn *conn);

/* Looks at the output buffer now: notes its peak, closes the replica if a limit says so.
 * is_planned: the event of CONN_LIMIT, which plans the next look; else the cron's. */
void feed_check_limits(struct world *world, struct conn *conn, bool is_planned);

/* A command that may fill an output buffer by itself, or is long on its way, comes in a ns or is
 * there: nothing of it is sent before, it enters the buffer whole, and the limits are looked at
 * before its socket gets any of it. */
void feed_jump_event(struct world *world, struct conn *conn);

/* A control item came into the stream: whatever was planned may be due a little earlier. */
void feed_item_added(struct world *world, struct conn *conn);

/* The last payload byte is in the socket. */
void feed_sent_event(struct world *world, struct conn *conn);

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

/* Stream offset up to which the master wrote into the socket; output buffer in bytes. */
int64_t feed_sent(const struct world *world, const struct conn *conn);
int64_t feed_usage(const struct world *world, const struct conn *conn);

/* Whether all that the master produces goes straight into the socket: one block is all the buffer
 * there is. */
bool feed_flows_freely(const struct conn *conn);

/* Connections of `node` as a master that stand in its list of replicas. */
uint32_t feed_replicas(const struct world *world, const struct node *node);

#endif
