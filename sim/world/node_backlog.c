/* See node_backlog.h. */
#include "sim/world/node_backlog.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/node.h"
#include "sim/world/output.h"

/* The stream offset that the slowest recorded replica has been sent; INT64_MAX if there is none. */
static int64_t pinned(const struct world *world, const struct node *node)
{
    int64_t lowest = node->quiet_count > 0 ? node_offset(world, node) : INT64_MAX;
    EACH_AWAKE_CONN(conn, world, node) {
        if (!conn->is_recorded && !conn->is_pinning)
            continue;
        int64_t sent = conn->is_pinning ? conn->from : output_sent(world, conn);
        lowest = sent < lowest ? sent : lowest;
    }
    return lowest;
}

/* Rounds of the event loop since the last time somebody let go: one a command, and those of the
 * timers. */
static int64_t loops(const struct world *world, const struct node *node)
{
    assert(world->now >= node->unpinned_at);
    int64_t since = world->now - node->unpinned_at;
    int64_t commands = node->load == NULL ? 0
                                          : load_commands(node->load, world->now) -
                                                load_commands(node->load, node->unpinned_at);
    return commands + since / (100 * NS_PER_MS);
}

struct backlog_range node_backlog(struct world *world, struct node *node)
{
    if (!node->backlog.exists)
        return (struct backlog_range){.exists = false};
    return backlog_range(&node->backlog, node_offset(world, node), pinned(world, node),
                         loops(world, node));
}

void node_settle(struct world *world, struct node *node)
{
    if (node->backlog.exists)
        backlog_settle(&node->backlog, node_offset(world, node), pinned(world, node),
                       loops(world, node));
}

void node_unpinned(struct world *world, struct node *node)
{
    if (!node->backlog.exists)
        return;
    backlog_unpin(&node->backlog);
    node->unpinned_at = world->now;
}
