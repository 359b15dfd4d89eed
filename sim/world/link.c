/* Links. See link.h. */
#include "sim/world/link.h"

#include "models/net/tcp.h"
#include "sim/engine/time.h"
#include "sim/world/slot.h"
#include "sim/world/conn.h"
#include "sim/world/offset_track.h"
#include "sim/world/quiet.h"
#include "sim/world/rdb_client.h"

#define RATE_MAX INT64_C(10000000000) /* bytes per second inside one machine */

static bool is_busy(const struct conn *conn)
{
    return conn->is_established && !conn->is_window_full &&
           pipe_last(&conn->pipe)->kind == PIECE_RUN;
}

/* What one connection gets of `bits` that it shares with the busy ones of a set. */
static int64_t share(const struct world *world, const struct conn *conn, int64_t bits,
                     const uint64_t *set)
{
    if (bits <= 0)
        return RATE_MAX;
    int64_t users = 1;
    EACH_CONN_OF(other, world, set, NULL, NULL) {
        users += other != conn && is_busy(other);
    }
    return max64(1, bits / 8 / users);
}

/* Bytes inside a relay, in one direction of one connection. */
static int64_t relay_window(const struct link *link)
{
    if (link->spec->window > 0)
        return link->spec->window;
    if (link->bandwidth > 0)
        return max64(65536, mul_div(2 * link->latency, link->bandwidth / 8, NS_PER_S));
    return link->latency > 0 ? 1 << 20 : 65536;
}

/* What the window lets through: a window in each round trip (inside a relay: in each crossing). */
static int64_t window_rate(const struct link *link)
{
    if (link->latency == 0)
        return RATE_MAX;
    if (link->spec->kind == LINK_TCP)
        return min64(mul_div(link->spec->send_buffer, NS_PER_S, 2 * link->latency),
                     tcp_loss_rate(2 * link->latency, link->loss_ppm));
    return mul_div(relay_window(link), NS_PER_S, link->latency);
}

static int64_t own_rate(const struct world *world, const struct conn *conn)
{
    const struct link *link = &world->links[conn->link];
    int64_t rate = min64(RATE_MAX, window_rate(link));
    if (conn->is_window_full)
        rate = min64(rate, conn->reader.rate);
    const struct node *master = &world->nodes[conn->master],
                      *replica = &world->nodes[conn->replica];
    rate = min64(rate, share(world, conn, link->bandwidth, link->conns));
    rate = min64(rate, share(world, conn, master->spec->host.nic, master->below));
    return min64(rate, share(world, conn, replica->spec->host.nic, replica->above));
}

static bool is_member(const struct conn *conn, int32_t master)
{
    return conn->is_used && conn->master == master && conn->master_has && conn->is_bulk_open &&
           !conn->is_sent && conn->machine.diskless;
}

int64_t link_rate(const struct world *world, const struct conn *conn)
{
    if (!is_member(conn, conn->master))
        return own_rate(world, conn);
    /* a diskless payload goes to all at the pace of the slowest, and of the child */
    const struct node *master = &world->nodes[conn->master];
    int64_t rate = min64(master->spec->host.diskless_rate, rdb_client_pace(master));
    EACH_CONN_BELOW(other, world, master) {
        if (!is_member(other, conn->master))
            continue;
        bool is_stuck = other->pipe.is_silent || other->stalls_save;
        rate = min64(rate, is_stuck ? 0 : own_rate(world, other));
    }
    return rate;
}

/* Whether the connections of a master share more than their links: its network, or the pace of a
 * payload, up to the first time that nobody takes one any more. */
static bool share_master(const struct world *world, struct node *master)
{
    bool was = master->paces, is_one = false;
    if (!was)
        return master->spec->host.nic > 0;
    EACH_CONN_BELOW(other, world, master)
        is_one = is_one || is_member(other, master->index);
    master->paces = is_one;
    return true;
}

void link_rebalance(struct world *world, const struct conn *conn)
{
    struct node *master = &world->nodes[conn->master];
    const uint64_t *same_link = conn_link(world, conn)->conns,
                   *same_master = share_master(world, master) ? master->below : NULL,
                   *same_replica = world->nodes[conn->replica].above;
    EACH_CONN_OF(other, world, same_link, same_master, same_replica) {
        if (!other->is_established)
            continue;
        int64_t rate = link_rate(world, other);
        if (rate == other->pipe.rate)
            continue;
        quiet_end_conn(world, other);
        conn_catch_up(world, other);
        other->pipe.rate = rate;
        conn_replan(world, other);
    }
}

int64_t link_receive_buffer(const struct world *world, const struct conn *conn)
{
    const struct link *link = conn_link(world, conn);
    int64_t buffer = link->spec->receive_buffer;
    if (link->spec->kind == LINK_RELAYED) /* what the replica does not take stays inside the link */
        buffer += relay_window(link);
    return buffer;
}

void link_set_limit(struct world *world, struct conn *conn)
{
    int64_t buffer = link_receive_buffer(world, conn);
    int64_t reader = conn->read_limit == INT64_MAX ? INT64_MAX : conn->read_limit + buffer;
    conn->pipe.limit = min64(reader, conn->ack_limit);
    bool stalls = conn->pipe.limit != INT64_MAX;
    if (stalls == conn->stalls_save)
        return;
    conn->stalls_save = stalls;
    if (is_member(conn, conn->master))
        link_rebalance(world, conn);
}

