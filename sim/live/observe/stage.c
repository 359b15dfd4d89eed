/* See stage.h. */
#include "sim/live/observe/stage.h"

#include <string.h>

#include "sim/engine/time.h"
#include "sim/world/offset_track.h"
#include "sim/report/expect.h"
#include "sim/world/account.h"

struct world *stage_new(const struct scenario *scenario, uint64_t seed, struct trace *trace)
{
    struct trace silent;
    trace_init(&silent, TRACE_OFF, NULL);
    struct world *world = world_new(scenario, seed, 0, &silent);
    world->trace = trace;
    world->now = INT64_MIN / 4;
    int32_t timeline = world_new_timeline(world, NO_INDEX, 0);
    for (uint32_t i = 0; i < world->conn_room; i++)
        world->conns[i]->is_used = false;
    for (uint32_t i = 0; i < world->node_count; i++) {
        struct node *node = &world->nodes[i];
        node->is_up = false;
        node->conn = NO_INDEX;
        node->backlog = (struct backlog){.exists = false};
        node->timeline = timeline;
        node->track.count = 0;
        offset_track_hold(world, node, 0);
        replica_init(&node->replica);
        account_init(&node->account);
    }
    return world;
}

void stage_begin(struct world *world)
{
    for (uint32_t i = 0; i < world->node_count; i++)
        account_init(&world->nodes[i].account);
}

void stage_note_offset(struct world *world, struct node *node,
                       const struct observation *observation, bool is_online)
{
    (void)is_online;
    if (observation->a < 0)
        return;
    node->track.count = 0;
    offset_track_hold(world, node, observation->a);
    g_strlcpy(node->history.id, observation->text, sizeof node->history.id);
    node->backlog = (struct backlog){.exists = observation->c >= 0,
                                     .size = observation->c,
                                     .floor = observation->c >= 0 ? observation->b : 0};
}

int64_t stage_hard_limit(const struct node *master)
{
    struct backlog backlog = {.size = master->config.backlog_bytes};
    return backlog_hard_limit(&backlog, master->profile, master->config.limit.hard_bytes);
}

void stage_note_buffer(struct node *node, const struct node *master, int64_t bytes)
{
    struct account *account = &node->account;
    account->buffer_limit = stage_hard_limit(master);
    account->buffer_peak = MAX(account->buffer_peak, bytes);
    if (account->request.is_open)
        account->request.buffer_peak = MAX(account->request.buffer_peak, bytes);
}

void stage_note_gap(struct world *world, struct node *node)
{
    (void)world;
    node->account.request.gap = TRACE_ABSENT;
}

void stage_end_node(struct world *world, struct node *node, bool is_online)
{
    const struct node *top = expect_top(world, node);
    account_close(world, node);
    if (top != node && strcmp(top->history.id, node->history.id) != 0)
        node->timeline = world_new_timeline(world, NO_INDEX, 0); /* other data */
    bool is_connected = node->master != NO_INDEX && is_online;
    node->replica = (struct replica){.state = is_connected ? REPLICA_CONNECTED : REPLICA_NONE};
    node->account.has_data = true;
}
