/* See slot.h. */
#include "sim/world/slot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"

void slot_grow(struct world *world, uint32_t conns)
{
    world->first_conn_slot = slot_of_sample(world) + 1;
    uint32_t slots = slot_of_conn(world, (int32_t)conns, CONN_DIAL);
    assert(slots > world->slot_count);
    world->parked = realloc(world->parked, slots * sizeof *world->parked);
    if (world->parked == NULL)
        abort();
    memset(world->parked + world->slot_count, 0,
           (slots - world->slot_count) * sizeof *world->parked);
    if (world->slot_count > 0)
        queue_grow(&world->queue, slots);
    else
        queue_init(&world->queue, slots);
    world->slot_count = slots;
}

void slot_arm(struct world *world, const struct conn *conn, enum conn_slot slot, int64_t time)
{
    assert(conn->is_used && (!conn->is_resting || slot == CONN_DIAL || time == TIME_NEVER));
    uint32_t index = slot_of_conn(world, conn->index, slot);
    world->parked[index] = 0;
    if (time == TIME_NEVER)
        queue_cancel(&world->queue, index);
    else
        queue_set(&world->queue, index, max64(time, world->now));
}

void slot_arm_fault(struct world *world, uint32_t index)
{
    assert(index < world->scenario->fault_count);
    int64_t at = fault_next(&world->scenario->faults[index], &world->faults[index], world->now);
    if (at != TIME_NEVER)
        queue_set(&world->queue, slot_of_fault(world, index, false), at);
}

struct conn *slot_conn(const struct world *world, uint32_t slot)
{
    uint32_t first = world->first_conn_slot;
    return slot < first ? NULL : world->conns.list[(slot - first) / CONN_SLOTS];
}

const struct scenario_fault *slot_fault(const struct world *world, uint32_t slot)
{
    bool is_one = slot >= slot_of_fault(world, 0, false) && slot < slot_of_wait(world, 0);
    return is_one ? &world->scenario->faults[(slot - slot_of_fault(world, 0, false)) / 2] : NULL;
}

/* The server that must read a command; a fault of another kind waits for nobody. */
static int32_t fault_owner(const struct world *world, uint32_t slot)
{
    const struct scenario_fault *fault = slot_fault(world, slot);
    bool begins = (slot - slot_of_fault(world, 0, false)) % 2 == 0;
    return begins && fault != NULL && fault_is_command(fault->kind) ? fault->node : NO_INDEX;
}

int32_t slot_owner(const struct world *world, uint32_t slot)
{
    assert(slot < world->slot_count);
    if (slot < slot_of_fault(world, 0, false))
        return slot % NODE_SLOTS == NODE_WAKE ? NO_INDEX : (int32_t)(slot / NODE_SLOTS);
    if (slot < slot_of_conn(world, 0, CONN_DIAL))
        return fault_owner(world, slot);
    const struct conn *conn = slot_conn(world, slot);
    if (conn->is_resting)
        return NO_INDEX;
    switch ((enum conn_slot)((slot - slot_of_conn(world, 0, CONN_DIAL)) % CONN_SLOTS)) {
    case CONN_UP:
    case CONN_SENT:
    case CONN_LIMIT:
    case CONN_JUMP:
        return conn->master_has ? conn->master : NO_INDEX;
    case CONN_DOWN:
    case CONN_ARRIVE:
        return conn->replica;
    case CONN_DIAL:
        return conn->is_established ? NO_INDEX : conn->replica;
    default:
        return NO_INDEX;
    }
}
