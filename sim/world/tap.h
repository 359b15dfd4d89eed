/* Details of a run besides its events: looks at every node's position, and each message. They go
 * into the trace as events that are in no digest, and change nothing that happens: a look is
 * between two events, and asks only what a report at the end asks as well. */
#ifndef PSYNCSIM_WORLD_TAP_H
#define PSYNCSIM_WORLD_TAP_H

#include "sim/world/world_state.h"

/* The looks that are due before an event at t; one after an event that is no detail, if the trace
 * heard of it: TAP_EXTRA_LOOKS at most between two that are due. */
#define TAP_EXTRA_LOOKS 6
int64_t tap_next(const struct world *world); /* when one is due; TIME_NEVER: none */
void tap_look_before(struct world *world, int64_t t);
void tap_look_after(struct world *world);

/* The message that was posted last on conn; text "": it is a close. */
void tap_sent(struct world *world, struct conn *conn, int direction, struct span text,
              int64_t leaves);
void tap_received(struct world *world, const struct conn *conn, int direction,
                  const struct letter *letter);
void tap_knocked(struct world *world, const struct conn *conn, const char *outcome);

#endif
