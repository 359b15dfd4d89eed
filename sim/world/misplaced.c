/* See misplaced.h. */
#include "sim/world/misplaced.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"

#define NOT_YET (-1)

void misplaced_begin(struct world *world, struct node *node, const struct conn *conn)
{
    assert(conn->replica == node->index);
    const struct node *master = &world->nodes[conn->master];
    node->misplaced = (struct misplaced){0};
    if (!node->replica.two_channels || master->master == NO_INDEX ||
        master->profile->channel_database_of_payload ||
        !(world->scenario->known_faults & KNOWN_FAULT_DATABASE) ||
        world_top(world, master)->spec->database == 0)
        return;
    int64_t selected = world->timelines[conn->timeline].selected;
    node->misplaced = (struct misplaced){
        .is_so = true,
        .from = loss_commands(world, conn->timeline, conn->from),
        .to = selected > conn->from ? loss_commands(world, conn->timeline, selected) : NOT_YET};
    EMIT(world, second, node->index, e->peer = conn->master, e->step = "database",
         e->offset = conn->from + 1);
}

void misplaced_select(struct world *world, const struct node *node)
{
    int64_t offset = node_offset(world, node);
    world->timelines[node->timeline].selected = offset;
    for (uint32_t i = 0; i < world->node_count; i++) {
        struct misplaced *misplaced = &world->nodes[i].misplaced;
        if (misplaced->is_so && misplaced->to == NOT_YET &&
            world_top(world, &world->nodes[i]) == node)
            misplaced->to = loss_commands(world, node->timeline, offset);
    }
}

static int64_t own_commands(const struct world *world, const struct node *node)
{
    const struct misplaced *misplaced = &node->misplaced;
    if (!misplaced->is_so)
        return 0;
    int64_t held = loss_point(world, node).commands;
    int64_t end = misplaced->to == NOT_YET ? held : min64(held, misplaced->to);
    return max64(0, end - misplaced->from);
}

int64_t misplaced_commands(const struct world *world, const struct node *node)
{
    int64_t commands = own_commands(world, node);
    for (uint32_t i = 0; i < world->node_count && node->master != NO_INDEX; i++) {
        node = &world->nodes[node->master];
        commands = max64(commands, own_commands(world, node));
    }
    return commands;
}
