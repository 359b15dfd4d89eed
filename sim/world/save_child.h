/* The child of a save works, ends, or fails; what it wrote goes to those whom the save serves. */
#ifndef PSYNCSIM_WORLD_SAVE_CHILD_H
#define PSYNCSIM_WORLD_SAVE_CHILD_H

#include "sim/world/world_state.h"

/* The event of NODE_SAVE: the child's next step is due (payload begins, child ended); of CONN_SENT:
 * the last payload byte is in the socket. */
void save_child_event(struct world *world, struct node *node);
void save_child_sent_event(struct world *world, struct conn *conn);

void save_child_kill(struct world *world, struct node *node);

#endif
