/* Connections. See conn.h.
 *
 * A connection is dialled by the replica, carries letters (real text) in both directions and,
 * downwards, counted payload and stream through its pipe. Either side may hold its end while the
 * other has lost it; when both let go, it rests until nothing that still looks a latency back can
 * need it. */
#include "sim/world/conn.h"

#include <assert.h>
#include <string.h>
#include "models/net/tcp.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/conn_table.h"
#include "sim/world/slot.h"
#include "sim/world/offset_track.h"
#include "sim/world/feed.h"
#include "sim/world/link.h"
#include "sim/world/loss.h"
#include "sim/world/misplaced.h"
#include "sim/world/node.h"
#include "sim/world/reader.h"
#include "sim/world/save.h"
#include "sim/world/save_point.h"
#include "sim/world/second.h"
#include "sim/world/tap.h"

#define REST_NS (2 * NS_PER_S) /* besides two latencies: what is closed is kept that long */

struct link *conn_link(const struct world *world, const struct conn *conn)
{
    return &world->links[conn->link];
}

bool conn_is_silent(const struct world *world, const struct conn *conn, int direction)
{
    const struct link *link = conn_link(world, conn);
    return conn->is_severed || link->silences[direction] > 0 ||
           conn->resumes_at[direction] > world->now;
}

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
        leaves = max64(leaves, conn->last_up_leaves + 2 * conn_link(world, conn)->latency);
    conn->last_up_leaves = leaves;
    return leaves;
}

static int64_t arrives_at(const struct link *link, int64_t leaves, uint64_t len)
{
    int64_t arrives = leaves + link->latency +
                      dist_draw_at(&link->spec->jitter, link->jitter_key, (uint64_t)leaves);
    if (link->bandwidth > 0)
        arrives += mul_div_up((int64_t)len * 8, NS_PER_S, link->bandwidth);
    return arrives;
}

int64_t conn_arrival(const struct world *world, const struct conn *conn, int64_t leaves,
                     uint64_t len)
{
    return arrives_at(&world->links[conn->link], leaves, len);
}

static void expect_mail(struct world *world, struct conn *conn, int direction)
{
    struct mail *mail = &conn->mail[direction];
    mail->is_held = conn_is_silent(world, conn, direction);
    slot_arm(world, conn, direction == UP ? CONN_UP : CONN_DOWN, mail_next(mail));
}

static void post_text(struct world *world, struct conn *conn, int direction, struct span text,
                      int64_t at)
{
    int64_t leaves = leaves_at(world, conn, direction, max64(at, world->now));
    int64_t arrives = arrives_at(conn_link(world, conn), leaves, text.len);
    mail_post(&conn->mail[direction], text.bytes, (size_t)text.len, leaves, arrives);
    tap_sent(world, conn, direction, text, leaves);
    expect_mail(world, conn, direction);
}

/* The replica's process lets go of its end. */
static void post_fin(struct world *world, struct conn *conn)
{
    int64_t leaves = leaves_at(world, conn, UP, world->now);
    int64_t arrives = arrives_at(conn_link(world, conn), leaves, 0);
    mail_post_close(&conn->mail[UP], LETTER_FIN, leaves, arrives);
    tap_sent(world, conn, UP, span_bytes("", 0), leaves);
    expect_mail(world, conn, UP);
}

void conn_post(struct world *world, struct conn *conn, int direction, struct span text, int64_t at)
{
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
    slot_arm(world, conn, CONN_DIAL, world->now + 2 * conn_link(world, conn)->latency + REST_NS);
    link_rebalance(world, conn);
}

