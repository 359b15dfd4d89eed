/* See save_child.h. */
#include "sim/world/save_child.h"

#include <assert.h>
#include "sim/world/account.h"
#include "sim/world/conn.h"
#include "sim/world/feed.h"
#include "sim/world/link.h"
#include "sim/world/node.h"
#include "sim/world/node_site.h"
#include "sim/world/node_stream.h"
#include "sim/world/offset_track.h"
#include "sim/world/output.h"
#include "sim/world/rdb_client.h"
#include "sim/world/replan.h"
#include "sim/world/save.h"
#include "sim/world/save_abort.h"
#include "sim/world/save_point.h"
#include "sim/world/slot.h"

static void begin_payload(struct world *world, struct node *node, struct conn *conn,
                          const char *mark)
{
    assert(conn->machine.state == MASTER_WAIT_END && !conn->is_bulk_open);
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
    replan_conn(world, conn);
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

static void child_ended(struct world *world, struct node *node)
{
    struct save *save = &node->save;
    assert(save->is_active && !save->is_sending);
    EMIT(world, saved, node->index, e->ok = true, e->save_ns = save_took(world, node),
         e->payload_bytes = save->snapshot.bytes,
         e->cow_bytes = copied_on_write(world, node, PAGE_SMALL_BYTES),
         e->cow_huge_bytes = copied_on_write(world, node, PAGE_HUGE_BYTES));
    if (!save->is_socket) {
        node->file = save->snapshot;
        save_to_disk_ended(world, node, true);
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

static void finish_member(struct world *world, struct conn *conn)
{
    assert(conn->is_sent && conn->is_bulk_open);
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
    assert(node->save.is_socket && node->save.is_sending);
    EACH_REPLICA_CONN(conn, world, node) {
        if (conn->is_sent &&
            (conn->machine.state == MASTER_WAIT_END || conn->machine.state == MASTER_SEND_BULK))
            finish_member(world, conn);
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
    assert(save->is_active);
    EMIT(world, saved, node->index, e->ok = false, e->save_ns = save_took(world, node),
         e->payload_bytes = save->snapshot.bytes);
    save->is_active = save->is_sending = false;
    rdb_client_leave(node);
    if (!save->is_socket)
        save_to_disk_ended(world, node, false);
    EACH_REPLICA_CONN(conn, world, node) {
        if (save_has_member(conn, save->is_socket))
            save_fail_member(world, node, conn);
    }
    conn_child_ended(world, node);
    save_start_pending(world, node, false);
    save_point_plan(world, node);
}

void save_child_kill(struct world *world, struct node *node)
{
    if (!node->save.is_active)
        return;
    node->save.is_killed = true;
    queue_set(&world->queue, slot_of_node(node->index, NODE_SAVE),
              node_next_tick(node, world->now));
}

void save_child_event(struct world *world, struct node *node)
{
    struct save *save = &node->save;
    if (!save->is_active) {
        save_start_pending(world, node, false); /* a killed child was reaped */
        return;
    }
    if (save->is_killed || (!save->is_socket && node_fails(node, FAILURE_SAVE))) {
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

static void member_sent(struct world *world, struct node *node)
{
    if (node->save.is_active && node->save.is_sending && !node->save.is_killed &&
        !any_unsent(world, node))
        queue_set(&world->queue, slot_of_node(node->index, NODE_SAVE),
                  node_next_tick(node, world->now));
}

void save_child_sent_event(struct world *world, struct conn *conn)
{
    struct node *master = &world->nodes[conn->master];
    if (!conn->master_has || !conn->is_bulk_open || conn->is_sent)
        return;
    conn->is_sent = true;
    struct master_site site = node_site_of_replica(world, master);
    master_payload_moved(&conn->machine, &site);
    const struct conn *fed = conn->is_second ? feed_other_of_pair(world, conn) : conn;
    EMIT(world, payload_sent, master->index, e->replica = conn->replica,
         e->buffer_bytes = fed == NULL ? 0 : output_usage(world, fed));
    if (conn->machine.diskless)
        member_sent(world, master);
    else
        finish_member(world, conn);
}
