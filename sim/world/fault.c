/* Faults. See fault.h. */
#include "sim/world/fault.h"

#include <assert.h>
#include <string.h>
#include "models/server/config.h"
#include "sim/engine/time.h"
#include "sim/world/link_fault.h"
#include "sim/world/loss.h"
#include "sim/world/node.h"
#include "sim/world/node_backlog.h"
#include "sim/world/node_boot.h"
#include "sim/world/node_halt.h"
#include "sim/world/node_pause.h"
#include "sim/world/node_role.h"
#include "sim/world/node_shutdown.h"
#include "sim/world/node_stream.h"
#include "sim/world/output.h"
#include "sim/world/parked.h"
#include "sim/world/rdb_client.h"
#include "sim/world/save.h"
#include "sim/world/save_child.h"
#include "sim/world/save_point.h"
#include "sim/world/slot.h"
#include "sim/world/workload.h"

#define FLUSH_BYTES 18 /* *1 $8 FLUSHALL */

/* ---- when ---- */

void fault_set_up(struct world *world)
{
    for (uint32_t i = 0; i < world->scenario->fault_count; i++)
        slot_arm_fault(world, i);
}

/* ---- links ---- */

static void silence(struct world *world, const struct scenario_fault *fault, struct link *link,
                    bool begins)
{
    for (int direction = DOWN; direction <= UP; direction++) {
        if (fault->direction == (direction == DOWN ? DIRECTION_UP : DIRECTION_DOWN))
            continue;
        if (begins)
            link_fault_silence(world, link, direction);
        else if (link->silences[direction] > 0)
            link_fault_unsilence(world, link, direction);
    }
}

static void heal_all(struct world *world, struct link *link)
{
    link->cuts = 0;
    for (int direction = DOWN; direction <= UP; direction++) {
        if (link->silences[direction] == 0)
            continue;
        link->silences[direction] = 1;
        link_fault_unsilence(world, link, direction);
    }
    link_fault_change(world, link, link->spec->bandwidth, link->spec->latency,
                      link->spec->loss_ppm);
}

static void begin_link(struct world *world, const struct scenario_fault *fault, struct link *link)
{
    switch (fault->kind) {
    case FAULT_CUT:
        link->cuts += fault->refuses;
        link_fault_cut(world, link, fault->side != SIDE_LOWER, fault->side != SIDE_UPPER);
        break;
    case FAULT_PARTITION:
        silence(world, fault, link, true);
        break;
    case FAULT_SLOW:
        link_fault_change(world, link, fault->bandwidth, fault->latency, fault->loss_ppm);
        break;
    default: /* HEAL */
        heal_all(world, link);
        break;
    }
}

static void end_link(struct world *world, const struct scenario_fault *fault, struct link *link)
{
    if (fault->kind == FAULT_CUT && link->cuts > 0)
        link->cuts -= fault->refuses;
    else if (fault->kind == FAULT_PARTITION)
        silence(world, fault, link, false);
    else if (fault->kind == FAULT_SLOW)
        link_fault_change(world, link, link->spec->bandwidth, link->spec->latency,
                          link->spec->loss_ppm);
}

/* A path is there in both roles of its ends: a fault affects both links, the twin seen from the
 * other end. */
static void strike_link(struct world *world, const struct scenario_fault *fault,
                        void (*apply)(struct world *, const struct scenario_fault *, struct link *))
{
    struct link *link = &world->links[fault->link];
    apply(world, fault, link);
    if (link->spec->twin < 0)
        return;
    struct scenario_fault mirrored = fault_mirrored(fault);
    apply(world, &mirrored, &world->links[link->spec->twin]);
}

/* ---- nodes ---- */

static bool saves(const struct node *node, const struct scenario_fault *fault)
{
    return fault->save == SAVE_YES ||
           (fault->save == SAVE_AS_CONFIGURED && node->config.save_points != 0);
}

static void plan_upgrade(struct node *node, const struct scenario_fault *fault)
{
    if (fault->server != NULL)
        node->upgrade = fault;
}

static void restart(struct world *world, struct node *node, const struct scenario_fault *fault)
{
    if (!node->is_up)
        return;
    plan_upgrade(node, fault);
    node->starts_again_at = 0;
    node->starts_wiped = fault->is_wiped;
    node->next_master = fault->has_to ? fault->to : node->master;
    if (fault->is_graceful)
        node_shutdown(world, node, saves(node, fault));
    else
        node_ended(world, node, "crash", false);
}

static void set_config(struct world *world, struct node *node, const struct scenario_fault *fault)
{
    int64_t backlog = node->config.backlog_bytes;
    config_set(&node->config, fault->directive, fault->value);
    EMIT(world, config, node->index, e->directive = config_name(fault->directive),
         e->setting = fault->directive, e->value = fault->value);
    if (backlog != node->config.backlog_bytes && node->backlog.exists) {
        node_settle(world, node);
        backlog_resize(&node->backlog, node->config.backlog_bytes, node_offset(world, node));
        EMIT(world, backlog, node->index, e->what = "resized",
             e->first = node_backlog(world, node).first, e->size_bytes = node->backlog.size);
    }
    EACH_REPLICA_CONN(conn, world, node)
        output_replan(world, conn);
    node->replica_config.timeout_s = node->config.timeout_s;
    node_refresh_good(world, node);
    save_point_plan(world, node);
}

static void flush(struct world *world, struct node *node)
{
    if (node->master != NO_INDEX || !node->is_up)
        return;
    loss_flush(world, node);
    node->data_bytes = node->data_keys = 0;
    if (node->backlog.exists)
        node_item(world, node, FLUSH_BYTES);
}

