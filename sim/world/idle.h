/* Idle: nothing happens but heartbeats (rounds of the cron, PINGs, acknowledgements) on healthy
 * links whose replicas have all that can have reached them. Conservative: what is not known to be
 * idle is not. */
#ifndef PSYNCSIM_WORLD_IDLE_H
#define PSYNCSIM_WORLD_IDLE_H

#include "sim/world/world_state.h"

/* Between two rounds of a node's cron, from the next one on. */
int64_t idle_period(const struct node *node);

/* From one PING to the next, where they come by rounds; ns, INT64_MAX if it is more than that. */
int64_t idle_ping_step(const struct node *master);

/* The rounds of its cron from the next one up to `until`. */
struct rounds idle_rounds(const struct world *world, const struct node *node, int64_t until);

/* Time of the first pending event that is no heartbeat; TIME_NEVER if there is none. */
int64_t idle_until(const struct world *world);

/* Whether nodes and connections send heartbeats only, and will as long as no other event comes. */
bool idle_is(const struct world *world);

/* Whether a replica does, whose connection may be looked at. */
bool idle_is_replica(const struct world *world, const struct node *node);

/* Whether a connection sends heartbeats, given that the world is idle. */
bool idle_beats(const struct conn *conn);

#endif
