/* Injected faults: when they begin and end, and what they do. */
#ifndef PSYNCSIM_WORLD_FAULT_H
#define PSYNCSIM_WORLD_FAULT_H

#include "sim/scenario/fault_schedule.h"

struct world;

/* Arms the first occurrence of each fault. */
void fault_set_up(struct world *world);

/* A fault's slot is due: it begins, or it heals. */
void fault_begin_event(struct world *world, uint32_t fault);
void fault_end_event(struct world *world, uint32_t fault);

/* A command that came while its server was stopped or forking waits in the socket: the server reads
 * them in the order in which they came, when it runs again, or never, if its process ended. */
void fault_read_waiting(struct world *world, int32_t node);
void fault_forget_waiting(struct world *world, int32_t node);

#endif
