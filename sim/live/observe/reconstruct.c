/* See chronicle.h.
 *
 * Each side says its part: the wire what was asked and answered, the replica's log when it dialled,
 * lost, loaded, the master's log what it decided and whom it dropped. A drop has its reason in a
 * line before the line that says it. Accounts are kept by sim/world/resync as in a simulated run.
 */
#include "sim/live/observe/reconstruct_inside.h"
#include <string.h>
#include "sim/engine/time.h"
#include "sim/live/observe/stage.h"
#include "sim/world/offset_track.h"
#include "sim/world/account.h"

const struct sight *chronicle_sight(const struct chronicle *chronicle, guint index)
{
    return &g_array_index(chronicle->journal->sights, struct sight, index);
}

struct node *chronicle_node(const struct chronicle *chronicle, int32_t node)
{
    return &chronicle->world->nodes[node];
}

bool chronicle_is_told(const struct chronicle *chronicle)
{
    return chronicle->world->now >= 0;
}

const struct sight *chronicle_before(const struct chronicle *chronicle, enum sight_kind kind,
                                     int32_t node)
{
    for (guint i = chronicle->at; i > 0; i--) {
        const struct sight *before = chronicle_sight(chronicle, i - 1);
        if (before->kind == kind && before->node == node)
            return before;
    }
    return NULL;
}

const struct sight *chronicle_nearest(const struct chronicle *chronicle, enum sight_kind kind,
                                      int32_t node)
{
    const struct sight *best = NULL;
    int64_t now = chronicle->world->now;
    for (guint i = chronicle->at; i > 0 && now - chronicle_sight(chronicle, i - 1)->t <= NEAR_NS;
         i--) {
        best = chronicle_sight(chronicle, i - 1);
        if (best->kind == kind && best->node == node)
            break;
        best = NULL;
    }
    for (guint i = chronicle->at; i < chronicle->journal->sights->len; i++) {
        const struct sight *after = chronicle_sight(chronicle, i);
        if (after->t - now > (best == NULL ? NEAR_NS : now - best->t))
            break;
        if (after->kind == kind && after->node == node)
            return after;
    }
    return best;
}

bool chronicle_follows(const struct chronicle *chronicle, int32_t node, enum sight_kind kind)
{
    for (guint i = chronicle->at; i < chronicle->journal->sights->len; i++) {
        const struct sight *after = chronicle_sight(chronicle, i);
        if (after->t - chronicle->world->now > MOMENT_NS)
            break;
        if (after->kind == kind && after->node == node)
            return true;
    }
    return false;
}

bool chronicle_is_now(const struct chronicle *chronicle, int64_t t)
{
    return t != TRACE_ABSENT && chronicle->world->now - t < MOMENT_NS;
}

/* ---- ids, backlogs, roles, processes ---- */

void chronicle_new_backlog(struct chronicle *chronicle, const struct sight *sight)
{
    const struct node *node = chronicle_node(chronicle, sight->node);
    const struct sight *range = chronicle_nearest(chronicle, SIGHT_RANGE, sight->node);
    TELL(chronicle, EVENT_IDENTITY, sight->node, TEXT("backlog"), TEXT(sight->text), TEXT(NULL),
         NONE);
    TELL(chronicle, EVENT_BACKLOG, sight->node, TEXT("created"),
         NUM(range == NULL || range->c < 0 ? TRACE_ABSENT : range->b),
         NUM(node->config.backlog_bytes));
}

void chronicle_freed_backlog(struct chronicle *chronicle, const struct sight *sight)
{
    TELL(chronicle, EVENT_BACKLOG, sight->node, TEXT("freed"), NONE,
         NUM(chronicle_node(chronicle, sight->node)->config.backlog_bytes));
}

void chronicle_shifted(struct chronicle *chronicle, const struct sight *sight)
{
    bool is_ordered = chronicle_is_now(chronicle, chronicle->rules[sight->node].role_changed);
    TELL(chronicle, EVENT_IDENTITY, sight->node, TEXT(is_ordered ? "promotion" : "failover"),
         TEXT(sight->text), TEXT(sight->more), NUM(sight->a));
}

void chronicle_promoted(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = chronicle_node(chronicle, sight->node);
    chronicle->rules[sight->node].promoted = chronicle->world->now;
    if (node->master != NO_INDEX)
        TELL(chronicle, EVENT_ROLE, sight->node, TEXT("master"), NUM(NO_INDEX));
    node->master = NO_INDEX;
    chronicle->tales[sight->node].is_online = false;
}

