/* A full synchronisation over two connections: the second, which brings the payload, and what the
 * replica keeps of the stream that the first brings meanwhile (FACTS 10.1, 10.2). What the replica does is in
 * replica_side.c, the master's side in feed.c and save.c. */
#ifndef PSYNCSIM_WORLD_SECOND_H
#define PSYNCSIM_WORLD_SECOND_H

#include "sim/world/world_state.h"

/* The connection that brings the payload: the second, or the only one; NULL: none. */
struct conn *second_payload_conn(const struct world *world, const struct node *node);

/* Position of the first connection at which the replica stops to read it while it loads; -1: it does
 * not. */
int64_t second_kept_end(const struct world *world, const struct conn *conn);

/* The payload is loaded, and what was read of the first connection, `conn`, is about to be applied. */
void second_loaded(struct world *world, const struct node *node, const struct conn *conn);

/* The replica took a step; kept_bytes TRACE_ABSENT: it keeps nothing. */
void second_emit(struct world *world, const struct node *node, const char *step,
                 int64_t kept_bytes);

#endif
