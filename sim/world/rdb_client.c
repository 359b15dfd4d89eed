/* See rdb_client.h. */
#include "sim/world/rdb_client.h"

#include <assert.h>
#include "models/server/host.h"
#include "sim/engine/time.h"
#include "sim/world/node.h"
#include "sim/world/slot.h"

bool rdb_client_ask(struct world *world, struct node *node, int64_t bandwidth)
{
    struct rdb_client *client = &node->rdb_client;
    bool is_refused = node->master != NO_INDEX && !replica_is_online(&node->replica);
    if (!node->is_up || node->loading != LOAD_NOTHING || node->is_failing_over || is_refused)
        return false;
    int64_t rate = bandwidth > 0 ? max64(1, bandwidth / 8) : HOST_UNLIMITED;
    client->next_rate = client->is_waiting ? min64(client->next_rate, rate) : rate;
    client->asked_at = client->is_waiting ? client->asked_at : world->now;
    client->is_waiting = true;
    return true;
}

void rdb_client_wait(const struct world *world, const struct node *node, struct save_queue *queue)
{
    const struct rdb_client *client = &node->rdb_client;
    if (!client->is_waiting)
        return;
    int64_t idle_s =
        world_wall(world, world->now) / NS_PER_S - world_wall(world, client->asked_at) / NS_PER_S;
    queue->waiting++;
    queue->idle_s = max64(queue->idle_s, idle_s);
}

uint32_t rdb_client_serve(struct node *node)
{
    struct rdb_client *client = &node->rdb_client;
    client->is_served = client->is_waiting;
    client->is_waiting = false;
    client->rate = client->next_rate;
    client->ends = TIME_NEVER;
    return client->is_served;
}

void rdb_client_begin(struct world *world, struct node *node)
{
    struct rdb_client *client = &node->rdb_client;
    if (!client->is_served)
        return;
    assert(client->rate > 0);
    int64_t rate = min64(client->rate, node->spec->host.diskless_rate);
    client->ends =
        time_add(world->now, mul_div_up(node->save.snapshot.bytes, NS_PER_S, max64(1, rate)));
    queue_set(&world->queue, slot_of_node(node->index, NODE_SAVE),
              node_next_tick(node, max64(client->ends, world->now + 1)));
}

bool rdb_client_takes(const struct world *world, const struct node *node)
{
    return node->rdb_client.is_served && node->rdb_client.ends > world->now;
}

int64_t rdb_client_pace(const struct node *node)
{
    return node->rdb_client.is_served ? node->rdb_client.rate : HOST_UNLIMITED;
}

void rdb_client_leave(struct node *node)
{
    node->rdb_client.is_served = false;
}
