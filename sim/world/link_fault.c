/* See link_fault.h. */
#include "sim/world/link_fault.h"

#include <assert.h>
#include "models/net/tcp.h"
#include "sim/engine/time.h"
#include "sim/world/conn.h"
#include "sim/world/link.h"
#include "sim/world/offset_track.h"
#include "sim/world/replan.h"
#include "sim/world/slot.h"

void link_fault_cut(struct world *world, struct link *link, bool at_upper, bool at_lower)
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

void link_fault_silence(struct world *world, struct link *link, int direction)
{
    if (link->silences[direction]++ > 0)
        return;
    link->silent_since[direction] = world->now;
    EACH_LINK_CONN(conn, world, link) {
        if (conn->is_severed || !conn->is_established)
            continue;
        struct source source = offset_track_source(world, conn);
        world->calls->arrived(world, conn);
        conn->resumes_at[direction] = -1;
        conn->mail[direction].is_held = true;
        slot_arm(world, conn, direction == UP ? CONN_UP : CONN_DOWN, TIME_NEVER);
        if (direction == DOWN) {
            pipe_silence(&conn->pipe, &source, world->now);
            replan_shares(world, conn);
        } else if (link->spec->kind == LINK_TCP) {
            /* until the first retransmission is due new data still leave; then only what was sent
             * already */
            int64_t until = world->now + tcp_rto(2 * link->latency);
            conn->ack_limit =
                min64(pipe_left(&conn->pipe, &source, world->now) + link->spec->send_buffer,
                      source.at(source.user, until));
            replan_limit(world, conn);
        }
        replan_conn(world, conn);
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

void link_fault_give_up(struct world *world, struct conn *conn, int direction)
{
    const struct link *link = link_of(world, conn);
    if (!conn->is_established || link->spec->kind != LINK_TCP ||
        !link_is_silent(world, conn, direction))
        return;
    if (tcp_gives_up(first_lost(world, conn, link, direction)) <= world->now)
        conn_reset(world, conn, direction == DOWN, direction == UP);
}

static void resume(struct world *world, struct conn *conn, int direction)
{
    assert(conn->is_established);
    struct link *link = link_of(world, conn);
    bool is_relayed = link->spec->kind == LINK_RELAYED;
    conn->resumes_at[direction] = -1;
    mail_resume(&conn->mail[direction], link->silent_since[direction], world->now, is_relayed,
                world->now + link->latency);
    slot_arm(world, conn, direction == UP ? CONN_UP : CONN_DOWN, mail_next(&conn->mail[direction]));
    if (direction == DOWN) {
        conn->pipe.is_silent = false;
        conn->ends_at = max64(conn->ends_at, world->now + link->latency);
        replan_shares(world, conn);
    } else {
        conn->ack_limit = INT64_MAX;
        replan_limit(world, conn);
    }
    replan_conn(world, conn);
}

static void arm_resume(struct world *world, struct conn *conn)
{
    int64_t due = TIME_NEVER;
    for (int direction = DOWN; direction <= UP; direction++)
        if (conn->resumes_at[direction] >= 0)
            due = min64(due, conn->resumes_at[direction]);
    slot_arm(world, conn, CONN_DIAL, due);
}

void link_fault_resume_event(struct world *world, struct conn *conn)
{
    for (int direction = DOWN; direction <= UP; direction++)
        if (conn->resumes_at[direction] >= 0 && conn->resumes_at[direction] <= world->now)
            resume(world, conn, direction);
    arm_resume(world, conn);
}

void link_fault_unsilence(struct world *world, struct link *link, int direction)
{
    assert(link->silences[direction] > 0);
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

void link_fault_change(struct world *world, struct link *link, int64_t bandwidth, int64_t latency,
                       int64_t loss_ppm)
{
    int64_t new_latency = latency >= 0 ? latency : link->latency;
    assert(new_latency >= 0);
    EACH_LINK_CONN(conn, world, link) {
        if (conn->is_severed)
            continue;
        struct source source = offset_track_source(world, conn);
        world->calls->arrived(world, conn);
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
            replan_conn(world, conn);
    }
}
