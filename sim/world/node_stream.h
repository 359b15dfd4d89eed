/* The replication stream that a master writes: what its clients write, and what it puts there itself. */
#ifndef PSYNCSIM_WORLD_NODE_STREAM_H
#define PSYNCSIM_WORLD_NODE_STREAM_H

#include "sim/world/world_state.h"

/* Grows or is held, as the server's state demands. */
void node_flow(struct world *world, struct node *node);
void node_item(struct world *world, struct node *node, int64_t bytes);
void node_select_pending(struct world *world, struct node *node);
void node_select_event(struct world *world, struct node *node);
void node_set_load(struct world *world, struct node *node, const struct load *load);

/* Before the stream goes on in another way: what is sent of it so far stays. */
void node_freeze_replicas(struct world *world, struct node *node);

/* Whether it puts PINGs into its stream as things stand; puts one there if this round has one. */
bool node_pings(const struct world *world, const struct node *node);
void node_ping(struct world *world, struct node *node);
void node_ping_now(struct world *world, struct node *node);

/* REPLCONF GETACK into the stream. */
void node_request_acks(struct world *world, struct node *node);

/* Whether there are enough good replicas, and saves, for its clients' writes. */
void node_refresh_good(struct world *world, struct node *node);

#endif