static void start(struct world *world, struct node *node, const struct scenario_fault *fault)
{
    bool is_ending = node->is_ending || node->shutdown_deadline != TIME_NEVER;
    if (!node->is_up || is_ending)
        plan_upgrade(node, fault);
    if (node->is_up && is_ending) { /* as soon as it has ended */
        node->starts_again_at = 0;
        node->starts_wiped = fault->is_wiped;
        node->next_master = fault->has_to ? fault->to : node->master;
    }
    if (node->is_up)
        return;
    if (fault->has_to)
        node->master = fault->to;
    if (fault->is_wiped)
        node_wipe(world, node);
    node_start(world, node);
}

static void promote(struct world *world, struct node *node)
{
    if (node->is_up && node->master != NO_INDEX && node->loading == LOAD_NOTHING)
        node_promote(world, node, ID_PROMOTION);
}

/* For once, or until it ends. */
static void begin_failing(struct failing *failing, const struct scenario_fault *fault)
{
    if (fault->has_duration)
        failing->faults++;
    else
        failing->next = true;
}

static void pause_writes(struct world *world, struct node *node, bool begins)
{
    if (begins || node->write_pauses > 0)
        node->write_pauses += begins ? 1 : UINT32_MAX;
    node_flow(world, node);
}

/* Faults that strike what a process does later. */
static void begin_later(struct world *world, const struct scenario_fault *fault, struct node *node)
{
    switch (fault->kind) {
    case FAULT_FAIL_SAVE:
        begin_failing(&node->fails[FAILURE_SAVE], fault);
        break;
    case FAULT_FAIL_FORK:
        begin_failing(&node->fails[FAILURE_FORK], fault);
        break;
    case FAULT_FAIL_LOAD:
        begin_failing(&node->fails[FAILURE_LOAD], fault);
        break;
    case FAULT_KILL_CHILD:
        save_child_kill(world, node);
        break;
    case FAULT_PAUSE_WRITES:
        pause_writes(world, node, true);
        break;
    case FAULT_RDB_CLIENT:
        if (rdb_client_ask(world, node, fault->bandwidth))
            save_request_of_client(world, node);
        break;
    default:
        break;
    }
}

static void begin_node(struct world *world, const struct scenario_fault *fault,
                       struct fault_state *state)
{
    struct node *node = &world->nodes[fault->node];
    switch (fault->kind) {
    case FAULT_PAUSE:
        node_pause(world, node);
        break;
    case FAULT_BLOCK:
        node_run_script(world, node);
        break;
    case FAULT_RESUME:
        node_resume(world, node);
        break;
    case FAULT_CRASH:
        node_stop(world, node, "crash", false);
        break;
    case FAULT_SHUTDOWN:
        node_shutdown(world, node, saves(node, fault));
        break;
    case FAULT_START:
        start(world, node, fault);
        break;
    case FAULT_RESTART:
        restart(world, node, fault);
        break;
    case FAULT_PROMOTE:
        promote(world, node);
        break;
    case FAULT_REPLICAOF:
        if (node->is_up && fault->to != NO_INDEX)
            node_replicaof(world, node, fault->to);
        else if (node->is_up)
            promote(world, node);
        break;
    case FAULT_FAILOVER:
        if (node->is_up)
            node_fail_over(world, node, fault->to, fault_patience(fault, state));
        break;
    case FAULT_CONFIG_SET:
        set_config(world, node, fault);
        break;
    case FAULT_FLUSH:
        flush(world, node);
        break;
    case FAULT_BGSAVE:
        if (node->is_up && node->loading == LOAD_NOTHING)
            save_start_for_user(world, node);
        break;
    case FAULT_MOVE_LOAD:
        workload_move(world, fault->load, fault->node);
        break;
    default:
        begin_later(world, fault, node);
        break;
    }
}

static void end_node(struct world *world, const struct scenario_fault *fault)
{
    struct node *node = &world->nodes[fault->node];
    if (fault->kind >= FAULT_FAIL_SAVE && fault->kind <= FAULT_FAIL_LOAD) {
        assert(node->fails[fault->kind - FAULT_FAIL_SAVE].faults > 0);
        node->fails[fault->kind - FAULT_FAIL_SAVE].faults--;
    }
    if (fault->kind == FAULT_PAUSE_WRITES)
        pause_writes(world, node, false);
    if (fault->kind == FAULT_PAUSE || fault->kind == FAULT_BLOCK)
        node_resume(world, node);
    else if (fault->kind == FAULT_CRASH || fault->kind == FAULT_SHUTDOWN)
        start(world, node, fault);
}

/* ---- events ---- */

void fault_begin_event(struct world *world, uint32_t index)
{
    assert(index < world->scenario->fault_count);
    const struct scenario_fault *fault = &world->scenario->faults[index];
    struct fault_state *state = &world->faults[index];
    if (fault_is_command(fault->kind))
        parked_read_command(world, fault->node); /* the next one */
    EMIT(world, fault, fault->node, e->fault = fault_name(fault->kind),
         e->target = fault_target(world->scenario, fault), e->of = fault_of(fault),
         e->index = index);
    if (fault->link >= 0)
        strike_link(world, fault, begin_link);
    else
        begin_node(world, fault, state);
    if (fault_ends_itself(fault))
        queue_set(&world->queue, slot_of_fault(world, index, true),
                  fault_ends(fault, state, world->now));
    else
        slot_arm_fault(world, index);
}

void fault_end_event(struct world *world, uint32_t index)
{
    const struct scenario_fault *fault = &world->scenario->faults[index];
    EMIT(world, heal, fault->node, e->fault = fault_name(fault->kind),
         e->target = fault_target(world->scenario, fault), e->of = fault_of(fault),
         e->index = index);
    if (fault->link >= 0)
        strike_link(world, fault, end_link);
    else
        end_node(world, fault);
    slot_arm_fault(world, index);
}
