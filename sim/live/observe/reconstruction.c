/* See reconstruction.h.
 *
 * Each side says its part: the wire what was asked and answered, the replica's log when it dialled,
 * lost, loaded, the master's log what it decided and whom it dropped. A drop has its reason in a
 * line before the line that says it. Accounts are kept by sim/world/resync as in a simulated run.
 */
#include "sim/live/observe/reconstruction_inside.h"
#include <string.h>
#include "sim/engine/time.h"
#include "sim/live/observe/stage.h"
#include "sim/world/offset_track.h"
#include "sim/world/account.h"

const struct observation *reconstruction_observation(const struct reconstruction *reconstruction,
                                                     guint index)
{
    return &g_array_index(reconstruction->observations->list, struct observation, index);
}

struct node *reconstruction_node(const struct reconstruction *reconstruction, int32_t node)
{
    return &reconstruction->world->nodes[node];
}

bool reconstruction_is_emitted(const struct reconstruction *reconstruction)
{
    return reconstruction->world->now >= 0;
}

const struct observation *reconstruction_before(const struct reconstruction *reconstruction,
                                                enum observation_kind kind, int32_t node)
{
    for (guint i = reconstruction->at; i > 0; i--) {
        const struct observation *before = reconstruction_observation(reconstruction, i - 1);
        if (before->kind == kind && before->node == node)
            return before;
    }
    return NULL;
}

const struct observation *reconstruction_nearest(const struct reconstruction *reconstruction,
                                                 enum observation_kind kind, int32_t node)
{
    const struct observation *best = NULL;
    int64_t now = reconstruction->world->now;
    for (guint i = reconstruction->at;
         i > 0 && now - reconstruction_observation(reconstruction, i - 1)->t <= NEAR_NS; i--) {
        best = reconstruction_observation(reconstruction, i - 1);
        if (best->kind == kind && best->node == node)
            break;
        best = NULL;
    }
    for (guint i = reconstruction->at; i < reconstruction->observations->list->len; i++) {
        const struct observation *after = reconstruction_observation(reconstruction, i);
        if (after->t - now > (best == NULL ? NEAR_NS : now - best->t))
            break;
        if (after->kind == kind && after->node == node)
            return after;
    }
    return best;
}

bool reconstruction_follows(const struct reconstruction *reconstruction, int32_t node,
                            enum observation_kind kind)
{
    for (guint i = reconstruction->at; i < reconstruction->observations->list->len; i++) {
        const struct observation *after = reconstruction_observation(reconstruction, i);
        if (after->t - reconstruction->world->now > MOMENT_NS)
            break;
        if (after->kind == kind && after->node == node)
            return true;
    }
    return false;
}

bool reconstruction_is_now(const struct reconstruction *reconstruction, int64_t t)
{
    return t != TRACE_ABSENT && reconstruction->world->now - t < MOMENT_NS;
}

/* ---- ids, backlogs, roles, processes ---- */

void reconstruction_new_backlog(struct reconstruction *reconstruction,
                                const struct observation *observation)
{
    const struct node *node = reconstruction_node(reconstruction, observation->node);
    const struct observation *range =
        reconstruction_nearest(reconstruction, SEEN_RANGE, observation->node);
    TELL(reconstruction, EVENT_IDENTITY, observation->node, TEXT("backlog"),
         TEXT(observation->text), TEXT(NULL), NONE);
    TELL(reconstruction, EVENT_BACKLOG, observation->node, TEXT("created"),
         NUM(range == NULL || range->c < 0 ? TRACE_ABSENT : range->b),
         NUM(node->config.backlog_bytes));
}

void reconstruction_freed_backlog(struct reconstruction *reconstruction,
                                  const struct observation *observation)
{
    TELL(reconstruction, EVENT_BACKLOG, observation->node, TEXT("freed"), NONE,
         NUM(reconstruction_node(reconstruction, observation->node)->config.backlog_bytes));
}

void reconstruction_shifted(struct reconstruction *reconstruction,
                            const struct observation *observation)
{
    bool is_ordered = reconstruction_is_now(reconstruction,
                                            reconstruction->rules[observation->node].role_changed);
    TELL(reconstruction, EVENT_IDENTITY, observation->node,
         TEXT(is_ordered ? "promotion" : "failover"), TEXT(observation->text),
         TEXT(observation->more), NUM(observation->a));
}

void reconstruction_promoted(struct reconstruction *reconstruction,
                             const struct observation *observation)
{
    struct node *node = reconstruction_node(reconstruction, observation->node);
    reconstruction->rules[observation->node].promoted = reconstruction->world->now;
    if (node->master != NO_INDEX)
        TELL(reconstruction, EVENT_ROLE, observation->node, TEXT("master"), NUM(NO_INDEX));
    node->master = NO_INDEX;
    reconstruction->tales[observation->node].is_online = false;
}

