/* Saves: when they begin, and who is served by which of them. What comes of them is in save_child.h, what
 * the replica does with a payload in rdb_load.h. */
#ifndef PSYNCSIM_WORLD_SAVE_H
#define PSYNCSIM_WORLD_SAVE_H

#include "sim/world/world_state.h"

/* conn's replica needs a full synchronisation: attach it to a running save, start one, or let it
 * wait (FACTS 3.1). */
void save_request(struct world *world, struct conn *conn);

/* A client that takes only the RDB waits for one: the same, but that it joins none. */
void save_request_of_client(struct world *world, struct node *node);

/* Starts a save for those who wait, if the rules allow it now: at the cron, and when a save ended.
 */
void save_start_pending(struct world *world, struct node *node, bool at_cron);

/* A user's BGSAVE. */
void save_start_for_user(struct world *world, struct node *node);

/* The event of NODE_SAVE_POINT: a save of its own may be due. */
void save_own_event(struct world *world, struct node *node);

/* A save to disk ended: what it means for the next one, and for writes. */
void save_to_disk_ended(struct world *world, struct node *node, bool is_good);

/* Whether the save that runs serves the replica of conn; what it is served failed. */
bool save_has_member(const struct conn *conn, bool is_socket);
void save_fail_member(struct world *world, struct node *node, struct conn *conn);

#endif
