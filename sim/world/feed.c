/* The master's side of a connection. See feed.h. */
#include "sim/world/feed.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/conn.h"
#include "sim/world/node.h"
#include "sim/world/node_backlog.h"
#include "sim/world/node_history.h"
#include "sim/world/node_site.h"
#include "sim/world/node_stream.h"
#include "sim/world/offset_track.h"
#include "sim/world/output.h"
#include "sim/world/replan.h"
#include "sim/world/save_abort.h"
#include "sim/world/slot.h"

/* Until a server that copied what is owed gets to closing the replica: no less than a round of its
 * loop. */
#define COPY_BASE_NS      (100 * NS_PER_US)
#define COPY_BYTES_PER_NS 1

void feed_record(struct world *world, struct conn *conn, int64_t offset)
{
    assert(conn->master_has && !conn->is_stream_open && offset >= 0);
    struct node *master = &world->nodes[conn->master];
    node_settle(world, master);
    conn->from = offset;
    conn->timeline = master->timeline;
    conn->is_recorded = true;
    conn->limit.soft_since_s = LIMIT_NOT_OVER;
}

void feed_pin(struct world *world, struct conn *conn, int64_t offset)
{
    assert(conn->is_second && !conn->is_recorded);
    node_settle(world, &world->nodes[conn->master]);
    conn->from = offset;
    conn->timeline = world->nodes[conn->master].timeline;
    conn->is_pinning = world->nodes[conn->master].profile->channel_main_psyncs;
}

void feed_unpin(struct world *world, struct conn *conn)
{
    if (!conn->is_pinning)
        return;
    node_settle(world, &world->nodes[conn->master]);
    conn->is_pinning = false;
    node_unpinned(world, &world->nodes[conn->master]);
}

static void open_stream(struct world *world, struct conn *conn)
{
    if (conn->is_stream_open)
        return;
    struct source source = offset_track_source(world, conn);
    pipe_freeze(&conn->pipe, &source, world->now);
    conn->is_stream_open = true;
    conn->stream_opens = world->now;
    replan_conn(world, conn);
}

static void answered(struct world *world, struct conn *conn, const struct act *act)
{
    struct node *master = &world->nodes[conn->master], *replica = &world->nodes[conn->replica];
    struct backlog_range range = node_backlog(world, master);
    enum reason_kind kind = reason_kind(act->reason);
    EMIT(world, answer, master->index, e->replica = replica->index, e->kind = kind,
         e->reason = act->reason, e->asked_id = act->text,
         e->asked_offset = act->kind == ACT_REFUSE ? TRACE_ABSENT : act->offset,
         e->offset = master->history.offset,
         e->backlog_first = range.exists ? range.first : TRACE_ABSENT,
         e->backlog_bytes = range.length);
    master->syncs.partial += kind == REASON_KIND_PARTIAL;
    master->syncs.full += kind == REASON_KIND_FULL;
    master->syncs.refused +=
        kind == REASON_KIND_FULL && act->text[0] != '\0' && act->text[0] != '?';
    replica->account.granted += kind == REASON_KIND_PARTIAL;
    replica->account.begun += kind == REASON_KIND_FULL;
    if (kind == REASON_KIND_ERROR || replica->conn != conn->index)
        return;
    struct event_resync *resync = &replica->account.attempt.event;
    attempt_decided(&replica->account.attempt, kind, act->reason);
    if (range.exists) {
        resync->backlog_first = range.first;
        resync->backlog_bytes = range.length;
        resync->backlog_floor = master->backlog.grid;
    }
    if (kind == REASON_KIND_PARTIAL)
        resync->owed_bytes = master->history.offset + 1 - act->offset;
}

/* A buffer of its own takes a copy of all that is owed before any of it is sent, and is looked at
 * then: what the kernel takes still goes, and the replica is closed once the copy is made. */
