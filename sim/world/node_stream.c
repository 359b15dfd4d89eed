/* See node_stream.h. */
#include "sim/world/node_stream.h"

#include <assert.h>
#include "models/server/cron.h"
#include "models/server/write_gate.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/misplaced.h"
#include "sim/world/node.h"
#include "sim/world/node_backlog.h"
#include "sim/world/offset_track.h"
#include "sim/world/output.h"
#include "sim/world/replan.h"
#include "sim/world/save_point.h"
#include "sim/world/slot.h"

void node_freeze_replicas(struct world *world, struct node *node)
{
    EACH_CONN_BELOW(conn, world, node) {
        if (!conn->is_stream_open)
            continue;
        struct source source = offset_track_source(world, conn);
        pipe_freeze(&conn->pipe, &source, world->now);
    }
}

static void select_database(struct world *world, struct node *node)
{
    assert(node->needs_select && node->master == NO_INDEX);
    node->needs_select = false;
    misplaced_select(world, node);
    node_item(world, node, STREAM_SELECT_BYTES);
}

void node_flow(struct world *world, struct node *node)
{
    account_writes(world, node);
    save_point_plan(world, node);
    if (node->master != NO_INDEX || node->timeline == NO_INDEX)
        return;
    struct stream *stream = &world->timelines[node->timeline].stream;
    const struct stream_section *last = &stream->last;
    enum write_gate gate = node_gate(node, node->backlog.exists);
    bool flows = gate == WRITES_FLOW;
    if (flows == last->flows && (!flows || last->load == node->load))
        return;
    node_touch_below(world, node);
    if (flows) {
        node_freeze_replicas(world, node);
        bool resumes = node->writes_wait && last->load == node->load && node->load != NULL;
        if (resumes && node->needs_select && load_bytes(node->load, world->now) > last->base) {
            select_database(world, node);
        }
        stream_flow(stream, world->now, node->load, node->writes_wait);
        node->writes_wait = false;
        node_select_pending(world, node);
    } else {
        stream_hold(stream, world->now);
        node->writes_wait = gate == WRITES_WAIT;
    }
    assert(stream->last.flows == flows);
    node_replicas_replan(world, node);
}

void node_item(struct world *world, struct node *node, int64_t bytes)
{
    assert(bytes > 0 && node->master == NO_INDEX && node->timeline != NO_INDEX);
    struct stream *stream = &world->timelines[node->timeline].stream;
    if (stream->count == stream->room && stream->count >= SECTIONS_KEPT &&
        !stream_item_joins(stream, world->now, bytes))
        offset_track_forget_streams(world);
    stream_item(stream, world->now, bytes);
    EACH_AWAKE_CONN(conn, world, node) {
        if (conn->master_has && conn->is_recorded)
            output_item_added(world, conn);
    }
}

void node_select_pending(struct world *world, struct node *node)
{
    if (node->master != NO_INDEX)
        return;
    uint32_t slot = slot_of_node(node->index, NODE_SELECT);
    int64_t next = node->load == NULL ? TIME_NEVER : load_next(node->load, world->now);
    if (!node->needs_select || next == TIME_NEVER)
        queue_cancel(&world->queue, slot);
    else /* one tick before the command, so that whoever looks at the same instant sees both or
            neither */
        queue_set(&world->queue, slot, next - 1 > world->now ? next - 1 : world->now);
}

void node_select_event(struct world *world, struct node *node)
{
    struct stream *stream = &world->timelines[node->timeline].stream;
    if (!node->needs_select || node->master != NO_INDEX || !stream->last.flows)
        return;
    select_database(world, node);
}

void node_set_load(struct world *world, struct node *node, const struct load *load)
{
    node_settle(world, node);
    account_writes(world, node);
    for (uint32_t i = 0; i < world->node_count; i++) /* its replicas apply what it writes */
        save_point_settle(world, &world->nodes[i]);
    node->load = load;
    node->account.writes_seen = load == NULL ? 0 : load_commands(load, world->now);
    node->writes_wait = false; /* whoever waits now, waits elsewhere */
    node->unpinned_at = world->now;
    node_flow(world, node);
    for (uint32_t i = 0; i < world->node_count; i++)
        save_point_plan(world, &world->nodes[i]);
    node_select_pending(world, node);
}

/* ---- what comes into it besides writes ---- */

bool node_pings(const struct world *world, const struct node *node)
{
    return node->master == NO_INDEX &&
           cron_pings(node->profile, node->backlog.exists, node_replicas(world, node));
}

void node_ping(struct world *world, struct node *node)
{
    int64_t last = node->profile->ping_only_when_idle ? offset_track_last(world, node, world->now)
                                                      : world->now;
    int64_t idle_s = world_wall(world, world->now) / NS_PER_S - world_wall(world, last) / NS_PER_S;
    if (!cron_ping_is_due(node->profile, node->config.ping_period_s, (int64_t)node->cron_count,
                          idle_s * NS_PER_S) ||
        !node_pings(world, node))
        return;
    node_ping_now(world, node);
}

void node_ping_now(struct world *world, struct node *node)
{
    node_item(world, node, STREAM_PING_BYTES);
    EMIT(world, ping, node->index, e->offset = node_offset(world, node));
}

void node_request_acks(struct world *world, struct node *node)
{
    assert(node->is_up && node->master == NO_INDEX);
    node_item(world, node, STREAM_GETACK_BYTES);
    node_sync(world, node);
    EACH_REPLICA_CONN(conn, world, node) {
        if (!conn->is_stream_open || conn->getack > 0)
            continue;
        conn->getack = node->history.offset;
        replan_conn(world, conn);
    }
}

/* ---- whether writes are refused ---- */

void node_refresh_good(struct world *world, struct node *node)
{
    const struct config *config = &node->config;
    bool stops = save_point_stops_writes(node);
    bool may_change = min_replicas_count(config) || stops || node->refuses_writes;
    if (!may_change || node->master != NO_INDEX || !node->is_up)
        return;
    int64_t good = 0;
    EACH_REPLICA_CONN(conn, world, node) {
        good += master_is_good(&conn->machine, config->min_replicas_lag_s,
                               world_wall(world, world->now));
    }
    bool refuses = min_replicas_refuse(config, good) || stops;
    if (refuses == node->refuses_writes)
        return;
    node->refuses_writes = refuses;
    account_writes(world, node);
    EMIT(world, writes, node->index, e->refused = refuses, e->good = good,
         e->min_replicas = config->min_replicas, e->lag_s = config->min_replicas_lag_s,
         e->in_all = node->account.refused_writes, e->cause = stops ? "save" : "replicas");
    node_flow(world, node);
}
