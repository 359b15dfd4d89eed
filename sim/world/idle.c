/* What an idle world is. See idle.h.
 *
 * The bounds that make a state last: an acknowledgement arrives before the next one leaves, so that
 * one at most is on its way; and whatever is looked at by whole seconds of the wall clock (the
 * time-outs of both sides, min-replicas-max-lag) is never so old that a look could find it too
 * old. */
#include "sim/world/idle.h"

#include <assert.h>
#include "models/server/write_gate.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/node.h"
#include "sim/world/output.h"
#include "sim/world/reader.h"
#include "sim/world/save_point.h"
#include "sim/world/slot.h"

int64_t idle_period(const struct node *node)
{
    return (NS_PER_S / node->config.hz + node->tick_extra) * node->config.hz;
}

int64_t idle_ping_step(const struct node *master)
{
    return mul_div(master->config.ping_period_s, idle_period(master), 1);
}

struct rounds idle_rounds(const struct world *world, const struct node *node, int64_t until)
{
    uint32_t slot = slot_of_node(node->index, NODE_CRON);
    struct rounds rounds = {.first = queue_when(&world->queue, slot), .period = idle_period(node)};
    assert(rounds.period > 0);
    rounds.count = (until - rounds.first) / rounds.period + 1;
    rounds.last = rounds.first + (rounds.count - 1) * rounds.period;
    return rounds;
}

bool idle_beats(const struct conn *conn)
{
    return conn->is_used && !conn->is_resting;
}

/* The cron of a node, the way up of a connection. */
static bool is_beat(const void *user, uint32_t slot)
{
    const struct world *world = user;
    uint32_t first_conn = slot_of_conn(world, 0, CONN_DIAL);
    if (slot >= first_conn)
        return (slot - first_conn) % CONN_SLOTS == CONN_UP;
    return slot < slot_of_fault(world, 0, false) && slot % NODE_SLOTS == NODE_CRON;
}

int64_t idle_until(const struct world *world)
{
    return queue_first_but(&world->queue, is_beat, world);
}

/* The longest way of an acknowledgement. */
static int64_t longest_way(const struct world *world, const struct conn *conn)
{
    const struct link *link = &world->links[conn->link];
    int64_t way = time_add(link->latency, link->jitter_most);
    if (link->bandwidth > 0)
        way = time_add(way, mul_div_up(ACK_MAX * INT64_C(8), NS_PER_S, link->bandwidth));
    return time_add(way, world->nodes[conn->replica].delay_most);
}

static bool is_whole(const struct world *world, const struct conn *conn)
{
    const struct link *link = &world->links[conn->link];
    return conn->replica_has && conn->master_has && conn->is_established && !conn->is_severed &&
           !conn->is_closing && !conn->is_reset[DOWN] && !conn->is_reset[UP] &&
           conn->resumes_at[DOWN] < 0 && conn->resumes_at[UP] < 0 && link->silences[DOWN] == 0 &&
           link->silences[UP] == 0 && conn->ack_limit == INT64_MAX && conn->read_limit == INT64_MAX;
}

static bool only_streams(const struct conn *conn)
{
    return conn->is_recorded && (!conn->is_bulk_open || conn->is_sent) && conn->getack == 0 &&
           conn->machine.state == MASTER_ONLINE && !conn->machine.pre_psync &&
           resp_is_idle(&conn->machine.reader) && output_flows_freely(conn) &&
           reader_follows(conn, conn->world->now) && conn->mail[DOWN].count == 0 &&
           conn->mail[UP].count <= 1 && !conn->mail[UP].is_held;
}

/* What is on its way up, perhaps since the path was longer, arrives before the next leaves. */
static bool is_clear(const struct world *world, const struct conn *conn)
{
    uint32_t cron = slot_of_node(conn->replica, NODE_CRON);
    return conn->mail[UP].count == 0 ||
           mail_next(&conn->mail[UP]) < queue_when(&world->queue, cron);
}

/* Nobody finds the other side's last sign of life too old, now or at a later heartbeat. */
static bool is_in_time(const struct world *world, const struct conn *conn)
{
    const struct node *master = &world->nodes[conn->master],
                      *replica = &world->nodes[conn->replica];
    int64_t way = longest_way(world, conn), period = idle_period(replica);
    int64_t lag_s = master->config.min_replicas_lag_s;
    bool counts = min_replicas_count(&master->config) && master->master == NO_INDEX;
    if (way >= period)
        return false;
    int64_t oldest = period + way;
    return world_wall(world, world->now) - conn->machine.ack_time_ns <= oldest &&
           oldest <= (master->config.timeout_s - 1) * NS_PER_S &&
           (!counts || oldest <= lag_s * NS_PER_S);
}

