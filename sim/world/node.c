/* The life of a process: start, cron, pauses, end. See node.h. */
#include "sim/world/node.h"

#include <assert.h>
#include <string.h>
#include "models/server/cron.h"
#include "models/server/handover.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/timeline.h"
#include "sim/world/slot.h"
#include "sim/world/conn.h"
#include "sim/world/offset_track.h"
#include "sim/world/parked.h"
#include "sim/world/feed.h"
#include "sim/world/link.h"
#include "sim/world/loss.h"
#include "sim/world/quiet.h"
#include "sim/world/save.h"
#include "sim/world/save_point.h"

/* Events are looked at within a load, every load_step_bytes, which uses up the first round of the
 * cron: 0.92-0.97 s go by before the first dial (FACTS R1). */
#define FIRST_ROUND_AFTER_LOAD (950 * NS_PER_MS)

int64_t node_delay(const struct node *node, int64_t t)
{
    return dist_draw_at(&node->spec->host.handler, node->delay_key, (uint64_t)t);
}

/* ---- time ---- */

/* Anew at each round, for CONFIG SET may have changed hz. */
static void set_tick(struct node *node)
{
    node->tick = NS_PER_S / node->config.hz + node->tick_extra;
}

int64_t node_next_tick(const struct node *node, int64_t t)
{
    if (t > TIME_NEVER - node->tick)
        return TIME_NEVER;
    if (t <= node->last_cron) /* the first round of that cron is to come; the others run already */
        return node->last_cron - (node->last_cron - t) / node->tick * node->tick;
    return node->last_cron + ceil_div(t - node->last_cron, node->tick) * node->tick;
}

bool node_is_blocked(const struct node *node)
{
    return node->stands_still;
}

bool node_holds_position(const struct node *node)
{
    return node->master != NO_INDEX &&
           (node->shutdown_deadline != TIME_NEVER || node->is_ending || node->is_busy);
}

static void stop_io(struct world *world, struct node *node)
{
    if (node->conn != NO_INDEX && conn_at(world, node->conn)->is_established) {
        struct conn *conn = conn_at(world, node->conn);
        conn_stop_reading(world, conn);
        if (node->replica.state == REPLICA_CONNECTED)
            offset_track_hold(world, node, node->history.offset);
    }
    if (node->second != NO_INDEX && conn_at(world, node->second)->is_established)
        conn_stop_reading(world, conn_at(world, node->second));
    EACH_REPLICA_CONN(conn, world, node) {
        struct source source = offset_track_source(world, conn);
        conn->pipe.send_limit = pipe_sent(&conn->pipe, &source, world->now);
        conn_replan(world, conn);
    }
}

/* A replica that held its position applies what it reads again. */
static void follow_master(struct world *world, struct node *node)
{
    if (node->conn != NO_INDEX && node->replica.state == REPLICA_CONNECTED &&
        !node_holds_position(node))
        offset_track_conn(world, node, node->conn);
}

static void start_io(struct world *world, struct node *node)
{
    EACH_REPLICA_CONN(conn, world, node) {
        struct source source = offset_track_source(world, conn);
        pipe_freeze(&conn->pipe, &source, world->now);
        conn->pipe.send_limit = INT64_MAX;
        conn_replan(world, conn);
    }
    if (node->second != NO_INDEX && conn_at(world, node->second)->is_established &&
        node->loading == LOAD_NOTHING)
        conn_start_reading(world, conn_at(world, node->second));
    if (node->conn == NO_INDEX || node->loading != LOAD_NOTHING)
        return;
    struct conn *conn = conn_at(world, node->conn);
    follow_master(world, node);
    if (!conn->is_established)
        return;
    if (node->stop_tick != TIME_NEVER)
        conn->reads_since = world->now;
    conn_start_reading(world, conn);
    if (node->stop_tick != TIME_NEVER)
        conn_catch_up(world, conn);
}

void node_block(struct world *world, struct node *node, int64_t until, const char *why)
{
    if (until <= world->now || !node->is_up)
        return;
    bool was_blocked = node->stands_still;
    if (!was_blocked) {
        quiet_end(world, node);
        quiet_end_below(world, node);
        account_observe(world, node);
        node_sync(world, node);
        stop_io(world, node);
        node->blocked_since = world->now;
        node->stands_still = true;
        EMIT(world, pause, node->index, e->why = why);
    }
    node->blocked_until = was_blocked ? max64(node->blocked_until, until) : until;
    if (until != TIME_NEVER)
        node->busy_until = max64(node->busy_until, until);
    node_flow(world, node);
    uint32_t slot = slot_of_node(node->index, NODE_WAKE);
    if (node->blocked_until == TIME_NEVER)
        queue_cancel(&world->queue, slot);
    else
        queue_set(&world->queue, slot, node->blocked_until);
}

