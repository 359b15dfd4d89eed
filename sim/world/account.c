/* See account.h. */
#include "sim/world/account.h"

#include <assert.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/world/broken.h"
#include "sim/world/node.h"
#include "sim/world/offset_track.h"
#include "sim/world/output.h"
#include "sim/world/reader.h"
#include "sim/world/timeline.h"

void account_init(struct account *account)
{
    *account = (struct account){.stale_since = -1};
    attempt_init(&account->attempt);
}

struct account *account_of(struct world *world, const struct conn *conn)
{
    struct node *replica = &world->nodes[conn->replica];
    bool is_its = replica->conn == conn->index || replica->second == conn->index;
    return is_its ? &replica->account : NULL;
}

void account_buffer(struct world *world, const struct conn *conn, int64_t usage_bytes)
{
    struct account *account = &world->nodes[conn->replica].account;
    struct event_resync *resync = &account->attempt.event;
    account->buffer_peak = max64(account->buffer_peak, usage_bytes);
    if (account_of(world, conn) != NULL)
        resync->buffer_peak_bytes = max64(resync->buffer_peak_bytes, usage_bytes);
}

void account_lost(struct world *world, struct node *node, enum drop drop)
{
    account_observe(world, node);
    attempt_lost(&node->account.attempt, world->now, drop);
    node->account.is_down = true;
}

void account_asked(struct world *world, struct node *node, int32_t master, const char *id,
                   int64_t offset)
{
    struct account *account = &node->account;
    account_observe(world, node);
    attempt_ask(&account->attempt, world->now, master, id, offset);
    account->attempt.event.gap_ns = account->has_data ? account->age : TRACE_ABSENT;
}

/* What its master had sent when it closed the connection; it threw away the rest. */
static int64_t sent_of_owed(const struct conn *conn, int64_t owed_bytes)
{
    if (!conn->is_closing)
        return owed_bytes;
    return min64(owed_bytes, max64(0, conn->pipe.send_limit - conn->bulk));
}

void account_online(struct world *world, struct node *node, bool is_partial)
{
    struct account *account = &node->account;
    struct attempt *attempt = &account->attempt;
    struct event_resync *resync = &attempt->event;
    assert(node->conn != NO_INDEX && resync->master != NO_INDEX);
    if (is_partial)
        resync->spare_bytes =
            attempt_spare(attempt, world->nodes[resync->master].config.backlog_bytes);
    else
        resync->owed_bytes =
            max64(0, node_offset(world, &world->nodes[resync->master]) - attempt->snapshot_offset);
    account->partial += is_partial;
    account->full += !is_partial;
    const struct conn *conn = conn_at(world, node->conn);
    account_buffer(world, conn, output_usage(world, conn));
    resync->sent_bytes = resync->payload_bytes + sent_of_owed(conn, resync->owed_bytes);
    resync->stale_ns = account->age;
    resync->online_ns = world->now;
    broken_resync(world, node, resync);
    attempt_online(attempt, world->trace, world->now, node->index);
    account->is_down = false;
    account->has_data = true;
}

void account_failed(struct world *world, struct node *node, enum drop drop)
{
    struct attempt *attempt = &node->account.attempt;
    attempt->event.sent_bytes = attempt->event.payload_bytes;
    attempt->event.stale_ns = node->account.age;
    if (attempt_can_fail(attempt))
        broken_resync(world, node, &attempt->event);
    node->account.full += attempt_failed(attempt, world->trace, world->now, node->index, drop);
}

/* ---- writes ---- */

static int64_t writes_of(const struct world *world, const struct node *node)
{
    return node->load == NULL ? 0 : load_commands(node->load, world->now);
}

static enum writes_fate fate_of(const struct node *node)
{
    if (!node->is_up || node->master != NO_INDEX || node->loading != LOAD_NOTHING)
        return WRITES_ELSEWHERE;
    if (node->refuses_writes || node->is_busy)
        return WRITES_REFUSED;
    bool is_pausing = node->failover_to != NO_INDEX || node->shutdown_deadline != TIME_NEVER ||
                      node->write_pauses > 0;
    return node->backlog.exists || is_pausing ? WRITES_ELSEWHERE : WRITES_UNSTREAMED;
}

/* A process that stands still executes when it goes on what came meanwhile. */
void account_writes(struct world *world, struct node *node)
{
    struct account *account = &node->account;
    int64_t writes = writes_of(world, node);
    account->writes_waiting += writes - account->writes_seen;
    account->writes_seen = writes;
    bool waits = account->writes_wait && node->stands_still;
    if (account->writes_fate == WRITES_REFUSED)
        account->refused_writes += account->writes_waiting;
    else if (account->writes_fate == WRITES_UNSTREAMED && !waits && node->is_up)
        account->unstreamed += account->writes_waiting;
    if (!waits)
        account->writes_waiting = 0;
    account->writes_wait = node->stands_still && !node->is_busy;
    account->writes_fate = fate_of(node);
}

int64_t account_unstreamed(const struct world *world, const struct node *node)
{
    const struct account *account = &node->account;
    bool grows = account->writes_fate == WRITES_UNSTREAMED && !account->writes_wait;
    int64_t since = grows ? writes_of(world, node) - account->writes_seen : 0;
    return account->unstreamed + since;
}

/* ---- age ---- */

