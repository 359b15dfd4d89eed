/* Injected faults: when they begin and end, and what they do. */
#ifndef PSYNCSIM_WORLD_FAULT_H
#define PSYNCSIM_WORLD_FAULT_H

#include "sim/world/world_state.h"

/* Arms the first occurrence of each fault. */
void fault_set_up(struct world *world);

/* A fault's slot is due: it begins, or it heals. */
void fault_begin_event(struct world *world, uint32_t fault);
void fault_end_event(struct world *world, uint32_t fault);

#endif
