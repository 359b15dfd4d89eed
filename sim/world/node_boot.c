/* See node_boot.h. */
#include "sim/world/node_boot.h"

#include <assert.h>
#include <string.h>
#include "models/server/config.h"
#include "models/server/host.h"
#include "sim/engine/time.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"
#include "sim/world/node_history.h"
#include "sim/world/node_site.h"
#include "sim/world/node_stream.h"
#include "sim/world/offset_track.h"
#include "sim/world/replica_side.h"
#include "sim/world/save_point.h"
#include "sim/world/slot.h"
#include "sim/world/timeline.h"

/* Events are looked at within a load, every load_step_bytes, which uses up the first round of the
 * cron: 0.92-0.97 s go by before the first dial (FACTS R1). */
#define FIRST_ROUND_AFTER_LOAD (950 * NS_PER_MS)

void node_wipe(struct world *world, struct node *node)
{
    assert(!node->is_up);
    struct loss_point held = loss_begin(world, node);
    node->file.exists = false;
    loss_settle(world, node, held, LOSS_WIPED);
}

void node_start(struct world *world, struct node *node)
{
    if (node->is_up)
        return;
    int64_t boot = dist_draw(&node->spec->host.boot, &node->costs);
    queue_set(&world->queue, slot_of_node(node->index, NODE_WAKE), world->now + boot);
}

/* Another program starts, with the defaults of its version where nobody set anything. */
static void become_upgrade(struct world *world, struct node *node)
{
    const struct scenario_fault *upgrade = node->upgrade;
    char before[CONFIG_TEXT_MAX], now[CONFIG_TEXT_MAX];
    node->upgrade = NULL;
    if (upgrade == NULL)
        return;
    for (int directive = 0; directive < CONFIG_COUNT; directive++) {
        config_print(&node->config, directive, before, sizeof before);
        config_print(&upgrade->config, directive, now, sizeof now);
        if (strcmp(before, now) != 0)
            EMIT(world, config, node->index, e->directive = config_name(directive),
                 e->setting = directive, e->value = now);
    }
    node->profile = upgrade->server;
    node->config = upgrade->config;
    node->replica_config.timeout_s = node->config.timeout_s;
}

void node_listen(struct world *world, struct node *node)
{
    assert(!node->is_up && node->loading == LOAD_NOTHING);
    become_upgrade(world, node);
    node->is_up = true;
    save_point_start(world, node);
    if (!node->file.exists) {
        node_serve(world, node);
        return;
    }
    node->loading = LOAD_BOOT;
    node->load_begins = world->now;
    node->load_step = 0;
    node->load_ends =
        world->now + load_work_ns(&node->spec->host, &node->config,
                                  (struct work){node->file.bytes, node->data_keys}, &node->costs);
    queue_set(&world->queue, slot_of_node(node->index, NODE_LOAD), node->load_ends);
}

void node_loaded_file(struct world *world, struct node *node)
{
    assert(node->is_up && node->loading == LOAD_BOOT);
    node->loading = LOAD_NOTHING;
    node_serve(world, node);
}

/* The history a process begins with; whether it knows one from its file (FACTS 2.4, 9.2). */
static bool begin_history(struct world *world, struct node *node)
{
    const struct data_file *file = &node->file;
    bool is_master = node->master == NO_INDEX;
    char id[REPLID_SIZE];
    node_draw_id(node, id);
    struct data_file usable = *file;
    usable.has_position = file->has_position && node->config.appendonly == 0; /* an AOF has none */
    node->account.unstreamed = 0;
    node->is_emptied = false;
    bool knows = restart_history(&node->history, node->profile, &usable, !is_master, id);
    offset_track_reset(world, node, node->history.offset);
    if (knows && !is_master) {
        node->timeline = file->timeline;
        return true;
    }
    node->timeline = timeline_new(world, knows ? file->timeline : NO_INDEX, node->history.offset);
    loss_new_timeline(world, node, node->timeline, loss_point_of_file(file));
    stream_init(&world->timelines[node->timeline].stream, world->now, node->history.offset);
    if (!is_master)
        return false;
    offset_track_stream(world, node);
    if (knows)
        node_new_backlog(world, node);
    return knows;
}

void node_serve(struct world *world, struct node *node)
{
    assert(node->is_up && node->conn == NO_INDEX && node->loading == LOAD_NOTHING);
    bool loaded = node->file.exists;
    if (!loaded && !node->keeps_data)
        node->data_bytes = node->data_keys = 0;
    else if (loaded)
        node->data_bytes = node->file.bytes;
    bool knows = begin_history(world, node);
    node->keeps_data = false;
    node->no_replicas_since = world->now;
    node->needs_select = true;
    node->cron_count = 0;
    node->tick_extra = dist_draw(&node->spec->host.tick_extra, &node->costs);
    node_set_tick(node);
    bool is_replica = node->master != NO_INDEX;
    bool is_late = loaded && node->file.bytes >= node->profile->load_step_bytes;
    bool dials_later = is_late && node->profile->restart_loads_delay_dial;
    node->last_cron = world->now + (is_late ? FIRST_ROUND_AFTER_LOAD : 0);
    queue_set_last(&world->queue, slot_of_node(node->index, NODE_CRON), node->last_cron + !is_late);
    node->account.has_data = node->account.has_data || loaded;
    EMIT(world, up, node->index, e->role = is_replica ? "replica" : "master",
         e->replid = node->history.id, e->offset = node->history.offset, e->master = node->master,
         e->is_linked = node->is_presynced, e->has_data = node->account.has_data);
    node_flow(world, node);
    if (!is_replica || node->is_presynced)
        return;
    node->account.is_down = true;
    struct acts acts;
    struct replica_site site = node_as_replica(world, node);
    replica_boot(&node->replica, &site, knows, dials_later, &acts);
    replica_side_acts(world, node, &acts);
}
