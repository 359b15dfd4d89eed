/* See save_abort.h. */
#include "sim/world/save_abort.h"

#include "sim/world/broken.h"
#include "sim/world/conn.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"
#include "sim/world/save_point.h"
#include "sim/world/slot.h"

int64_t save_took(struct world *world, const struct node *node)
{
    int64_t took = world->now - node->save.forked_at - node->save.fork_ns;
    broken_figure(world, node, "save_ns below zero", took);
    return took;
}

/* Whether anybody still waits for the running save. */
static bool is_wanted(const struct world *world, const struct node *node)
{
    if (node->rdb_client.is_served)
        return true;
    EACH_REPLICA_CONN(conn, world, node) {
        if (conn->machine.state == MASTER_WAIT_END ||
            (node->save.is_socket && conn->machine.state == MASTER_SEND_BULK))
            return true;
    }
    return false;
}

void save_member_left(struct world *world, struct node *node)
{
    struct save *save = &node->save;
    if (!save->is_active || !save->serves_replicas || is_wanted(world, node))
        return;
    if (!save_is_useless(node->profile, &node->config, save->is_socket))
        return;
    EMIT(world, saved, node->index, e->ok = false, e->save_ns = save_took(world, node),
         e->payload_bytes = save->snapshot.bytes);
    save->is_active = false;
    queue_set(&world->queue, slot_of_node(node->index, NODE_SAVE),
              node_next_tick(node, world->now));
    conn_child_ended(world, node);
    save_point_plan(world, node);
}

void save_abort(struct world *world, struct node *node)
{
    node->save.is_active = false;
    node->rdb_client = (struct rdb_client){0};
    conn_child_ended(world, node);
    node->loading = LOAD_NOTHING;
    queue_cancel(&world->queue, slot_of_node(node->index, NODE_SAVE));
    queue_cancel(&world->queue, slot_of_node(node->index, NODE_LOAD));
}

/* A load that is given up: nothing is left of the old data, unless they were beside it. */
void save_abort_load(struct world *world, struct node *node)
{
    struct loss_point held = loss_begin(world, node);
    node->file.exists = false;
    loss_settle(world, node, held, LOSS_LOAD);
    node->is_emptied = true;
    node->loading = LOAD_NOTHING;
    node->data_bytes = node->data_keys = 0;
    queue_cancel(&world->queue, slot_of_node(node->index, NODE_LOAD));
}
