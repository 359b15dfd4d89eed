/* Saves, payloads and loads. See save.h. */
#include "sim/world/save.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/slot.h"
#include "sim/world/conn.h"
#include "sim/world/offset_track.h"
#include "sim/world/feed.h"
#include "sim/world/invariant.h"
#include "sim/world/link.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"
#include "sim/world/rdb_client.h"
#include "sim/world/save_point.h"
#include "sim/world/second.h"

#define EMPTY_RDB_BYTES 180 /* 172-187 on 7.0 (FACTS 3.5) */

void save_grow_data(struct world *world, struct node *node)
{
    if (node->load == NULL || node->adds_bytes == 0 || node->master != NO_INDEX)
        return;
    int64_t added = keys_written(node->added_keyspace, load_adding_commands(node->load, world->now),
                                 node->in_turn);
    if (added <= node->added_keys)
        return;
    node->data_bytes += (added - node->added_keys) * node->adds_bytes;
    node->data_keys += added - node->added_keys;
    node->added_keys = added;
}

static void take_snapshot(struct world *world, struct node *node)
{
    node_sync(world, node);
    save_grow_data(world, node);
    struct data_file *snapshot = &node->save.snapshot;
    *snapshot = (struct data_file){.exists = true,
                                   .commands = loss_point(world, node).commands,
                                   .has_position = node_saves_position(node),
                                   .offset = node->history.offset,
                                   .bytes = max64(node->data_bytes, EMPTY_RDB_BYTES),
                                   .timeline = node->timeline};
    memcpy(snapshot->id, node->history.id, REPLID_SIZE);
}

bool save_fails(struct node *node, enum failure failure)
{
    struct failing *failing = &node->fails[failure];
    bool fails = failing->next || failing->faults > 0;
    failing->next = false;
    return fails;
}

/* Replicas with different needs are served by different saves. */
struct save_kind {
    bool is_channel, is_older;
};

static struct save_kind kind_for(const struct world *world, const struct conn *conn)
{
    const struct profile *master = world->nodes[conn->master].profile;
    const struct profile *replica = world->nodes[conn->replica].profile;
    bool takes_eof = (conn->machine.capa & CAPA_EOF) != 0;
    return (struct save_kind){conn->is_second,
                              takes_eof && save_is_in_older_format(master, replica)};
}

/* Forks: the process is stopped for the fork, then the child works. */
static void start_child(struct world *world, struct node *node, bool is_socket,
                        struct save_kind kind)
{
    const struct host *host = &node->spec->host;
    struct save *save = &node->save;
    *save = (struct save){.is_active = true,
                          .is_socket = is_socket,
                          .is_channel = kind.is_channel,
                          .is_older = kind.is_older,
                          .forked_at = world->now};
    take_snapshot(world, node);
    if (!is_socket)
        save_point_forked(world, node);
    save->fork_ns = save_fork_ns(host, node->data_bytes, &node->costs);
    int64_t begins = world->now + save->fork_ns;
    int64_t work =
        is_socket ? dist_draw(&host->diskless_start, &node->costs)
                  : save_work_ns(host, &node->config,
                                 (struct work){node->data_bytes, node->data_keys}, &node->costs);
    save->child_ends = begins + work;
    node_block(world, node, begins, "fork");
    int64_t due = is_socket ? save->child_ends : node_next_tick(node, save->child_ends);
    queue_set(&world->queue, slot_of_node(node->index, NODE_SAVE), due);
}

static void note_snapshot(struct world *world, const struct node *node, const struct conn *conn)
{
    struct account *account = account_of(world, conn);
    if (account == NULL)
        return;
    account->attempt.event.fork_ns = node->save.fork_ns;
    account->attempt.snapshot_offset = node->save.snapshot.offset;
    account->snapshot_commands = node->save.snapshot.commands;
}

/* The first connection gets the stream from now on, if it waits for that. */
static void start_stream_beside(struct world *world, struct node *node, const struct conn *payload)
{
    struct conn *conn = feed_other_of_pair(world, payload);
    if (conn == NULL || conn->machine.state != MASTER_WAIT_CHANNEL)
        return;
    conn->phase_at_master = conn->machine.state;
    feed_record(world, conn, node->save.snapshot.offset);
    struct master_site site = node_site_of_replica(world, node);
    struct acts acts;
    master_stream_started(&conn->machine, &site, &acts);
    feed_acts(world, conn, &acts);
}