/* From now on it stands still altogether. */
static void end_busy(struct world *world, struct node *node)
{
    if (node->is_busy)
        stop_io(world, node);
    node->runs_script = node->is_busy = false;
}

/* Stops as a signal does: what it was about to do is known when it goes on. */
static void stop(struct world *world, struct node *node, const char *why)
{
    end_busy(world, node);
    if (node->stands_still || !node->is_up) {
        node_block(world, node, TIME_NEVER, why);
        return;
    }
    int64_t due = queue_when(&world->queue, slot_of_node(node->index, NODE_CRON));
    node->stop_tick = due;
    node->stop_rounds = 0;
    if (due != TIME_NEVER && due > world->now) {
        node->stop_rounds = ceil_div(due - world->now, node->tick) - 1;
        node->stop_tick = due - node->stop_rounds * node->tick;
    }
    node_block(world, node, TIME_NEVER, why);
}

void node_pause(struct world *world, struct node *node)
{
    stop(world, node, "fault");
}

void node_run_script(struct world *world, struct node *node)
{
    bool begins = node->is_up && !node->stands_still;
    stop(world, node, "script");
    if (!begins || node->config.busy_reply_ms == 0)
        return;
    node->runs_script = true;
    queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE),
              time_add(world->now, node->config.busy_reply_ms * NS_PER_MS));
}

/* The script is slow: sockets are read and written again, and the writes that waited are refused
 * (FACTS R8). */
static void become_busy(struct world *world, struct node *node)
{
    node->runs_script = false;
    node->is_busy = true;
    node->writes_wait = false;
    node_flow(world, node);
    if (node->master == NO_INDEX)
        EMIT(world, writes, node->index, e->refused = true, e->cause = "script",
             e->in_all = node->account.refused_writes);
    start_io(world, node);
    parked_resume(world, node->index);
}

static void stop_being_busy(struct world *world, struct node *node)
{
    bool was_busy = node->is_busy;
    node->runs_script = node->is_busy = false;
    account_writes(world, node);
    if (was_busy && node->master == NO_INDEX && !node->refuses_writes)
        EMIT(world, writes, node->index, e->refused = false, e->cause = "script",
             e->in_all = node->account.refused_writes);
}

/* The signal ends the wait for sockets, so one round of the cron comes before any socket is read or
 * written. The round of replication is one in hz; it comes when its turn is, counted in rounds
 * (FACTS R7). */
static void round_after_stop(struct world *world, struct node *node)
{
    uint32_t slot = slot_of_node(node->index, NODE_CRON);
    if (world->now < node->stop_tick)
        return;
    world->parked[slot] = 0;
    if (node->stop_rounds == 0) {
        node_cron_event(world, node);
        return;
    }
    node->last_cron = world->now + node->stop_rounds * node->tick;
    queue_set(&world->queue, slot, node->last_cron);
    EACH_REPLICA_CONN(conn, world, node)
        if (node->profile->limit_checked_by_cron)
            feed_check_limits(world, conn, false);
}

void node_unblock(struct world *world, struct node *node)
{
    if (!node->stands_still)
        return;
    account_goes_on(world, node);
    node->stands_still = false;
    node->blocked_until = world->now;
    EMIT(world, resume, node->index, e->paused_ns = world->now - node->blocked_since);
    round_after_stop(world, node);
    if (!node->is_up)
        return;
    stop_being_busy(world, node);
    node_flow(world, node);
    start_io(world, node);
    node->stop_tick = TIME_NEVER;
    parked_resume(world, node->index);
}

void node_resume(struct world *world, struct node *node)
{
    if (!node->stands_still || (node->busy_until <= world->now && !node->is_ending)) {
        node_unblock(world, node);
        return;
    }
    node->blocked_until = max64(node->busy_until, world->now);
    queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE), node->blocked_until);
}

/* ---- end ---- */

static void cancel_timers(struct world *world, struct node *node)
{
    for (int slot = 0; slot < NODE_SLOTS; slot++) {
        uint32_t index = slot_of_node(node->index, (enum node_slot)slot);
        queue_cancel(&world->queue, index);
        world->parked[index] = 0;
    }
}

