/* Invariants. See invariant.h. They read the world and never change it. */
#include "sim/world/invariant.h"

#include <stdio.h>
#include "sim/world/broken.h"
#include "sim/world/conn.h"
#include "sim/world/node.h"
#include "sim/world/offset_track.h"
#include "sim/world/reader.h"
#include "sim/world/slot.h"
#include "sim/world/timeline.h"

/* What a replica applied is a prefix of its master's history, and never more than it read or its
 * master has. */
static bool node_holds(struct world *world, const struct node *node)
{
    node_check(node);
    replica_check(&node->replica);
    const char *name = node->spec->name;
    if (node->replica.reploff > node->replica.read_reploff)
        return broken_note(world, name, "applied more than it read", node->replica.reploff,
                           node->replica.read_reploff);
    if (node->replica.state != REPLICA_CONNECTED || node->conn == NO_INDEX)
        return true;
    const struct conn *conn = conn_at(world, node->conn);
    const struct node *master = &world->nodes[conn->master];
    int64_t mine = offset_track_at(world, node, world->now),
            its = offset_track_at(world, master, world->now);
    if (mine < node->replica.reploff)
        return broken_note(world, name, "its offset went back", mine, node->replica.reploff);
    if (!conn->master_has)
        return true;
    if (mine > its)
        return broken_note(world, name, "applied more than its master has", mine, its);
    if (!timeline_is_prefix(world, node->timeline, mine, master->timeline, its))
        return broken_note(world, name, "its data are no prefix of its master's", mine, its);
    return true;
}

/* Bytes are conserved on the way: produced >= taken by the kernel >= left >= arrived. */
static bool conn_holds(struct world *world, const struct conn *conn)
{
    conn_check(conn);
    if (!conn->is_established)
        return true;
    const char *name = world->links[conn->link].spec->name;
    struct source source = offset_track_source(world, conn);
    int64_t produced = source.at(source.user, world->now);
    int64_t sent = pipe_sent(&conn->pipe, &source, world->now);
    int64_t left = pipe_left(&conn->pipe, &source, world->now);
    int64_t arrived = pipe_arrived(&conn->pipe, &source, world->now);
    if (conn->master_has && sent > produced)
        return broken_note(world, name, "the kernel took more than was produced", sent, produced);
    if (conn->master_has && left > sent && conn->pipe.send_limit == INT64_MAX)
        return broken_note(world, name, "more left than the kernel took", left, sent);
    if (arrived > left && !conn->is_severed)
        return broken_note(world, name, "more arrived than left", arrived, left);
    int64_t read = reader_at(conn, &source, world->now);
    if (conn->is_paced && read > arrived)
        return broken_note(world, name, "more was read than arrived", read, arrived);
    if (conn->master_has)
        master_check(&conn->machine);
    return true;
}

bool invariant_holds(struct world *world)
{
    if (world->broken[0] != '\0')
        return false;
    for (uint32_t i = 0; i < world->node_count; i++)
        if (!node_holds(world, &world->nodes[i]))
            return false;
    EACH_CONN(conn, world)
        if (!conn_holds(world, conn))
            return false;
    return true;
}

static bool ends_hold(struct world *world, const struct conn *conn)
{
    return node_holds(world, &world->nodes[conn->master]) &&
           node_holds(world, &world->nodes[conn->replica]) &&
           (conn->is_resting || !conn->is_used || conn_holds(world, conn));
}

bool invariant_holds_at(struct world *world, uint32_t slot)
{
    const struct conn *one = slot_conn(world, slot);
    const struct scenario_fault *fault = slot_fault(world, slot);
    int32_t owner = fault == NULL ? slot_owner(world, slot) : fault->node;
    bool holds = world->broken[0] == '\0' && (one == NULL || ends_hold(world, one));
    if (one == NULL && owner != NO_INDEX)
        holds = holds && node_holds(world, &world->nodes[owner]);
    if (fault != NULL && fault->link != NO_INDEX)
        EACH_LINK_CONN(conn, world, &world->links[fault->link])
            holds = holds && ends_hold(world, conn);
    if (fault != NULL && fault->node != NO_INDEX)
        EACH_NODE_CONN(conn, world, &world->nodes[fault->node])
            holds = holds && ends_hold(world, conn);
    return holds;
}

/* Figures that are printed, by name. */
static bool figures_hold(struct world *world, const struct node *node)
{
    const struct account *account = &node->account;
    return broken_figure(world, node, "refused_writes below zero", account->refused_writes) &&
           broken_figure(world, node, "writes below zero", account->unstreamed) &&
           broken_figure(world, node, "stale_ns below zero", account->stale) &&
           broken_figure(world, node, "stale_max_ns below zero", account->stale_max) &&
           broken_figure(world, node, "buffer_peak_bytes below zero", account->buffer_peak);
}

bool invariant_final(struct world *world)
{
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct account *account = &world->nodes[i].account;
        const char *name = world->nodes[i].spec->name;
        if (!figures_hold(world, &world->nodes[i]))
            return false;
        if (account->partial > account->granted)
            return broken_note(world, name, "more partial ones came online than were granted",
                               account->partial, account->granted);
        if (account->full > account->begun)
            return broken_note(world, name, "more full ones ended than were begun", account->full,
                               account->begun);
    }
    return world->broken[0] == '\0';
}