/* Whether the replica's machine still goes with this connection. */
bool conn_is_of_replica(const struct world *world, const struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    return conn->index == (conn->is_second ? node->second : node->conn);
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
    conn->master_has = false;
    struct source source = offset_track_source(world, conn);
    conn->pipe.send_limit = pipe_sent(&conn->pipe, &source, world->now);
    conn->is_closing = true;
    conn->closed = world->now;
    if (!conn_is_silent(world, conn, UP)) /* else its sender goes on trying */
        mail_drop_all(&conn->mail[UP]);
    slot_arm(world, conn, CONN_UP, TIME_NEVER);
    conn->ends_at = max64(world->now + conn->pipe.latency, mail_last(&conn->mail[DOWN]));
    const struct node *master = &world->nodes[conn->master];
    conn->is_held_by_child = master->is_up && master->profile->child_holds_sockets &&
                             master->save.is_active && conn->established <= master->save.forked_at;
    conn_replan(world, conn);
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

static void replica_closed(struct world *world, struct node *node, struct conn *conn,
                           enum drop drop)
{
    bool was_online = conn->is_counted;
    conn_catch_up(world, conn);
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
    struct source source = offset_track_source(world, conn);
    conn_catch_up(world, conn);
    pipe_silence(&conn->pipe, &source, world->now);
    conn->is_severed = true;
    conn->mail[UP].is_held = conn->mail[DOWN].is_held = true;
    slot_arm(world, conn, CONN_UP, TIME_NEVER);
    slot_arm(world, conn, CONN_DOWN, TIME_NEVER);
    conn_replan(world, conn);
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
        conn->is_held_by_child = false;
        conn->ends_at = max64(conn->ends_at, world->now + conn->pipe.latency);
        conn_replan(world, conn);
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
    EACH_REPLICA_CONN(conn, world, node) {
        conn->is_recorded = false;
        conn_master_closes(world, conn);
    }
}

/* ---- dialling ---- */

struct conn *conn_begin(struct world *world, const struct node *node)
{
    int32_t link = scenario_link_between(world->scenario, node->master, node->index);
    assert(link != NO_INDEX);
    struct conn *conn = conn_table_take(world, link, node->master, node->index);
    conn->replica_has = true;
    conn->dialled = world->now;
    conn->timeline = world->nodes[node->master].timeline;
    struct link *path = conn_link(world, conn);
    pipe_init(&conn->pipe, world->now, path->latency, link_rate(world, conn),
              path->spec->send_buffer);
    slot_arm(world, conn, CONN_DIAL, world->now);
    return conn;
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

static void established(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->replica], *master = &world->nodes[conn->master];
    conn->is_established = conn->master_has = true;
    conn->established = world->now;
    if (conn_link(world, conn)->spec->kind == LINK_RELAYED)
        conn->last_up_leaves = world->now; /* the first byte waits for a round trip */
    conn->client_id = ++world->clients;
    struct master_site above = node_site(world, master);
    master_init(&conn->machine, &above);
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    if (conn->is_second)
        replica_second_connected(&node->replica, &site, &acts);
    else
        replica_connected(&node->replica, &site, &acts);
    conn_replica_acts(world, node, &acts);
}

static void refused(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->replica];
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    if (conn->is_second)
        replica_second_refused(&node->replica, &site, &acts);
    else
        replica_refused(&node->replica, &site, &acts);
    conn_replica_acts(world, node, &acts);
}

/* One SYN: it is refused, lost, or becomes a connection a round trip later. */
static void attempt(struct world *world, struct conn *conn)
{
    struct link *link = conn_link(world, conn);
    bool is_relayed = link->spec->kind == LINK_RELAYED;
    bool is_silent = link->silences[DOWN] > 0 || link->silences[UP] > 0;
    int64_t round_trip = is_relayed ? 0 : 2 * link->latency;
    if (is_silent && !is_relayed) {
        int64_t again = tcp_syn_after(++conn->syns);
        tap_knocked(world, conn, "lost");
        conn->dial_outcome = again < 0 ? DIAL_REFUSED : DIAL_TRYING;
        slot_arm(world, conn, CONN_DIAL, conn->dialled + (again < 0 ? TCP_SYN_FAILS : again));
        return;
    }
    bool is_refused = link->cuts > 0 || !world->nodes[conn->master].is_up;
    conn->syns++;
    tap_knocked(world, conn, is_refused ? "refused" : "established");
    conn->dial_outcome = is_refused ? DIAL_REFUSED : DIAL_ESTABLISHED;
    slot_arm(world, conn, CONN_DIAL, world->now + round_trip);
}

void conn_dial_event(struct world *world, struct conn *conn)
{
    if (conn->is_resting) {
        conn_table_give_back(world, conn);
        return;
    }
    if (conn->is_established) {
        link_resume_event(world, conn);
        return;
    }
    if (conn->dial_outcome == DIAL_TRYING)
        attempt(world, conn);
    else if (conn->dial_outcome == DIAL_ESTABLISHED && world->nodes[conn->master].is_up)
        established(world, conn);
    else
        refused(world, conn);
}