static void look_at_copy(struct world *world, struct conn *conn)
{
    const struct node *master = &world->nodes[conn->master];
    struct output_limit limit = output_limit_of(master);
    int64_t usage = output_usage(world, conn);
    bool is_over = !master->backlog.is_shared && limit.hard_bytes > 0 && usage >= limit.hard_bytes;
    conn->overrun_at = is_over ? world->now + COPY_BASE_NS + usage / COPY_BYTES_PER_NS : 0;
}

static void grant(struct world *world, struct conn *conn, const struct act *act)
{
    answered(world, conn, act);
    feed_record(world, conn, act->offset - 1);
    look_at_copy(world, conn);
    open_stream(world, conn);
    node_refresh_good(world, &world->nodes[conn->master]);
}

struct conn *feed_other_of_pair(struct world *world, const struct conn *conn)
{
    struct node *master = &world->nodes[conn->master];
    bool names_payload = master->profile->channel_main_psyncs;
    EACH_REPLICA_CONN(other, world, master) {
        const struct conn *main = conn->is_second ? other : conn;
        const struct conn *second = conn->is_second ? conn : other;
        if (main->is_second == second->is_second)
            continue;
        if (names_payload ? main->machine.payload_id == second->client_id
                          : second->machine.main_id == main->client_id)
            return other;
    }
    return NULL;
}

/* A full one is to go over two connections. In some versions the first is a replica from now on. */
static void offer(struct world *world, struct conn *conn, const struct act *act)
{
    answered(world, conn, act);
    if (conn->machine.state == MASTER_WAIT_CHANNEL)
        node_first_backlog(world, &world->nodes[conn->master]);
}

/* The stream behind a payload: it is no resynchronisation of its own. */
static void join(struct world *world, struct conn *conn, const struct act *act)
{
    struct node *master = &world->nodes[conn->master];
    EMIT(world, second, master->index, e->peer = conn->replica, e->step = "joined",
         e->offset = act->offset, e->owed_bytes = master->history.offset + 1 - act->offset,
         e->is_at_master = true);
    feed_record(world, conn, act->offset - 1);
    assert(conn->is_recorded && !conn->is_second);
    open_stream(world, conn);
    struct conn *payload = feed_other_of_pair(world, conn);
    if (payload == NULL)
        return;
    feed_unpin(world, payload);
    if (payload->machine.state == MASTER_TRANSMITTED)
        feed_drop(world, payload, DROP_RDB_ONLY);
}

static void pass_grant(struct world *world, struct conn *conn, const struct act *act)
{
    if (conn->machine.state == MASTER_STREAMING)
        join(world, conn, act);
    else
        grant(world, conn, act);
}

static void pass_want(struct world *world, struct conn *conn, const struct act *act)
{
    if (conn->is_second)
        EMIT(world, second, conn->master, e->peer = conn->replica, e->step = "asked",
             e->is_at_master = true);
    else
        answered(world, conn, act);
    world->calls->full_asked(world, conn);
}

/* A payload that ends before it is through takes its first connection along, in some versions. */
static void payload_closed(struct world *world, struct conn *conn, bool is_done)
{
    struct node *master = &world->nodes[conn->master];
    feed_unpin(world, conn);
    struct conn *main = feed_other_of_pair(world, conn);
    if (main != NULL && !is_done && master->profile->channel_child_closes_main)
        feed_drop(world, main, DROP_SAVE_FAILED);
}

static void closed(struct world *world, struct conn *conn, enum drop drop)
{
    assert(conn->master_has);
    struct node *master = &world->nodes[conn->master], *replica = &world->nodes[conn->replica];
    int64_t usage = conn->jump_usage > 0 ? conn->jump_usage : output_usage(world, conn);
    bool was_replica = conn->phase_at_master >= MASTER_WAIT_CHANNEL;
    bool is_done = conn->is_second && (drop == DROP_RDB_ONLY || conn->is_sent);
    bool is_silent = conn->is_second && drop != DROP_NO_STREAM &&
                     (is_done || drop == DROP_LOST); /* its first one says so */
    if (was_replica && !is_silent) {
        EMIT(world, drop, master->index, e->peer = replica->index, e->why = drop,
             e->phase = master_state_name(conn->phase_at_master), e->buffer_bytes = usage,
             e->is_at_master = true);
        account_buffer(world, conn, usage);
    }
    node_settle(world, master);
    conn_master_closes(world, conn);
    if (conn->is_recorded) {
        conn->is_recorded = false;
        node_unpinned(world, master);
    }
    if (was_replica && node_replicas(world, master) == 0)
        master->no_replicas_since = world->now;
    if (was_replica && conn->is_second)
        payload_closed(world, conn, is_done);
    if (!is_done)
        save_member_left(world, master);
    node_refresh_good(world, master);
}