static void begin_recording(struct world *world, struct node *node, struct conn *conn)
{
    if (!conn->is_second) {
        feed_record(world, conn, node->save.snapshot.offset);
        return;
    }
    feed_pin(world, conn, node->save.snapshot.offset);
    start_stream_beside(world, node, conn);
}

static bool is_served(const struct world *world, const struct node *node, const struct conn *conn)
{
    struct save_kind kind = kind_for(world, conn);
    return conn->machine.state == MASTER_WAIT_START && kind.is_channel == node->save.is_channel &&
           kind.is_older == node->save.is_older;
}

static uint32_t serve_waiting(struct world *world, struct node *node, bool is_socket)
{
    uint32_t served = 0;
    EACH_REPLICA_CONN(conn, world, node) {
        if (!is_served(world, node, conn))
            continue;
        served++;
        conn->phase_at_master = conn->machine.state;
        begin_recording(world, node, conn);
        struct master_site site = node_site_for(world, conn);
        struct acts acts;
        master_save_started(&conn->machine, &site, node->save.snapshot.offset, is_socket, &acts);
        feed_acts(world, conn, &acts);
        note_snapshot(world, node, conn);
        conn_replan(world, conn);
    }
    node_select_pending(world, node);
    return served;
}

/* Who waits for a save now. */
static struct save_queue waiting(const struct world *world, const struct node *node)
{
    struct save_queue queue = {.all_take_eof = true};
    EACH_REPLICA_CONN(conn, world, node) {
        if (conn->machine.state != MASTER_WAIT_START)
            continue;
        int64_t idle_s =
            world_wall(world, world->now) / NS_PER_S - conn->machine.last_io_ns / NS_PER_S;
        queue.waiting++;
        queue.idle_s = max64(queue.idle_s, idle_s);
        queue.all_take_eof = queue.all_take_eof && (conn->machine.capa & CAPA_EOF) != 0;
    }
    rdb_client_wait(world, node, &queue);
    return queue;
}

/* What the first who waits needs: the others of that kind are served with it. */
static struct save_kind kind_of_first(const struct world *world, const struct node *node)
{
    EACH_REPLICA_CONN(conn, world, node) {
        if (conn->machine.state == MASTER_WAIT_START)
            return kind_for(world, conn);
    }
    return (struct save_kind){false, false};
}

static bool is_member(const struct conn *conn, bool is_socket)
{
    return conn->machine.state == MASTER_WAIT_END ||
           (is_socket && conn->machine.state == MASTER_SEND_BULK);
}

static void fail_member(struct world *world, struct node *node, struct conn *conn)
{
    struct master_site site = node_site_of_replica(world, node);
    struct acts acts;
    conn->phase_at_master = conn->machine.state;
    master_save_failed(&conn->machine, &site, &acts);
    feed_acts(world, conn, &acts);
}

/* The fork failed: a batch for the sockets was announced already, a save to disk was not
 * (FACTS 3.3). */
static void excuse_waiting(struct world *world, struct node *node, bool is_socket,
                           struct save_kind kind)
{
    if (is_socket) {
        node->save = (struct save){
            .is_socket = true, .is_channel = kind.is_channel, .is_older = kind.is_older};
        take_snapshot(world, node);
        serve_waiting(world, node, true);
    }
    EACH_REPLICA_CONN(conn, world, node) {
        if (conn->machine.state == MASTER_WAIT_START || (is_socket && is_member(conn, true)))
            fail_member(world, node, conn);
    }
}

/* Whether no child could be made. */
static bool fork_failed(struct world *world, struct node *node, bool is_socket)
{
    if (!save_fails(node, FAILURE_FORK))
        return false;
    EMIT(world, saved, node->index, e->ok = false, e->save_ns = 0, e->payload_bytes = 0);
    if (!is_socket) {
        save_point_forked(world, node);
        save_point_ended(world, node, false);
        save_point_plan(world, node);
    }
    return true;
}

