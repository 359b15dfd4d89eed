/* Connections. See conn.h.
 *
 * A connection is dialled by the replica, carries letters (real text) in both directions and,
 * downwards, counted payload and stream through its pipe. Either side may hold its end while the
 * other has lost it; when both let go, it rests until nothing that still looks a latency back can
 * need it. */
#include "sim/world/conn.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/conn_table.h"
#include "sim/world/link.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"
#include "sim/world/offset_track.h"
#include "sim/world/reader.h"
#include "sim/world/replan.h"
#include "sim/world/slot.h"
#include "sim/world/tap.h"

#define REST_NS (2 * NS_PER_S) /* besides two latencies: what is closed is kept that long */

struct conn *conn_begin(struct world *world, const struct node *node)
{
    int32_t link = scenario_link_between(world->scenario, node->master, node->index);
    assert(link != NO_INDEX);
    struct conn *conn = conn_table_take(world, link, node->master, node->index);
    conn->replica_has = true;
    conn->dialled = world->now;
    conn->timeline = world->nodes[node->master].timeline;
    struct link *path = link_of(world, conn);
    pipe_init(&conn->pipe, world->now, path->latency, link_rate(world, conn),
              path->spec->send_buffer);
    slot_arm(world, conn, CONN_DIAL, world->now);
    return conn;
}

/* Whether the replica's machine still goes with this connection. */
bool conn_is_of_replica(const struct world *world, const struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    return conn->index == (conn->is_second ? node->second : node->conn);
}

/* ---- letters ---- */

static bool in_handshake(const struct node *node)
{
    return node->replica.state < REPLICA_PREAMBLE;
}

/* A second small segment waits for the acknowledgement of the first while the replica's socket has
 * no TCP_NODELAY. */
static int64_t leaves_at(const struct world *world, struct conn *conn, int direction, int64_t at)
{
    if (direction != UP || !in_handshake(&world->nodes[conn->replica]))
        return at;
    int64_t leaves = at;
    if (conn->last_up_leaves >= 0)
        leaves = max64(leaves, conn->last_up_leaves + 2 * link_of(world, conn)->latency);
    conn->last_up_leaves = leaves;
    return leaves;
}

static void expect_mail(struct world *world, struct conn *conn, int direction)
{
    struct mail *mail = &conn->mail[direction];
    mail->is_held = link_is_silent(world, conn, direction);
    slot_arm(world, conn, direction == UP ? CONN_UP : CONN_DOWN, mail_next(mail));
}

static void post_text(struct world *world, struct conn *conn, int direction, struct span text,
                      int64_t at)
{
    int64_t leaves = leaves_at(world, conn, direction, max64(at, world->now));
    int64_t arrives = link_arrival(link_of(world, conn), leaves, text.len);
    mail_post(&conn->mail[direction], text.bytes, (size_t)text.len, leaves, arrives);
    tap_sent(world, conn, direction, text, leaves);
    expect_mail(world, conn, direction);
}

/* The replica's process lets go of its end. */
static void post_fin(struct world *world, struct conn *conn)
{
    assert(conn->is_established);
    int64_t leaves = leaves_at(world, conn, UP, world->now);
    int64_t arrives = link_arrival(link_of(world, conn), leaves, 0);
    mail_post_close(&conn->mail[UP], LETTER_FIN, leaves, arrives);
    tap_sent(world, conn, UP, span_bytes("", 0), leaves);
    expect_mail(world, conn, UP);
}

void conn_post(struct world *world, struct conn *conn, int direction, struct span text, int64_t at)
{
    assert(text.len > 0);
    bool is_one = direction == DOWN || !in_handshake(&world->nodes[conn->replica]);
    if (is_one)
        post_text(world, conn, direction, text, at);
    while (!is_one && text.len > 0) { /* each command of the handshake is a write of its own */
        size_t part = 1;
        while (part < text.len && !(text.bytes[part] == '*' && text.bytes[part - 1] == '\n'))
            part++;
        post_text(world, conn, direction, span_bytes(text.bytes, part), at);
        text.bytes += part;
        text.len -= part;
    }
}

