/* See node_clients.h. */
#include "sim/world/node_clients.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/node.h"
#include "sim/world/node_role.h"
#include "sim/world/node_stream.h"
#include "sim/world/slot.h"

static int64_t acknowledged_by(const struct world *world, const struct node *node, int64_t offset)
{
    int64_t count = 0;
    EACH_REPLICA_CONN(conn, world, node) {
        count += conn->machine.state == MASTER_ONLINE && conn->machine.ack_offset >= offset;
    }
    return count;
}

static void wait_returns(struct world *world, uint32_t client, int64_t got)
{
    const struct scenario_wait *spec = &world->scenario->waits[client];
    struct wait_client *wait = &world->waits[client];
    assert(wait->asked_at >= 0 && wait->asked_at <= world->now);
    EMIT(world, wait, spec->node, e->replicas = spec->replicas, e->got = got,
         e->waited_ns = world->now - wait->asked_at);
    int64_t next = wait->asked_at + spec->every;
    wait->asked_at = -1;
    queue_set(&world->queue, slot_of_wait(world, client),
              next > world->now ? next : world->now + 1);
}

void node_acknowledged(struct world *world, struct node *node)
{
    assert(node->is_up);
    for (uint32_t i = 0; i < world->scenario->wait_count; i++) {
        const struct scenario_wait *spec = &world->scenario->waits[i];
        struct wait_client *wait = &world->waits[i];
        if (wait->asked_at < 0 || spec->node != node->index)
            continue;
        int64_t got = acknowledged_by(world, node, wait->offset);
        if (got >= spec->replicas)
            wait_returns(world, i, got);
    }
    if (node->failover_to != NO_INDEX && !node->is_failing_over)
        node_try_failover(world, node);
}

void node_wait_event(struct world *world, uint32_t client)
{
    const struct scenario_wait *spec = &world->scenario->waits[client];
    struct wait_client *wait = &world->waits[client];
    struct node *node = &world->nodes[spec->node];
    if (wait->asked_at >= 0) { /* timed out */
        wait_returns(world, client, acknowledged_by(world, node, wait->offset));
        return;
    }
    if (!node->is_up || node->master != NO_INDEX || node_is_blocked(node)) {
        queue_set(&world->queue, slot_of_wait(world, client), world->now + spec->every);
        return;
    }
    wait->asked_at = world->now;
    wait->offset = node_offset(world, node);
    int64_t got = acknowledged_by(world, node, wait->offset);
    if (got >= spec->replicas) {
        wait_returns(world, client, got);
        return;
    }
    queue_set(&world->queue, slot_of_wait(world, client),
              time_add(world->now, spec->timeout > 0 ? spec->timeout : TIME_NEVER));
    node_request_acks(world, node);
}
