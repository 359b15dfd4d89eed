/* See fast_forward.h.
 *
 * A stretch ends some rounds before the first event that is no heartbeat, so that the last rounds
 * run as they always do and leave all that only the last one leaves (what the replicas read, what
 * the machines noted). What is left to write is what adds up or is looked at in between:
 *
 *      now        rounds that are skipped       until    rounds that run       the event
 *      |---x---x---x---x---x---x---x---x---x---x--|-----x---x---x---x------------|
 *                                              ^ the last round of each node: its clock, its
 *                                                counters, its PINGs, its acknowledgement
 *
 * Where somebody hears the heartbeats, the rounds are walked through instead, without machines or letters. */
#include "sim/world/fast_forward.h"

#include <assert.h>
#include <stdlib.h>
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/arrival.h"
#include "sim/world/idle.h"
#include "sim/world/invariant.h"
#include "sim/world/link.h"
#include "sim/world/node.h"
#include "sim/world/node_site.h"
#include "sim/world/node_stream.h"
#include "sim/world/offset_track.h"
#include "sim/world/slot.h"
#include "sim/world/tap.h"

#define ROUNDS_LEFT 3 /* of the slowest node, before the event */
#define ROUNDS_MIN  3 /* to be skipped: in each, every node has its heartbeat */
#define PAUSE_MAX   (8 * NS_PER_S)

/* ---- acknowledgements ---- */

/* One acknowledgement, which a replica sends in a round of its cron. */
struct ack {
    int64_t offset, leaves, arrives;
};

/* The bytes that a round leaves depend on nothing but its time. */
static struct ack ack_of_round(const struct world *world, const struct conn *conn, int64_t round)
{
    const struct node *replica = &world->nodes[conn->replica];
    struct ack ack = {.offset = offset_track_at(world, replica, round),
                      .leaves = round + node_delay(replica, round)};
    ack.arrives = link_arrival(link_of(world, conn), ack.leaves, replica_ack_len(ack.offset));
    return ack;
}

static void take_ack(struct world *world, struct conn *conn, const struct ack *ack)
{
    struct acts acts;
    struct master_site site = node_site_of_replica(world, &world->nodes[conn->master]);
    site.now = world_wall(world, ack->arrives);
    master_acknowledged(&conn->machine, &site, ack->offset, &acts);
}

static void post_ack(struct conn *conn, const struct ack *ack)
{
    char text[ACK_MAX];
    size_t len = replica_write_ack(text, ack->offset);
    mail_post(&conn->mail[UP], text, len, ack->leaves, ack->arrives);
}

/* ---- in one step ---- */

static void fast_forward_pings(struct world *world, struct node *node, const struct rounds *rounds)
{
    int64_t every = node->config.ping_period_s;
    int64_t before = every - 1 - (int64_t)node->cron_count % every; /* rounds without one */
    if (rounds->count <= before || node->profile->ping_only_when_idle || !node_pings(world, node))
        return;
    int64_t count = (rounds->count - before - 1) / every + 1;
    stream_items(&world->timelines[node->timeline].stream, rounds->first + before * rounds->period,
                 idle_ping_step(node), STREAM_PING_BYTES, count);
    world->trace->pings += (uint64_t)count;
}

/* ---- PINGs after so long without a byte ---- */

/* Whether this node's PINGs come by the age of its stream's last byte, not by the beat. */
static bool pings_when_idle(const struct world *world, const struct node *node)
{
    return node->is_up && node->profile->ping_only_when_idle && node_pings(world, node);
}

/* From t on commands come that often until then. */
static int64_t written_until(const struct world *world, const struct node *node, int64_t t,
                             int64_t gap_ns)
{
    const struct stream_section *last = &world->timelines[node->timeline].stream.last;
    return last->flows && last->load != NULL ? load_steady_until(last->load, t, gap_ns) : t;
}

/* The first round from `round` on that has a PING as the stream stands: none before the second by
 * which the last byte is old enough, and then that byte may be another; and none while commands
 * come twice in that time, which is a second at least. TIME_NEVER: none. */
static int64_t ping_when_idle(const struct world *world, const struct node *node,
                              const struct rounds *rounds, int64_t round)
{
    int64_t half_ns = node->config.ping_period_s * NS_PER_S / 2;
    while (round <= rounds->last) {
        int64_t last_s = world_wall(world, offset_track_last(world, node, round)) / NS_PER_S;
        int64_t due = (last_s + node->config.ping_period_s) * NS_PER_S - world->wall_zero;
        if (round >= due)
            return round;
        if (half_ns >= NS_PER_S && due >= round + half_ns)
            due = max64(due, min64(written_until(world, node, round, half_ns), rounds->last + 1));
        round += ceil_div(due - round, rounds->period) * rounds->period;
    }
    return TIME_NEVER;
}

