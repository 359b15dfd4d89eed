/* See replica_side.h. */
#include "sim/world/replica_side.h"

#include <assert.h>
#include "models/server/config.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/conn.h"
#include "sim/world/feed.h"
#include "sim/world/misplaced.h"
#include "sim/world/node.h"
#include "sim/world/node_halt.h"
#include "sim/world/node_history.h"
#include "sim/world/node_site.h"
#include "sim/world/offset_track.h"
#include "sim/world/reader.h"
#include "sim/world/replan.h"
#include "sim/world/save_abort.h"
#include "sim/world/save_point.h"
#include "sim/world/second.h"
#include "sim/world/slot.h"

static void replica_closed(struct world *world, struct node *node, struct conn *conn,
                           enum drop drop)
{
    assert(conn->replica_has && node->conn == conn->index);
    bool was_online = conn->is_counted;
    replica_side_catch_up(world, conn);
    if (conn->is_established)
        EMIT(world, drop, node->index, e->peer = conn->master, e->why = drop,
             e->phase = was_online ? "online" : "sync", e->is_at_master = false);
    else
        EMIT(world, connect_failed, node->index, e->master = conn->master, e->why = drop);
    conn_count_left(world, node, conn);
    account_failed(world, node, drop);
    if (was_online)
        account_lost(world, node, drop);
    conn_replica_hangs_up(world, conn);
}

/* Where an attempt takes no time at all, the next one waits: a connect and its questions take about so long even on loopback. */
#define CONNECT_LEAST_NS (200 * NS_PER_US)

static void dial(struct world *world, struct node *node)
{
    assert(node->conn == NO_INDEX);
    node->replica_config.second_channel = config_second_channel(&node->config, node->profile);
    node->replica_config.outlives_main = !(world->scenario->known_faults & KNOWN_FAULT_EXIT);
    struct conn *conn = conn_begin(world, node);
    node->conn = conn->index;
    if (node->dialled_by == world->now + 1)
        slot_arm(world, conn, CONN_DIAL, world->now + CONNECT_LEAST_NS);
    node->dialled_by = world->now + 1;
    EMIT(world, connect, node->index, e->master = node->master);
    node->account.attempt.event.dialled_ns = world->now;
}

static void begin_stream(struct world *world, struct node *node, struct conn *conn, bool is_partial)
{
    assert(conn != NULL);
    if (node->replica.two_channels)
        second_loaded(world, node, conn);
    if (!is_partial)
        misplaced_begin(world, node, conn);
    account_observe(world, node);
    node->timeline = conn->timeline;
    node_keep_replicas(world, node); /* before PSYNC2 it keeps them, whoever its master is now */
    offset_track_hold(world, node, node->replica.reploff);
    if (!node_holds_position(node))
        offset_track_conn(world, node, conn->index);
    conn->is_counted = true;
    reader_begin(world, conn);
    account_online(world, node, is_partial);
    EMIT(world, online, node->index, e->master = conn->master,
         e->kind = is_partial ? REASON_KIND_PARTIAL : REASON_KIND_FULL,
         e->offset = node->replica.reploff);
    save_point_plan(world, node);
    conn_start_reading(world, conn);
    node_replicas_replan(world, node);
}

static void took_id(struct world *world, struct node *node)
{
    EMIT(world, identity, node->index, e->why = ID_CONTINUED, e->replid = node->history.id,
         e->replid2 = node->history.id2, e->second_offset = node->history.second_offset);
}

void replica_side_received(struct world *world, struct node *node, struct conn *conn)
{
    assert(node->is_up && conn->replica_has);
    struct event_resync *resync = &node->account.attempt.event;
    if (resync->received_ns != TRACE_ABSENT)
        return;
    resync->received_ns = world->now;
    EMIT(world, received, node->index, e->master = conn->master,
         e->payload_bytes = replica_payload_bytes(conn));
    conn_stop_reading(world, conn);
}

/* ---- two connections ---- */

static void dial_second(struct world *world, struct node *node)
{
    assert(node->second == NO_INDEX);
    struct conn *conn = conn_begin(world, node);
    conn->is_second = true;
    node->second = conn->index;
    node_failover_done(node);
    node->account.attempt.event.answered_ns = world->now;
    second_emit(world, node, "connect", TRACE_ABSENT);
}

/* The failure of a full one is that of its first connection; an end behind the payload is none. */
static void second_closed(struct world *world, struct node *node)
{
    if (node->second == NO_INDEX)
        return;
    struct conn *conn = conn_at(world, node->second);
    replica_side_catch_up(world, conn);
    conn_count_left(world, node, conn);
    conn_replica_hangs_up(world, conn);
}

