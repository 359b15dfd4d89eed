/* Accounts of resynchronisations. See account.h. */
#include "sim/world/account.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/world/offset_track.h"
#include "sim/world/node.h"
#include "sim/world/idle.h"
#include "sim/world/world.h"

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void open_request(struct request *request)
{
    *request = (struct request){.reason = REASON_FULL_REQUESTED,
                                .lost_by = DROP_NONE,
                                .master = NO_INDEX,
                                .asked_offset = TRACE_ABSENT,
                                .backlog_first = TRACE_ABSENT,
                                .backlog_bytes = TRACE_ABSENT,
                                .owed = TRACE_ABSENT,
                                .lost = TRACE_ABSENT,
                                .dialled = TRACE_ABSENT,
                                .asked = TRACE_ABSENT,
                                .answered = TRACE_ABSENT,
                                .payload = TRACE_ABSENT,
                                .received = TRACE_ABSENT,
                                .online = TRACE_ABSENT,
                                .fork = TRACE_ABSENT,
                                .gap = TRACE_ABSENT};
}

void account_init(struct account *account)
{
    memset(account, 0, sizeof *account);
    account->first_resync = account->first_drop = account->last_online = -1;
    account->spare_min = INT64_MAX;
    account->writes_refused_at = -1;
    account->down_since = -1;
    open_request(&account->request);
}

void account_drop(struct world *world, struct node *node, enum drop drop)
{
    struct account *account = &node->account;
    account->drops[drop]++;
    if (account->first_drop < 0 && drop != DROP_REFUSED)
        account->first_drop = world->now;
}

void account_lost(struct world *world, struct node *node, enum drop drop)
{
    struct account *account = &node->account;
    account_observe(world, node);
    open_request(&account->request);
    account->request.lost = world->now;
    account->request.lost_by = drop;
    if (account->down_since < 0)
        account->down_since = world->now;
}

void account_dialled(struct world *world, struct node *node)
{
    node->account.request.dialled = world->now;
}

void account_asked(struct world *world, struct node *node, int32_t master, const char *id,
                   int64_t offset)
{
    struct account *account = &node->account;
    struct request *request = &account->request;
    struct request fresh;
    account_observe(world, node);
    open_request(&fresh);
    fresh.gap = account->has_data ? account->age : TRACE_ABSENT;
    fresh.lost = request->lost;
    fresh.lost_by = request->lost_by;
    fresh.dialled = request->dialled;
    *request = fresh;
    request->is_open = true;
    request->master = master;
    request->asked = world->now;
    request->asked_offset = offset;
    memcpy(request->asked_id, id, strlen(id) + 1);
    if (account->first_resync < 0)
        account->first_resync = world->now;
}

static void emit_resync(struct world *world, struct node *node, bool is_online, enum drop failed_by)
{
    struct request *request = &node->account.request;
    bool is_partial = reason_kind(request->reason) == REASON_KIND_PARTIAL;
    int64_t down = request->lost == TRACE_ABSENT ? TRACE_ABSENT : world->now - request->lost;
    EMIT(world, EVENT_RESYNC, node->index, NUM(request->master),
         TEXT(is_partial ? "partial" : "full"), TEXT(reason_name(request->reason)),
         TEXT(is_online ? "online" : "failed"), TEXT(is_online ? NULL : drop_name(failed_by)),
         TEXT(request->lost_by == DROP_NONE ? NULL : drop_name(request->lost_by)),
         TEXT(request->asked_id), NUM(request->asked_offset), NUM(request->backlog_first),
         NUM(request->backlog_bytes), NUM(request->owed), NUM(request->lost), NUM(request->dialled),
         NUM(request->asked), NUM(request->answered), NUM(request->payload), NUM(request->received),
         NUM(request->online), NUM(request->fork), NUM(request->payload_bytes),
         NUM(request->sent_bytes), NUM(request->buffer_peak), NUM(request->gap), NUM(down),
         NUM(node->account.age));
}

void account_online(struct world *world, struct node *node, bool is_partial)
{
    struct account *account = &node->account;
    struct request *request = &account->request;
    request->online = world->now;
    if (is_partial)
        account->partial++;
    else
        account->full++;
    if (is_partial) { /* a backlog that is not full yet has room as well */
        const struct node *master = &world->nodes[request->master];
        int64_t spare = max64(request->backlog_bytes, master->config.backlog_bytes) - request->owed;
        account->spare_min = spare < account->spare_min ? spare : account->spare_min;
    } else
        request->owed =
            max64(0, node_offset(world, &world->nodes[request->master]) - request->snapshot_offset);
    request->sent_bytes = request->payload_bytes + request->owed;
    account->bytes += request->sent_bytes;
    emit_resync(world, node, true, DROP_NONE);
    if (account->down_since >= 0)
        account->down += world->now - account->down_since;
    account->down_since = -1;
    account->last_online = world->now;
    account->has_data = true;
    request->is_open = false;
}