/* A stream that opens before anything was ever written: by the ACK behind a streamed payload, with the
 * last byte of one from disk (valkey 9.1.2: offset 14 as soon as the synchronisation has succeeded). */
static void begin_with_ping(struct world *world, const struct conn *conn)
{
    struct node *master = &world->nodes[conn->master];
    if (master->profile->ping_at_offset_zero && master->master == NO_INDEX &&
        node_offset(world, master) == 0)
        node_ping_now(world, master);
}

static void feed_act(struct world *world, struct conn *conn, struct act *act)
{
    struct node *master = &world->nodes[conn->master];
    switch (act->kind) {
    case ACT_SEND:
        conn_post(world, conn, DOWN, span_bytes(act->text, act->len),
                  world->now + node_delay(master, world->now));
        break;
    case ACT_GRANT:
        pass_grant(world, conn, act);
        break;
    case ACT_OFFER:
        offer(world, conn, act);
        break;
    case ACT_WANT:
        pass_want(world, conn, act);
        break;
    case ACT_REFUSE:
        answered(world, conn, act);
        break;
    case ACT_ACK:
        EMIT(world, ack, master->index, e->replica = conn->replica, e->offset = act->offset);
        world->calls->acknowledged(world, master);
        break;
    case ACT_START_STREAM:
        open_stream(world, conn);
        begin_with_ping(world, conn);
        node_refresh_good(world, master);
        break;
    case ACT_CLOSE:
        closed(world, conn, act->drop);
        break;
    default:
        break;
    }
}

void feed_acts(struct world *world, struct conn *conn, struct acts *acts)
{
    for (uint32_t i = 0; i < acts->count; i++)
        feed_act(world, conn, &acts->list[i]);
}

void feed_drop(struct world *world, struct conn *conn, enum drop drop)
{
    if (!conn->master_has)
        return;
    struct master_site site = node_site_of_replica(world, &world->nodes[conn->master]);
    struct acts acts;
    conn->phase_at_master = conn->machine.state;
    master_close(&conn->machine, &site, drop, &acts);
    feed_acts(world, conn, &acts);
    assert(!conn->master_has);
}

void feed_drop_all(struct world *world, struct node *node, enum drop drop)
{
    node_touch_below(world, node);
    EACH_REPLICA_CONN(conn, world, node) {
        if (master_is_replica(&conn->machine))
            feed_drop(world, conn, drop);
    }
}

/* ---- the output buffer ---- */

/* When the buffer next is at `usage` or more and a block begins, which is when a server looks. */
static int64_t when_usage(const struct world *world, const struct conn *conn, int64_t usage)
{
    const struct node *master = &world->nodes[conn->master];
    const struct backlog *backlog = &master->backlog;
    int64_t offset = backlog_usage_offset(backlog, output_sent(world, conn), usage);
    int64_t next = backlog_next_block(backlog, node_offset(world, master));
    return offset_track_when(world, master, max64(offset, next), world->now);
}

/* When the next look is due, given that no limit is exceeded now. */
static int64_t next_look(const struct world *world, const struct conn *conn,
                         const struct output_limit *limit)
{
    const struct node *master = &world->nodes[conn->master];
    int64_t hard = limit->hard_bytes;
    int64_t due = hard > 0 ? when_usage(world, conn, hard) : TIME_NEVER;
    if (limit->soft_bytes == 0)
        return due;
    if (conn->limit.soft_since_s == LIMIT_NOT_OVER)
        return min64(due, when_usage(world, conn, limit->soft_bytes));
    int64_t strikes = limit_soft_strikes_s(&conn->limit, limit) * NS_PER_S - world->wall_zero;
    int64_t offset = offset_track_at(world, master, max64(strikes, world->now));
    int64_t next = backlog_next_block(&master->backlog, offset);
    return min64(due, offset_track_when(world, master, next, world->now));
}

