/* See info_text.h. */
#include "sim/world/info_text.h"

#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/node.h"
#include "sim/world/node_backlog.h"
#include "sim/world/offset_track.h"
#include "sim/world/output.h"

#define PORT 6379

/* In whole seconds of the clock, as a server counts them. */
static int64_t seconds_since(const struct world *world, int64_t wall)
{
    return world_wall(world, world->now) / NS_PER_S - wall / NS_PER_S;
}

static void number(GString *out, const char *key, int64_t value)
{
    g_string_append_printf(out, "%s:%" G_GINT64_FORMAT "\n", key, value);
}

static bool is_syncing(const struct node *node)
{
    return node->replica.state >= REPLICA_PREAMBLE && node->replica.state < REPLICA_CONNECTED;
}

static int64_t last_io(const struct world *world, const struct node *node)
{
    const struct conn *conn = node->conn == NO_INDEX ? NULL : conn_at(world, node->conn);
    if (conn == NULL || node->replica.state != REPLICA_CONNECTED)
        return -1;
    int64_t read = world_wall(world, offset_track_read_last(world, conn, world->now));
    return seconds_since(world, max64(read, node->replica.last_io_ns));
}

/* How much of the payload is there. Its size is 0 where it ends with a mark, and -1 before it is
 * announced. */
static void print_sync(const struct world *world, const struct node *node, GString *out)
{
    const struct replica *replica = &node->replica;
    const struct conn *conn = node->conn == NO_INDEX ? NULL : conn_at(world, node->conn);
    int64_t total = replica->state == REPLICA_PREAMBLE ? -1 : 0, read = 0;
    if (replica->state >= REPLICA_PAYLOAD && conn != NULL) {
        struct source source = offset_track_source(world, conn);
        read = min64(min64(pipe_arrived(&conn->pipe, &source, world->now), conn->read_limit),
                     conn->bulk);
        total = replica->streamed ? 0 : conn->bulk;
    }
    int64_t hundredths = total > 0 ? mul_div(read, 10000, total) : 0;
    number(out, "master_sync_total_bytes", total);
    number(out, "master_sync_read_bytes", read);
    number(out, "master_sync_left_bytes", total - read);
    g_string_append_printf(out, "master_sync_perc:%s%" G_GINT64_FORMAT ".%02" G_GINT64_FORMAT "\n",
                           total < 0 ? "-" : "", hundredths / 100, hundredths % 100);
    number(out, "master_sync_last_io_seconds_ago", seconds_since(world, replica->last_io_ns));
}

static void print_replica(const struct world *world, const struct node *node, GString *out)
{
    const struct replica *replica = &node->replica;
    bool is_up = replica->state == REPLICA_CONNECTED, is_known = is_up || replica->has_cache;
    int64_t applied = is_known ? node_offset(world, node) : 1, read = applied;
    if (is_up && node->conn != NO_INDEX)
        read = max64(applied, offset_track_read(world, conn_at(world, node->conn), world->now));
    int64_t lost = node->account.attempt.event.lost_ns;
    g_string_append_printf(out, "master_host:%s\n", world->nodes[node->master].spec->name);
    number(out, "master_port", PORT);
    g_string_append_printf(out, "master_link_status:%s\n", is_up ? "up" : "down");
    number(out, "master_last_io_seconds_ago", last_io(world, node));
    number(out, "master_sync_in_progress", is_syncing(node));
    number(out, "slave_read_repl_offset", read);
    number(out, "slave_repl_offset", applied);
    if (is_syncing(node))
        print_sync(world, node, out);
    if (!is_up)
        number(out, "master_link_down_since_seconds",
               lost == TRACE_ABSENT ? -1 : seconds_since(world, world_wall(world, lost)));
    number(out, "slave_priority", 100);
    number(out, "slave_read_only", 1);
    number(out, "replica_announced", 1);
}

static const char *state_of(const struct conn *conn)
{
    switch (conn->machine.state) {
    case MASTER_WAIT_START:
    case MASTER_WAIT_END:
        return "wait_bgsave";
    case MASTER_SEND_BULK:
        return "send_bulk";
    default:
        return "online";
    }
}

