/* Histories: a tree of timelines, each with the bytes that one master wrote. */
#ifndef PSYNCSIM_WORLD_TIMELINE_H
#define PSYNCSIM_WORLD_TIMELINE_H

#include "sim/world/world_state.h"

/* One that begins at an offset of its parent (NO_INDEX: none); without a stream yet. It may move the
 * list. */
int32_t timeline_new(struct world *world, int32_t parent, int64_t fork_offset);

/* The timeline that holds `offset` of the history that ends with `timeline`. */
int32_t timeline_holding(const struct world *world, int32_t timeline, int64_t offset);

/* Whether all up to `offset` of one history is the beginning of all up to `of_offset` of another. */
bool timeline_is_prefix(const struct world *world, int32_t timeline, int64_t offset,
                        int32_t of_timeline, int64_t of_offset);

#endif
