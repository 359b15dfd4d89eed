/* What faults do to a link, and to its connections. */
#ifndef PSYNCSIM_WORLD_LINK_FAULT_H
#define PSYNCSIM_WORLD_LINK_FAULT_H

#include "sim/world/world_state.h"

void link_fault_cut(struct world *world, struct link *link, bool at_upper, bool at_lower);
void link_fault_silence(struct world *world, struct link *link, int direction);
void link_fault_unsilence(struct world *world, struct link *link, int direction);
/* -1: as it is. */
void link_fault_change(struct world *world, struct link *link, int64_t bandwidth, int64_t latency,
                       int64_t loss_ppm);

/* conn has been silent for so long that the kernel of its sender gives it up (tcp): resets it. Call
 * once a second or so. */
void link_fault_give_up(struct world *world, struct conn *conn, int direction);

/* A retransmission that was awaited after silence gets through. */
void link_fault_resume_event(struct world *world, struct conn *conn);

#endif
