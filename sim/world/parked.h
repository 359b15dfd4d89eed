/* What came due while its process was stopped: it waits until the process goes on (world->parked). */
#ifndef PSYNCSIM_WORLD_PARKED_H
#define PSYNCSIM_WORLD_PARKED_H

#include "sim/world/world_state.h"

/* The process goes on, and looks at all of it now. */
void parked_resume(struct world *world, int32_t node);

/* A command that came while its server was stopped or forking waits in the socket: the server reads
 * them in the order in which they came, when it runs again, or never, if its process ended. */
void parked_read_command(struct world *world, int32_t node);
void parked_forget_commands(struct world *world, int32_t node);

#endif