void node_stop(struct world *world, struct node *node, const char *how, bool saved)
{
    if (!node->is_up)
        return;
    quiet_end_below(world, node);
    account_observe(world, node);
    node_sync(world, node);
    struct loss_point held = loss_begin(world, node);
    node->ended_by = strcmp(how, "shutdown") == 0 ? LOSS_SHUTDOWN : LOSS_CRASH;
    EMIT(world, down, node->index, e->how = how, e->saved = saved);
    int64_t offset = node->history.offset;
    if (node->master != NO_INDEX && !node->account.is_down)
        account_lost(world, node, DROP_CRASHED);
    account_failed(world, node, DROP_CRASHED);
    node->account.attempt.is_open = false;
    conn_process_ended(world, node);
    node->is_up = node->is_failing_over = node->is_ending = false;
    node->shutdown_deadline = TIME_NEVER;
    node->failover_to = NO_INDEX;
    node->write_pauses = 0;
    node_flow(world, node);
    offset_track_hold(world, node, offset);
    save_abort(world, node);
    backlog_free(&node->backlog);
    node->syncs = (struct sync_counts){0};
    replica_init(&node->replica);
    cancel_timers(world, node);
    parked_forget_commands(world, node->index);
    node->stands_still = node->runs_script = node->is_busy = false;
    node->busy_until = 0;
    node->stop_tick = TIME_NEVER;
    node_replicas_replan(world, node);
    loss_settle(world, node, held, node->ended_by);
}

void node_wipe(struct world *world, struct node *node)
{
    struct loss_point held = loss_begin(world, node);
    node->file.exists = false;
    loss_settle(world, node, held, LOSS_WIPED);
}

bool node_saves_position(const struct node *node)
{
    return node->profile->psync2 && (node->backlog.exists || node->master != NO_INDEX);
}

static void save_file(struct world *world, struct node *node)
{
    node_sync(world, node);
    int64_t commands = loss_point(world, node).commands;
    node->file = (struct data_file){.exists = true,
                                    .commands = commands,
                                    .has_position = node_saves_position(node),
                                    .offset = node->history.offset,
                                    .bytes = node->data_bytes,
                                    .timeline = node->timeline};
    memcpy(node->file.id, node->history.id, REPLID_SIZE);
}

static bool all_caught_up(struct world *world, struct node *node)
{
    node_sync(world, node);
    EACH_REPLICA_CONN(conn, world, node) {
        if (conn->machine.state == MASTER_WAIT_CHANNEL || conn->machine.state == MASTER_STREAMING)
            return false;
        if (conn->machine.state == MASTER_ONLINE &&
            !handover_has_all(true, conn->machine.ack_offset, node->history.offset))
            return false;
    }
    return true;
}

void node_ended(struct world *world, struct node *node, const char *how, bool saved)
{
    node_stop(world, node, how, saved);
    if (node->starts_again_at < 0)
        return;
    node->starts_again_at = -1;
    node->master = node->next_master;
    if (node->starts_wiped)
        node_wipe(world, node);
    node_start(world, node);
}

/* Nothing more to wait for: the last save, in the foreground, then the end; if that save fails,
 * the process goes on (FACTS 3.10). */
static void end_shutdown(struct world *world, struct node *node)
{
    if (!node->shutdown_saves) {
        node_ended(world, node, "shutdown", false);
        return;
    }
    if (save_fails(node, FAILURE_SAVE)) {
        node->shutdown_deadline = TIME_NEVER;
        node->starts_again_at = -1;
        EMIT(world, saved, node->index, e->ok = false, e->save_ns = 0,
             e->payload_bytes = node->data_bytes);
        follow_master(world, node);
        node_flow(world, node);
        return;
    }
    save_file(world, node);
    node->is_ending = true;
    int64_t work = save_work_ns(&node->spec->host, &node->config,
                                (struct work){node->data_bytes, node->data_keys}, &node->costs);
    node_block(world, node, world->now + max64(1, work), "save");
}

