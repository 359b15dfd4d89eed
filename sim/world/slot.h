/* Slots of the queue: each timer has its own.
 *
 *  nodes x NODE_SLOTS | faults x 2 (begin, end) | waits | sample | connections x CONN_SLOTS (grows) */
#ifndef PSYNCSIM_WORLD_SLOT_H
#define PSYNCSIM_WORLD_SLOT_H

#include "sim/world/world_state.h"

static inline uint32_t slot_of_node(int32_t node, enum node_slot slot)
{
    return (uint32_t)node * NODE_SLOTS + (uint32_t)slot;
}

static inline uint32_t slot_of_fault(const struct world *world, uint32_t fault, bool is_end)
{
    return world->node_count * NODE_SLOTS + 2 * fault + is_end;
}

static inline uint32_t slot_of_wait(const struct world *world, uint32_t client)
{
    return slot_of_fault(world, world->scenario->fault_count, false) + client;
}

static inline uint32_t slot_of_sample(const struct world *world)
{
    return slot_of_wait(world, world->scenario->wait_count);
}

static inline uint32_t slot_of_conn(const struct world *world, int32_t conn, enum conn_slot slot)
{
    return world->first_conn_slot + (uint32_t)conn * CONN_SLOTS + (uint32_t)slot;
}

/* Makes room for those of so many connections, which is more than there was. */
void slot_grow(struct world *world, uint32_t conns);

/* Sets a timer of conn, no earlier than now; TIME_NEVER: cancels it. */
void slot_arm(struct world *world, const struct conn *conn, enum conn_slot slot, int64_t time);

/* Arms the next occurrence of a fault, if there is one. */
void slot_arm_fault(struct world *world, uint32_t index);

/* The process that an event needs; NO_INDEX: none (kernels, links, faults). */
int32_t slot_owner(const struct world *world, uint32_t slot);

/* The connection and the fault of a slot; NULL: it has none. */
struct conn *slot_conn(const struct world *world, uint32_t slot);
const struct scenario_fault *slot_fault(const struct world *world, uint32_t slot);

#endif
