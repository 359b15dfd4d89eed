/* Invariants. See invariant.h. They read the world and never change it. */
#include "sim/world/invariant.h"

#include <stdio.h>
#include "sim/world/timeline.h"
#include "sim/world/conn.h"
#include "sim/world/node.h"
#include "sim/world/reader.h"
#include "sim/world/slot.h"
#include "sim/world/offset_track.h"
#include "sim/world/world.h"

static bool broke(struct world *world, const char *who, const char *what, int64_t a, int64_t b)
{
    snprintf(world->broken, sizeof world->broken, "t=%lld ns, %s: %s (%lld, %lld)",
             (long long)world->now, who, what, (long long)a, (long long)b);
    return false;
}

/* What a replica applied is a prefix of its master's history, and never more than it read or its
 * master has. */
static bool node_holds(struct world *world, const struct node *node)
{
    node_check(node);
    replica_check(&node->replica);
    const char *name = node->spec->name;
    if (node->replica.reploff > node->replica.read_reploff)
        return broke(world, name, "applied more than it read", node->replica.reploff,
                     node->replica.read_reploff);
    if (node->replica.state != REPLICA_CONNECTED || node->conn == NO_INDEX)
        return true;
    const struct conn *conn = conn_at(world, node->conn);
    const struct node *master = &world->nodes[conn->master];
    int64_t mine = offset_track_at(world, node, world->now),
            its = offset_track_at(world, master, world->now);
    if (mine < node->replica.reploff)
        return broke(world, name, "its offset went back", mine, node->replica.reploff);
    if (!conn->master_has)
        return true;
    if (mine > its)
        return broke(world, name, "applied more than its master has", mine, its);
    if (!timeline_is_prefix(world, node->timeline, mine, master->timeline, its))
        return broke(world, name, "its data are no prefix of its master's", mine, its);
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
        return broke(world, name, "the kernel took more than was produced", sent, produced);
    if (conn->master_has && left > sent && conn->pipe.send_limit == INT64_MAX)
        return broke(world, name, "more left than the kernel took", left, sent);
    if (arrived > left && !conn->is_severed)
        return broke(world, name, "more arrived than left", arrived, left);
    int64_t read = reader_at(conn, &source, world->now);
    if (conn->is_paced && read > arrived)
        return broke(world, name, "more was read than arrived", read, arrived);
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

bool invariant_figure(struct world *world, const struct node *node, const char *what, int64_t value)
{
    return value >= 0 || broke(world, node->spec->name, what, value, 0);
}

/* Figures that are printed, by name. */
static bool figures_hold(struct world *world, const struct node *node)
{
    const struct account *account = &node->account;
    return invariant_figure(world, node, "refused_writes below zero", account->refused_writes) &&
           invariant_figure(world, node, "writes below zero", account->unstreamed) &&
           invariant_figure(world, node, "stale_ns below zero", account->stale) &&
           invariant_figure(world, node, "stale_max_ns below zero", account->stale_max) &&
           invariant_figure(world, node, "buffer_peak_bytes below zero", account->buffer_peak);
}

/* Whether the times that happened follow each other. */
static bool are_in_order(const int64_t *times, size_t count)
{
    int64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        if (times[i] != TRACE_ABSENT && times[i] < before)
            return false;
        before = times[i] == TRACE_ABSENT ? before : times[i];
    }
    return true;
}

/* Of both sides; a payload may begin before its announcement has arrived. */
bool invariant_resync(struct world *world, const struct node *node,
                      const struct event_resync *resync)
{
    const int64_t here[] = {resync->lost_ns,     resync->dialled_ns,  resync->asked_ns,
                            resync->answered_ns, resync->received_ns, resync->online_ns};
    const int64_t there[] = {resync->asked_ns, resync->payload_ns, resync->received_ns,
                             resync->online_ns};
    const char *name = node->spec->name;
    if (!are_in_order(here, sizeof here / sizeof here[0]))
        return broke(world, name, "a resynchronisation's times are out of order", resync->asked_ns,
                     resync->answered_ns);
    if (!are_in_order(there, sizeof there / sizeof there[0]))
        return broke(world, name, "a payload out of order", resync->payload_ns, resync->online_ns);
    return invariant_figure(world, node, "sent_bytes below zero", resync->sent_bytes);
}

bool invariant_final(struct world *world)
{
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct account *account = &world->nodes[i].account;
        const char *name = world->nodes[i].spec->name;
        if (!figures_hold(world, &world->nodes[i]))
            return false;
        if (account->partial > account->granted)
            return broke(world, name, "more partial ones came online than were granted",
                         account->partial, account->granted);
        if (account->full > account->begun)
            return broke(world, name, "more full ones ended than were begun", account->full,
                         account->begun);
    }
    return world->broken[0] == '\0';
}
