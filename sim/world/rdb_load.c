/* See rdb_load.h. */
#include "sim/world/rdb_load.h"

#include <assert.h>
#include <string.h>
#include "models/server/host.h"
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/conn.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"
#include "sim/world/node_boot.h"
#include "sim/world/node_halt.h"
#include "sim/world/node_history.h"
#include "sim/world/node_site.h"
#include "sim/world/offset_track.h"
#include "sim/world/replica_side.h"
#include "sim/world/slot.h"

/* Between two looks at events a loading process does not read its first connection either; where
 * they are that close, nothing gathers meanwhile. */
#define CLOSE_LOOKS_NS (50 * NS_PER_MS)

static bool keeps_by_looks(const struct node *node)
{
    return node->replica.two_channels && node->loading == LOAD_PAYLOAD &&
           (node->load_step == 0 || node->load_step >= CLOSE_LOOKS_NS);
}

static int64_t next_kept_look(const struct world *world, const struct node *node)
{
    if (!keeps_by_looks(node) || node->load_step == 0)
        return TIME_NEVER;
    int64_t since = max64(0, world->now - node->load_begins);
    return node->load_begins + (since / node->load_step + 1) * node->load_step;
}

static void plan_load(struct world *world, struct node *node)
{
    assert(node->loading != LOAD_NOTHING && world->now <= node->load_ends);
    struct load_looks looks = {.flushes = node->load_begins - node->load_flush,
                               .flush_step_ns = node->flush_step,
                               .begins = node->load_begins,
                               .step_ns = node->load_step};
    int64_t newline = node->loading == LOAD_PAYLOAD
                          ? load_next_newline(node->profile, &looks, world->now)
                          : TIME_NEVER;
    queue_set(&world->queue, slot_of_node(node->index, NODE_LOAD),
              min64(min64(newline, next_kept_look(world, node)), node->load_ends));
}

static void write_newline(struct world *world, struct node *node)
{
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    replica_loading_tick(&node->replica, &site, &acts);
    replica_side_acts(world, node, &acts);
}

void rdb_load_begin(struct world *world, struct node *node, struct conn *conn)
{
    assert(conn != NULL && node->is_up && node->loading == LOAD_NOTHING);
    const struct host *host = &node->spec->host;
    const struct node *master = &world->nodes[conn->master];
    int64_t bytes = replica_payload_bytes(conn);
    replica_side_received(world, node, conn);
    account_observe(world, node);
    struct loss_point held = loss_begin(world, node);
    node_free_backlog(world, node, NULL);
    offset_track_reset(world, node, node->replica.full_offset);
    node->loads_file = node_as_replica(world, node).payload_to_file;
    node->load_flush = flush_work_ns(host, &node->config, node->data_bytes);
    node->flush_step = flush_step_ns(node->load_flush, node->data_keys);
    node->data_bytes = bytes;
    node->data_keys = master->data_keys;
    int64_t load =
        load_work_ns(host, &node->config, (struct work){bytes, node->data_keys}, &node->costs);
    node->loading = LOAD_PAYLOAD;
    node->load_begins = world->now + node->load_flush;
    node->refuses_payload = payload_is_refused(master->profile, node->profile);
    node->load_ends = node->load_begins + (node->refuses_payload ? 0 : load);
    int64_t step = node->profile->load_step_bytes;
    node->load_step = bytes >= step ? max64(1, mul_div(load, step, bytes)) : 0;
    node->file = (struct data_file){.exists = true,
                                    .has_position = master->profile->psync2,
                                    .offset = node->replica.full_offset,
                                    .bytes = bytes,
                                    .commands = node->account.snapshot_commands,
                                    .timeline = conn->timeline};
    memcpy(node->file.id, node->replica.full_id, REPLID_SIZE);
    node->is_emptied = false;
    loss_settle(world, node, held, loss_by_payload(world, node, held));
    if (node->load_flush > 0)
        write_newline(world, node);
    if (keeps_by_looks(node))
        conn_stop_reading(world, conn_at(world, node->conn));
    plan_load(world, node);
}

/* From a damaged file the process ends; what came from the socket, or in a newer format, is thrown
 * away (FACTS 7.5). */
static void payload_failed(struct world *world, struct node *node)
{
    struct loss_point held = loss_begin(world, node);
    node->file.exists = false;
    loss_settle(world, node, held, LOSS_LOAD);
    node->is_emptied = true;
    if (node->loads_file && !node->refuses_payload) {
        node_stop(world, node, "load", false);
        return;
    }
    node->loading = LOAD_NOTHING;
    node->data_bytes = node->data_keys = 0;
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    replica_load_failed(&node->replica, &site, &acts);
    replica_side_acts(world, node, &acts);
}

static void payload_loaded(struct world *world, struct node *node)
{
    if (node->refuses_payload || node_fails(node, FAILURE_LOAD)) {
        payload_failed(world, node);
        return;
    }
    int64_t flush = node->load_flush, load = node->load_ends - node->load_begins;
    node->loading = LOAD_NOTHING;
    EMIT(world, loaded, node->index, e->flush_ns = flush, e->load_ns = load);
    struct replica_site site = node_as_replica(world, node);
    struct acts acts;
    replica_loaded(&node->replica, &site, &acts);
    replica_side_acts(world, node, &acts);
}

void rdb_load_event(struct world *world, struct node *node)
{
    if (node->loading == LOAD_NOTHING)
        return;
    if (world->now >= node->load_ends) {
        if (node->loading == LOAD_BOOT)
            node_loaded_file(world, node);
        else
            payload_loaded(world, node);
        return;
    }
    write_newline(world, node);
    if (keeps_by_looks(node))
        replica_side_look(world, conn_at(world, node->conn));
    if (node->loading != LOAD_NOTHING)
        plan_load(world, node);
}