/* At t = 0 it has been up for a while: what was seen before counts, since its writers begin now. */
void reconstruction_up(struct reconstruction *reconstruction, const struct observation *observation)
{
    struct node *node = reconstruction_node(reconstruction, observation->node);
    const struct observation *range =
        reconstruction->world->now == 0
            ? reconstruction_before(reconstruction, SEEN_RANGE, observation->node)
            : reconstruction_nearest(reconstruction, SEEN_RANGE, observation->node);
    node->is_up = true;
    if (!reconstruction_is_emitted(reconstruction))
        return;
    TELL(reconstruction, EVENT_UP, observation->node,
         TEXT(node->master == NO_INDEX ? "master" : "replica"),
         TEXT(range == NULL ? NULL : range->text), NUM(range == NULL ? TRACE_ABSENT : range->a));
    if (node->master != NO_INDEX && !reconstruction->tales[observation->node].is_online &&
        node->account.down_since < 0)
        node->account.down_since = reconstruction->world->now;
}

void reconstruction_down(struct reconstruction *reconstruction,
                         const struct observation *observation)
{
    struct node *node = reconstruction_node(reconstruction, observation->node);
    struct tale *tale = &reconstruction->tales[observation->node];
    struct world *world = reconstruction->world;
    TELL(reconstruction, EVENT_DOWN, observation->node,
         TEXT(observation->a != 0 ? "shutdown" : "crash"), NUM(observation->b));
    if (node->master != NO_INDEX && node->account.down_since < 0)
        account_lost(world, node, DROP_CRASHED);
    account_failed(world, node, DROP_CRASHED);
    node->account.request.is_open = node->is_up = false;
    tale->is_online = tale->is_dialling = tale->is_established = false;
}

static void took_config(struct reconstruction *reconstruction, struct node *node,
                        const struct observation *observation)
{
    int directive = config_find(observation->values[EVENT_AT(CONFIG, directive)].text);
    config_set(&node->config, directive, observation->values[EVENT_AT(CONFIG, value)].text);
    const struct observation *range =
        reconstruction_nearest(reconstruction, SEEN_RANGE, observation->node);
    if (directive == CONFIG_backlog_bytes && range != NULL && range->c >= 0)
        TELL(reconstruction, EVENT_BACKLOG, observation->node, TEXT("resized"), NUM(range->b),
             NUM(node->config.backlog_bytes));
}

/* The time at which a node gets another role. */
static bool is_order(const struct observation *observation)
{
    const char *fault = observation->values[EVENT_AT(FAULT, fault)].text;
    return strcmp(fault, fault_name(FAULT_PROMOTE)) == 0 ||
           strcmp(fault, fault_name(FAULT_REPLICAOF)) == 0;
}

static void became_replica(struct reconstruction *reconstruction, struct node *node,
                           const struct observation *observation)
{
    if (reconstruction_is_emitted(reconstruction) && node->master == NO_INDEX &&
        node->account.down_since < 0)
        account_lost(reconstruction->world, node, DROP_ROLE_CHANGED);
    node->master = (int32_t)observation->values[EVENT_AT(ROLE, master)].number;
    reconstruction->rules[observation->node].role_changed = reconstruction->world->now;
}

void reconstruction_event(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    if (reconstruction_is_emitted(reconstruction))
        trace_emit(reconstruction->world->trace, reconstruction->world->now, observation->event,
                   observation->node,
                   (struct trace_fields){observation->values, observation->value_count});
    if (observation->event == EVENT_FAULT && observation->node >= 0)
        reconstruction->rules[observation->node].role_changed =
            is_order(observation) ? reconstruction->world->now
                                  : reconstruction->rules[observation->node].role_changed;
    else if (observation->event == EVENT_CONFIG)
        took_config(reconstruction, reconstruction_node(reconstruction, observation->node),
                    observation);
    else if (observation->event == EVENT_ROLE)
        became_replica(reconstruction, reconstruction_node(reconstruction, observation->node),
                       observation);
}

/* ---- heartbeats and polls ---- */

void reconstruction_ping(struct reconstruction *reconstruction,
                         const struct observation *observation)
{
    struct rule *rule = &reconstruction->rules[observation->peer];
    if (reconstruction_node(reconstruction, observation->peer)->master != NO_INDEX ||
        observation->a <= rule->last_ping)
        return;
    rule->last_ping = observation->a;
    TELL(reconstruction, EVENT_PING, observation->peer, NUM(observation->a));
}

void reconstruction_ack(struct reconstruction *reconstruction,
                        const struct observation *observation)
{
    reconstruction->tales[observation->node].phase = MASTER_ONLINE;
    TELL(reconstruction, EVENT_ACK, observation->peer, NUM(observation->node), NUM(observation->a));
}

void reconstruction_range(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    stage_note_offset(reconstruction->world, reconstruction_node(reconstruction, observation->node),
                      observation, reconstruction->tales[observation->node].is_online);
}