/* How many PINGs from `round` on come at even steps, with no other byte up to the last of them. */
static int64_t even_pings(const struct world *world, const struct node *node,
                          const struct rounds *rounds, int64_t round, int64_t step_ns)
{
    const struct stream *stream = &world->timelines[node->timeline].stream;
    const struct stream_section *last = &stream->sections[stream->count - 1];
    bool is_even = rounds->period == NS_PER_S && last->items > 1 && last->step_ns == step_ns &&
                   stream_item_joins(stream, round, STREAM_PING_BYTES);
    int64_t written = last->flows && last->load != NULL ? load_next(last->load, round) : TIME_NEVER;
    return is_even ? max64(0, min64(rounds->last, written - 1) - round) / step_ns + 1 : 1;
}

static void next_ping_when_idle(struct world *world, struct node *node, int64_t until)
{
    struct rounds rounds = idle_rounds(world, node, until);
    int64_t step_ns = node->config.ping_period_s * NS_PER_S, round = node->ping_at;
    int64_t count = even_pings(world, node, &rounds, round, step_ns);
    world->now = round;
    if (count > 1)
        stream_items(&world->timelines[node->timeline].stream, round, step_ns, STREAM_PING_BYTES,
                     count);
    else
        node_item(world, node, STREAM_PING_BYTES);
    world->trace->pings += (uint64_t)count;
    round += (count - 1) * step_ns + rounds.period;
    node->ping_at = ping_when_idle(world, node, &rounds, round);
}

/* The node whose PING comes first; NULL: there is none. */
static struct node *first_to_ping(struct world *world)
{
    struct node *first = NULL;
    EACH_AWAKE_NODE(node, world)
        if (node->ping_at < (first == NULL ? TIME_NEVER : first->ping_at))
            first = node;
    return first;
}

/* In the order of time, for what a stream forgets to make room depends on the others. */
static void fast_forward_idle_pings(struct world *world, int64_t until)
{
    int64_t begins = world->now;
    EACH_AWAKE_NODE(node, world) {
        node->ping_at = TIME_NEVER;
        if (!pings_when_idle(world, node))
            continue;
        struct rounds rounds = idle_rounds(world, node, until);
        node->ping_at = ping_when_idle(world, node, &rounds, rounds.first);
    }
    for (struct node *node = first_to_ping(world); node != NULL; node = first_to_ping(world))
        next_ping_when_idle(world, node, until);
    world->now = begins;
}

/* Leaves the last one or two of them: what arrived, and what is on its way. */
static void fast_forward_acks(struct world *world, struct conn *conn, int64_t until)
{
    struct rounds rounds = idle_rounds(world, &world->nodes[conn->replica], until);
    struct ack ack = ack_of_round(world, conn, rounds.last);
    bool is_on_way = ack.arrives > until, was_on_way = conn->mail[UP].count > 0;
    mail_drop_all(&conn->mail[UP]);
    if (is_on_way) {
        post_ack(conn, &ack);
        ack = ack_of_round(world, conn, rounds.last - rounds.period);
    }
    take_ack(world, conn, &ack);
    world->trace->acks += (uint64_t)(rounds.count + was_on_way - is_on_way);
}

/* A node's rounds of a stretch are over, but for what they sent. */
static void pass_rounds(struct world *world, struct node *node, const struct rounds *rounds)
{
    account_heartbeats(world, node, rounds);
    node->last_cron = rounds->last;
    node->cron_count += (uint64_t)rounds->count;
}

/* The next round, and what the last one sent. */
static void arm_round(struct world *world, const struct node *node)
{
    queue_set_last(&world->queue, slot_of_node(node->index, NODE_CRON),
                   node->last_cron + idle_period(node));
    if (node->conn == NO_INDEX)
        return;
    const struct conn *conn = conn_at(world, node->conn);
    slot_arm(world, conn, CONN_UP, mail_next(&conn->mail[UP]));
}