/* ---- the replica's machine ---- */

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
        save_payload_received(world, node, second_payload_conn(world, node));
        break;
    case ACT_LOAD:
        save_begin_load(world, node, second_payload_conn(world, node));
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
        node_promote(world, node, ID_FAILOVER_REJECTED);
        break;
    default:
        second_act(world, node, act);
        break;
    }
}

void conn_replica_acts(struct world *world, struct node *node, struct acts *acts)
{
    for (uint32_t i = 0; i < acts->count; i++)
        replica_act(world, node, &acts->list[i]);
}

/* Whether what is left of a span can be given now: what is not waits, and no server sends it. */
static bool is_taken_on(const struct world *world, const struct conn *conn)
{
    const struct replica *replica = &world->nodes[conn->replica].replica;
    return conn_is_of_replica(world, conn) &&
           (conn->is_second ? replica->state <= REPLICA_PAYLOAD
                            : !replica_holds_payload(replica) &&
                                  (!replica->two_channels || replica_reads_first(replica)));
}

/* Gives one span; true if the connection is still this replica's. */
static bool give(struct world *world, struct conn *conn, struct span span, int64_t t)
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
        conn_replica_acts(world, node, &acts);
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
        if (!give(world, conn, span_payload((uint64_t)part), read_at(world, conn)))
            return;
    }
    if (conn->machine.diskless && arrived >= conn->bulk && conn->payload_given == counted) {
        conn->payload_given = conn->bulk;
        give(world, conn, span_bytes(conn->machine.mark, REPLID_LEN), world->now);
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
    give(world, conn,
         span_stream((uint64_t)(read - replica->read_reploff), (uint64_t)(read - replica->reploff)),
         read_at(world, conn));
}

/* What was read while the position was held is applied later, also where nothing more arrives. */
static void catch_up_stream(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->replica];
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
                give(world, conn, span_stream((uint64_t)before, 0), last);
            give(world, conn, span_bytes(stream_getack, STREAM_GETACK_BYTES), last);
        }
        known = node->replica.read_reploff;
    }
    if (read < known || node->conn != conn->index)
        return;
    int64_t tail = whole >= 0 ? 0 : read - offset_track_boundary(world, conn->timeline, read);
    if (read > known || tail < node->replica.counted_tail)
        give(world, conn, span_stream((uint64_t)(read - known), (uint64_t)tail), last);
}

void conn_catch_up(struct world *world, struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    if (!conn->replica_has || !conn->is_established || !conn_is_of_replica(world, conn))
        return;
    const struct replica *replica = &node->replica;
    bool is_beside = replica->two_channels && !conn->is_second; /* a payload on the other one */
    if (replica->state == REPLICA_CONNECTED && !conn->is_second)
        catch_up_stream(world, conn);
    else if (is_beside && conn->is_stream_open)
        second_catch_up(world, conn);
    else if (replica->state == REPLICA_PAYLOAD && !is_beside)
        catch_up_payload(world, conn);
}

/* ---- planning ---- */

/* The position whose arrival the replica waits for; -1: none. */
static int64_t awaited(const struct world *world, const struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    if (!conn->replica_has || conn->read_limit != INT64_MAX)
        return -1;
    if (conn->is_bulk_open && node->replica.state <= REPLICA_PAYLOAD &&
        (!conn->is_closing || conn->pipe.send_limit >= conn->bulk))
        return conn->bulk;
    int64_t end = conn->is_stream_open ? second_kept_end(world, conn) : -1;
    if (end >= 0 && (!conn->is_closing || conn->pipe.send_limit >= end))
        return end;
    if (conn->getack > 0 && node->replica.state == REPLICA_CONNECTED)
        return conn->bulk + conn->getack - conn->from;
    return conn->is_closing ? conn->pipe.send_limit : -1;
}

static int64_t next_arrival(const struct world *world, const struct conn *conn,
                            const struct source *source)
{
    int64_t position = awaited(world, conn);
    bool is_end = conn->is_closing && position == conn->pipe.send_limit;
    if (position < 0 || conn_is_silent(world, conn, DOWN) || (is_end && conn->is_held_by_child))
        return TIME_NEVER;
    int64_t t = max64(mail_last(&conn->mail[DOWN]), /* what was said before is heard before */
                      reader_when(conn, source, position, world->now));
    return is_end ? max64(t, conn->ends_at) : t;
}

