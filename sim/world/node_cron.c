/* See node_cron.h. */
#include "sim/world/node_cron.h"

#include <assert.h>
#include "models/server/cron.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/feed.h"
#include "sim/world/link_fault.h"
#include "sim/world/node.h"
#include "sim/world/node_history.h"
#include "sim/world/node_shutdown.h"
#include "sim/world/node_site.h"
#include "sim/world/node_stream.h"
#include "sim/world/replica_side.h"
#include "sim/world/save.h"
#include "sim/world/slot.h"

static bool is_stuck(const struct conn *conn)
{
    return conn->is_bulk_open && !conn->is_sent && (conn->pipe.is_silent || conn->stalls_save);
}

/* Returns whether anybody waits for a save. */
static bool cron_of_replicas(struct world *world, struct node *node)
{
    struct acts acts;
    bool any_waits = false;
    EACH_AWAKE_CONN(conn, world, node) {
        if (!conn->master_has)
            continue;
        any_waits = any_waits || conn->machine.state == MASTER_WAIT_START;
        struct master_site site = node_site_of_replica(world, node);
        bool stuck = is_stuck(conn);
        conn->phase_at_master = conn->machine.state;
        if (conn->is_bulk_open && !conn->is_sent && !stuck)
            master_payload_moved(&conn->machine, &site);
        master_cron(&conn->machine, &site, stuck, &acts);
        feed_acts(world, conn, &acts);
        link_fault_give_up(world, conn, DOWN);
        if (node->profile->limit_checked_by_cron)
            feed_check_limits(world, conn, false);
    }
    return any_waits;
}

static void expire_backlog(struct world *world, struct node *node)
{
    if (!node->backlog.exists || node->master != NO_INDEX)
        return;
    int64_t idle = world_wall(world, world->now) / NS_PER_S -
                   world_wall(world, node->no_replicas_since) / NS_PER_S;
    if (!cron_backlog_expires(node->config.backlog_ttl_s, idle, node_replicas(world, node)))
        return;
    node_free_backlog(world, node, "freed");
    if (node->profile->ttl_renews_id)
        node_new_identity(world, node, ID_BACKLOG_FREED);
}

static void rearm_cron(struct world *world, struct node *node)
{
    assert(world->now >= node->last_cron);
    node->last_cron = world->now;
    node_set_tick(node);
    node->cron_count++;
    queue_set_last(&world->queue, slot_of_node(node->index, NODE_CRON),
                   world->now + node->tick * node->config.hz);
}

/* A shutdown is looked at first: a PING of this round would undo that all have caught up. One that
 * is refused then changes nothing: the round goes on, and others follow. */
void node_cron_event(struct world *world, struct node *node)
{
    assert(node->is_up && !node->is_quiet);
    if (node_shutdown_is_over(world, node) && (!node->is_up || node->is_ending))
        return;
    rearm_cron(world, node);
    if (node->loading != LOAD_NOTHING)
        return; /* a loading process has no cron of replication */
    account_observe(world, node);
    if (node->master != NO_INDEX) {
        struct acts acts;
        node_sync(world, node);
        if (node->conn != NO_INDEX)
            link_fault_give_up(world, conn_at(world, node->conn), UP);
        if (node->second != NO_INDEX)
            link_fault_give_up(world, conn_at(world, node->second), UP);
        struct replica_site site = node_as_replica(world, node);
        replica_cron(&node->replica, &site, &acts);
        replica_side_acts(world, node, &acts);
    }
    node_ping(world, node);
    bool any_waits = cron_of_replicas(world, node);
    expire_backlog(world, node);
    if (any_waits || node->rdb_client.is_waiting)
        save_start_pending(world, node, true);
    node_refresh_good(world, node);
    if (node->failover_to != NO_INDEX && !node->is_failing_over &&
        world->now >= node->failover_deadline) {
        node->failover_to = NO_INDEX;
        node_flow(world, node);
    }
}
