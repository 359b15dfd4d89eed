/* Saves that begin by themselves: save points (FACTS 3.9).
 *
 * Changes are counted only where something else changes (the writers, the role, a pause), and when
 * they will be enough is computed from the load: no event polls. */
#ifndef PSYNCSIM_WORLD_SAVE_POINT_H
#define PSYNCSIM_WORLD_SAVE_POINT_H

#include "sim/world/world_state.h"

/* Counts the changes up to now. Before the writers change, and when their writes begin or cease to
 * be executed. */
void save_point_settle(struct world *world, struct node *node);

/* Arms the next save of its own, as things stand; also when a replica is online again. */
void save_point_plan(struct world *world, struct node *node);

/* The process starts; a save to disk begins; it ended. */
void save_point_start(struct world *world, struct node *node);
void save_point_forked(struct world *world, struct node *node);
void save_point_ended(struct world *world, struct node *node, bool is_good);

/* Whether a save that failed makes it refuse writes and PINGs (FACTS 3.10). */
bool save_point_stops_writes(const struct node *node);

/* The event of NODE_SAVE_POINT: whether a save is to begin. */
bool save_point_is_due(struct world *world, struct node *node);

#endif