static void start_for_replicas(struct world *world, struct node *node)
{
    struct save_queue queue = waiting(world, node);
    struct save_kind kind = kind_of_first(world, node);
    bool is_socket =
        kind.is_channel || kind.is_older || save_goes_to_sockets(&node->config, &queue);
    if (fork_failed(world, node, is_socket)) {
        if (!kind.is_channel) {
            rdb_client_serve(node);
            rdb_client_leave(node);
        }
        excuse_waiting(world, node, is_socket, kind);
        return;
    }
    start_child(world, node, is_socket, kind);
    node->save.serves_replicas = true;
    uint32_t served = kind.is_channel ? 0 : rdb_client_serve(node); /* which takes one connection */
    served += serve_waiting(world, node, is_socket);
    EMIT(world, fork, node->index, e->target = is_socket ? "sockets" : "disk",
         e->fork_ns = node->save.fork_ns, e->offset = node->save.snapshot.offset,
         e->replicas = served);
}

void save_start_for_user(struct world *world, struct node *node)
{
    if (node->save.is_active || fork_failed(world, node, false))
        return;
    start_child(world, node, false, (struct save_kind){false, false});
    EMIT(world, fork, node->index, e->target = "disk", e->fork_ns = node->save.fork_ns,
         e->offset = node->save.snapshot.offset, e->replicas = 0);
}

void save_start_pending(struct world *world, struct node *node, bool at_cron)
{
    struct save_queue queue = waiting(world, node);
    if (!node->save.is_active && save_is_due(node->profile, &node->config, &queue, at_cron))
        start_for_replicas(world, node);
}

/* Whether a replica waits for the running save, and so records its differences: a newcomer can join
 * it. */
static bool is_joinable(const struct world *world, const struct node *node, uint32_t capa)
{
    EACH_REPLICA_CONN(conn, world, node)
        if (conn->machine.state == MASTER_WAIT_END &&
            save_is_joinable(node->save.is_socket, capa, conn->machine.capa))
            return true;
    return false;
}

static void join(struct world *world, struct node *node, struct conn *conn)
{
    feed_record(world, conn, node->save.snapshot.offset);
    struct master_site site = node_site_for(world, conn);
    struct acts acts;
    master_save_started(&conn->machine, &site, node->save.snapshot.offset, false, &acts);
    feed_acts(world, conn, &acts);
    note_snapshot(world, node, conn);
    node_select_pending(world, node);
    conn_replan(world, conn);
}

/* The first that asks for a full synchronisation. */
static void begin_backlog(struct world *world, struct node *node)
{
    if (node->profile->psync2)
        node_new_identity(world, node, ID_BACKLOG);
    node_new_backlog(world, node);
}

void save_first_backlog(struct world *world, struct node *node)
{
    if (!node->backlog.exists && feed_replicas(world, node) == 1)
        begin_backlog(world, node);
}

void save_request_of_client(struct world *world, struct node *node)
{
    if (!node->backlog.exists && feed_replicas(world, node) == 0)
        begin_backlog(world, node);
    if (!node->save.is_active && !save_is_left_to_cron(node->profile, &node->config, true))
        start_for_replicas(world, node);
}

void save_request(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->master];
    save_first_backlog(world, node);
    if (node->save.is_active) {
        if (!kind_for(world, conn).is_older && is_joinable(world, node, conn->machine.capa))
            join(world, node, conn);
        return;
    }
    if (!save_is_left_to_cron(node->profile, &node->config, (conn->machine.capa & CAPA_EOF) != 0))
        start_for_replicas(world, node);
}

/* ---- the payload ---- */

static void begin_payload(struct world *world, struct node *node, struct conn *conn,
                          const char *mark)
{
    bool is_socket = node->save.is_socket;
    struct source source = offset_track_source(world, conn);
    pipe_freeze(&conn->pipe, &source, world->now);
    conn->phase_at_master = conn->machine.state;
    conn->is_sent = false;
    conn->payload_given = 0;
    conn->bulk = node->save.snapshot.bytes + (is_socket ? REPLID_LEN : 0);
    struct master_site site = node_site_of_replica(world, node);
    struct acts acts;
    master_payload(&conn->machine, &site, node->save.snapshot.bytes, mark, &acts);
    feed_acts(world, conn, &acts);
    EMIT(world, payload, node->index, e->replica = conn->replica,
         e->mode = is_socket ? PAYLOAD_EOF : PAYLOAD_LENGTH,
         e->payload_bytes = node->save.snapshot.bytes);
    struct account *account = account_of(world, conn);
    if (account != NULL) {
        account->attempt.event.payload_ns = world->now;
        account->attempt.event.payload_bytes = node->save.snapshot.bytes;
    }
    conn->is_bulk_open = true;
    world->nodes[conn->master].paces = true;
    conn->payload_begins = world->now;
    conn->pipe.rate = link_rate(world, conn);
    conn_replan(world, conn);
}

