/* A link between two nodes: what its connections get of it as it is now. What faults do to it is in
 * link_fault.h. */
#ifndef PSYNCSIM_WORLD_LINK_H
#define PSYNCSIM_WORLD_LINK_H

#include "sim/world/world_state.h"

struct link *link_of(const struct world *world, const struct conn *conn);

/* Whether nothing that is sent in that direction arrives. */
bool link_is_silent(const struct world *world, const struct conn *conn, int direction);

/* Arrival time, at the earliest, of a text of that length that leaves at `leaves`; order is kept. */
int64_t link_arrival(const struct link *link, int64_t leaves, uint64_t len);

/* Bytes per second that conn gets for counted bytes now: its share of link and NICs, its window,
 * the pace of a diskless save. */
int64_t link_rate(const struct world *world, const struct conn *conn);

/* Whether conn takes a diskless payload, which goes to all that do at one pace. */
bool link_takes_payload(const struct conn *conn);

/* Bytes that wait for the replica outside its process. */
int64_t link_receive_buffer(const struct world *world, const struct conn *conn);

#endif