void conn_replan(struct world *world, struct conn *conn)
{
    if (!conn->is_used || conn->is_resting)
        return;
    struct source source = offset_track_source(world, conn);
    struct pipe_piece before = *pipe_last(&conn->pipe);
    reader_look(world, conn, &source);
    slot_arm(world, conn, CONN_PLAN, pipe_replan(&conn->pipe, &source, world->now));
    struct pipe_piece after = *pipe_last(&conn->pipe);
    if (before.kind != after.kind || before.rate != after.rate)
        conn->path_changed = world->now;
    reader_plan(world, conn, &source);
    slot_arm(world, conn, CONN_ARRIVE, next_arrival(world, conn, &source));
    feed_replan(world, conn);
    if ((before.kind == PIECE_RUN) != (after.kind == PIECE_RUN))
        link_rebalance(world, conn);
    if (before.kind != after.kind && conn->is_stream_open) /* a chain feels it a latency later */
        node_replicas_replan_at(world, &world->nodes[conn->replica],
                                world->now + conn->pipe.latency);
}

void conn_plan_event(struct world *world, struct conn *conn)
{
    conn_replan(world, conn);
}

void conn_stop_reading(struct world *world, struct conn *conn)
{
    conn_catch_up(world, conn);
    if (conn->read_limit != INT64_MAX || !conn->replica_has)
        return;
    struct source source = offset_track_source(world, conn);
    conn->read_limit = conn->reader.limit = reader_at(conn, &source, world->now);
    link_set_limit(world, conn);
    conn_replan(world, conn);
}

void conn_start_reading(struct world *world, struct conn *conn)
{
    if (conn->read_limit != INT64_MAX) {
        struct source source = offset_track_source(world, conn);
        pipe_freeze(&conn->pipe, &source, world->now);
        conn->read_limit = conn->reader.limit = INT64_MAX;
        link_set_limit(world, conn);
    }
    conn_replan(world, conn);
}

/* ---- arrivals ---- */

void conn_ended(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->replica];
    conn_catch_up(world, conn);
    if (!conn_is_of_replica(world, conn))
        return;
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    if (conn->is_second)
        replica_second_lost(&node->replica, &site, &acts);
    else
        replica_lost(&node->replica, &site, &acts);
    conn_replica_acts(world, node, &acts);
}

void conn_arrive_event(struct world *world, struct conn *conn)
{
    struct source source = offset_track_source(world, conn);
    conn_catch_up(world, conn);
    if (conn->is_used && conn->replica_has && conn->is_closing && !conn->is_held_by_child &&
        world->now >= conn->ends_at && awaited(world, conn) == conn->pipe.send_limit &&
        reader_at(conn, &source, world->now) >= conn->pipe.send_limit)
        conn_ended(world, conn);
    else
        conn_replan(world, conn);
}

/* What comes for a socket that its process has closed is answered with a reset: what that kernel
 * still held is thrown away, and only what had left arrives (FACTS R9). */
static void reset_by_kernel(struct world *world, struct conn *conn)
{
    struct source source = offset_track_source(world, conn);
    conn->pipe.send_limit =
        min64(conn->pipe.send_limit, pipe_left(&conn->pipe, &source, world->now));
    conn->ends_at = max64(conn->ends_at, world->now + conn->pipe.latency);
    conn_replan(world, conn);
}

void conn_letter_event(struct world *world, struct conn *conn, int direction)
{
    static const struct letter RESET = {.kind = LETTER_RESET};
    if (conn->is_reset[direction]) {
        conn->is_reset[direction] = false;
        if (direction == UP)
            feed_letter(world, conn, &RESET);
        else
            conn_ended(world, conn);
        return;
    }
    struct letter letter;
    mail_take(&conn->mail[direction], &letter);
    slot_arm(world, conn, direction == UP ? CONN_UP : CONN_DOWN, mail_next(&conn->mail[direction]));
    tap_received(world, conn, direction, &letter);
    bool is_closed = direction == UP && conn->is_closing && letter.kind == LETTER_TEXT;
    if (is_closed && conn->is_paced && conn_link(world, conn)->spec->kind == LINK_TCP)
        reset_by_kernel(world, conn);
    else if (direction == UP)
        feed_letter(world, conn, &letter);
    else if (!conn_is_of_replica(world, conn))
        return; /* a closed socket: nobody reads it */
    else if (letter.kind != LETTER_TEXT)
        conn_ended(world, conn);
    else
        give(world, conn, span_bytes(letter.text, letter.len), world->now);
}

void conn_check(const struct conn *conn)
{
    assert(conn->master != conn->replica);
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