/* Whether a buffer of `usage`, all there is of it while the stream flows freely, stays below every
 * limit. */
static bool is_harmless(const struct conn *conn, int64_t usage, const struct output_limit *limit)
{
    int64_t hard = limit->hard_bytes, soft = limit->soft_bytes;
    return output_flows_freely(conn) && (hard == 0 || usage < hard) && (soft == 0 || usage < soft);
}

void feed_check_limits(struct world *world, struct conn *conn, bool is_planned)
{
    struct node *master = &world->nodes[conn->master], *replica = &world->nodes[conn->replica];
    if (!conn->master_has || !conn->is_recorded || (!is_planned && output_flows_freely(conn)))
        return;
    if (conn->overrun_at > 0) {
        if (world->now >= conn->overrun_at)
            feed_drop(world, conn, DROP_LIMIT_HARD);
        else
            slot_arm(world, conn, CONN_LIMIT, conn->overrun_at);
        return;
    }
    struct output_limit limit = output_limit_of(master);
    int64_t usage = output_usage(world, conn);
    int64_t second = world_wall(world, world->now) / NS_PER_S;
    account_buffer(world, conn, usage);
    replica->account.buffer_limit = limit.hard_bytes;
    bool strikes = !is_planned || conn->is_look_due; /* else it only plans: nothing was appended */
    bool was_over = conn->limit.soft_since_s != LIMIT_NOT_OVER;
    enum drop verdict = strikes ? limit_look(&conn->limit, &limit, usage, second) : DROP_NONE;
    bool is_over = conn->limit.soft_since_s != LIMIT_NOT_OVER;
    conn->is_looked_at = true;
    if (verdict != DROP_NONE) {
        feed_drop(world, conn, verdict);
    } else if (is_harmless(conn, usage, &limit)) {
        slot_arm(world, conn, CONN_LIMIT, TIME_NEVER); /* the next plan comes with a look */
    } else if (is_planned ||
               was_over != is_over) { /* else the look that is planned is early enough */
        conn->is_look_due = true;
        slot_arm(world, conn, CONN_LIMIT, max64(world->now + 1, next_look(world, conn, &limit)));
    }
}

static void look_at_jump(struct world *world, struct conn *conn)
{
    assert(conn->master_has && conn->is_recorded);
    struct node *master = &world->nodes[conn->master];
    struct output_limit limit = output_limit_of(master);
    int64_t usage = output_usage(world, conn);
    int64_t second = world_wall(world, world->now) / NS_PER_S;
    if (conn->overrun_at > 0) /* it is on its way out */
        return;
    enum drop verdict = limit_look(&conn->limit, &limit, usage, second);
    if (verdict == DROP_LIMIT_HARD)
        conn->jump_usage = usage =
            min64(usage, backlog_usage_above(&master->backlog, limit.hard_bytes));
    account_buffer(world, conn, usage);
    world->nodes[conn->replica].account.buffer_limit = limit.hard_bytes;
    if (verdict != DROP_NONE)
        feed_drop(world, conn, verdict);
}

void feed_jump_event(struct world *world, struct conn *conn)
{
    struct source source = offset_track_source(world, conn);
    if (!conn->master_has || !conn->is_recorded)
        return;
    conn->is_jump_held = !conn->is_jump_held;
    if (conn->is_jump_held) {
        pipe_freeze(&conn->pipe, &source, world->now);
        conn->pipe.send_limit = pipe_sent(&conn->pipe, &source, world->now);
        replan_conn(world, conn);
        slot_arm(world, conn, CONN_JUMP, world->now + 1);
        return;
    }
    look_at_jump(world, conn);
    if (!conn->master_has)
        return;
    conn->pipe.send_limit = INT64_MAX;
    replan_conn(world, conn);
}
