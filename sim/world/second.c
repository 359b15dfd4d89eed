/* A second connection for a payload. See second.h. */
#include "sim/world/second.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/conn.h"
#include "sim/world/link.h"
#include "sim/world/node.h"
#include "sim/world/offset_track.h"
#include "sim/world/save.h"

static void emit_step(struct world *world, const struct node *node, const char *step,
                      int64_t kept_bytes)
{
    EMIT(world, second, node->index, e->peer = node->master, e->step = step,
         e->kept_bytes = kept_bytes);
}

static void dial_second(struct world *world, struct node *node)
{
    assert(node->second == NO_INDEX);
    struct conn *conn = conn_begin(world, node);
    conn->is_second = true;
    node->second = conn->index;
    node_failover_done(node);
    node->account.attempt.event.answered_ns = world->now;
    emit_step(world, node, "connect", TRACE_ABSENT);
}

/* The failure of a full one is that of its first connection; an end behind the payload is none. */
static void second_closed(struct world *world, struct node *node)
{
    if (node->second == NO_INDEX)
        return;
    struct conn *conn = conn_at(world, node->second);
    conn_catch_up(world, conn);
    conn_count_left(world, node, conn);
    conn_replica_hangs_up(world, conn);
}

/* What the first connection brought meanwhile is applied behind the payload. */
static void drain(struct world *world, struct node *node)
{
    struct conn *conn = conn_at(world, node->conn);
    conn_catch_up(world, conn);
    if (node->conn != conn->index || !node->replica.two_channels)
        return;
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    replica_drained(&node->replica, &site, &acts);
    conn_replica_acts(world, node, &acts);
}

void second_act(struct world *world, struct node *node, const struct act *act)
{
    switch (act->kind) {
    case ACT_SECOND_CONNECT:
        dial_second(world, node);
        break;
    case ACT_SECOND_SEND:
        conn_post(world, conn_at(world, node->second), UP, span_bytes(act->text, act->len),
                  world->now + node_delay(node, world->now));
        break;
    case ACT_SECOND_CLOSE:
        second_closed(world, node);
        break;
    case ACT_PAYLOAD_ASKED:
        emit_step(world, node, "ask", TRACE_ABSENT);
        break;
    case ACT_STREAM_ASKED:
        EMIT(world, second, node->index, e->peer = node->master, e->step = "join",
             e->offset = act->offset);
        break;
    case ACT_DRAIN:
        drain(world, node);
        break;
    case ACT_ABORT_LOAD:
        save_abort_load(world, node);
        break;
    case ACT_EXIT:
        emit_step(world, node, "alone", TRACE_ABSENT);
        node_stop(world, node, "load", false);
        break;
    default: /* PAYLOAD, PAYLOAD_BYTES, APPLIED, KEEP: nothing to do here */
        break;
    }
}

/* The connection that brings the payload. */
struct conn *second_payload_conn(const struct world *world, const struct node *node)
{
    int32_t index = node->second != NO_INDEX ? node->second : node->conn;
    return index == NO_INDEX ? NULL : conn_at(world, index);
}

/* ---- what is kept ---- */

void second_loaded(struct world *world, const struct node *node, const struct conn *conn)
{
    emit_step(world, node, "kept", offset_track_read(world, conn, world->now) - conn->from);
}

int64_t second_kept_end(const struct world *world, const struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    if (!node->replica.two_channels || conn->is_second || node->replica.state == REPLICA_CONNECTED)
        return -1;
    int64_t kept = config_kept_bytes(&node->config, node->profile);
    return kept > 0 ? kept : -1;
}

void second_catch_up(struct world *world, struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    struct source source = offset_track_source(world, conn);
    int64_t end = second_kept_end(world, conn);
    if (end < 0 || conn->read_limit != INT64_MAX ||
        pipe_arrived(&conn->pipe, &source, world->now) < end)
        return;
    conn->read_limit = end;
    emit_step(world, node, "full-buffer", end);
    link_set_limit(world, conn);
    conn_replan(world, conn);
}

void second_look(struct world *world, struct conn *conn)
{
    struct source source = offset_track_source(world, conn);
    int64_t arrived = pipe_arrived(&conn->pipe, &source, world->now),
            end = second_kept_end(world, conn);
    bool is_full = end >= 0 && arrived >= end;
    if (is_full && conn->read_limit < end)
        emit_step(world, &world->nodes[conn->replica], "full-buffer", end);
    conn->read_limit = max64(conn->read_limit, is_full ? end : arrived);
    link_set_limit(world, conn);
    conn_replan(world, conn);
    bool has_ended = conn->is_closing && !conn->is_held_by_child && world->now >= conn->ends_at;
    if (has_ended && conn->read_limit >= conn->pipe.send_limit)
        conn_ended(world, conn);
}
