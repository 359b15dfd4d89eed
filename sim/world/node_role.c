/* See node_role.h. */
#include "sim/world/node_role.h"

#include <assert.h>
#include "models/server/handover.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/feed.h"
#include "sim/world/node.h"
#include "sim/world/node_history.h"
#include "sim/world/node_site.h"
#include "sim/world/node_stream.h"
#include "sim/world/offset_track.h"
#include "sim/world/replica_side.h"

void node_promote(struct world *world, struct node *node, enum id_change why)
{
    assert(node->is_up && node->master != NO_INDEX);
    struct acts acts;
    node_sync(world, node);
    int64_t applied = node->history.offset;
    account_observe(world, node);
    struct replica_site site = node_as_replica(world, node);
    replica_promote(&node->replica, &site, &acts);
    replica_side_acts(world, node, &acts);
    assert(node->conn == NO_INDEX && node->second == NO_INDEX);
    char id[REPLID_SIZE];
    node_draw_id(node, id);
    node_failover_done(node);
    node->master = NO_INDEX;
    node->history.offset = applied;
    node->account.attempt.is_open = false;
    account_close(world, node);
    if (node->profile->psync2)
        history_shift(&node->history, id);
    else
        node_freeze_replicas(world, node);
    node_begin_timeline(world, node, node->timeline);
    if (node->profile->psync2)
        feed_drop_all(world, node, DROP_ID_CHANGED);
    else
        node_keep_replicas(world, node);
    node->needs_select = true;
    if (node->profile->promotion_restarts_ttl)
        node->no_replicas_since = world->now;
    node_select_pending(world, node);
    EMIT(world, role, node->index, e->role = "master");
    node_emit_identity(world, node, why);
}

void node_take_over(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->master];
    node_promote(world, node, ID_FAILOVER);
    struct master_site site = node_site_for(world, conn);
    struct acts acts;
    master_promoted(&conn->machine, &site, &acts);
    feed_acts(world, conn, &acts);
}

/* Stops writing and stands at its last offset, before it asks somebody else. */
static void become_replica(struct world *world, struct node *node, int32_t master)
{
    assert(node->is_up && master != node->index);
    node_sync(world, node);
    struct stream *stream = &world->timelines[node->timeline].stream;
    if (node->master == NO_INDEX && stream->last.flows)
        stream_hold(stream, world->now);
    offset_track_hold(world, node, node->history.offset);
    if (!node->account.is_down)
        account_lost(world, node, DROP_ROLE_CHANGED);
    node->account.has_data = true;
    node->master = master;
    account_writes(world, node);
    EMIT(world, role, node->index, e->role = "replica", e->master = master);
}

void node_replicaof(struct world *world, struct node *node, int32_t master)
{
    assert(node->is_up && master != NO_INDEX);
    if (master == node->master || node->loading != LOAD_NOTHING || node->failover_to != NO_INDEX)
        return; /* already so; or refused: while loading, while failing over */
    bool was_master = node->master == NO_INDEX;
    if (!node->profile->replicas_kept_on_replicaof)
        feed_drop_all(world, node, DROP_ROLE_CHANGED);
    if (was_master)
        become_replica(world, node, master);
    struct acts acts;
    node_sync(world, node);
    node->master = master;
    if (!was_master)
        EMIT(world, role, node->index, e->role = "replica", e->master = master);
    struct replica_site site = node_as_replica(world, node);
    replica_of(&node->replica, &site, was_master, &acts);
    replica_side_acts(world, node, &acts);
}

static bool takes_over(const struct node *node, const struct conn *conn)
{
    bool has_all = handover_has_all(conn->machine.state == MASTER_ONLINE, conn->machine.ack_offset,
                                    node->history.offset);
    return failover_takes(node->failover_to, conn->replica, has_all);
}

void node_try_failover(struct world *world, struct node *node)
{
    assert(node->failover_to != NO_INDEX && !node->is_failing_over);
    node_sync(world, node);
    EACH_REPLICA_CONN(conn, world, node) {
        if (!takes_over(node, conn))
            continue;
        int32_t target = conn->replica;
        struct acts acts;
        node->is_failing_over = true;
        become_replica(world, node, target);
        struct replica_site site = node_as_replica(world, node);
        replica_fail_over(&node->replica, &site, &acts);
        replica_side_acts(world, node, &acts);
        return;
    }
}

void node_fail_over(struct world *world, struct node *node, int32_t to, int64_t timeout)
{
    if (!failover_is_accepted(node->profile, node->master != NO_INDEX,
                              node->failover_to != NO_INDEX))
        return;
    node->failover_to = to >= 0 ? to : ANY_REPLICA;
    node->failover_deadline = time_add(world->now, timeout);
    node_flow(world, node);
    node_request_acks(world, node);
    node_try_failover(world, node);
}
