/* A process is stopped by a signal or a script, and goes on. */
#ifndef PSYNCSIM_WORLD_NODE_PAUSE_H
#define PSYNCSIM_WORLD_NODE_PAUSE_H

#include "sim/world/world_state.h"

/* SIGSTOP; node_unblock is the SIGCONT. */
void node_pause(struct world *world, struct node *node);
void node_unblock(struct world *world, struct node *node);

/* SIGCONT: it goes on, with a fork or a last save first if it is in the middle of one. */
void node_resume(struct world *world, struct node *node);

/* A script begins; node_resume ends it. */
void node_run_script(struct world *world, struct node *node);

/* The event of NODE_WAKE: whatever the process waited for is over. */
void node_wake_event(struct world *world, struct node *node);

#endif
