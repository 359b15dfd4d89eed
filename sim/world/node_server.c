/* What a server holds: history, backlog, stream, role. See node.h. */
#include <assert.h>
#include <string.h>
#include "models/server/handover.h"
#include "models/server/write_gate.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/timeline.h"
#include "sim/world/slot.h"
#include "sim/world/conn.h"
#include "sim/world/offset_track.h"
#include "sim/world/feed.h"
#include "sim/world/link.h"
#include "sim/world/loss.h"
#include "sim/world/misplaced.h"
#include "sim/world/node.h"
#include "sim/world/quiet.h"
#include "sim/world/save_point.h"

int64_t node_offset(const struct world *world, const struct node *node)
{
    return offset_track_at(world, node, world->now);
}

void node_sync(struct world *world, struct node *node)
{
    if (node->master == NO_INDEX)
        node->history.offset = node_offset(world, node);
    else if (node->conn != NO_INDEX)
        conn_catch_up(world, conn_at(world, node->conn));
}

struct master_site node_site(struct world *world, struct node *node)
{
    node_sync(world, node);
    return (struct master_site){.profile = node->profile,
                                .history = &node->history,
                                .now = world_wall(world, world->now),
                                .backlog = node_backlog(world, node),
                                .is_replica = node->master != NO_INDEX,
                                .link_up = replica_is_online(&node->replica),
                                .is_failing_over = node->is_failing_over,
                                .is_loading = node->loading != LOAD_NOTHING,
                                .is_misconfigured = save_point_stops_writes(node),
                                .is_busy = node->is_busy,
                                .timeout_s = node->config.timeout_s,
                                .second_channel =
                                    config_serves_channel(&node->config, node->profile),
                                .auth_user = "",
                                .auth_password = ""};
}

/* Whether the other connection of a pair is one that this one may name. */
static bool knows_client(const void *user, int64_t id)
{
    const struct conn *conn = user;
    const struct world *world = conn->world;
    bool names_payload = world->nodes[conn->master].profile->channel_main_psyncs;
    EACH_REPLICA_CONN(other, world, &world->nodes[conn->master]) {
        if (other->client_id == id)
            return names_payload ? other->machine.is_channel && master_is_replica(&other->machine)
                                 : other->machine.state == MASTER_WAIT_CHANNEL;
    }
    return false;
}

struct master_site node_site_for(struct world *world, const struct conn *conn)
{
    struct master_site site = node_site(world, &world->nodes[conn->master]);
    site.client_id = conn->client_id;
    site.knows_client = knows_client;
    site.user = conn;
    return site;
}

struct master_site node_site_of_replica(const struct world *world, const struct node *node)
{
    return (struct master_site){.profile = node->profile,
                                .history = &node->history,
                                .now = world_wall(world, world->now),
                                .timeout_s = node->config.timeout_s,
                                .auth_user = "",
                                .auth_password = ""};
}

static bool loads_from_file(const struct node *node)
{
    bool is_empty_mode = node->config.diskless_load == DISKLESS_LOAD_ON_EMPTY_DB;
    return node->config.diskless_load == DISKLESS_LOAD_DISABLED ||
           (is_empty_mode && node->data_bytes > 0);
}

struct replica_site node_as_replica(const struct world *world, struct node *node)
{
    return (struct replica_site){.profile = node->profile,
                                 .config = &node->replica_config,
                                 .history = &node->history,
                                 .payload_to_file = loads_from_file(node),
                                 .now = world_wall(world, world->now)};
}

/* ---- backlog ---- */

/* The stream offset that the slowest recorded replica has been sent; INT64_MAX if there is none. */
static int64_t pinned(const struct world *world, const struct node *node)
{
    int64_t lowest = node->quiet_count > 0 ? node_offset(world, node) : INT64_MAX;
    EACH_AWAKE_CONN(conn, world, node) {
        if (!conn->is_recorded && !conn->is_pinning)
            continue;
        int64_t sent = conn->is_pinning ? conn->from : feed_sent(world, conn);
        lowest = sent < lowest ? sent : lowest;
    }
    return lowest;
}

/* Rounds of the event loop since the last time somebody let go: one a command, and those of the
 * timers. */
static int64_t loops(const struct world *world, const struct node *node)
{
    int64_t since = world->now - node->unpinned_at;
    int64_t commands = node->load == NULL ? 0
                                          : load_commands(node->load, world->now) -
                                                load_commands(node->load, node->unpinned_at);
    return commands + since / (100 * NS_PER_MS);
}