void node_shutdown(struct world *world, struct node *node, bool save)
{
    if (!node->is_up || node->shutdown_deadline != TIME_NEVER || node->is_ending)
        return;
    node->shutdown_saves = save;
    bool waits = shutdown_may_wait(node->profile, &node->config, node->loading != LOAD_NOTHING) &&
                 !all_caught_up(world, node);
    if (!waits) {
        end_shutdown(world, node);
        return;
    }
    node->shutdown_deadline = shutdown_deadline(&node->config, world->now);
    node_flow(world, node);
    if (node->master == NO_INDEX)
        node_request_acks(world, node);
    else
        offset_track_hold(world, node, node->history.offset);
    queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE),
              node_next_tick(node, world->now + 1));
}

/* ---- start ---- */

void node_start(struct world *world, struct node *node)
{
    if (node->is_up)
        return;
    int64_t boot = dist_draw(&node->spec->host.boot, &node->costs);
    queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE), world->now + boot);
}

/* Another program starts, with the defaults of its version where nobody set anything. */
static void become_upgrade(struct world *world, struct node *node)
{
    const struct scenario_fault *upgrade = node->upgrade;
    char before[CONFIG_TEXT_MAX], now[CONFIG_TEXT_MAX];
    node->upgrade = NULL;
    if (upgrade == NULL)
        return;
    for (int directive = 0; directive < CONFIG_COUNT; directive++) {
        config_print(&node->config, directive, before, sizeof before);
        config_print(&upgrade->config, directive, now, sizeof now);
        if (strcmp(before, now) != 0)
            EMIT(world, config, node->index, e->directive = config_name(directive),
                 e->setting = directive, e->value = now);
    }
    node->profile = upgrade->server;
    node->config = upgrade->config;
    node->replica_config.timeout_s = node->config.timeout_s;
}

/* The process listens; its data file, if there is one, is loaded first. */
static void listen_now(struct world *world, struct node *node)
{
    become_upgrade(world, node);
    node->is_up = true;
    save_point_start(world, node);
    if (!node->file.exists) {
        node_serve(world, node);
        return;
    }
    node->loading = LOAD_BOOT;
    node->load_begins = world->now;
    node->load_step = 0;
    node->load_ends =
        world->now + load_work_ns(&node->spec->host, &node->config,
                                  (struct work){node->file.bytes, node->data_keys}, &node->costs);
    queue_set(&world->queue, slot_of_node(node->index, NODE_LOAD), node->load_ends);
}

void node_loaded_file(struct world *world, struct node *node)
{
    node->loading = LOAD_NOTHING;
    node_serve(world, node);
}

/* The history a process begins with; whether it knows one from its file (FACTS 2.4, 9.2). */
static bool begin_history(struct world *world, struct node *node)
{
    const struct data_file *file = &node->file;
    bool is_master = node->master == NO_INDEX;
    char id[REPLID_SIZE];
    node_draw_id(node, id);
    struct data_file usable = *file;
    usable.has_position = file->has_position && node->config.appendonly == 0; /* an AOF has none */
    node->account.unstreamed = 0;
    node->is_emptied = false;
    bool knows = restart_history(&node->history, node->profile, &usable, !is_master, id);
    offset_track_reset(world, node, node->history.offset);
    if (knows && !is_master) {
        node->timeline = file->timeline;
        return true;
    }
    node->timeline = timeline_new(world, knows ? file->timeline : NO_INDEX, node->history.offset);
    loss_new_timeline(world, node, node->timeline, loss_point_of_file(file));
    stream_init(&world->timelines[node->timeline].stream, world->now, node->history.offset);
    if (!is_master)
        return false;
    offset_track_stream(world, node);
    if (knows)
        node_new_backlog(world, node);
    return knows;
}

void node_serve(struct world *world, struct node *node)
{
    bool loaded = node->file.exists;
    if (!loaded && !node->keeps_data)
        node->data_bytes = node->data_keys = 0;
    else if (loaded)
        node->data_bytes = node->file.bytes;
    bool knows = begin_history(world, node);
    node->keeps_data = false;
    node->no_replicas_since = world->now;
    node->needs_select = true;
    node->cron_count = 0;
    node->tick_extra = dist_draw(&node->spec->host.tick_extra, &node->costs);
    set_tick(node);
    bool is_replica = node->master != NO_INDEX;
    bool is_late = loaded && node->file.bytes >= node->profile->load_step_bytes;
    bool dials_later = is_late && node->profile->restart_loads_delay_dial;
    node->last_cron = world->now + (is_late ? FIRST_ROUND_AFTER_LOAD : 0);
    queue_set_last(&world->queue, slot_of_node(node->index, NODE_CRON), node->last_cron + !is_late);
    node->account.has_data = node->account.has_data || loaded;
    EMIT(world, up, node->index, e->role = is_replica ? "replica" : "master",
         e->replid = node->history.id, e->offset = node->history.offset, e->master = node->master,
         e->is_linked = node->is_presynced, e->has_data = node->account.has_data);
    node_flow(world, node);
    if (!is_replica || node->is_presynced)
        return;
    node->account.is_down = true;
    struct acts acts;
    struct replica_site site = node_as_replica(world, node);
    replica_boot(&node->replica, &site, knows, dials_later, &acts);
    conn_replica_acts(world, node, &acts);
}