void account_failed(struct world *world, struct node *node, enum drop drop)
{
    struct account *account = &node->account;
    struct request *request = &account->request;
    if (!request->is_open || !request->is_decided ||
        reason_kind(request->reason) != REASON_KIND_FULL)
        return;
    account->full_failed++;
    request->sent_bytes = request->payload_bytes;
    account->bytes += request->payload_bytes;
    emit_resync(world, node, false, drop);
    request->is_open = false;
}

static const struct node *top_of(const struct world *world, const struct node *node)
{
    for (uint32_t depth = 0; node->master != NO_INDEX && depth < world->node_count; depth++)
        node = &world->nodes[node->master];
    return node;
}

int64_t account_free_age(const struct world *world, const struct node *node)
{
    int64_t age = 0;
    for (uint32_t depth = 0; node->master != NO_INDEX && depth < world->node_count; depth++) {
        if (node->conn == NO_INDEX || node->stands_still ||
            node->replica.state != REPLICA_CONNECTED)
            return -1;
        const struct conn *conn = world->conns[node->conn];
        const struct pipe_piece *piece = &conn->pipe.pieces[conn->pipe.count - 1];
        if (!conn->master_has || piece->kind != PIECE_FOLLOW ||
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
    const struct node *top = top_of(world, node);
    if (top == node)
        return 0;
    int64_t offset = node_offset(world, node), newest = node_offset(world, top);
    if (!world_is_prefix(world, node->timeline, offset, top->timeline, newest))
        return node->account.age + elapsed;
    if (offset >= newest)
        return 0;
    return max64(0, world->now - offset_track_written(world, top->timeline, offset + 1));
}

/* The expected share of reads, spread evenly over the keys, that find a value which is no longer
 * the newest, when the last `age` of writes is missing. */
static int64_t stale_now_ppm(const struct world *world, const struct node *node, int64_t age)
{
    const struct node *top = top_of(world, node);
    if (top->load == NULL || age == 0)
        return 0;
    int64_t writes =
        load_commands(top->load, world->now) - load_commands(top->load, world->now - age);
    return stale_share_ppm(top->keyspace, writes);
}

void account_observe(struct world *world, struct node *node)
{
    struct account *account = &node->account;
    int64_t elapsed = world->now - account->observed;
    account->observed = world->now;
    if (node->master == NO_INDEX || !account->has_data || elapsed == 0)
        return;
    account->samples++;
    int64_t undelayed = account_free_age(world, node);
    if (undelayed >= 0) { /* the usual case, cheap: nothing is late */
        account->age = undelayed;
        account->free_samples++;
        account->stale_max = max64(account->stale_max, account->age);
        return;
    }
    account->age = age_of(world, node, elapsed);
    if (account->age == 0)
        return;
    account->stale_reads_ppm += stale_now_ppm(world, node, account->age);
    account->stale_max = max64(account->stale_max, account->age);
    int64_t over = account->age - STALE_NS;
    if (over > 0)
        account->stale += over < elapsed ? over : elapsed;
}

void account_heartbeats(const struct world *world, struct node *node, const struct rounds *rounds)
{
    struct account *account = &node->account;
    bool repeats = account->observed == rounds->first;
    account->observed = rounds->last;
    if (node->master == NO_INDEX || !account->has_data)
        return;
    account->age = account_free_age(world, node);
    account->stale_max = max64(account->stale_max, account->age);
    account->samples += rounds->count - repeats;
    account->free_samples += rounds->count - repeats;
}

static int64_t path_latency(const struct world *world, const struct node *node)
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
    if (account->down_since >= 0)
        account->down += world->now - account->down_since;
    account->down_since = -1;
    /* what was never late lacked a latency's worth of writes: of the mean rate over the run so far
     */
    const struct node *top = top_of(world, node);
    if (account->free_samples == 0 || top->load == NULL || world->now == 0)
        return;
    int64_t writes =
        mul_div(load_commands(top->load, world->now), path_latency(world, node), world->now);
    account->stale_reads_ppm += stale_share_ppm(top->keyspace, writes) * account->free_samples;
    account->free_samples = 0;
}
