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
#include "sim/engine/time.h"
#include "sim/world/conn.h"
#include "sim/world/offset_track.h"
#include "sim/world/feed.h"
#include "sim/world/invariant.h"
#include "sim/world/node.h"
#include "sim/world/tap.h"
#include "sim/world/idle.h"

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
    ack.arrives = conn_arrival(world, conn, ack.leaves, replica_ack_len(ack.offset));
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
    if (rounds->count <= before || !node_pings(world, node))
        return;
    int64_t count = (rounds->count - before - 1) / every + 1;
    stream_items(&world->timelines[node->timeline].stream, rounds->first + before * rounds->period,
                 every * rounds->period, STREAM_PING_BYTES, count);
    world->trace->pings += (uint64_t)count;
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

/* What is armed anew, in the order in which the rounds would have done it: that decides who is
 * first of two at one time. */
struct heartbeat {
    uint32_t slot;
    int64_t round, period, count; /* armed in that round */
    int64_t due;
};

/* Of two that were armed in one instant the one whose node's round came first: because it was
 * itself armed earlier, and so on back to the order before the stretch. */
static bool is_before(const struct world *world, const struct heartbeat *a,
                      const struct heartbeat *b)
{
    if (a->round != b->round)
        return a->round < b->round;
    if (a->period != b->period)
        return a->period > b->period;
    if (a->count != b->count)
        return a->count < b->count;
    return queue_is_before(&world->queue, a->slot, b->slot);
}

static void arm_crons(struct world *world, int64_t until)
{
    struct heartbeat heartbeats[SCENARIO_NODES_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->node_count; i++) {
        struct node *node = &world->nodes[i];
        if (!node->is_up)
            continue;
        struct rounds rounds = idle_rounds(world, node, until);
        struct heartbeat heartbeat = {.slot = world_node_slot(node->index, NODE_CRON),
                                      .round = rounds.last,
                                      .period = rounds.period,
                                      .count = rounds.count,
                                      .due = rounds.last + rounds.period};
        uint32_t at = count++;
        for (; at > 0 && is_before(world, &heartbeat, &heartbeats[at - 1]); at--)
            heartbeats[at] = heartbeats[at - 1];
        heartbeats[at] = heartbeat;
    }
    for (uint32_t i = 0; i < count; i++) {
        queue_set(&world->queue, heartbeats[i].slot, heartbeats[i].due);
        const struct node *node = &world->nodes[heartbeats[i].slot / NODE_SLOTS];
        if (node->conn == NO_INDEX)
            continue;
        const struct conn *conn = world->conns[node->conn]; /* its round armed this next */
        conn_arm(world, conn, CONN_UP, mail_next(&conn->mail[UP]));
    }
}

static void step_over(struct world *world, int64_t until)
{
    for (uint32_t i = 0; i < world->node_count; i++) {
        struct node *node = &world->nodes[i];
        if (!node->is_up)
            continue;
        struct rounds rounds = idle_rounds(world, node, until);
        fast_forward_pings(world, node, &rounds);
        account_heartbeats(world, node, &rounds);
        node->last_cron = rounds.last;
        node->cron_count += (uint64_t)rounds.count;
    }
    EACH_CONN(conn, world)
        if (idle_beats(conn))
            fast_forward_acks(world, conn, until);
    arm_crons(world, until);
    world->now = until;
}

/* ---- emitted one by one ---- */

/* By node: the acknowledgement that its round sent last, and the one that arrived last. */
struct walk {
    struct ack sent[SCENARIO_NODES_MAX], taken[SCENARIO_NODES_MAX];
    bool is_on_way[SCENARIO_NODES_MAX];
};

static void walk_round(struct world *world, struct walk *walk, struct node *node)
{
    node->last_cron = world->now;
    node->cron_count++;
    queue_set(&world->queue, world_node_slot(node->index, NODE_CRON),
              world->now + idle_period(node));
    if (node->conn != NO_INDEX) {
        struct ack *sent = &walk->sent[node->index];
        *sent = ack_of_round(world, world->conns[node->conn], world->now);
        walk->is_on_way[node->index] = true;
        conn_arm(world, world->conns[node->conn], CONN_UP, sent->arrives);
    }
    node_ping(world, node);
}

static void walk_ack(struct world *world, struct walk *walk, struct conn *conn)
{
    if (conn->mail[UP].count > 0) { /* it was on its way before the walk began */
        conn_letter_event(world, conn, UP);
        return;
    }
    walk->is_on_way[conn->replica] = false;
    walk->taken[conn->replica] = walk->sent[conn->replica];
    EMIT(world, ack, conn->master, e->replica = conn->replica,
         e->offset = walk->taken[conn->replica].offset);
}

static void walk_events(struct world *world, struct walk *walk, int64_t until)
{
    uint32_t slot, first_conn = world_conn_slot(world, 0, CONN_DIAL);
    while (!world->trace->is_broken && queue_next_time(&world->queue) <= until &&
           queue_take(&world->queue, &slot, &world->now))
        if (slot < first_conn)
            walk_round(world, walk, &world->nodes[slot / NODE_SLOTS]);
        else
            walk_ack(world, walk, world->conns[(slot - first_conn) / CONN_SLOTS]);
}

static void walk_over(struct world *world, int64_t until)
{
    struct walk walk;
    for (uint32_t i = 0; i < world->node_count; i++) {
        struct node *node = &world->nodes[i];
        if (!node->is_up)
            continue;
        struct rounds rounds = idle_rounds(world, node, until);
        account_heartbeats(world, node, &rounds);
    }
    walk_events(world, &walk, until);
    EACH_CONN(conn, world) {
        if (world->trace->is_broken || !idle_beats(conn))
            continue;
        take_ack(world, conn, &walk.taken[conn->replica]);
        if (walk.is_on_way[conn->replica])
            post_ack(conn, &walk.sent[conn->replica]);
    }
    world->now = until;
}

/* ---- the loop's part ---- */

static int64_t longest_period(const struct world *world)
{
    int64_t longest = 0;
    for (uint32_t i = 0; i < world->node_count; i++) {
        int64_t period = world->nodes[i].is_up ? idle_period(&world->nodes[i]) : 0;
        longest = period > longest ? period : longest;
    }
    return longest;
}

bool fast_forward_quiet(struct world *world)
{
    int64_t until = idle_until(world), period = longest_period(world);
    if (until > world->scenario->duration)
        until = world->scenario->duration + 1;
    until = min64(until, tap_next(world)); /* a look wants heartbeats up to it */
    world->fast_forward_look = world->now + world->fast_forward_pause;
    if (period == 0 || (until - world->now) / period <= ROUNDS_LEFT + ROUNDS_MIN) {
        world->fast_forward_look =
            until > world->fast_forward_look ? until : world->fast_forward_look;
        return true;
    }
    if (!idle_is(world)) {
        world->fast_forward_pause =
            world->fast_forward_pause < PAUSE_MAX ? 2 * world->fast_forward_pause : PAUSE_MAX;
        return true;
    }
    world->fast_forward_pause = NS_PER_S;
    world->fast_forward_look = until;
    int64_t begins = world->now;
    until -= 1 + ROUNDS_LEFT * period;
    if (trace_hears_heartbeats(world->trace))
        walk_over(world, until);
    else
        step_over(world, until);
    world->skipped += world->now - begins;
    return !world->is_checked || invariant_holds(world);
}