void link_cut(struct world *world, struct link *link, bool at_upper, bool at_lower)
{
    EACH_LINK_CONN(conn, world, link) {
        if (conn->is_severed)
            continue;
        if (conn->is_established)
            conn_reset(world, conn, at_upper, at_lower);
        else
            slot_arm(world, conn, CONN_DIAL, world->now); /* its attempt is looked at again */
    }
}

void link_silence(struct world *world, struct link *link, int direction)
{
    if (link->silences[direction]++ > 0)
        return;
    link->silent_since[direction] = world->now;
    EACH_LINK_CONN(conn, world, link) {
        if (conn->is_severed || !conn->is_established)
            continue;
        struct source source = offset_track_source(world, conn);
        conn_catch_up(world, conn);
        conn->resumes_at[direction] = -1;
        conn->mail[direction].is_held = true;
        slot_arm(world, conn, direction == UP ? CONN_UP : CONN_DOWN, TIME_NEVER);
        if (direction == DOWN) {
            pipe_silence(&conn->pipe, &source, world->now);
            link_rebalance(world, conn);
        } else if (link->spec->kind == LINK_TCP) {
            /* until the first retransmission is due new data still leave; then only what was sent
             * already */
            int64_t until = world->now + tcp_rto(2 * link->latency);
            conn->ack_limit =
                min64(pipe_left(&conn->pipe, &source, world->now) + link->spec->send_buffer,
                      source.at(source.user, until));
            link_set_limit(world, conn);
        }
        conn_replan(world, conn);
    }
}

/* When the first segment that silence swallowed was sent; TIME_NEVER if there was none. */
static int64_t first_lost(const struct world *world, const struct conn *conn,
                          const struct link *link, int direction)
{
    int64_t lost = mail_first_posted(&conn->mail[direction]);
    if (direction == DOWN) {
        struct source source = offset_track_source(world, conn);
        int64_t next = pipe_left(&conn->pipe, &source, world->now) + 1;
        lost = min64(lost, source.when(source.user, next, world->now));
    }
    return lost == TIME_NEVER ? lost : max64(lost, link->silent_since[direction] - link->latency);
}

void link_give_up(struct world *world, struct conn *conn, int direction)
{
    const struct link *link = conn_link(world, conn);
    if (!conn->is_established || link->spec->kind != LINK_TCP ||
        !conn_is_silent(world, conn, direction))
        return;
    if (tcp_gives_up(first_lost(world, conn, link, direction)) <= world->now)
        conn_reset(world, conn, direction == DOWN, direction == UP);
}

static void resume(struct world *world, struct conn *conn, int direction)
{
    struct link *link = conn_link(world, conn);
    bool is_relayed = link->spec->kind == LINK_RELAYED;
    conn->resumes_at[direction] = -1;
    mail_resume(&conn->mail[direction], link->silent_since[direction], world->now, is_relayed,
                world->now + link->latency);
    slot_arm(world, conn, direction == UP ? CONN_UP : CONN_DOWN, mail_next(&conn->mail[direction]));
    if (direction == DOWN) {
        conn->pipe.is_silent = false;
        conn->ends_at = max64(conn->ends_at, world->now + link->latency);
        link_rebalance(world, conn);
    } else {
        conn->ack_limit = INT64_MAX;
        link_set_limit(world, conn);
    }
    conn_replan(world, conn);
}

static void arm_resume(struct world *world, struct conn *conn)
{
    int64_t due = TIME_NEVER;
    for (int direction = DOWN; direction <= UP; direction++)
        if (conn->resumes_at[direction] >= 0)
            due = min64(due, conn->resumes_at[direction]);
    slot_arm(world, conn, CONN_DIAL, due);
}

void link_resume_event(struct world *world, struct conn *conn)
{
    for (int direction = DOWN; direction <= UP; direction++)
        if (conn->resumes_at[direction] >= 0 && conn->resumes_at[direction] <= world->now)
            resume(world, conn, direction);
    arm_resume(world, conn);
}

void link_unsilence(struct world *world, struct link *link, int direction)
{
    if (--link->silences[direction] > 0)
        return;
    EACH_LINK_CONN(conn, world, link) {
        if (conn->is_severed || !conn->is_established)
            continue;
        int64_t lost = first_lost(world, conn, link, direction);
        bool is_tcp = link->spec->kind == LINK_TCP;
        conn->resumes_at[direction] = is_tcp && lost < world->now
                                          ? tcp_resumes(lost, world->now, 2 * link->latency)
                                          : world->now;
        if (conn->resumes_at[direction] <= world->now)
            resume(world, conn, direction);
        arm_resume(world, conn);
    }
}

void link_change(struct world *world, struct link *link, int64_t bandwidth, int64_t latency,
                 int64_t loss_ppm)
{
    int64_t new_latency = latency >= 0 ? latency : link->latency;
    EACH_LINK_CONN(conn, world, link) {
        if (conn->is_severed)
            continue;
        struct source source = offset_track_source(world, conn);
        conn_catch_up(world, conn);
        if (new_latency != link->latency)
            pipe_set_latency(&conn->pipe, &source, world->now, new_latency);
    }
    link->latency = new_latency;
    if (bandwidth >= 0)
        link->bandwidth = bandwidth;
    if (loss_ppm >= 0)
        link->loss_ppm = loss_ppm;
    EACH_LINK_CONN(conn, world, link) {
        if (conn->is_severed)
            continue;
        conn->pipe.rate = link_rate(world, conn);
        if (conn->is_established)
            conn_replan(world, conn);
    }
}
