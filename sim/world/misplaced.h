/* Writes that land in the wrong database. Behind a payload of its own connection a replica of a replica applies the stream to
 * database 0, where its master's version does not name the stream's (profile column channel_database_of_payload): until the next
 * SELECT, which a top master sends only when it begins anew. Offsets and ids are right all the while; the data are not. */
#ifndef PSYNCSIM_WORLD_MISPLACED_H
#define PSYNCSIM_WORLD_MISPLACED_H

#include "sim/world/world_state.h"

/* The data of `node` are a payload's, and the stream of `conn` follows it. */
void misplaced_begin(struct world *world, struct node *node, const struct conn *conn);

/* The top master `node` puts a SELECT into its stream now. */
void misplaced_select(struct world *world, const struct node *node);

/* Writes that are in the wrong database at `node`, or were at a master above it. */
int64_t misplaced_commands(const struct world *world, const struct node *node);

#endif