/* What the first connection brought meanwhile is applied behind the payload. */
static void drain(struct world *world, struct node *node)
{
    struct conn *conn = conn_at(world, node->conn);
    replica_side_catch_up(world, conn);
    if (node->conn != conn->index || !node->replica.two_channels)
        return;
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    replica_drained(&node->replica, &site, &acts);
    replica_side_acts(world, node, &acts);
}

static void act_of_two(struct world *world, struct node *node, const struct act *act)
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
        second_emit(world, node, "ask", TRACE_ABSENT);
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
        second_emit(world, node, "alone", TRACE_ABSENT);
        node_stop(world, node, "load", false);
        break;
    default: /* PAYLOAD, PAYLOAD_BYTES, APPLIED, KEEP: nothing to do here */
        break;
    }
}

static void fill_up(struct world *world, struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    assert(!conn->is_second && node->replica.two_channels);
    struct source source = offset_track_source(world, conn);
    int64_t end = second_kept_end(world, conn);
    if (end < 0 || conn->read_limit != INT64_MAX ||
        pipe_arrived(&conn->pipe, &source, world->now) < end)
        return;
    conn->read_limit = end;
    second_emit(world, node, "full-buffer", end);
    replan_limit(world, conn);
    replan_conn(world, conn);
}

void replica_side_look(struct world *world, struct conn *conn)
{
    struct source source = offset_track_source(world, conn);
    int64_t arrived = pipe_arrived(&conn->pipe, &source, world->now),
            end = second_kept_end(world, conn);
    bool is_full = end >= 0 && arrived >= end;
    if (is_full && conn->read_limit < end)
        second_emit(world, &world->nodes[conn->replica], "full-buffer", end);
    conn->read_limit = max64(conn->read_limit, is_full ? end : arrived);
    replan_limit(world, conn);
    replan_conn(world, conn);
    bool has_ended = conn->is_closing && !conn->is_held_by_child && world->now >= conn->ends_at;
    if (has_ended && conn->read_limit >= conn->pipe.send_limit)
        replica_side_ended(world, conn);
}

/* ---- acts ---- */

static void replica_act(struct world *world, struct node *node, struct act *act)
{
    struct conn *conn = node->conn == NO_INDEX ? NULL : conn_at(world, node->conn);
    switch (act->kind) {
    case ACT_CONNECT:
        dial(world, node);
        break;
    case ACT_SEND:
        if (conn != NULL)
            conn_post(world, conn, UP, span_bytes(act->text, act->len),
                      world->now + node_delay(node, world->now));
        break;
    case ACT_CLOSE:
        if (conn != NULL)
            replica_closed(world, node, conn, act->drop);
        break;
    case ACT_ASKED:
        EMIT(world, ask, node->index, e->master = node->master, e->asked_id = act->text,
             e->asked_offset = act->offset);
        account_asked(world, node, node->master, act->text, act->offset);
        break;
    case ACT_CONTINUE:
        if (act->len > 0)
            took_id(world, node);
        node->account.attempt.event.answered_ns = world->now;
        node_failover_done(node);
        begin_stream(world, node, conn, true);
        break;
    case ACT_FULL:
        node_failover_done(node);
        if (!node->replica.two_channels)
            node->account.attempt.event.answered_ns = world->now;
        break;
    case ACT_RECEIVED:
        replica_side_received(world, node, second_payload_conn(world, node));
        break;
    case ACT_LOAD:
        world->calls->payload_complete(world, node, second_payload_conn(world, node));
        break;
    case ACT_ONLINE:
        begin_stream(world, node, conn, false);
        break;
    case ACT_DROP_REPLICAS:
        feed_drop_all(world, node, DROP_ID_CHANGED);
        break;
    case ACT_NEW_BACKLOG:
        node_new_backlog(world, node);
        break;
    case ACT_PROMOTE:
        world->calls->failover_rejected(world, node);
        break;
    default:
        act_of_two(world, node, act);
        break;
    }
}

void replica_side_acts(struct world *world, struct node *node, struct acts *acts)
{
    for (uint32_t i = 0; i < acts->count; i++)
        replica_act(world, node, &acts->list[i]);
}

/* ---- what arrives ---- */

/* Whether what is left of a span can be given now: what is not waits, and no server sends it. */
static bool is_taken_on(const struct world *world, const struct conn *conn)
{
    const struct replica *replica = &world->nodes[conn->replica].replica;
    return conn_is_of_replica(world, conn) &&
           (conn->is_second ? replica->state <= REPLICA_PAYLOAD
                            : !replica_holds_payload(replica) &&
                                  (!replica->two_channels || replica_reads_first(replica)));
}

