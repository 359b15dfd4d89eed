/* See second.h. */
#include "sim/world/second.h"

#include "models/server/config.h"
#include "sim/world/offset_track.h"

void second_emit(struct world *world, const struct node *node, const char *step, int64_t kept_bytes)
{
    EMIT(world, second, node->index, e->peer = node->master, e->step = step,
         e->kept_bytes = kept_bytes);
}

/* The connection that brings the payload. */
struct conn *second_payload_conn(const struct world *world, const struct node *node)
{
    int32_t index = node->second != NO_INDEX ? node->second : node->conn;
    return index == NO_INDEX ? NULL : conn_at(world, index);
}

void second_loaded(struct world *world, const struct node *node, const struct conn *conn)
{
    second_emit(world, node, "kept", offset_track_read(world, conn, world->now) - conn->from);
}

int64_t second_kept_end(const struct world *world, const struct conn *conn)
{
    const struct node *node = &world->nodes[conn->replica];
    if (!node->replica.two_channels || conn->is_second || node->replica.state == REPLICA_CONNECTED)
        return -1;
    int64_t kept = config_kept_bytes(&node->config, node->profile);
    return kept > 0 ? kept : -1;
}
