/* One server: what it is now, and small changes of it. Its life is in the files that begin with
 * node_. */
#ifndef PSYNCSIM_WORLD_NODE_H
#define PSYNCSIM_WORLD_NODE_H

#include "sim/world/world_state.h"

/* What it holds now. node_sync also brings node->history.offset up to date. */
int64_t node_offset(const struct world *world, const struct node *node);
void node_sync(struct world *world, struct node *node);

/* Whether a file that it saves now says where in which history it stands (FACTS 9.2). */
bool node_saves_position(const struct node *node);

/* Whether it reads its master's stream without applying it: from SHUTDOWN on its clients' writes
 * are paused, its master's too (FACTS 8.4), and a slow script lets nothing else run (FACTS R8). */
bool node_holds_position(const struct node *node);

bool node_is_blocked(const struct node *node);

/* What becomes of its clients' writes, with a backlog or without. */
enum write_gate node_gate(const struct node *node, bool has_backlog);

/* Connections of `node` as a master that stand in its list of replicas. */
uint32_t node_replicas(const struct world *world, const struct node *node);

/* Time: how long it takes to answer at t; the first round of the server cron at or after t,
 * TIME_NEVER where no int64_t holds it. */
int64_t node_delay(const struct node *node, int64_t t);
int64_t node_next_tick(const struct node *node, int64_t t);
void node_set_tick(struct node *node);

void node_draw_id(struct node *node, char id[REPLID_SIZE]);
void node_failover_done(struct node *node);

/* Whether that fails now, because of a fault; one that was meant for the next time is used up. */
bool node_fails(struct node *node, enum failure failure);

/* Counts the keys that writers added since the last look; a load touches its keyspace evenly. */
void node_grow_data(struct world *world, struct node *node);

/* Its downstream connections feel a change of its offset, now or at t. */
void node_replicas_replan(struct world *world, struct node *node);
void node_replicas_replan_at(struct world *world, struct node *node, int64_t t);

/* Before anything changes it or its link, or looks at it: it is not quiet (quiet.h). The same for a
 * connection's replica, and for those of `node`. */
void node_touch(struct world *world, struct node *node);
void node_touch_conn(struct world *world, const struct conn *conn);
void node_touch_below(struct world *world, const struct node *node);

/* Asserts what holds of a node between two events. */
void node_check(const struct node *node);

#endif
