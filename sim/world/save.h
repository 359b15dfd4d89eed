/* Full synchronisations: who is served by which save, the payload, and the load at the replica. */
#ifndef PSYNCSIM_WORLD_SAVE_H
#define PSYNCSIM_WORLD_SAVE_H

#include "sim/world/world.h"

/* Counts the keys that writers added since the last look; a load touches its keyspace evenly. */
void save_grow_data(struct world *world, struct node *node);

/* conn's replica needs a full synchronisation: attach it to a running save, start one, or let it
 * wait (FACTS 3.1). */
void save_request(struct world *world, struct conn *conn);

/* The first replica is in the list: a backlog and its id begin, if there are none. */
void save_first_backlog(struct world *world, struct node *node);

/* A client that takes only the RDB waits for one: the same, but that it joins none. */
void save_request_of_client(struct world *world, struct node *node);

/* Starts a save for those who wait, if the rules allow it now: at the cron, and when a save ended.
 */
void save_start_pending(struct world *world, struct node *node, bool at_cron);

/* A user's BGSAVE. */
void save_start_for_user(struct world *world, struct node *node);

/* The event of NODE_SAVE: the child's next step is due (payload begins, child ended). */
void save_event(struct world *world, struct node *node);

/* A diskless member has its whole payload; a replica's connection went. */
void save_member_sent(struct world *world, struct node *node);
void save_member_left(struct world *world, struct node *node);

/* A payload from disk is sent: the replica counts as online. */
void save_finish_member(struct world *world, struct conn *conn);

/* The payload's last byte is there, and nothing more is read; the load begins now, or when the
 * process notices. */
void save_payload_received(struct world *world, struct node *node, struct conn *conn);

/* The replica has its payload: flush, load (FACTS 7.3). The event of NODE_LOAD. */
void save_begin_load(struct world *world, struct node *node, struct conn *conn);
void save_load_event(struct world *world, struct node *node);
void save_abort_load(struct world *world, struct node *node);

/* The process ended: whatever it was doing is gone. */
void save_abort(struct world *world, struct node *node);

/* Whether that fails now, because of a fault; one that was meant for the next time is used up. */
bool save_fails(struct node *node, enum failure failure);
void save_kill_child(struct world *world, struct node *node);

#endif
