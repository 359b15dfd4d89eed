/* The output buffer of a connection at its master: what was written and is not sent yet. */
#ifndef PSYNCSIM_WORLD_OUTPUT_H
#define PSYNCSIM_WORLD_OUTPUT_H

#include "sim/world/world_state.h"

/* Stream offset up to which the master wrote into the socket; output buffer in bytes. */
int64_t output_sent(const struct world *world, const struct conn *conn);
int64_t output_usage(const struct world *world, const struct conn *conn);

struct output_limit output_limit_of(const struct node *master);

/* Whether all that the master produces goes straight into the socket: one block is all the buffer
 * there is. */
bool output_flows_freely(const struct conn *conn);

/* Arms what the master's side waits for: the end of the payload, a large command, the next look at
 * the limits. */
void output_replan(struct world *world, struct conn *conn);

/* A control item came into the stream: whatever was planned may be due a little earlier. */
void output_item_added(struct world *world, struct conn *conn);

#endif