struct backlog_range node_backlog(struct world *world, struct node *node)
{
    if (!node->backlog.exists)
        return (struct backlog_range){.exists = false};
    return backlog_range(&node->backlog, node_offset(world, node), pinned(world, node),
                         loops(world, node));
}

void node_settle(struct world *world, struct node *node)
{
    if (node->backlog.exists)
        backlog_settle(&node->backlog, node_offset(world, node), pinned(world, node),
                       loops(world, node));
}

void node_unpinned(struct world *world, struct node *node)
{
    if (!node->backlog.exists)
        return;
    backlog_unpin(&node->backlog);
    node->unpinned_at = world->now;
}

static void emit_backlog(struct world *world, struct node *node, const char *what)
{
    EMIT(world, backlog, node->index, e->what = what, e->first = node->backlog.floor,
         e->size_bytes = node->backlog.size);
}

void node_new_backlog(struct world *world, struct node *node)
{
    if (node->backlog.exists)
        return;
    int64_t largest = node->load == NULL ? 0 : load_largest_piece(node->load);
    int64_t offset = node->master == NO_INDEX ? node_offset(world, node) : node->history.offset;
    struct backlog_plan plan = {.profile = node->profile,
                                .allocator = (enum allocator)node->spec->host.allocator,
                                .size = node->config.backlog_bytes,
                                .largest_piece = largest};
    backlog_create(&node->backlog, &plan, offset);
    emit_backlog(world, node, "created");
    node_flow(world, node);
}

void node_free_backlog(struct world *world, struct node *node, const char *why)
{
    if (!node->backlog.exists)
        return;
    backlog_free(&node->backlog);
    node_flow(world, node);
    if (why != NULL)
        EMIT(world, backlog, node->index, e->what = why,
             e->size_bytes = node->config.backlog_bytes);
}

/* ---- identity ---- */

