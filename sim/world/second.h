/* A full synchronisation over two connections: the second, which brings the payload, and what the
 * replica keeps of the stream that the first brings meanwhile (FACTS 10.1, 10.2). The master's side is in
 * feed.c and save.c. */
#ifndef PSYNCSIM_WORLD_SECOND_H
#define PSYNCSIM_WORLD_SECOND_H

#include "sim/world/world.h"

/* Carries out an act of the replica's machine that only two connections know. */
void second_act(struct world *world, struct node *node, const struct act *act);

/* The connection that brings the payload: the second, or the only one; NULL: none. */
struct conn *second_payload_conn(const struct world *world, const struct node *node);

/* Position of the first connection at which the replica stops to read it while it loads; -1: it does
 * not. */
int64_t second_kept_end(const struct world *world, const struct conn *conn);

/* Stops reading there: the rest waits on the way, and then at the master. */
void second_catch_up(struct world *world, struct conn *conn);

/* The payload is loaded, and what was read of the first connection, `conn`, is about to be applied. */
void second_loaded(struct world *world, const struct node *node, const struct conn *conn);

/* A loading replica looks at its first connection: it reads what is there, finds its end, and looks
 * away again. */
void second_look(struct world *world, struct conn *conn);

#endif
