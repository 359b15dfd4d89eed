/* See save_point.h. */
#include "sim/world/save_point.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/node.h"
#include "sim/world/save_skip.h"
#include "sim/world/slot.h"

static int64_t second_of(const struct world *world, int64_t t)
{
    return world_wall(world, t) / NS_PER_S;
}

static int64_t begin_of_second(const struct world *world, int64_t second)
{
    return second * NS_PER_S - world_wall(world, 0);
}

/* ---- changes ---- */

/* Writes reach a replica sooner or later, and are counted when it is connected. */
static enum write_gate gate_of(const struct node *node)
{
    if (node->master == NO_INDEX)
        return node_gate(node, true); /* data change whether a backlog is there or not */
    return node->replica.state == REPLICA_CONNECTED ? WRITES_FLOW : WRITES_WAIT;
}

static const struct load *writers_of(const struct world *world, const struct node *node)
{
    return world_top(world, node)->load;
}

void save_point_settle(struct world *world, struct node *node)
{
    struct own_saves *own = &node->own_saves;
    const struct load *load = writers_of(world, node);
    enum write_gate gate = gate_of(node);
    int64_t commands = load == NULL ? 0 : load_commands(load, world->now);
    bool is_executed = node->master == NO_INDEX ? own->gate == WRITES_FLOW : gate == WRITES_FLOW;
    assert(load != own->load || commands >= own->commands);
    if (load == own->load && is_executed)
        own->record.changes += commands - own->commands;
    if (load != own->load || is_executed || own->gate == WRITES_LOST)
        own->commands = commands;
    own->load = load;
    own->gate = gate;
}

/* When `missing` more commands have come; TIME_NEVER: not within the run. */
static int64_t when_changed(const struct world *world, const struct node *node, int64_t missing)
{
    const struct own_saves *own = &node->own_saves;
    if (missing <= 0)
        return world->now;
    int64_t low = world->now, high = world->scenario->duration;
    if (own->load == NULL || own->gate != WRITES_FLOW ||
        load_commands(own->load, high) - own->commands < missing)
        return TIME_NEVER;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (load_commands(own->load, middle) - own->commands >= missing)
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}

/* ---- when ---- */

/* Those that nobody gave only repair what failed. */
static const struct save_rule *rule_of(const struct node *node)
{
    static const struct save_rule DEFAULT = {3, {{3600, 1}, {300, 100}, {60, 10000}}};
    const struct save_rule *given = &node->config.save_rule;
    bool repairs = node->config.save_points != 0 && node->own_saves.record.has_failed;
    return given->count == 0 && repairs ? &DEFAULT : given;
}

static int64_t next_save(const struct world *world, const struct node *node)
{
    const struct save_rule *rule = rule_of(node);
    const struct save_record *record = &node->own_saves.record;
    int64_t next = TIME_NEVER;
    for (uint32_t i = 0; i < rule->count; i++) {
        const struct save_point *point = &rule->points[i];
        int64_t changed = when_changed(world, node, point->changes - record->changes);
        int64_t elapsed = begin_of_second(world, save_point_second(point, record));
        next = min64(next, max64(changed, elapsed));
    }
    return next;
}

static bool may_save(const struct node *node)
{
    return rule_of(node)->count > 0 && node->is_up && !node->is_ending &&
           node->loading == LOAD_NOTHING && !node->save.is_active;
}

void save_point_plan(struct world *world, struct node *node)
{
    uint32_t slot = slot_of_node(node->index, NODE_SAVE_POINT);
    save_point_settle(world, node);
    int64_t next = may_save(node) ? next_save(world, node) : TIME_NEVER;
    if (next >= world->scenario->duration)
        queue_cancel(&world->queue, slot);
    else
        queue_set(&world->queue, slot, node_next_tick(node, max64(next, world->now + 1)));
}

/* ---- events ---- */

void save_point_start(struct world *world, struct node *node)
{
    node->own_saves = (struct own_saves){.gate = WRITES_LOST};
    node->own_saves.record.saved_s = second_of(world, world->now);
}

void save_point_forked(struct world *world, struct node *node)
{
    save_point_settle(world, node);
    node->own_saves.record.tried_s = second_of(world, world->now);
    node->own_saves.saved_changes = node->own_saves.record.changes;
    queue_cancel(&world->queue, slot_of_node(node->index, NODE_SAVE_POINT));
}

void save_point_ended(struct world *world, struct node *node, bool is_good)
{
    struct save_record *record = &node->own_saves.record;
    if (record->has_failed == is_good)
        node_touch_below(
            world, node); /* who is good is counted where writes are refused, or again let in */
    record->has_failed = !is_good;
    if (is_good) {
        record->changes -= node->own_saves.saved_changes;
        record->saved_s = second_of(world, world->now);
    }
}

bool save_point_stops_writes(const struct node *node)
{
    return node->own_saves.record.has_failed && node->config.save_points != 0 &&
           node->config.stop_writes != 0 && node->master == NO_INDEX;
}

bool save_point_is_due(struct world *world, struct node *node)
{
    if (!may_save(node))
        return false;
    save_point_settle(world, node);
    const struct save_record *record = &node->own_saves.record;
    const struct save_point *point =
        save_rule_find(rule_of(node), record, second_of(world, world->now));
    if (point == NULL) { /* a replica was cut off meanwhile */
        save_point_plan(world, node);
        return false;
    }
    int64_t due = world->skips_saves ? save_skip(world, node) : world->now;
    if (due > world->now) {
        queue_set(&world->queue, slot_of_node(node->index, NODE_SAVE_POINT),
                  node_next_tick(node, due));
        return false;
    }
    EMIT(world, save_point, node->index, e->seconds = point->seconds, e->changes = point->changes,
         e->counted = record->changes);
    return true;
}