void node_draw_id(struct node *node, char id[REPLID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t bits = 0;
    for (int i = 0; i < REPLID_LEN; i++) {
        if (i % 16 == 0)
            bits = random_u64(&node->ids);
        id[i] = digits[bits & 15];
        bits >>= 4;
    }
    id[0] = digits[10 + (bits & 3)]; /* a letter, so that no reader takes an id for a number */
    id[REPLID_LEN] = '\0';
}

static void emit_identity(struct world *world, struct node *node, enum id_change why)
{
    bool has_second = node->history.second_offset >= 0;
    EMIT(world, identity, node->index, e->why = why, e->replid = node->history.id,
         e->replid2 = has_second ? node->history.id2 : NULL,
         e->second_offset = has_second ? node->history.second_offset : TRACE_ABSENT);
}

/* From here on the node writes bytes of its own. */
static void begin_timeline(struct world *world, struct node *node, int32_t parent)
{
    account_writes(world, node);
    struct loss_point held = loss_point(world, node);
    node->account.unstreamed = 0;
    node->timeline = timeline_new(world, parent, node->history.offset);
    loss_new_timeline(world, node, node->timeline, held);
    stream_init(&world->timelines[node->timeline].stream, world->now, node->history.offset);
    offset_track_stream(world, node);
    node_flow(world, node);
}

void node_new_identity(struct world *world, struct node *node, enum id_change why)
{
    char id[REPLID_SIZE];
    node_sync(world, node);
    node_draw_id(node, id);
    history_renew(&node->history, id);
    begin_timeline(world, node, node->timeline);
    emit_identity(world, node, why);
}

/* ---- the stream ---- */

enum write_gate node_gate(const struct node *node, bool has_backlog)
{
    return write_gate(&(struct write_state){.is_up = node->is_up,
                                            .has_backlog = has_backlog,
                                            .refuses = node->refuses_writes,
                                            .is_loading = node->loading != LOAD_NOTHING,
                                            .is_paused = node->failover_to != NO_INDEX ||
                                                         node->shutdown_deadline != TIME_NEVER ||
                                                         node->write_pauses > 0,
                                            .is_blocked = node_is_blocked(node),
                                            .is_busy = node->is_busy});
}

static void freeze_replicas(struct world *world, struct node *node)
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
    quiet_end_below(world, node);
    if (flows) {
        freeze_replicas(world, node);
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
    node_replicas_replan(world, node);
}

void node_item(struct world *world, struct node *node, int64_t bytes)
{
    struct stream *stream = &world->timelines[node->timeline].stream;
    if (stream->count == stream->room && stream->count >= SECTIONS_KEPT &&
        !stream_item_joins(stream, world->now, bytes))
        offset_track_forget_streams(world);
    stream_item(stream, world->now, bytes);
    EACH_AWAKE_CONN(conn, world, node) {
        if (conn->master_has && conn->is_recorded)
            feed_item_added(world, conn);
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

void node_replicas_replan_at(struct world *world, struct node *node, int64_t t)
{
    EACH_CONN_BELOW(conn, world, node) {
        if (!conn->is_stream_open)
            continue;
        uint32_t slot = slot_of_conn(world, conn->index, CONN_PLAN);
        if (queue_when(&world->queue, slot) > t)
            queue_set(&world->queue, slot, t);
    }
}

void node_replicas_replan(struct world *world, struct node *node)
{
    node_replicas_replan_at(world, node, world->now);
}

/* ---- role ---- */

void node_keep_replicas(struct world *world, const struct node *node)
{
    bool is_further;
    do {
        is_further = false;
        EACH_CONN_AWAKE(conn, world) {
            if (!conn->is_recorded || world->nodes[conn->master].timeline != node->timeline)
                continue;
            struct node *replica = &world->nodes[conn->replica];
            conn->timeline = node->timeline;
            if (replica->conn == conn->index && replica_is_online(&replica->replica) &&
                replica->timeline != node->timeline) {
                replica->timeline = node->timeline;
                is_further = true;
            }
        }
    } while (is_further);
}

void node_promote(struct world *world, struct node *node, enum id_change why)
{
    struct acts acts;
    node_sync(world, node);
    int64_t applied = node->history.offset;
    account_observe(world, node);
    struct replica_site site = node_as_replica(world, node);
    replica_promote(&node->replica, &site, &acts);
    conn_replica_acts(world, node, &acts);
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
        freeze_replicas(world, node);
    begin_timeline(world, node, node->timeline);
    if (node->profile->psync2)
        feed_drop_all(world, node, DROP_ID_CHANGED);
    else
        node_keep_replicas(world, node);
    node->needs_select = true;
    if (node->profile->promotion_restarts_ttl)
        node->no_replicas_since = world->now;
    node_select_pending(world, node);
    EMIT(world, role, node->index, e->role = "master");
    emit_identity(world, node, why);
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
    conn_replica_acts(world, node, &acts);
}

static bool takes_over(const struct node *node, const struct conn *conn)
{
    bool has_all = handover_has_all(conn->machine.state == MASTER_ONLINE, conn->machine.ack_offset,
                                    node->history.offset);
    return failover_takes(node->failover_to, conn->replica, has_all);
}

/* FAILOVER: when the target has acknowledged everything, the master becomes its replica and asks it
 * to take over. */
static void try_failover(struct world *world, struct node *node)
{
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
        conn_replica_acts(world, node, &acts);
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
    try_failover(world, node);
}

void node_failover_done(struct node *node)
{
    node->is_failing_over = false;
    node->failover_to = NO_INDEX;
}

/* ---- clients ---- */

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

static int64_t acknowledged_by(const struct world *world, const struct node *node, int64_t offset)
{
    int64_t count = 0;
    EACH_REPLICA_CONN(conn, world, node) {
        count += conn->machine.state == MASTER_ONLINE && conn->machine.ack_offset >= offset;
    }
    return count;
}

void node_request_acks(struct world *world, struct node *node)
{
    node_item(world, node, STREAM_GETACK_BYTES);
    node_sync(world, node);
    EACH_REPLICA_CONN(conn, world, node) {
        if (!conn->is_stream_open || conn->getack > 0)
            continue;
        conn->getack = node->history.offset;
        conn_replan(world, conn);
    }
}

static void wait_returns(struct world *world, uint32_t client, int64_t got)
{
    const struct scenario_wait *spec = &world->scenario->waits[client];
    struct wait_client *wait = &world->waits[client];
    EMIT(world, wait, spec->node, e->replicas = spec->replicas, e->got = got,
         e->waited_ns = world->now - wait->asked_at);
    int64_t next = wait->asked_at + spec->every;
    wait->asked_at = -1;
    queue_set(&world->queue, slot_of_wait(world, client),
              next > world->now ? next : world->now + 1);
}

void node_acknowledged(struct world *world, struct node *node)
{
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
        try_failover(world, node);
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
