/* A client that takes only the RDB (redis-cli --rdb, backup tools): it asks as a replica does, and goes when it has the payload.
 *
 * No stream is recorded for it, so a replica cannot join its save, nor it a replica's; those who wait share the next one. A
 * diskless save goes to all of its members at the pace of the slowest, the client included (FACTS 3.11). Its connection is not
 * modelled: only what it costs the server. */
#ifndef PSYNCSIM_WORLD_RDB_CLIENT_H
#define PSYNCSIM_WORLD_RDB_CLIENT_H

#include "sim/world/world_state.h"

/* It asks `node` now, and takes so many bits a second (0 or less: as fast as it is served). Whether it
 * waits for a save from now on. */
bool rdb_client_ask(struct world *world, struct node *node, int64_t bandwidth);

/* Adds it to those who wait for a save. */
void rdb_client_wait(const struct world *world, const struct node *node, struct save_queue *queue);

/* A save begins, and serves it if it waits: how many that are. */
uint32_t rdb_client_serve(struct node *node);

/* The payload of the running diskless save begins. */
void rdb_client_begin(struct world *world, struct node *node);
/* Whether it has not all of it yet, and how fast the payload may go because of it. */
bool rdb_client_takes(const struct world *world, const struct node *node);
int64_t rdb_client_pace(const struct node *node);

/* The save that served it is over, or failed. */
void rdb_client_leave(struct node *node);

#endif
