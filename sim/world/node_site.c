/* See node_site.h. */
#include "sim/world/node_site.h"

#include <assert.h>
#include "models/server/config.h"
#include "sim/world/node.h"
#include "sim/world/node_backlog.h"
#include "sim/world/save_point.h"

struct master_site node_site(struct world *world, struct node *node)
{
    node_sync(world, node);
    return (struct master_site){.profile = node->profile,
                                .history = &node->history,
                                .now = world_wall(world, world->now),
                                .backlog = node_backlog(world, node),
                                .is_replica = node->master != NO_INDEX,
                                .link_up = replica_is_online(&node->replica),
                                .is_failing_over = node->is_failing_over,
                                .is_loading = node->loading != LOAD_NOTHING,
                                .is_misconfigured = save_point_stops_writes(node),
                                .is_busy = node->is_busy,
                                .timeout_s = node->config.timeout_s,
                                .second_channel =
                                    config_serves_channel(&node->config, node->profile),
                                .auth_user = "",
                                .auth_password = ""};
}

/* Whether the other connection of a pair is one that this one may name. */
static bool knows_client(const void *user, int64_t id)
{
    const struct conn *conn = user;
    const struct world *world = conn->world;
    bool names_payload = world->nodes[conn->master].profile->channel_main_psyncs;
    EACH_REPLICA_CONN(other, world, &world->nodes[conn->master]) {
        if (other->client_id == id)
            return names_payload ? other->machine.is_channel && master_is_replica(&other->machine)
                                 : other->machine.state == MASTER_WAIT_CHANNEL;
    }
    return false;
}

struct master_site node_site_for(struct world *world, const struct conn *conn)
{
    assert(conn->is_established && conn->master_has);
    struct master_site site = node_site(world, &world->nodes[conn->master]);
    site.client_id = conn->client_id;
    site.knows_client = knows_client;
    site.user = conn;
    return site;
}

struct master_site node_site_of_replica(const struct world *world, const struct node *node)
{
    return (struct master_site){.profile = node->profile,
                                .history = &node->history,
                                .now = world_wall(world, world->now),
                                .timeout_s = node->config.timeout_s,
                                .auth_user = "",
                                .auth_password = ""};
}

static bool loads_from_file(const struct node *node)
{
    bool is_empty_mode = node->config.diskless_load == DISKLESS_LOAD_ON_EMPTY_DB;
    return node->config.diskless_load == DISKLESS_LOAD_DISABLED ||
           (is_empty_mode && node->data_bytes > 0);
}

struct replica_site node_as_replica(const struct world *world, struct node *node)
{
    return (struct replica_site){.profile = node->profile,
                                 .config = &node->replica_config,
                                 .history = &node->history,
                                 .payload_to_file = loads_from_file(node),
                                 .now = world_wall(world, world->now)};
}
