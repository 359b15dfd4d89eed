/* See replan.h. */
#include "sim/world/replan.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/link.h"
#include "sim/world/node.h"
#include "sim/world/offset_track.h"
#include "sim/world/output.h"
#include "sim/world/reader.h"
#include "sim/world/receive_buffer.h"
#include "sim/world/second.h"
#include "sim/world/slot.h"

int64_t replan_awaited(const struct world *world, const struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    if (!conn->replica_has || conn->read_limit != INT64_MAX)
        return -1;
    if (conn->is_bulk_open && node->replica.state <= REPLICA_PAYLOAD &&
        (!conn->is_closing || conn->pipe.send_limit >= conn->bulk))
        return conn->bulk;
    int64_t end = conn->is_stream_open ? second_kept_end(world, conn) : -1;
    if (end >= 0 && (!conn->is_closing || conn->pipe.send_limit >= end))
        return end;
    if (conn->getack > 0 && node->replica.state == REPLICA_CONNECTED)
        return conn->bulk + conn->getack - conn->from;
    return conn->is_closing ? conn->pipe.send_limit : -1;
}

static int64_t next_arrival(const struct world *world, const struct conn *conn,
                            const struct source *source)
{
    int64_t position = replan_awaited(world, conn);
    bool is_end = conn->is_closing && position == conn->pipe.send_limit;
    if (position < 0 || link_is_silent(world, conn, DOWN) || (is_end && conn->is_held_by_child))
        return TIME_NEVER;
    int64_t t = max64(mail_last(&conn->mail[DOWN]), /* what was said before is heard before */
                      reader_when(conn, source, position, world->now));
    return is_end ? max64(t, conn->ends_at) : t;
}

void replan_conn(struct world *world, struct conn *conn)
{
    if (!conn->is_used || conn->is_resting)
        return;
    struct source source = offset_track_source(world, conn);
    struct pipe_piece before = *pipe_last(&conn->pipe);
    receive_buffer_look(world, conn, &source);
    slot_arm(world, conn, CONN_PLAN, pipe_replan(&conn->pipe, &source, world->now));
    struct pipe_piece after = *pipe_last(&conn->pipe);
    if (before.kind != after.kind || before.rate != after.rate)
        conn->path_changed = world->now;
    receive_buffer_plan(world, conn, &source);
    slot_arm(world, conn, CONN_ARRIVE, next_arrival(world, conn, &source));
    output_replan(world, conn);
    if ((before.kind == PIECE_RUN) != (after.kind == PIECE_RUN))
        replan_shares(world, conn);
    if (before.kind != after.kind && conn->is_stream_open) /* a chain feels it a latency later */
        node_replicas_replan_at(world, &world->nodes[conn->replica],
                                world->now + conn->pipe.latency);
}

/* ---- shares ---- */

/* Whether the connections of a master share more than their links: its network, or the pace of a
 * payload, up to the first time that nobody takes one any more. */
static bool share_master(const struct world *world, struct node *master)
{
    bool was = master->paces, is_one = false;
    if (!was)
        return master->spec->host.nic > 0;
    EACH_CONN_BELOW(other, world, master)
        is_one = is_one || link_takes_payload(other);
    master->paces = is_one;
    return true;
}

void replan_shares(struct world *world, const struct conn *conn)
{
    assert(conn->is_used);
    struct node *master = &world->nodes[conn->master];
    const uint64_t *same_link = link_of(world, conn)->conns,
                   *same_master = share_master(world, master) ? master->below : NULL,
                   *same_replica = world->nodes[conn->replica].above;
    EACH_CONN_OF(other, world, same_link, same_master, same_replica) {
        if (!other->is_established)
            continue;
        int64_t rate = link_rate(world, other);
        if (rate == other->pipe.rate)
            continue;
        node_touch_conn(world, other);
        world->calls->arrived(world, other);
        other->pipe.rate = rate;
        replan_conn(world, other);
    }
}

void replan_limit(struct world *world, struct conn *conn)
{
    int64_t buffer = link_receive_buffer(world, conn);
    int64_t reader = conn->read_limit == INT64_MAX ? INT64_MAX : conn->read_limit + buffer;
    conn->pipe.limit = min64(reader, conn->ack_limit);
    assert(conn->pipe.limit >= 0);
    bool stalls = conn->pipe.limit != INT64_MAX;
    if (stalls == conn->stalls_save)
        return;
    conn->stalls_save = stalls;
    if (link_takes_payload(conn))
        replan_shares(world, conn);
}
