/* See parked.h. */
#include "sim/world/parked.h"

#include <assert.h>
#include "sim/world/slot.h"

/* ---- commands ---- */

/* The next one that `node` has not read; UINT32_MAX: none. */
static uint32_t first_waiting(const struct world *world, int32_t node)
{
    uint32_t first = UINT32_MAX;
    uint64_t came = UINT64_MAX;
    for (uint32_t i = 0; i < world->scenario->fault_count; i++) {
        uint64_t step = world->parked[slot_of_fault(world, i, false)];
        if (step == 0 || step >= came || world->scenario->faults[i].node != node)
            continue;
        first = i;
        came = step;
    }
    return first;
}

void parked_read_command(struct world *world, int32_t node)
{
    uint32_t index = first_waiting(world, node);
    if (index == UINT32_MAX)
        return;
    world->parked[slot_of_fault(world, index, false)] = 0;
    queue_set(&world->queue, slot_of_fault(world, index, false), world->now);
}

void parked_forget_commands(struct world *world, int32_t node)
{
    uint32_t index;
    while ((index = first_waiting(world, node)) != UINT32_MAX) {
        world->parked[slot_of_fault(world, index, false)] = 0;
        slot_arm_fault(world, index);
    }
}

/* ---- events ---- */

static void unpark(struct world *world, int32_t node, uint32_t slot, uint32_t count)
{
    for (uint32_t end = slot + count; slot < end; slot++) {
        if (world->parked[slot] == 0 || slot_owner(world, slot) != node)
            continue;
        world->parked[slot] = 0;
        queue_set(&world->queue, slot, world->now);
    }
}

void parked_resume(struct world *world, int32_t node)
{
    assert(!world->nodes[node].stands_still || world->nodes[node].is_busy);
    if (!world->nodes[node].is_busy)
        unpark(world, node, slot_of_node(node, NODE_CRON), NODE_SLOTS);
    EACH_NODE_CONN(conn, world, &world->nodes[node])
        unpark(world, node, slot_of_conn(world, conn->index, CONN_DIAL), CONN_SLOTS);
    if (!world->nodes[node].is_busy)
        parked_read_command(world, node);
}
