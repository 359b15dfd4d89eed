/* A link between two nodes: what its connections get of it, and what faults do to it. */
#ifndef PSYNCSIM_WORLD_LINK_H
#define PSYNCSIM_WORLD_LINK_H

#include "sim/world/world.h"

/* Bytes per second that conn gets for counted bytes now: its share of link and NICs, its window,
 * the pace of a diskless save. */
int64_t link_rate(const struct world *world, const struct conn *conn);

/* conn began or ceased to send all it can: gives those that share something with it their new
 * rates. */
void link_rebalance(struct world *world, const struct conn *conn);

/* The position that may not be passed: the reader's buffer, or what TCP lets go unacknowledged. */
void link_set_limit(struct world *world, struct conn *conn);

/* Bytes that wait for the replica outside its process. */
int64_t link_receive_buffer(const struct world *world, const struct conn *conn);

/* Faults. */
void link_cut(struct world *world, struct link *link, bool at_upper, bool at_lower);
void link_silence(struct world *world, struct link *link, int direction);
void link_unsilence(struct world *world, struct link *link, int direction);
/* -1: as it is. */
void link_change(struct world *world, struct link *link, int64_t bandwidth, int64_t latency,
                 int64_t loss_ppm);

/* conn has been silent for so long that the kernel of its sender gives it up (tcp): resets it. Call
 * once a second or so. */
void link_give_up(struct world *world, struct conn *conn, int direction);

/* A retransmission that was awaited after silence gets through. */
void link_resume_event(struct world *world, struct conn *conn);

#endif