int64_t account_free_age(const struct world *world, const struct node *node)
{
    int64_t age = 0;
    for (uint32_t depth = 0; node->master != NO_INDEX && depth < world->node_count; depth++) {
        if (node->conn == NO_INDEX || node->stands_still ||
            node->replica.state != REPLICA_CONNECTED)
            return -1;
        const struct conn *conn = conn_at(world, node->conn);
        const struct pipe_piece *piece = pipe_last(&conn->pipe);
        if (!conn->master_has || piece->kind != PIECE_FOLLOW || !reader_follows(conn, world->now) ||
            piece->t + conn->pipe.latency > world->now)
            return -1;
        age += conn->pipe.latency;
        node = &world->nodes[conn->master];
    }
    return node->is_up && !node->stands_still ? age : -1;
}

/* How old the node's data are: since when the top master has a byte that it lacks. */
static int64_t age_of(const struct world *world, const struct node *node, int64_t elapsed)
{
    const struct node *top = world_top(world, node);
    if (top == node)
        return 0;
    int64_t offset = node_offset(world, node), newest = node_offset(world, top);
    if (!timeline_is_prefix(world, node->timeline, offset, top->timeline, newest))
        return node->account.age + elapsed;
    if (offset >= newest)
        return 0;
    return max64(0, world->now - offset_track_written(world, top->timeline, offset + 1));
}

/* The expected share of reads, spread evenly over the keys, that find a value which is no longer
 * the newest, when the last `age` of writes is missing. */
static int64_t stale_now_ppm(const struct world *world, const struct node *node, int64_t age)
{
    const struct node *top = world_top(world, node);
    if (top->load == NULL || age == 0)
        return 0;
    int64_t writes =
        load_commands(top->load, world->now) - load_commands(top->load, world->now - age);
    return stale_share_ppm(top->keyspace, writes);
}

/* At t the data were found to be `age` old. */
static void note_staleness(const struct world *world, struct node *node, int64_t t)
{
    struct account *account = &node->account;
    int64_t over = node->master == NO_INDEX ? 0 : account->age - STALE_NS;
    if (over > 0) {
        if (account->stale_since < 0)
            account->stale_since = max64(t - over, account->looked);
        account->stale_peak = max64(account->stale_peak, account->age);
    } else if (account->stale_since >= 0) {
        trace_stale(world->trace, t, node->index,
                    &(struct event_stale){account->stale_since, t, account->stale_peak});
        account->stale_since = account->stale_peak = -1;
    }
}

void account_observe(struct world *world, struct node *node)
{
    if (!world->measures_ages)
        return;
    struct account *account = &node->account;
    int64_t elapsed = world->now - account->observed;
    assert(elapsed >= 0);
    account->looked = account->observed;
    account->observed = world->now;
    if (node->master == NO_INDEX)
        note_staleness(world, node, world->now);
    if (node->master == NO_INDEX || !account->has_data || elapsed == 0)
        return;
    account->samples++;
    int64_t undelayed = account_free_age(world, node);
    if (undelayed >= 0) { /* the usual case, cheap: nothing is late */
        account->age = undelayed;
        account->free_samples++;
        account->stale_max = max64(account->stale_max, account->age);
        note_staleness(world, node, world->now);
        return;
    }
    account->age = age_of(world, node, elapsed);
    note_staleness(world, node, world->now);
    if (account->age == 0)
        return;
    account->stale_reads_ppm += stale_now_ppm(world, node, account->age);
    account->stale_max = max64(account->stale_max, account->age);
    int64_t over = account->age - STALE_NS;
    if (over > 0)
        account->stale += over < elapsed ? over : elapsed;
}

void account_goes_on(const struct world *world, struct node *node)
{
    struct account *account = &node->account;
    if (account->stale_since >= 0 && node->master != NO_INDEX)
        account->stale_peak =
            max64(account->stale_peak, age_of(world, node, world->now - account->observed));
}

void account_heartbeats(const struct world *world, struct node *node, const struct rounds *rounds)
{
    if (!world->measures_ages)
        return;
    assert(rounds->count > 0 && rounds->first <= rounds->last);
    struct account *account = &node->account;
    bool repeats = account->observed == rounds->first;
    account->observed = rounds->last;
    if (node->master == NO_INDEX || !account->has_data)
        return;
    account->age = account_free_age(world, node);
    note_staleness(world, node, rounds->first);
    account->stale_max = max64(account->stale_max, account->age);
    account->samples += rounds->count - repeats;
    account->free_samples += rounds->count - repeats;
}

int64_t account_path_latency(const struct world *world, const struct node *node)
{
    int64_t latency = 0;
    for (uint32_t depth = 0; node->master != NO_INDEX && depth < world->node_count; depth++) {
        int32_t link = scenario_link_between(world->scenario, node->master, node->index);
        latency += link == NO_INDEX ? 0 : world->links[link].latency;
        node = &world->nodes[node->master];
    }
    return latency;
}

void account_close(struct world *world, struct node *node)
{
    struct account *account = &node->account;
    account_observe(world, node);
    account->is_down = false;
    /* what was never late lacked a latency's worth of writes: of the mean rate over the run so far
     */
    const struct node *top = world_top(world, node);
    if (account->free_samples == 0 || top->load == NULL || world->now == 0)
        return;
    int64_t writes = mul_div(load_commands(top->load, world->now),
                             account_path_latency(world, node), world->now);
    account->stale_reads_ppm += stale_share_ppm(top->keyspace, writes) * account->free_samples;
    account->free_samples = 0;
}

/* ---- the end ---- */

int64_t account_behind(const struct world *world, const struct node *node)
{
    const struct node *top = world_top(world, node);
    int64_t offset = node_offset(world, node), newest = node_offset(world, top);
    if (top != node && !node->account.has_data)
        return newest;
    return timeline_is_prefix(world, node->timeline, offset, top->timeline, newest)
               ? newest - offset
               : TRACE_ABSENT;
}