static void print_slaves(const struct world *world, const struct node *node, GString *out)
{
    int64_t slaves = 0, good = 0;
    GString *lines = g_string_new(NULL);
    EACH_REPLICA_CONN(conn, world, node) {
        const struct master *machine = &conn->machine;
        if (!master_is_replica(machine))
            continue;
        bool is_online = machine->state == MASTER_ONLINE || machine->state == MASTER_GATED;
        g_string_append_printf(lines, "slave%" G_GINT64_FORMAT ":ip=%s,port=%d,state=%s", slaves++,
                               world->nodes[conn->replica].spec->name, PORT, state_of(conn));
        g_string_append_printf(lines, ",offset=%" G_GINT64_FORMAT ",lag=%" G_GINT64_FORMAT "\n",
                               machine->ack_offset,
                               is_online ? seconds_since(world, machine->ack_time_ns) : 0);
        good +=
            master_is_good(machine, node->config.min_replicas_lag_s, world_wall(world, world->now));
    }
    number(out, "connected_slaves", slaves);
    if (node->config.min_replicas > 0 && node->config.min_replicas_lag_s > 0)
        number(out, "min_slaves_good_slaves", good);
    g_string_append(out, lines->str);
    g_string_free(lines, TRUE);
}

static void print_history(struct world *world, struct node *node, GString *out)
{
    struct backlog_range range = node_backlog(world, node);
    const char *failover = node->failover_to == NO_INDEX ? "no-failover"
                           : node->is_failing_over       ? "failover-in-progress"
                                                         : "waiting-for-sync";
    g_string_append_printf(out, "master_failover_state:%s\n", failover);
    g_string_append_printf(out, "master_replid:%s\nmaster_replid2:%s\n", node->history.id,
                           node->history.id2);
    number(out, "master_repl_offset", node_offset(world, node));
    number(out, "second_repl_offset", node->history.second_offset);
    number(out, "repl_backlog_active", range.exists);
    number(out, "repl_backlog_size", node->config.backlog_bytes);
    number(out, "repl_backlog_first_byte_offset", range.exists ? range.first : 0);
    number(out, "repl_backlog_histlen", range.exists ? range.length : 0);
}

static void print_replication(struct world *world, struct node *node, GString *out)
{
    g_string_append_printf(out, "# Replication\nrole:%s\n",
                           node->master == NO_INDEX ? "master" : "slave");
    if (node->master != NO_INDEX)
        print_replica(world, node, out);
    print_slaves(world, node, out);
    print_history(world, node, out);
}

static void print_node(struct world *world, struct node *node, GString *out)
{
    g_string_append_printf(out, "## %s, at %" G_GINT64_FORMAT ".%09" G_GINT64_FORMAT " s%s\n",
                           node->spec->name, world->now / NS_PER_S, world->now % NS_PER_S,
                           !node->is_up            ? ": it does not run"
                           : node_is_blocked(node) ? ": it stands still, and answers later"
                                                   : "");
    if (node->is_up)
        print_replication(world, node, out);
}

static void print_buffers(const struct world *world, const struct node *node, GString *out)
{
    int64_t count = 0;
    EACH_REPLICA_CONN(conn, world, node) {
        if (!conn->is_recorded)
            continue;
        g_string_append_printf(out, "slave%" G_GINT64_FORMAT ":ip=%s,port=%d,state=%s", count++,
                               world->nodes[conn->replica].spec->name, PORT, state_of(conn));
        g_string_append_printf(out, ",buffer=%" G_GINT64_FORMAT "\n", output_usage(world, conn));
    }
}

void info_text_print_all(struct world *world, struct node *node, GString *out)
{
    int64_t behind = account_behind(world, node);
    g_string_append(out, "# Persistence\n");
    number(out, "loading", node->loading != LOAD_NOTHING);
    number(out, "rdb_bgsave_in_progress", node->save.is_active);
    g_string_append(out, "# Stats\n");
    number(out, "sync_full", node->syncs.full);
    number(out, "sync_partial_ok", node->syncs.partial);
    number(out, "sync_partial_err", node->syncs.refused);
    print_replication(world, node, out);
    g_string_append(out, "# psyncsim\n");
    if (behind != TRACE_ABSENT)
        number(out, "behind_bytes", behind);
    print_buffers(world, node, out);
}

void info_text_print(struct world *world, GString *out)
{
    for (uint32_t i = 0; i < world->node_count; i++)
        print_node(world, &world->nodes[i], out);
}
