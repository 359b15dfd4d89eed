/* A quiet replica: its link is healthy and drained, nobody listens to its heartbeats, and nothing
 * can come of them. Its rounds, acknowledgements and what it reads are functions of time, so it has
 * no event of its own, whatever the others do meanwhile:
 *
 *      round   round                             before an event that touches it or its link
 *      ---x-------x- - - - - - - - - - - - - - - - - - - - -|---x-------x-------x---E---
 *                 quiet: neither it nor its master           the last rounds, each by itself
 *                 looks at the connection                    all before in one step
 *
 * The result is the same to the last bit as with every heartbeat. */
#ifndef PSYNCSIM_WORLD_QUIET_H
#define PSYNCSIM_WORLD_QUIET_H

#include "sim/world/world_state.h"

/* After an event: a replica whose round it was becomes quiet if it may. */
void quiet_look(struct world *world, uint32_t slot);

/* Before an event: whatever it touches is brought to the present. */
void quiet_prepare(struct world *world, uint32_t slot);

/* The same for one; for all, at the end of the run with what happens at this very moment. */
void quiet_end(struct world *world, struct node *node);
void quiet_end_all(struct world *world, bool is_over);

#endif