/* At t = 0 it has been up for a while: what was seen before counts, since its writers begin now. */
void chronicle_up(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = chronicle_node(chronicle, sight->node);
    const struct sight *range = chronicle->world->now == 0
                                    ? chronicle_before(chronicle, SIGHT_RANGE, sight->node)
                                    : chronicle_nearest(chronicle, SIGHT_RANGE, sight->node);
    node->is_up = true;
    if (!chronicle_is_told(chronicle))
        return;
    TELL(chronicle, EVENT_UP, sight->node, TEXT(node->master == NO_INDEX ? "master" : "replica"),
         TEXT(range == NULL ? NULL : range->text), NUM(range == NULL ? TRACE_ABSENT : range->a));
    if (node->master != NO_INDEX && !chronicle->tales[sight->node].is_online &&
        node->account.down_since < 0)
        node->account.down_since = chronicle->world->now;
}

void chronicle_down(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = chronicle_node(chronicle, sight->node);
    struct tale *tale = &chronicle->tales[sight->node];
    struct world *world = chronicle->world;
    TELL(chronicle, EVENT_DOWN, sight->node, TEXT(sight->a != 0 ? "shutdown" : "crash"),
         NUM(sight->b));
    if (node->master != NO_INDEX && node->account.down_since < 0)
        account_lost(world, node, DROP_CRASHED);
    account_failed(world, node, DROP_CRASHED);
    node->account.request.is_open = node->is_up = false;
    tale->is_online = tale->is_dialling = tale->is_established = false;
}

static void took_config(struct chronicle *chronicle, struct node *node, const struct sight *sight)
{
    int directive = config_find(sight->values[EVENT_AT(CONFIG, directive)].text);
    config_set(&node->config, directive, sight->values[EVENT_AT(CONFIG, value)].text);
    const struct sight *range = chronicle_nearest(chronicle, SIGHT_RANGE, sight->node);
    if (directive == CONFIG_backlog_bytes && range != NULL && range->c >= 0)
        TELL(chronicle, EVENT_BACKLOG, sight->node, TEXT("resized"), NUM(range->b),
             NUM(node->config.backlog_bytes));
}

/* The moment in which a node is told another role. */
static bool is_order(const struct sight *sight)
{
    const char *fault = sight->values[EVENT_AT(FAULT, fault)].text;
    return strcmp(fault, fault_name(FAULT_PROMOTE)) == 0 ||
           strcmp(fault, fault_name(FAULT_REPLICAOF)) == 0;
}

static void became_replica(struct chronicle *chronicle, struct node *node,
                           const struct sight *sight)
{
    if (chronicle_is_told(chronicle) && node->master == NO_INDEX && node->account.down_since < 0)
        account_lost(chronicle->world, node, DROP_ROLE_CHANGED);
    node->master = (int32_t)sight->values[EVENT_AT(ROLE, master)].number;
    chronicle->rules[sight->node].role_changed = chronicle->world->now;
}

void chronicle_event(struct chronicle *chronicle, const struct sight *sight)
{
    if (chronicle_is_told(chronicle))
        trace_emit(chronicle->world->trace, chronicle->world->now, sight->event, sight->node,
                   (struct trace_fields){sight->values, sight->value_count});
    if (sight->event == EVENT_FAULT && sight->node >= 0)
        chronicle->rules[sight->node].role_changed =
            is_order(sight) ? chronicle->world->now : chronicle->rules[sight->node].role_changed;
    else if (sight->event == EVENT_CONFIG)
        took_config(chronicle, chronicle_node(chronicle, sight->node), sight);
    else if (sight->event == EVENT_ROLE)
        became_replica(chronicle, chronicle_node(chronicle, sight->node), sight);
}

/* ---- heartbeats and polls ---- */

void chronicle_ping(struct chronicle *chronicle, const struct sight *sight)
{
    struct rule *rule = &chronicle->rules[sight->peer];
    if (chronicle_node(chronicle, sight->peer)->master != NO_INDEX || sight->a <= rule->last_ping)
        return;
    rule->last_ping = sight->a;
    TELL(chronicle, EVENT_PING, sight->peer, NUM(sight->a));
}

void chronicle_ack(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->tales[sight->node].phase = MASTER_ONLINE;
    TELL(chronicle, EVENT_ACK, sight->peer, NUM(sight->node), NUM(sight->a));
}

void chronicle_range(struct chronicle *chronicle, const struct sight *sight)
{
    stage_note_offset(chronicle->world, chronicle_node(chronicle, sight->node), sight,
                      chronicle->tales[sight->node].is_online);
}