void reconstruction_buffer(struct reconstruction *reconstruction,
                           const struct observation *observation)
{
    reconstruction->tales[observation->peer].buffer = observation->a;
    if (reconstruction_is_emitted(reconstruction))
        stage_note_buffer(reconstruction_node(reconstruction, observation->peer),
                          reconstruction_node(reconstruction, observation->node), observation->a);
}

/* ---- all of it ---- */

static void (*const TELLS[OBSERVATION_COUNT])(struct reconstruction *,
                                              const struct observation *) = {
    [SEEN_EVENT] = reconstruction_event,
    [SEEN_ASK] = reconstruction_ask,
    [SEEN_REPLY] = reconstruction_reply,
    [SEEN_ANSWERED] = reconstruction_answered,
    [SEEN_PREAMBLE] = reconstruction_preamble,
    [SEEN_MOVED] = reconstruction_moved,
    [SEEN_PAYLOAD_OUT] = reconstruction_payload_out,
    [SEEN_PING] = reconstruction_ping,
    [SEEN_ACK] = reconstruction_ack,
    [SEEN_RANGE] = reconstruction_range,
    [SEEN_BUFFER] = reconstruction_buffer,
    [SEEN_UP] = reconstruction_up,
    [SEEN_DOWN] = reconstruction_down,
    [SEEN_DIALS] = reconstruction_dials,
    [SEEN_REFUSED] = reconstruction_refused,
    [SEEN_TIMED_OUT] = reconstruction_timed_out,
    [SEEN_LOST_MASTER] = reconstruction_lost_master,
    [SEEN_SYNC_FAILED] = reconstruction_sync_failed,
    [SEEN_CONTINUED] = reconstruction_continued,
    [SEEN_FLUSHES] = reconstruction_flushes,
    [SEEN_LOADS] = reconstruction_loads,
    [SEEN_LOADED] = reconstruction_loaded,
    [SEEN_TOOK_ID] = reconstruction_took_id,
    [SEEN_ASKED] = reconstruction_asked,
    [SEEN_DECIDES] = reconstruction_decides,
    [SEEN_GRANTS] = reconstruction_grants,
    [SEEN_SAVE_BEGINS] = reconstruction_save_begins,
    [SEEN_SAVE_ENDS] = reconstruction_save_ends,
    [SEEN_COPIED] = reconstruction_copied,
    [SEEN_SENT] = reconstruction_sent,
    [SEEN_DROPS_SILENT] = reconstruction_drops_silent,
    [SEEN_DROPS_FULL] = reconstruction_drops_full,
    [SEEN_LOST_REPLICA] = reconstruction_lost_replica,
    [SEEN_NEW_BACKLOG] = reconstruction_new_backlog,
    [SEEN_FREED_BACKLOG] = reconstruction_freed_backlog,
    [SEEN_SHIFTED] = reconstruction_shifted,
    [SEEN_PROMOTED] = reconstruction_promoted,
};

static void tell_all(struct reconstruction *reconstruction)
{
    int64_t end = reconstruction->report->scenario->duration;
    bool has_begun = false;
    for (reconstruction->at = 0; reconstruction->at < reconstruction->observations->list->len;
         reconstruction->at++) {
        const struct observation *observation =
            reconstruction_observation(reconstruction, reconstruction->at);
        if (observation->t >= end)
            break;
        if (observation->t >= 0 && !has_begun)
            stage_begin(reconstruction->world);
        has_begun = has_begun || observation->t >= 0;
        reconstruction->world->now = observation->t;
        if (TELLS[observation->kind] != NULL)
            TELLS[observation->kind](reconstruction, observation);
    }
    reconstruction->world->now = end;
}

void reconstruction_emit(struct report *report, struct observations *observations, int64_t zero)
{
    const struct scenario *scenario = report->scenario;
    struct reconstruction reconstruction = {.report = report, .observations = observations};
    observations_sort(observations, zero);
    report->world = reconstruction.world = stage_new(scenario, report->seed, &report->trace);
    reconstruction.tales = g_new0(struct tale, scenario->node_count + 1);
    reconstruction.rules = g_new0(struct rule, scenario->node_count + 1);
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        reconstruction.tales[i].with = NO_INDEX;
        reconstruction.rules[i] = (struct rule){.asker = -1,
                                                .id_changed = TRACE_ABSENT,
                                                .role_changed = TRACE_ABSENT,
                                                .promoted = TRACE_ABSENT,
                                                .fork_ns = TRACE_ABSENT};
    }
    tell_all(&reconstruction);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        stage_end_node(reconstruction.world, &reconstruction.world->nodes[i],
                       reconstruction.tales[i].is_online);
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        report->results[i] = expect_check(report->world, &scenario->expects[i]);
        report->failed += !report->results[i].held;
    }
    g_free(reconstruction.tales);
    g_free(reconstruction.rules);
}