static void begin_payloads(struct world *world, struct node *node)
{
    char mark[REPLID_SIZE];
    node_draw_id(node, mark);
    EACH_REPLICA_CONN(conn, world, node)
        if (conn->machine.state == MASTER_WAIT_END && !conn->is_bulk_open)
            begin_payload(world, node, conn, mark);
}

/* Memory that the fork's child kept from being shared, if a page has that many bytes. */
static int64_t copied_on_write(const struct world *world, const struct node *node,
                               int64_t page_bytes)
{
    int64_t written = node_offset(world, node) - node->save.snapshot.offset;
    int64_t commands = node->load == NULL ? 0
                                          : load_commands(node->load, world->now) -
                                                load_commands(node->load, node->save.forked_at);
    struct work data = {node->data_bytes, node->data_keys};
    return save_copied_bytes(data, commands, written, page_bytes);
}

/* Since the fork. */
static int64_t save_took(struct world *world, const struct node *node)
{
    int64_t took = world->now - node->save.forked_at - node->save.fork_ns;
    invariant_figure(world, node, "save_ns below zero", took);
    return took;
}

static void child_ended(struct world *world, struct node *node)
{
    struct save *save = &node->save;
    EMIT(world, saved, node->index, e->ok = true, e->save_ns = save_took(world, node),
         e->payload_bytes = save->snapshot.bytes,
         e->cow_bytes = copied_on_write(world, node, PAGE_SMALL_BYTES),
         e->cow_huge_bytes = copied_on_write(world, node, PAGE_HUGE_BYTES));
    if (!save->is_socket) {
        node->file = save->snapshot;
        save_point_ended(world, node, true);
        begin_payloads(world, node);
    }
    save->is_active = false;
    rdb_client_leave(node);
    conn_child_ended(world, node);
    save_start_pending(world, node, false);
    save_point_plan(world, node);
}

static bool any_unsent(const struct world *world, const struct node *node)
{
    if (rdb_client_takes(world, node))
        return true;
    EACH_REPLICA_CONN(conn, world, node) {
        if (conn->is_bulk_open && !conn->is_sent)
            return true;
    }
    return false;
}

void save_finish_member(struct world *world, struct conn *conn)
{
    struct master_site site = node_site_of_replica(world, &world->nodes[conn->master]);
    struct acts acts;
    conn->phase_at_master = conn->machine.state;
    if (conn->is_pinning)
        master_payload_kept(&conn->machine, &site, &acts);
    else
        master_payload_sent(&conn->machine, &site, &acts);
    feed_acts(world, conn, &acts);
}

/* The first connections of those whose payload is through, whoever of them has closed the second. */
static void first_ones_online(struct world *world, struct node *node)
{
    struct master_site site = node_site_of_replica(world, node);
    struct acts acts;
    EACH_REPLICA_CONN(conn, world, node) {
        master_payload_done(&conn->machine, &site, &acts);
        feed_acts(world, conn, &acts);
    }
    node_refresh_good(world, node);
}

/* All diskless members have the payload (or are gone): the child ends, and the server notices at
 * its next round. */
static void diskless_done(struct world *world, struct node *node)
{
    EACH_REPLICA_CONN(conn, world, node) {
        if (conn->is_sent &&
            (conn->machine.state == MASTER_WAIT_END || conn->machine.state == MASTER_SEND_BULK))
            save_finish_member(world, conn);
    }
    if (node->save.is_channel && node->profile->channel_online_at_child_end)
        first_ones_online(world, node);
    node->save.is_sending = false;
    child_ended(world, node);
}

/* The server notices at its next round that the child failed (FACTS 3.10). */
static void child_failed(struct world *world, struct node *node)
{
    struct save *save = &node->save;
    EMIT(world, saved, node->index, e->ok = false, e->save_ns = save_took(world, node),
         e->payload_bytes = save->snapshot.bytes);
    save->is_active = save->is_sending = false;
    rdb_client_leave(node);
    if (!save->is_socket)
        save_point_ended(world, node, false);
    EACH_REPLICA_CONN(conn, world, node) {
        if (is_member(conn, save->is_socket))
            fail_member(world, node, conn);
    }
    conn_child_ended(world, node);
    save_start_pending(world, node, false);
    save_point_plan(world, node);
}