void chronicle_buffer(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->tales[sight->peer].buffer = sight->a;
    if (chronicle_is_told(chronicle))
        stage_note_buffer(chronicle_node(chronicle, sight->peer),
                          chronicle_node(chronicle, sight->node), sight->a);
}

/* ---- all of it ---- */

static void (*const TELLS[SIGHT_COUNT])(struct chronicle *, const struct sight *) = {
    [SIGHT_EVENT] = chronicle_event,
    [SIGHT_ASK] = chronicle_ask,
    [SIGHT_REPLY] = chronicle_reply,
    [SIGHT_ANSWERED] = chronicle_answered,
    [SIGHT_PREAMBLE] = chronicle_preamble,
    [SIGHT_MOVED] = chronicle_moved,
    [SIGHT_PAYLOAD_OUT] = chronicle_payload_out,
    [SIGHT_PING] = chronicle_ping,
    [SIGHT_ACK] = chronicle_ack,
    [SIGHT_RANGE] = chronicle_range,
    [SIGHT_BUFFER] = chronicle_buffer,
    [SIGHT_UP] = chronicle_up,
    [SIGHT_DOWN] = chronicle_down,
    [SIGHT_DIALS] = chronicle_dials,
    [SIGHT_REFUSED] = chronicle_refused,
    [SIGHT_TIMED_OUT] = chronicle_timed_out,
    [SIGHT_LOST_MASTER] = chronicle_lost_master,
    [SIGHT_SYNC_FAILED] = chronicle_sync_failed,
    [SIGHT_CONTINUED] = chronicle_continued,
    [SIGHT_FLUSHES] = chronicle_flushes,
    [SIGHT_LOADS] = chronicle_loads,
    [SIGHT_LOADED] = chronicle_loaded,
    [SIGHT_TOOK_ID] = chronicle_took_id,
    [SIGHT_ASKED] = chronicle_asked,
    [SIGHT_DECIDES] = chronicle_decides,
    [SIGHT_GRANTS] = chronicle_grants,
    [SIGHT_SAVE_BEGINS] = chronicle_save_begins,
    [SIGHT_SAVE_ENDS] = chronicle_save_ends,
    [SIGHT_COPIED] = chronicle_copied,
    [SIGHT_SENT] = chronicle_sent,
    [SIGHT_DROPS_SILENT] = chronicle_drops_silent,
    [SIGHT_DROPS_FULL] = chronicle_drops_full,
    [SIGHT_LOST_REPLICA] = chronicle_lost_replica,
    [SIGHT_NEW_BACKLOG] = chronicle_new_backlog,
    [SIGHT_FREED_BACKLOG] = chronicle_freed_backlog,
    [SIGHT_SHIFTED] = chronicle_shifted,
    [SIGHT_PROMOTED] = chronicle_promoted,
};

static void tell_all(struct chronicle *chronicle)
{
    int64_t end = chronicle->report->scenario->duration;
    bool has_begun = false;
    for (chronicle->at = 0; chronicle->at < chronicle->journal->sights->len; chronicle->at++) {
        const struct sight *sight = chronicle_sight(chronicle, chronicle->at);
        if (sight->t >= end)
            break;
        if (sight->t >= 0 && !has_begun)
            stage_begin(chronicle->world);
        has_begun = has_begun || sight->t >= 0;
        chronicle->world->now = sight->t;
        if (TELLS[sight->kind] != NULL)
            TELLS[sight->kind](chronicle, sight);
    }
    chronicle->world->now = end;
}

void chronicle_tell(struct report *report, struct journal *journal, int64_t zero)
{
    const struct scenario *scenario = report->scenario;
    struct chronicle chronicle = {.report = report, .journal = journal};
    journal_sort(journal, zero);
    report->world = chronicle.world = stage_new(scenario, report->seed, &report->trace);
    chronicle.tales = g_new0(struct tale, scenario->node_count + 1);
    chronicle.rules = g_new0(struct rule, scenario->node_count + 1);
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        chronicle.tales[i].with = NO_INDEX;
        chronicle.rules[i] = (struct rule){.asker = -1,
                                           .id_changed = TRACE_ABSENT,
                                           .role_changed = TRACE_ABSENT,
                                           .promoted = TRACE_ABSENT,
                                           .fork_ns = TRACE_ABSENT};
    }
    tell_all(&chronicle);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        stage_end_node(chronicle.world, &chronicle.world->nodes[i], chronicle.tales[i].is_online);
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        report->results[i] = expect_check(report->world, &scenario->expects[i]);
        report->failed += !report->results[i].held;
    }
    g_free(chronicle.tales);
    g_free(chronicle.rules);
}
