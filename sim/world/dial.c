/* See dial.h. */
#include "sim/world/dial.h"

#include <assert.h>
#include "models/net/tcp.h"
#include "sim/world/conn_table.h"
#include "sim/world/link.h"
#include "sim/world/link_fault.h"
#include "sim/world/node_site.h"
#include "sim/world/replica_side.h"
#include "sim/world/slot.h"
#include "sim/world/tap.h"

static void established(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->replica], *master = &world->nodes[conn->master];
    assert(!conn->is_established && conn->replica_has && master->is_up);
    conn->is_established = conn->master_has = true;
    conn->established = world->now;
    if (link_of(world, conn)->spec->kind == LINK_RELAYED)
        conn->last_up_leaves = world->now; /* the first byte waits for a round trip */
    conn->client_id = ++world->clients;
    struct master_site above = node_site(world, master);
    master_init(&conn->machine, &above);
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    if (conn->is_second)
        replica_second_connected(&node->replica, &site, &acts);
    else
        replica_connected(&node->replica, &site, &acts);
    replica_side_acts(world, node, &acts);
}

static void refused(struct world *world, struct conn *conn)
{
    struct node *node = &world->nodes[conn->replica];
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    if (conn->is_second)
        replica_second_refused(&node->replica, &site, &acts);
    else
        replica_refused(&node->replica, &site, &acts);
    replica_side_acts(world, node, &acts);
}

/* One SYN: it is refused, lost, or becomes a connection a round trip later. */
static void attempt(struct world *world, struct conn *conn)
{
    assert(conn->replica_has && conn->dial_outcome == DIAL_TRYING);
    struct link *link = link_of(world, conn);
    bool is_relayed = link->spec->kind == LINK_RELAYED;
    bool is_silent = link->silences[DOWN] > 0 || link->silences[UP] > 0;
    int64_t round_trip = is_relayed ? 0 : 2 * link->latency;
    if (is_silent && !is_relayed) {
        int64_t again = tcp_syn_after(++conn->syns);
        tap_knocked(world, conn, "lost");
        conn->dial_outcome = again < 0 ? DIAL_REFUSED : DIAL_TRYING;
        slot_arm(world, conn, CONN_DIAL, conn->dialled + (again < 0 ? TCP_SYN_FAILS : again));
        return;
    }
    bool is_refused = link->cuts > 0 || !world->nodes[conn->master].is_up;
    conn->syns++;
    tap_knocked(world, conn, is_refused ? "refused" : "established");
    conn->dial_outcome = is_refused ? DIAL_REFUSED : DIAL_ESTABLISHED;
    slot_arm(world, conn, CONN_DIAL, world->now + round_trip);
}

void dial_event(struct world *world, struct conn *conn)
{
    if (conn->is_resting) {
        conn_table_give_back(world, conn);
        return;
    }
    if (conn->is_established) {
        link_fault_resume_event(world, conn);
        return;
    }
    if (conn->dial_outcome == DIAL_TRYING)
        attempt(world, conn);
    else if (conn->dial_outcome == DIAL_ESTABLISHED && world->nodes[conn->master].is_up)
        established(world, conn);
    else
        refused(world, conn);
}