void save_kill_child(struct world *world, struct node *node)
{
    if (!node->save.is_active)
        return;
    node->save.is_killed = true;
    queue_set(&world->queue, slot_of_node(node->index, NODE_SAVE),
              node_next_tick(node, world->now));
}

void save_event(struct world *world, struct node *node)
{
    struct save *save = &node->save;
    if (!save->is_active) {
        save_start_pending(world, node, false); /* a killed child was reaped */
        return;
    }
    if (save->is_killed || (!save->is_socket && save_fails(node, FAILURE_SAVE))) {
        child_failed(world, node);
    } else if (!save->is_socket) {
        child_ended(world, node);
    } else if (!save->is_sending) {
        save->is_sending = true;
        rdb_client_begin(world, node);
        begin_payloads(world, node);
        if (!any_unsent(world, node))
            diskless_done(world, node);
    } else if (!any_unsent(world, node)) {
        diskless_done(world, node);
    }
}

void save_member_sent(struct world *world, struct node *node)
{
    if (node->save.is_active && node->save.is_sending && !node->save.is_killed &&
        !any_unsent(world, node))
        queue_set(&world->queue, slot_of_node(node->index, NODE_SAVE),
                  node_next_tick(node, world->now));
}

/* Whether anybody still waits for the running save. */
static bool is_wanted(const struct world *world, const struct node *node)
{
    if (node->rdb_client.is_served)
        return true;
    EACH_REPLICA_CONN(conn, world, node) {
        if (conn->machine.state == MASTER_WAIT_END ||
            (node->save.is_socket && conn->machine.state == MASTER_SEND_BULK))
            return true;
    }
    return false;
}

void save_member_left(struct world *world, struct node *node)
{
    struct save *save = &node->save;
    if (!save->is_active || !save->serves_replicas || is_wanted(world, node))
        return;
    if (!save_is_useless(node->profile, &node->config, save->is_socket))
        return;
    EMIT(world, saved, node->index, e->ok = false, e->save_ns = save_took(world, node),
         e->payload_bytes = save->snapshot.bytes);
    save->is_active = false;
    queue_set(&world->queue, slot_of_node(node->index, NODE_SAVE),
              node_next_tick(node, world->now));
    conn_child_ended(world, node);
    save_point_plan(world, node);
}

void save_abort(struct world *world, struct node *node)
{
    node->save.is_active = false;
    node->rdb_client = (struct rdb_client){0};
    conn_child_ended(world, node);
    node->loading = LOAD_NOTHING;
    queue_cancel(&world->queue, slot_of_node(node->index, NODE_SAVE));
    queue_cancel(&world->queue, slot_of_node(node->index, NODE_LOAD));
}

/* ---- the load ---- */

/* Between two looks at events a loading process does not read its first connection either; where
 * they are that close, nothing gathers meanwhile. */
#define CLOSE_LOOKS_NS (50 * NS_PER_MS)

static bool keeps_by_looks(const struct node *node)
{
    return node->replica.two_channels && node->loading == LOAD_PAYLOAD &&
           (node->load_step == 0 || node->load_step >= CLOSE_LOOKS_NS);
}

static int64_t next_kept_look(const struct world *world, const struct node *node)
{
    if (!keeps_by_looks(node) || node->load_step == 0)
        return TIME_NEVER;
    int64_t since = max64(0, world->now - node->load_begins);
    return node->load_begins + (since / node->load_step + 1) * node->load_step;
}

static void plan_load(struct world *world, struct node *node)
{
    struct load_looks looks = {.flushes = node->load_begins - node->load_flush,
                               .flush_step_ns = node->flush_step,
                               .begins = node->load_begins,
                               .step_ns = node->load_step};
    int64_t newline = node->loading == LOAD_PAYLOAD
                          ? load_next_newline(node->profile, &looks, world->now)
                          : TIME_NEVER;
    queue_set(&world->queue, slot_of_node(node->index, NODE_LOAD),
              min64(min64(newline, next_kept_look(world, node)), node->load_ends));
}

static void write_newline(struct world *world, struct node *node)
{
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    replica_loading_tick(&node->replica, &site, &acts);
    conn_replica_acts(world, node, &acts);
}

static int64_t payload_bytes(const struct conn *conn)
{
    return conn->bulk - (conn->machine.diskless ? REPLID_LEN : 0);
}