static bool conn_is_idle(const struct world *world, const struct conn *conn)
{
    return world->nodes[conn->replica].conn == conn->index && is_whole(world, conn) &&
           only_streams(conn) && is_clear(world, conn) && is_in_time(world, conn);
}

/* The longest time from one byte of a master's stream to the next, where only PINGs come. */
static int64_t between_pings(const struct node *master)
{
    return master->profile->ping_only_when_idle
               ? master->config.ping_period_s * NS_PER_S + idle_period(master)
               : idle_ping_step(master);
}

/* PINGs come often enough for a replica under this master, whose last byte is that old. */
static bool is_kept_alive(const struct world *world, const struct node *node)
{
    int64_t age = account_free_age(world, node); /* of its data: the way down */
    const struct node *top = world_top(world, node);
    if (age < 0 || top->master != NO_INDEX || !top->backlog.exists)
        return false;
    int64_t silent = world_wall(world, world->now) - node->replica.last_io_ns;
    int64_t between = time_add(between_pings(top), age);
    return time_add(silent, between) <= (node->config.timeout_s - 1) * NS_PER_S;
}

static bool replica_is_idle(const struct world *world, const struct node *node)
{
    const struct replica *replica = &node->replica;
    return node->conn != NO_INDEX && replica->state == REPLICA_CONNECTED && !replica->in_multi &&
           !replica->is_poisoned && !replica->pre_psync && resp_is_idle(&replica->reader) &&
           node->account.has_data && !node->account.attempt.is_open && is_kept_alive(world, node);
}

/* Two PINGs may need sections of their own before the others join; what is forgotten to make room
 * depends on when that is. Once they join, no room is needed. */
static bool has_room(const struct world *world, const struct node *node)
{
    const struct stream *stream = &world->timelines[node->timeline].stream;
    const struct stream_section *last = &stream->sections[stream->count - 1];
    bool is_joined = last->items > 2 && last->step_ns == idle_ping_step(node);
    return is_joined || stream->count + 2 < SECTIONS_KEPT || stream->room - stream->count >= 2;
}

/* The backlog does not expire, and writes are refused or not for good. */
static bool master_is_idle(const struct world *world, const struct node *node)
{
    const struct config *config = &node->config;
    int64_t replicas = node_replicas(world, node); /* all of them are idle, or nothing is */
    bool refuses = min_replicas_refuse(config, replicas) || save_point_stops_writes(node);
    return (replicas > 0 || !node->backlog.exists || config->backlog_ttl_s == 0) &&
           refuses == node->refuses_writes &&
           (node->profile->ping_only_when_idle || has_room(world, node));
}

/* A save to disk for nobody but itself changes nothing before it ends, which is an event. */
static bool saves_for_others(const struct node *node)
{
    return node->save.is_active && (node->save.serves_replicas || node->save.is_socket);
}

static bool node_is_idle(const struct world *world, const struct node *node)
{
    if (!node->is_up)
        return true;
    uint32_t cron = slot_of_node(node->index, NODE_CRON);
    return !node->stands_still && node->loading == LOAD_NOTHING && !saves_for_others(node) &&
           node->failover_to == NO_INDEX && node->write_pauses == 0 &&
           !node->rdb_client.is_waiting && !node->is_failing_over && !node->is_ending &&
           node->shutdown_deadline == TIME_NEVER && queue_when(&world->queue, cron) != TIME_NEVER &&
           (node->master == NO_INDEX ? master_is_idle(world, node) : replica_is_idle(world, node));
}

bool idle_is_replica(const struct world *world, const struct node *node)
{
    return node_is_idle(world, node) && conn_is_idle(world, conn_at(world, node->conn));
}

bool idle_is(const struct world *world)
{
    for (uint32_t i = 0; i < world->scenario->wait_count; i++)
        if (world->waits[i].asked_at >= 0)
            return false;
    EACH_CONN_AWAKE(conn, world)
        if (idle_beats(conn) && !conn_is_idle(world, conn))
            return false;
    EACH_AWAKE_NODE(node, world)
        if (!node_is_idle(world, node))
            return false;
    return true;
}