/* ---- cron ---- */

bool node_pings(const struct world *world, const struct node *node)
{
    return node->master == NO_INDEX &&
           cron_pings(node->profile, node->backlog.exists, feed_replicas(world, node));
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
        link_give_up(world, conn, DOWN);
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
    if (!cron_backlog_expires(node->config.backlog_ttl_s, idle, feed_replicas(world, node)))
        return;
    node_free_backlog(world, node, "freed");
    if (node->profile->ttl_renews_id)
        node_new_identity(world, node, ID_BACKLOG_FREED);
}

static void rearm_cron(struct world *world, struct node *node)
{
    node->last_cron = world->now;
    set_tick(node);
    node->cron_count++;
    queue_set_last(&world->queue, slot_of_node(node->index, NODE_CRON),
                   world->now + node->tick * node->config.hz);
}

/* Whether a shutdown that waited for the replicas has what it waited for, and goes on. */
static bool shutdown_is_over(struct world *world, struct node *node)
{
    if (node->shutdown_deadline == TIME_NEVER || node->is_ending)
        return false;
    if (!shutdown_goes_on(all_caught_up(world, node), world->now, node->shutdown_deadline))
        return false;
    end_shutdown(world, node);
    return true;
}

/* A shutdown is looked at first: a PING of this round would undo that all have caught up. One that
 * is refused then changes nothing: the round goes on, and others follow. */
void node_cron_event(struct world *world, struct node *node)
{
    if (shutdown_is_over(world, node) && (!node->is_up || node->is_ending))
        return;
    rearm_cron(world, node);
    if (node->loading != LOAD_NOTHING)
        return; /* a loading process has no cron of replication */
    account_observe(world, node);
    if (node->master != NO_INDEX) {
        struct acts acts;
        node_sync(world, node);
        if (node->conn != NO_INDEX)
            link_give_up(world, conn_at(world, node->conn), UP);
        if (node->second != NO_INDEX)
            link_give_up(world, conn_at(world, node->second), UP);
        struct replica_site site = node_as_replica(world, node);
        replica_cron(&node->replica, &site, &acts);
        conn_replica_acts(world, node, &acts);
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

void node_wake_event(struct world *world, struct node *node)
{
    if (!node->is_up) {
        listen_now(world, node);
    } else if (node->is_ending) {
        node_ended(world, node, "shutdown", true);
    } else if (node->stands_still && node->blocked_until <= world->now) {
        node_unblock(world, node);
    } else if (node->runs_script) {
        become_busy(world, node);
    } else if (node->shutdown_deadline != TIME_NEVER && !shutdown_is_over(world, node)) {
        queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE),
                  node_next_tick(node, world->now + 1));
    }
}

void node_check(const struct node *node)
{
    bool is_shutting_down = node->shutdown_deadline != TIME_NEVER || node->is_ending;
    assert(node->master != node->index);
    assert(node->is_up || (!node->stands_still && !is_shutting_down && !node->is_failing_over));
    assert(node->is_up || (node->conn == NO_INDEX && node->loading == LOAD_NOTHING));
    assert(node->second == NO_INDEX || node->replica.second_is_open);
    assert(node->is_up || (!node->save.is_active && !node->backlog.exists));
    assert(!node->is_failing_over || (node->failover_to != NO_INDEX && node->master != NO_INDEX));
    assert(node->master != NO_INDEX || node->conn == NO_INDEX);
    assert(!node->runs_script || (node->stands_still && !node->is_busy));
    assert(!node->is_busy || node->stands_still);
    assert(!node->save.is_sending || node->save.is_socket);
    assert(node->track.since < node->track.count && node->track.count <= OFFSET_TRACK_PIECES);
    assert(!node->is_quiet || (node->conn != NO_INDEX && !node->stands_still));
    assert(node->data_bytes >= 0 && node->data_keys >= 0 && node->tick > 0);
}