void save_payload_received(struct world *world, struct node *node, struct conn *conn)
{
    struct event_resync *resync = &node->account.attempt.event;
    if (resync->received_ns != TRACE_ABSENT)
        return;
    resync->received_ns = world->now;
    EMIT(world, received, node->index, e->master = conn->master,
         e->payload_bytes = payload_bytes(conn));
    conn_stop_reading(world, conn);
}

void save_begin_load(struct world *world, struct node *node, struct conn *conn)
{
    const struct host *host = &node->spec->host;
    const struct node *master = &world->nodes[conn->master];
    int64_t bytes = payload_bytes(conn);
    save_payload_received(world, node, conn);
    account_observe(world, node);
    struct loss_point held = loss_begin(world, node);
    node_free_backlog(world, node, NULL);
    offset_track_reset(world, node, node->replica.full_offset);
    node->loads_file = node_as_replica(world, node).payload_to_file;
    node->load_flush = flush_work_ns(host, &node->config, node->data_bytes);
    node->flush_step = flush_step_ns(node->load_flush, node->data_keys);
    node->data_bytes = bytes;
    node->data_keys = master->data_keys;
    int64_t load =
        load_work_ns(host, &node->config, (struct work){bytes, node->data_keys}, &node->costs);
    node->loading = LOAD_PAYLOAD;
    node->load_begins = world->now + node->load_flush;
    node->refuses_payload = payload_is_refused(master->profile, node->profile);
    node->load_ends = node->load_begins + (node->refuses_payload ? 0 : load);
    int64_t step = node->profile->load_step_bytes;
    node->load_step = bytes >= step ? max64(1, mul_div(load, step, bytes)) : 0;
    node->file = (struct data_file){.exists = true,
                                    .has_position = master->profile->psync2,
                                    .offset = node->replica.full_offset,
                                    .bytes = bytes,
                                    .commands = node->account.snapshot_commands,
                                    .timeline = conn->timeline};
    memcpy(node->file.id, node->replica.full_id, REPLID_SIZE);
    node->is_emptied = false;
    loss_settle(world, node, held, loss_by_payload(world, node, held));
    if (node->load_flush > 0)
        write_newline(world, node);
    if (keeps_by_looks(node))
        conn_stop_reading(world, conn_at(world, node->conn));
    plan_load(world, node);
}

/* A load that is given up: nothing is left of the old data, unless they were beside it. */
void save_abort_load(struct world *world, struct node *node)
{
    struct loss_point held = loss_begin(world, node);
    node->file.exists = false;
    loss_settle(world, node, held, LOSS_LOAD);
    node->is_emptied = true;
    node->loading = LOAD_NOTHING;
    node->data_bytes = node->data_keys = 0;
    queue_cancel(&world->queue, slot_of_node(node->index, NODE_LOAD));
}

/* From a damaged file the process ends; what came from the socket, or in a newer format, is thrown
 * away (FACTS 7.5). */
static void payload_failed(struct world *world, struct node *node)
{
    struct loss_point held = loss_begin(world, node);
    node->file.exists = false;
    loss_settle(world, node, held, LOSS_LOAD);
    node->is_emptied = true;
    if (node->loads_file && !node->refuses_payload) {
        node_stop(world, node, "load", false);
        return;
    }
    node->loading = LOAD_NOTHING;
    node->data_bytes = node->data_keys = 0;
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    replica_load_failed(&node->replica, &site, &acts);
    conn_replica_acts(world, node, &acts);
}

static void payload_loaded(struct world *world, struct node *node)
{
    if (node->refuses_payload || save_fails(node, FAILURE_LOAD)) {
        payload_failed(world, node);
        return;
    }
    int64_t flush = node->load_flush, load = node->load_ends - node->load_begins;
    node->loading = LOAD_NOTHING;
    EMIT(world, loaded, node->index, e->flush_ns = flush, e->load_ns = load);
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    replica_loaded(&node->replica, &site, &acts);
    conn_replica_acts(world, node, &acts);
}

void save_load_event(struct world *world, struct node *node)
{
    if (node->loading == LOAD_NOTHING)
        return;
    if (world->now >= node->load_ends) {
        if (node->loading == LOAD_BOOT)
            node_loaded_file(world, node);
        else
            payload_loaded(world, node);
        return;
    }
    write_newline(world, node);
    if (keeps_by_looks(node))
        second_look(world, conn_at(world, node->conn));
    if (node->loading != LOAD_NOTHING)
        plan_load(world, node);
}