/* ---- reading ---- */

void conn_stop_reading(struct world *world, struct conn *conn)
{
    world->calls->arrived(world, conn);
    if (conn->read_limit != INT64_MAX || !conn->replica_has)
        return;
    struct source source = offset_track_source(world, conn);
    conn->read_limit = conn->reader.limit = reader_at(conn, &source, world->now);
    replan_limit(world, conn);
    replan_conn(world, conn);
}

void conn_start_reading(struct world *world, struct conn *conn)
{
    if (conn->read_limit != INT64_MAX) {
        struct source source = offset_track_source(world, conn);
        pipe_freeze(&conn->pipe, &source, world->now);
        conn->read_limit = conn->reader.limit = INT64_MAX;
        replan_limit(world, conn);
    }
    replan_conn(world, conn);
}

/* ---- closing ---- */

static void rest_if_done(struct world *world, struct conn *conn)
{
    if (conn->replica_has || conn->master_has)
        return;
    mail_drop_all(&conn->mail[UP]);
    mail_drop_all(&conn->mail[DOWN]);
    for (int slot = 0; slot < CONN_SLOTS; slot++)
        slot_arm(world, conn, (enum conn_slot)slot, TIME_NEVER);
    conn_table_rest(world, conn);
    slot_arm(world, conn, CONN_DIAL, world->now + 2 * link_of(world, conn)->latency + REST_NS);
    replan_shares(world, conn);
}

/* The replica's end is gone: nothing more is read. */
static void drop_end(struct world *world, struct conn *conn)
{
    conn->replica_has = false;
    mail_drop_all(&conn->mail[DOWN]);
    slot_arm(world, conn, CONN_DOWN, TIME_NEVER);
    slot_arm(world, conn, CONN_ARRIVE, TIME_NEVER);
}

static void replica_lets_go(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->replica];
    if (!conn->replica_has)
        return;
    assert(conn_is_of_replica(world, conn));
    if (conn->is_second) {
        node->second = NO_INDEX;
        drop_end(world, conn);
        return;
    }
    const struct node *master = &world->nodes[conn->master];
    struct loss_point held = loss_on_the_way(world, conn);
    offset_track_hold(world, node,
                      node->replica.state == REPLICA_NONE ? node->history.offset
                                                          : node_offset(world, node));
    node->conn = NO_INDEX;
    drop_end(world, conn);
    node_replicas_replan(world, node);
    loss_settle(world, master, held, master->ended_by);
}

void conn_master_closes(struct world *world, struct conn *conn)
{
    if (!conn->master_has)
        return;
    assert(conn->is_established && !conn->is_closing);
    conn->master_has = false;
    struct source source = offset_track_source(world, conn);
    conn->pipe.send_limit = pipe_sent(&conn->pipe, &source, world->now);
    conn->is_closing = true;
    conn->closed = world->now;
    if (!link_is_silent(world, conn, UP)) /* else its sender goes on trying */
        mail_drop_all(&conn->mail[UP]);
    slot_arm(world, conn, CONN_UP, TIME_NEVER);
    conn->ends_at = max64(world->now + conn->pipe.latency, mail_last(&conn->mail[DOWN]));
    const struct node *master = &world->nodes[conn->master];
    conn->is_held_by_child = master->is_up && master->profile->child_holds_sockets &&
                             master->save.is_active && conn->established <= master->save.forked_at;
    replan_conn(world, conn);
    rest_if_done(world, conn);
}

/* What is counted as sent of a payload is what left. */
void conn_count_left(struct world *world, struct node *node, struct conn *conn)
{
    if (!conn->is_bulk_open)
        return;
    struct source source = offset_track_source(world, conn);
    struct event_resync *resync = &node->account.attempt.event;
    resync->payload_bytes =
        min64(resync->payload_bytes, pipe_left(&conn->pipe, &source, world->now));
}