bool replica_side_give(struct world *world, struct conn *conn, struct span span, int64_t t)
{
    struct node *node = &world->nodes[conn->replica];
    struct replica_site site = node_as_replica(world, node);
    site.now = world_wall(world, t);
    do {
        struct acts acts;
        if (conn->is_second)
            replica_second_receive(&node->replica, &site, &span, &acts);
        else
            replica_receive(&node->replica, &site, &span, &acts);
        replica_side_acts(world, node, &acts);
        if (span.kind == SPAN_BYTES && acts.left > 0)
            span.bytes += span.len - acts.left;
        span.len = acts.left;
    } while (span.len > 0 && is_taken_on(world, conn));
    return conn_is_of_replica(world, conn);
}

/* When what is given now was read. */
static int64_t read_at(const struct world *world, const struct conn *conn)
{
    int64_t arrived = offset_track_read_last(world, conn, world->now);
    return min64(world->now, max64(arrived, conn->reads_since));
}

static void catch_up_payload(struct world *world, struct conn *conn)
{
    struct source source = offset_track_source(world, conn);
    int64_t counted = conn->bulk - (conn->machine.diskless ? REPLID_LEN : 0);
    int64_t arrived = min64(pipe_arrived(&conn->pipe, &source, world->now), conn->read_limit);
    int64_t part = min64(arrived, counted) - conn->payload_given;
    if (part > 0 && conn->is_bulk_open) {
        conn->payload_given += part;
        if (!replica_side_give(world, conn, span_payload((uint64_t)part), read_at(world, conn)))
            return;
    }
    if (conn->machine.diskless && arrived >= conn->bulk && conn->payload_given == counted) {
        conn->payload_given = conn->bulk;
        replica_side_give(world, conn, span_bytes(conn->machine.mark, REPLID_LEN), world->now);
    }
}

/* Reads on, applies nothing: a GETACK waits with the rest. */
static void read_only(struct world *world, struct conn *conn)
{
    const struct replica *replica = &world->nodes[conn->replica].replica;
    int64_t read = offset_track_read(world, conn, world->now);
    if (read <= replica->read_reploff)
        return;
    if (read >= conn->getack)
        conn->getack = 0;
    replica_side_give(
        world, conn,
        span_stream((uint64_t)(read - replica->read_reploff), (uint64_t)(read - replica->reploff)),
        read_at(world, conn));
}

/* What was read while the position was held is applied later, also where nothing more arrives. */
static void catch_up_stream(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->replica];
    assert(node->conn == conn->index && node->replica.state == REPLICA_CONNECTED);
    if (node_holds_position(node)) {
        read_only(world, conn);
        return;
    }
    int64_t whole = offset_track_followed(world, conn, world->now);
    int64_t read = whole >= 0 ? whole : offset_track_read(world, conn, world->now);
    int64_t known = node->replica.read_reploff;
    if (read < known)
        return;
    int64_t last = read_at(world, conn);
    if (conn->getack > 0 && read >= conn->getack) {
        int64_t before = conn->getack - STREAM_GETACK_BYTES - known;
        conn->getack = 0;
        if (before >= 0) {
            if (before > 0 || node->replica.counted_tail > 0)
                replica_side_give(world, conn, span_stream((uint64_t)before, 0), last);
            replica_side_give(world, conn, span_bytes(stream_getack, STREAM_GETACK_BYTES), last);
        }
        known = node->replica.read_reploff;
    }
    if (read < known || node->conn != conn->index)
        return;
    int64_t tail = whole >= 0 ? 0 : read - offset_track_boundary(world, conn->timeline, read);
    if (read > known || tail < node->replica.counted_tail)
        replica_side_give(world, conn, span_stream((uint64_t)(read - known), (uint64_t)tail), last);
}

void replica_side_catch_up(struct world *world, struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    if (!conn->replica_has || !conn->is_established || !conn_is_of_replica(world, conn))
        return;
    const struct replica *replica = &node->replica;
    bool is_beside = replica->two_channels && !conn->is_second; /* a payload on the other one */
    if (replica->state == REPLICA_CONNECTED && !conn->is_second)
        catch_up_stream(world, conn);
    else if (is_beside && conn->is_stream_open)
        fill_up(world, conn);
    else if (replica->state == REPLICA_PAYLOAD && !is_beside)
        catch_up_payload(world, conn);
}

void replica_side_ended(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->replica];
    replica_side_catch_up(world, conn);
    if (!conn_is_of_replica(world, conn))
        return;
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    if (conn->is_second)
        replica_second_lost(&node->replica, &site, &acts);
    else
        replica_lost(&node->replica, &site, &acts);
    replica_side_acts(world, node, &acts);
}
