/* Saves. See save.h. */
#include "sim/world/save.h"

#include <assert.h>
#include <string.h>
#include "models/server/host.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/feed.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"
#include "sim/world/node_halt.h"
#include "sim/world/node_history.h"
#include "sim/world/node_site.h"
#include "sim/world/node_stream.h"
#include "sim/world/rdb_client.h"
#include "sim/world/replan.h"
#include "sim/world/save_point.h"
#include "sim/world/slot.h"

#define EMPTY_RDB_BYTES 180 /* 172-187 on 7.0 (FACTS 3.5) */

static void take_snapshot(struct world *world, struct node *node)
{
    node_sync(world, node);
    node_grow_data(world, node);
    struct data_file *snapshot = &node->save.snapshot;
    *snapshot = (struct data_file){.exists = true,
                                   .commands = loss_point(world, node).commands,
                                   .has_position = node_saves_position(node),
                                   .offset = node->history.offset,
                                   .bytes = max64(node->data_bytes, EMPTY_RDB_BYTES),
                                   .timeline = node->timeline};
    memcpy(snapshot->id, node->history.id, REPLID_SIZE);
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
    assert(node->is_up && !node->save.is_active);
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
        replan_conn(world, conn);
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

bool save_has_member(const struct conn *conn, bool is_socket)
{
    return conn->machine.state == MASTER_WAIT_END ||
           (is_socket && conn->machine.state == MASTER_SEND_BULK);
}

void save_fail_member(struct world *world, struct node *node, struct conn *conn)
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
        if (conn->machine.state == MASTER_WAIT_START || (is_socket && save_has_member(conn, true)))
            save_fail_member(world, node, conn);
    }
}

void save_to_disk_ended(struct world *world, struct node *node, bool is_good)
{
    save_point_ended(world, node, is_good);
    node_refresh_good(world, node);
}

/* Whether no child could be made. */
static bool fork_failed(struct world *world, struct node *node, bool is_socket)
{
    if (!node_fails(node, FAILURE_FORK))
        return false;
    EMIT(world, saved, node->index, e->ok = false, e->save_ns = 0, e->payload_bytes = 0);
    if (!is_socket) {
        save_point_forked(world, node);
        save_to_disk_ended(world, node, false);
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
    assert(node->save.is_active && conn->master_has);
    feed_record(world, conn, node->save.snapshot.offset);
    struct master_site site = node_site_for(world, conn);
    struct acts acts;
    master_save_started(&conn->machine, &site, node->save.snapshot.offset, false, &acts);
    feed_acts(world, conn, &acts);
    note_snapshot(world, node, conn);
    node_select_pending(world, node);
    replan_conn(world, conn);
}

void save_request_of_client(struct world *world, struct node *node)
{
    if (!node->backlog.exists && node_replicas(world, node) == 0)
        node_begin_backlog(world, node);
    if (!node->save.is_active && !save_is_left_to_cron(node->profile, &node->config, true))
        start_for_replicas(world, node);
}

void save_request(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->master];
    assert(conn->master_has && node->is_up);
    node_first_backlog(world, node);
    if (node->save.is_active) {
        if (!kind_for(world, conn).is_older && is_joinable(world, node, conn->machine.capa))
            join(world, node, conn);
        return;
    }
    if (!save_is_left_to_cron(node->profile, &node->config, (conn->machine.capa & CAPA_EOF) != 0))
        start_for_replicas(world, node);
}

void save_own_event(struct world *world, struct node *node)
{
    if (save_point_is_due(world, node))
        save_start_for_user(world, node);
}
