/* Synchronised before the run. See initial_sync.h.
 *
 * The same two machines talk, back to back, without a network in between: no state is made up that
 * they would not reach themselves. */
#include "sim/world/initial_sync.h"

#include <assert.h>
#include <string.h>
#include "sim/world/account.h"
#include "sim/world/conn_table.h"
#include "sim/world/feed.h"
#include "sim/world/link.h"
#include "sim/world/node_history.h"
#include "sim/world/node_site.h"
#include "sim/world/replica_side.h"

bool initial_sync_runs_before(const struct world *world, const struct node *node)
{
    if (node->spec->begin == BEGIN_SYNCED || node->spec->begin == BEGIN_ALONE)
        return true;
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct scenario_node *other = &world->scenario->nodes[i];
        int32_t above = other->begin == BEGIN_SYNCED ? other->replicaof : NO_INDEX;
        for (uint32_t depth = 0; above != NO_INDEX && depth < world->node_count; depth++) {
            if (above == node->index)
                return true;
            above = world->scenario->nodes[above].replicaof;
        }
    }
    return false;
}

static void to_master(struct world *world, struct conn *conn, const char *text, size_t len);

static void to_replica(struct world *world, struct conn *conn, struct span span)
{
    struct node *node = &world->nodes[conn->replica];
    struct replica_site site = node_as_replica(world, node);
    site.payload_to_file = false; /* nobody waits for a cron that has not begun */
    do {
        struct acts acts;
        replica_receive(&node->replica, &site, &span, &acts);
        if (span.kind == SPAN_BYTES)
            span.bytes += span.len - acts.left;
        span.len = acts.left;
        for (uint32_t i = 0; i < acts.count; i++)
            if (acts.list[i].kind == ACT_SEND)
                to_master(world, conn, acts.list[i].text, acts.list[i].len);
    } while (span.len > 0 && !replica_holds_payload(&node->replica));
}

/* +FULLRESYNC, the payload, the load: all at once. */
static void full(struct world *world, struct conn *conn)
{
    struct node *master = &world->nodes[conn->master], *node = &world->nodes[conn->replica];
    struct acts acts;
    int64_t bytes = master->data_bytes > 0 ? master->data_bytes : 1;
    if (!master->backlog.exists) {
        if (master->profile->psync2 && master->master == NO_INDEX)
            node_new_identity(world, master, ID_BACKLOG);
        node_new_backlog(world, master);
    }
    struct master_site site = node_site(world, master);
    int64_t offset = master->history.offset;
    feed_record(world, conn, offset);
    master_save_started(&conn->machine, &site, offset, false, &acts);
    to_replica(world, conn, span_bytes(acts.list[0].text, acts.list[0].len));
    master_payload(&conn->machine, &site, bytes, "", &acts);
    to_replica(world, conn, span_bytes(acts.list[0].text, acts.list[0].len));
    to_replica(world, conn, span_payload((uint64_t)bytes));
    master_payload_sent(&conn->machine, &site, &acts);
    conn->is_stream_open = true;
    node->data_bytes = master->data_bytes;
    node->data_keys = master->data_keys;
    node->file = (struct data_file){.exists = true,
                                    .has_position = master->profile->psync2,
                                    .offset = offset,
                                    .bytes = master->data_bytes,
                                    .timeline = master->timeline};
    memcpy(node->file.id, master->history.id, REPLID_SIZE);
    master->file = node->file;
    struct replica_site loaded = node_as_replica(world, node);
    replica_loaded(&node->replica, &loaded, &acts);
    replica_side_acts(world, node, &acts);
}

static void to_master(struct world *world, struct conn *conn, const char *text, size_t len)
{
    struct span span = span_bytes(text, len);
    do {
        struct acts acts;
        struct master_site site = node_site(world, &world->nodes[conn->master]);
        master_receive(&conn->machine, &site, &span, &acts);
        span.bytes += span.len - acts.left;
        span.len = acts.left;
        for (uint32_t i = 0; i < acts.count; i++) {
            if (acts.list[i].kind == ACT_SEND)
                to_replica(world, conn, span_bytes(acts.list[i].text, acts.list[i].len));
            else if (acts.list[i].kind == ACT_WANT)
                full(world, conn);
        }
    } while (span.len > 0);
}

static void synchronise(struct world *world, struct node *node)
{
    int32_t path = scenario_link_between(world->scenario, node->master, node->index);
    struct conn *conn = conn_table_take(world, path, node->master, node->index);
    conn->timeline = world->nodes[node->master].timeline;
    conn->replica_has = conn->master_has = conn->is_established = true;
    struct link *link = link_of(world, conn);
    pipe_init(&conn->pipe, 0, link->latency, link_rate(world, conn), link->spec->send_buffer);
    node->conn = conn->index;
    node->account.attempt.event.master = node->master;
    struct master_site site = node_site(world, &world->nodes[conn->master]);
    struct replica_site below = node_as_replica(world, node);
    struct acts acts;
    node->replica_config.second_channel = false; /* whichever way it came online */
    master_init(&conn->machine, &site);
    replica_boot(&node->replica, &below, false, true, &acts);
    replica_cron(&node->replica, &below, &acts);
    replica_connected(&node->replica, &below, &acts);
    for (uint32_t i = 0; i < acts.count; i++)
        if (acts.list[i].kind == ACT_SEND)
            to_master(world, conn, acts.list[i].text, acts.list[i].len);
    assert(replica_is_online(&node->replica) && node->conn == conn->index);
    account_init(&node->account);
    node->account.has_data = true;
}

static bool is_ready(const struct world *world, const struct node *node)
{
    const struct node *master = &world->nodes[node->master];
    return master->master == NO_INDEX || replica_is_online(&master->replica);
}

void initial_sync_all(struct world *world)
{
    struct trace silent, *trace = world->trace;
    trace_init(&silent, TRACE_OFF, NULL);
    world->trace = &silent;
    for (uint32_t round = 0; round < world->node_count; round++) {
        for (uint32_t i = 0; i < world->node_count; i++) {
            struct node *node = &world->nodes[i];
            if (node->spec->begin == BEGIN_SYNCED && node->master != NO_INDEX &&
                node->conn == NO_INDEX && is_ready(world, node))
                synchronise(world, node);
        }
    }
    world->trace = trace;
}
