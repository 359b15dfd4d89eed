/* See arrival.h. */
#include "sim/world/arrival.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/conn.h"
#include "sim/world/feed.h"
#include "sim/world/link.h"
#include "sim/world/node_role.h"
#include "sim/world/node_site.h"
#include "sim/world/offset_track.h"
#include "sim/world/reader.h"
#include "sim/world/replan.h"
#include "sim/world/replica_side.h"
#include "sim/world/slot.h"
#include "sim/world/tap.h"

/* What comes for a socket that its process has closed is answered with a reset: what that kernel
 * still held is thrown away, and only what had left arrives (FACTS R9). */
static void reset_by_kernel(struct world *world, struct conn *conn)
{
    assert(conn->is_paced && conn->is_closing);
    struct source source = offset_track_source(world, conn);
    conn->pipe.send_limit =
        min64(conn->pipe.send_limit, pipe_left(&conn->pipe, &source, world->now));
    conn->ends_at = max64(conn->ends_at, world->now + conn->pipe.latency);
    replan_conn(world, conn);
}

static void take_letter(struct world *world, struct conn *conn, const struct letter *letter)
{
    if (!conn->master_has)
        return;
    struct acts acts;
    conn->phase_at_master = conn->machine.state;
    if (letter->kind != LETTER_TEXT) {
        struct master_site site = node_site_of_replica(world, &world->nodes[conn->master]);
        master_lost(&conn->machine, &site, &acts);
        feed_acts(world, conn, &acts);
        return;
    }
    struct span span = span_bytes(letter->text, letter->len);
    do {
        struct node *master = &world->nodes[conn->master];
        struct master_site site = master_is_replica(&conn->machine)
                                      ? node_site_of_replica(world, master)
                                      : node_site_for(world, conn);
        conn->phase_at_master = conn->machine.state;
        master_receive(&conn->machine, &site, &span, &acts);
        bool promotes = acts.count > 0 && acts.list[acts.count - 1].kind == ACT_PROMOTE;
        uint64_t left = acts.left;
        feed_acts(world, conn, &acts);
        if (promotes)
            node_take_over(world, conn);
        span.bytes += span.len - left;
        span.len = left;
    } while (span.len > 0 && conn->master_has);
}

void arrival_letter_event(struct world *world, struct conn *conn, int direction)
{
    static const struct letter RESET = {.kind = LETTER_RESET};
    if (conn->is_reset[direction]) {
        conn->is_reset[direction] = false;
        if (direction == UP)
            take_letter(world, conn, &RESET);
        else
            replica_side_ended(world, conn);
        return;
    }
    struct letter letter;
    mail_take(&conn->mail[direction], &letter);
    slot_arm(world, conn, direction == UP ? CONN_UP : CONN_DOWN, mail_next(&conn->mail[direction]));
    tap_received(world, conn, direction, &letter);
    bool is_closed = direction == UP && conn->is_closing && letter.kind == LETTER_TEXT;
    if (is_closed && conn->is_paced && link_of(world, conn)->spec->kind == LINK_TCP)
        reset_by_kernel(world, conn);
    else if (direction == UP)
        take_letter(world, conn, &letter);
    else if (!conn_is_of_replica(world, conn))
        return; /* a closed socket: nobody reads it */
    else if (letter.kind != LETTER_TEXT)
        replica_side_ended(world, conn);
    else
        replica_side_give(world, conn, span_bytes(letter.text, letter.len), world->now);
}

void arrival_event(struct world *world, struct conn *conn)
{
    struct source source = offset_track_source(world, conn);
    replica_side_catch_up(world, conn);
    if (conn->is_used && conn->replica_has && conn->is_closing && !conn->is_held_by_child &&
        world->now >= conn->ends_at && replan_awaited(world, conn) == conn->pipe.send_limit &&
        reader_at(conn, &source, world->now) >= conn->pipe.send_limit)
        replica_side_ended(world, conn);
    else
        replan_conn(world, conn);
}