void conn_replica_hangs_up(struct world *world, struct conn *conn)
{
    replica_lets_go(world, conn);
    if (conn->master_has && conn->is_established && !conn->is_severed)
        post_fin(world, conn);
    else if (!conn->is_established)
        conn->master_has = false;
    rest_if_done(world, conn);
}

/* When a replica that applies slowly has read all that arrived. */
static int64_t read_out_at(const struct world *world, const struct conn *conn)
{
    struct source source = offset_track_source(world, conn);
    if (!conn->is_paced || conn->read_limit != INT64_MAX)
        return world->now;
    int64_t arrived = pipe_arrived(&conn->pipe, &source, world->now);
    int64_t at = reader_when(conn, &source, arrived, world->now);
    return at == TIME_NEVER ? world->now : at;
}

void conn_reset(struct world *world, struct conn *conn, bool at_master, bool at_replica)
{
    assert(conn->is_established);
    struct source source = offset_track_source(world, conn);
    world->calls->arrived(world, conn);
    pipe_silence(&conn->pipe, &source, world->now);
    conn->is_severed = true;
    conn->mail[UP].is_held = conn->mail[DOWN].is_held = true;
    slot_arm(world, conn, CONN_UP, TIME_NEVER);
    slot_arm(world, conn, CONN_DOWN, TIME_NEVER);
    replan_conn(world, conn);
    conn->is_reset[DOWN] = at_replica && conn->replica_has;
    conn->is_reset[UP] = at_master && conn->master_has;
    if (conn->is_reset[DOWN]) /* what lies in the receive buffer is read before the end is seen */
        slot_arm(world, conn, CONN_DOWN, read_out_at(world, conn));
    if (conn->is_reset[UP])
        slot_arm(world, conn, CONN_UP, world->now);
}

void conn_child_ended(struct world *world, const struct node *node)
{
    EACH_CONN_BELOW(conn, world, node) {
        if (!conn->is_held_by_child)
            continue;
        assert(conn->is_closing);
        conn->is_held_by_child = false;
        conn->ends_at = max64(conn->ends_at, world->now + conn->pipe.latency);
        replan_conn(world, conn);
    }
}

/* The kernel of a process that ended closes this end of it. */
static void end_of_replica(struct world *world, int32_t index)
{
    if (index == NO_INDEX)
        return;
    struct conn *conn = conn_at(world, index);
    bool is_noticed = conn->master_has && conn->is_established && !conn->is_severed;
    replica_lets_go(world, conn);
    if (is_noticed)
        post_fin(world, conn);
    conn->master_has = conn->master_has && conn->is_established;
    rest_if_done(world, conn);
}

void conn_process_ended(struct world *world, struct node *node)
{
    end_of_replica(world, node->second);
    end_of_replica(world, node->conn);
    assert(node->conn == NO_INDEX && node->second == NO_INDEX);
    EACH_REPLICA_CONN(conn, world, node) {
        conn->is_recorded = false;
        conn_master_closes(world, conn);
    }
}

void conn_check(const struct conn *conn)
{
    assert(conn->master != conn->replica);
    assert(!conn->is_stream_open || conn->stream_opens >= conn->established);
    assert(!conn->is_window_full || conn->is_paced);
    assert(!conn->is_closing || conn->closed <= conn->ends_at);
    assert(!conn->is_established || conn->established >= conn->dialled);
    assert(!conn->is_resting || (!conn->replica_has && !conn->master_has));
    assert(conn->is_established || (!conn->master_has && !conn->is_bulk_open));
    assert(conn->is_established || (!conn->is_stream_open && !conn->is_recorded));
    assert(!conn->is_closing || (conn->is_established && !conn->master_has));
    assert(!conn->is_recorded || conn->master_has);
    assert(!conn->is_sent || conn->is_bulk_open);
    assert(conn->payload_given >= 0 && conn->payload_given <= conn->bulk);
    assert(!conn->is_held_by_child || conn->is_closing);
    assert(!conn->is_quiet || (conn->replica_has && conn->is_recorded && !conn->is_severed));
}