/* Rounds come in the order of time, those of one time in the order of their nodes. */
static int compare_rounds(const void *a, const void *b)
{
    const struct node *left = *(struct node *const *)a, *right = *(struct node *const *)b;
    if (left->last_cron != right->last_cron)
        return left->last_cron < right->last_cron ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

/* In the order of the last rounds: it decides who is first of two acknowledgements that arrive at
 * one time. */
static void arm_rounds(struct world *world)
{
    size_t count = 0;
    EACH_AWAKE_NODE(node, world)
        if (node->is_up)
            world->fast_forward.in_order[count++] = node;
    qsort(world->fast_forward.in_order, count, sizeof(struct node *), compare_rounds);
    for (size_t i = 0; i < count; i++)
        arm_round(world, world->fast_forward.in_order[i]);
}

static void step_over(struct world *world, int64_t until)
{
    assert(until > world->now);
    fast_forward_idle_pings(world, until);
    EACH_AWAKE_NODE(node, world) {
        if (!node->is_up)
            continue;
        struct rounds rounds = idle_rounds(world, node, until);
        fast_forward_pings(world, node, &rounds);
        pass_rounds(world, node, &rounds);
    }
    EACH_CONN_AWAKE(conn, world)
        if (idle_beats(conn))
            fast_forward_acks(world, conn, until);
    arm_rounds(world);
    world->now = until;
}

void fast_forward_replica(struct world *world, struct node *node, int64_t end)
{
    assert(!node->is_quiet && node->conn != NO_INDEX);
    uint32_t cron = slot_of_node(node->index, NODE_CRON);
    int64_t period = idle_period(node), until = end - 1 - ROUNDS_LEFT * period;
    if (until <= queue_when(&world->queue, cron) + period)
        return;
    struct rounds rounds = idle_rounds(world, node, until);
    world->now = until;
    pass_rounds(world, node, &rounds);
    fast_forward_acks(world, conn_at(world, node->conn), until);
    arm_round(world, node);
}

/* ---- emitted one by one ---- */

/* The acknowledgement that a node's round sent last, and the one that arrived last. */
struct walk {
    struct ack sent, taken;
    bool is_on_way;
};

static void walk_round(struct world *world, struct node *node)
{
    node->last_cron = world->now;
    node->cron_count++;
    queue_set_last(&world->queue, slot_of_node(node->index, NODE_CRON),
                   world->now + idle_period(node));
    if (node->conn != NO_INDEX) {
        struct walk *walk = &world->fast_forward.walks[node->index];
        walk->sent = ack_of_round(world, conn_at(world, node->conn), world->now);
        walk->is_on_way = true;
        slot_arm(world, conn_at(world, node->conn), CONN_UP, walk->sent.arrives);
    }
    node_ping(world, node);
}

static void walk_ack(struct world *world, struct conn *conn)
{
    struct walk *walk = &world->fast_forward.walks[conn->replica];
    if (conn->mail[UP].count > 0) { /* it was on its way before the walk began */
        arrival_letter_event(world, conn, UP);
        return;
    }
    walk->is_on_way = false;
    walk->taken = walk->sent;
    EMIT(world, ack, conn->master, e->replica = conn->replica, e->offset = walk->taken.offset);
}

static void walk_events(struct world *world, int64_t until)
{
    uint32_t slot, first_conn = slot_of_conn(world, 0, CONN_DIAL);
    while (!world->trace->is_broken && queue_next_time(&world->queue) <= until &&
           queue_take(&world->queue, &slot, &world->now))
        if (slot < first_conn)
            walk_round(world, &world->nodes[slot / NODE_SLOTS]);
        else
            walk_ack(world, conn_at(world, (int32_t)((slot - first_conn) / CONN_SLOTS)));
}

static void walk_over(struct world *world, int64_t until)
{
    EACH_AWAKE_NODE(node, world) {
        if (!node->is_up)
            continue;
        struct rounds rounds = idle_rounds(world, node, until);
        account_heartbeats(world, node, &rounds);
    }
    walk_events(world, until);
    EACH_CONN_AWAKE(conn, world) {
        if (world->trace->is_broken || !idle_beats(conn))
            continue;
        const struct walk *walk = &world->fast_forward.walks[conn->replica];
        take_ack(world, conn, &walk->taken);
        if (walk->is_on_way)
            post_ack(conn, &walk->sent);
    }
    world->now = until;
}

/* ---- the loop's part ---- */

void fast_forward_init(struct world *world)
{
    world->fast_forward.pause = NS_PER_S;
    world->fast_forward.walks = calloc(world->node_count, sizeof *world->fast_forward.walks);
    world->fast_forward.in_order = calloc(world->node_count, sizeof(struct node *));
    if (world->fast_forward.walks == NULL || world->fast_forward.in_order == NULL)
        abort();
}

void fast_forward_clear(struct world *world)
{
    free(world->fast_forward.walks);
    free(world->fast_forward.in_order);
}

static int64_t longest_period(const struct world *world)
{
    int64_t longest = 0;
    EACH_AWAKE_NODE(node, world) {
        int64_t period = node->is_up ? idle_period(node) : 0;
        longest = period > longest ? period : longest;
    }
    return longest;
}

bool fast_forward_quiet(struct world *world)
{
    world->fast_forward.look = world->now + world->fast_forward.pause;
    int64_t until = min64(idle_until(world), world->scenario->duration + 1);
    until = min64(until, tap_next(world)); /* a look wants heartbeats up to it */
    int64_t period = longest_period(world);
    if (period == 0 || (until - world->now) / period <= ROUNDS_LEFT + ROUNDS_MIN) {
        world->fast_forward.look =
            until > world->fast_forward.look ? until : world->fast_forward.look;
        return true;
    }
    if (!idle_is(world)) {
        world->fast_forward.pause =
            world->fast_forward.pause < PAUSE_MAX ? 2 * world->fast_forward.pause : PAUSE_MAX;
        return true;
    }
    world->fast_forward.pause = NS_PER_S;
    world->fast_forward.look = until;
    int64_t begins = world->now;
    until -= 1 + ROUNDS_LEFT * period;
    if (trace_hears_heartbeats(world->trace))
        walk_over(world, until);
    else
        step_over(world, until);
    world->fast_forward.skipped += world->now - begins;
    return !world->checks_all || invariant_holds(world);
}
