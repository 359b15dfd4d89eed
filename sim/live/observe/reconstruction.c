/* See reconstruction.h.
 *
 * Each side says its part: the wire what was asked and answered, the replica's log when it dialled,
 * lost, loaded, the master's log what it decided and whom it dropped. A drop has its reason in a
 * line before the line that says it. The record
 * of the run is made of the events, as that of a simulated one.
 */
#include "sim/live/observe/reconstruction_inside.h"
#include <string.h>
#include "models/server/backlog.h"

const struct observation *reconstruction_observation(const struct reconstruction *reconstruction,
                                                     guint index)
{
    return &g_array_index(reconstruction->observations->list, struct observation, index);
}

struct seen_node *reconstruction_node(const struct reconstruction *reconstruction, int32_t node)
{
    return &reconstruction->nodes[node];
}

bool reconstruction_is_emitted(const struct reconstruction *reconstruction)
{
    return reconstruction->now >= 0;
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
    int64_t now = reconstruction->now;
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
        if (after->t - reconstruction->now > MOMENT_NS)
            break;
        if (after->kind == kind && after->node == node)
            return true;
    }
    return false;
}

bool reconstruction_is_now(const struct reconstruction *reconstruction, int64_t t)
{
    return t != TRACE_ABSENT && reconstruction->now - t < MOMENT_NS;
}

/* ---- what several kinds of observation have in common ---- */

void reconstruction_lose(struct reconstruction *reconstruction, struct seen_node *node,
                         enum drop drop)
{
    attempt_lost(&node->attempt, reconstruction->now, drop);
    node->is_down = true;
}

void reconstruction_fail(struct reconstruction *reconstruction, struct seen_node *node,
                         enum drop drop)
{
    node->attempt.event.sent_bytes = node->attempt.event.payload_bytes;
    node->attempt.event.stale_ns = 0;
    attempt_failed(&node->attempt, reconstruction->trace, reconstruction->now,
                   (int32_t)(node - reconstruction->nodes), drop);
}

int64_t reconstruction_hard_limit(const struct seen_node *master)
{
    struct backlog backlog = {.size = master->config.backlog_bytes};
    return backlog_hard_limit(&backlog, master->profile, master->config.limit.hard_bytes);
}

void reconstruction_note_buffer(struct seen_node *node, const struct seen_node *master,
                                int64_t bytes)
{
    struct event_resync *resync = &node->attempt.event;
    node->buffer_limit = reconstruction_hard_limit(master);
    node->buffer_peak = MAX(node->buffer_peak, bytes);
    if (node->attempt.is_open)
        resync->buffer_peak_bytes = MAX(resync->buffer_peak_bytes, bytes);
}

/* ---- ids, backlogs, roles, processes ---- */

void reconstruction_new_backlog(struct reconstruction *reconstruction,
                                const struct observation *observation)
{
    const struct seen_node *node = reconstruction_node(reconstruction, observation->node);
    const struct observation *range =
        reconstruction_nearest(reconstruction, SEEN_RANGE, observation->node);
    TELL(reconstruction, identity, observation->node, e->why = ID_BACKLOG,
         e->replid = observation->text);
    TELL(reconstruction, backlog, observation->node, e->what = "created",
         e->first = range == NULL || range->c < 0 ? TRACE_ABSENT : range->b,
         e->size_bytes = node->config.backlog_bytes);
}

void reconstruction_freed_backlog(struct reconstruction *reconstruction,
                                  const struct observation *observation)
{
    TELL(reconstruction, backlog, observation->node, e->what = "freed",
         e->size_bytes =
             reconstruction_node(reconstruction, observation->node)->config.backlog_bytes);
}

void reconstruction_shifted(struct reconstruction *reconstruction,
                            const struct observation *observation)
{
    bool is_ordered = reconstruction_is_now(reconstruction,
                                            reconstruction->rules[observation->node].role_changed);
    TELL(reconstruction, identity, observation->node,
         e->why = is_ordered ? ID_PROMOTION : ID_FAILOVER, e->replid = observation->text,
         e->replid2 = observation->more, e->second_offset = observation->a);
}

void reconstruction_promoted(struct reconstruction *reconstruction,
                             const struct observation *observation)
{
    struct seen_node *node = reconstruction_node(reconstruction, observation->node);
    reconstruction->rules[observation->node].promoted = reconstruction->now;
    if (node->master >= 0)
        TELL(reconstruction, role, observation->node, e->role = "master");
    node->master = -1;
    reconstruction->tales[observation->node].is_online = false;
}

/* At t = 0 it has been up for a while: what was seen before counts, since its writers begin now. */
void reconstruction_up(struct reconstruction *reconstruction, const struct observation *observation)
{
    struct seen_node *node = reconstruction_node(reconstruction, observation->node);
    const struct observation *range =
        reconstruction->now == 0
            ? reconstruction_before(reconstruction, SEEN_RANGE, observation->node)
            : reconstruction_nearest(reconstruction, SEEN_RANGE, observation->node);
    node->is_up = true;
    if (!reconstruction_is_emitted(reconstruction))
        return;
    bool is_online = reconstruction->tales[observation->node].is_online;
    TELL(reconstruction, up, observation->node, e->role = node->master < 0 ? "master" : "replica",
         e->replid = range == NULL ? NULL : range->text,
         e->offset = range == NULL ? TRACE_ABSENT : range->a, e->master = node->master,
         e->is_linked = is_online);
    node->is_down = node->is_down || (node->master >= 0 && !is_online);
}

void reconstruction_down(struct reconstruction *reconstruction,
                         const struct observation *observation)
{
    struct seen_node *node = reconstruction_node(reconstruction, observation->node);
    struct tale *tale = &reconstruction->tales[observation->node];
    TELL(reconstruction, down, observation->node,
         e->how = observation->a != 0 ? "shutdown" : "crash", e->saved = observation->b);
    if (node->master >= 0 && !node->is_down)
        reconstruction_lose(reconstruction, node, DROP_CRASHED);
    reconstruction_fail(reconstruction, node, DROP_CRASHED);
    node->attempt.is_open = node->is_up = false;
    tale->is_online = tale->is_dialling = tale->is_established = false;
}

static void took_config(struct reconstruction *reconstruction, struct seen_node *node,
                        const struct observation *observation)
{
    int directive = (int)observation->event.config.setting;
    config_set(&node->config, directive, observation->event.config.value);
    const struct observation *range =
        reconstruction_nearest(reconstruction, SEEN_RANGE, observation->node);
    if (directive == CONFIG_backlog_bytes && range != NULL && range->c >= 0)
        TELL(reconstruction, backlog, observation->node, e->what = "resized", e->first = range->b,
             e->size_bytes = node->config.backlog_bytes);
}

/* The moment in which a node is told another role. */
static bool is_order(const struct reconstruction *reconstruction,
                     const struct observation *observation)
{
    enum fault_kind kind = reconstruction->scenario->faults[observation->event.fault.index].kind;
    return kind == FAULT_PROMOTE || kind == FAULT_REPLICAOF;
}

static void became_replica(struct reconstruction *reconstruction, struct seen_node *node,
                           const struct observation *observation)
{
    if (reconstruction_is_emitted(reconstruction) && node->master < 0 && !node->is_down)
        reconstruction_lose(reconstruction, node, DROP_ROLE_CHANGED);
    node->master = observation->event.role.master;
    reconstruction->rules[observation->node].role_changed = reconstruction->now;
}

void reconstruction_event(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    struct event event = observation->event;
    event.t = reconstruction->now;
    if (reconstruction_is_emitted(reconstruction))
        trace_emit(reconstruction->trace, &event);
    if (event.kind == EVENT_FAULT && event.node >= 0 && is_order(reconstruction, observation))
        reconstruction->rules[event.node].role_changed = reconstruction->now;
    else if (event.kind == EVENT_CONFIG)
        took_config(reconstruction, reconstruction_node(reconstruction, observation->node),
                    observation);
    else if (event.kind == EVENT_ROLE)
        became_replica(reconstruction, reconstruction_node(reconstruction, observation->node),
                       observation);
}

/* ---- heartbeats and polls ---- */

void reconstruction_ping(struct reconstruction *reconstruction,
                         const struct observation *observation)
{
    struct rule *rule = &reconstruction->rules[observation->peer];
    if (reconstruction_node(reconstruction, observation->peer)->master >= 0 ||
        observation->a <= rule->last_ping)
        return;
    rule->last_ping = observation->a;
    TELL(reconstruction, ping, observation->peer, e->offset = observation->a);
}

void reconstruction_ack(struct reconstruction *reconstruction,
                        const struct observation *observation)
{
    reconstruction->tales[observation->node].phase = MASTER_ONLINE;
    TELL(reconstruction, ack, observation->peer, e->replica = observation->node,
         e->offset = observation->a);
}

void reconstruction_range(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    struct seen_node *node = reconstruction_node(reconstruction, observation->node);
    if (observation->a < 0)
        return;
    g_strlcpy(node->id, observation->text, sizeof node->id);
    node->offset = observation->a;
    node->backlog_first = observation->b;
    node->backlog_bytes = observation->c;
}

void reconstruction_buffer(struct reconstruction *reconstruction,
                           const struct observation *observation)
{
    reconstruction->tales[observation->peer].buffer = observation->a;
    if (reconstruction_is_emitted(reconstruction))
        reconstruction_note_buffer(reconstruction_node(reconstruction, observation->peer),
                                   reconstruction_node(reconstruction, observation->node),
                                   observation->a);
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

/* t = 0: what was under way before does not count. */
static void begin(struct reconstruction *reconstruction)
{
    for (uint32_t i = 0; i < reconstruction->scenario->node_count; i++) {
        struct seen_node *node = &reconstruction->nodes[i];
        attempt_init(&node->attempt);
        node->is_down = false;
        node->buffer_peak = node->buffer_limit = 0;
    }
}

static void tell_all(struct reconstruction *reconstruction)
{
    int64_t end = reconstruction->scenario->duration;
    bool has_begun = false;
    for (reconstruction->at = 0; reconstruction->at < reconstruction->observations->list->len;
         reconstruction->at++) {
        const struct observation *observation =
            reconstruction_observation(reconstruction, reconstruction->at);
        if (observation->t >= end)
            break;
        if (observation->t >= 0 && !has_begun)
            begin(reconstruction);
        has_begun = has_begun || observation->t >= 0;
        reconstruction->now = observation->t;
        if (TELLS[observation->kind] != NULL)
            TELLS[observation->kind](reconstruction, observation);
    }
    reconstruction->now = end;
}

static const struct seen_node *top_of(const struct reconstruction *reconstruction,
                                      const struct seen_node *node)
{
    for (uint32_t i = 0; node->master >= 0 && i < reconstruction->scenario->node_count; i++)
        node = &reconstruction->nodes[node->master];
    return node;
}

/* Whether its data are of the top master's history, by its id. */
static bool is_of(const struct seen_node *node, const struct seen_node *top)
{
    return strcmp(node->id, top->id) == 0;
}

static void end_node(struct reconstruction *reconstruction, int32_t index)
{
    const struct seen_node *node = &reconstruction->nodes[index],
                           *top = top_of(reconstruction, node);
    const struct seen_node *master = node->master < 0 ? node : &reconstruction->nodes[node->master];
    bool is_replica = node->master >= 0;
    bool is_online = is_replica && node->is_up && reconstruction->tales[index].is_online;
    bool is_good = !node->is_up || !is_replica ||
                   (is_online && master->is_up && is_of(node, top) && is_of(master, top) &&
                    node->offset <= master->offset);
    bool is_prefix = is_of(node, top) && node->offset <= top->offset;
    trace_end(reconstruction->trace, reconstruction->now, index,
              &(struct event_end){
                  .master = node->master,
                  .is_up = node->is_up,
                  .is_online = is_online,
                  .is_promised = node->attempt.is_open && node->attempt.is_decided,
                  .is_consistent = is_good,
                  .is_identical = is_good,
                  .state = is_replica && reconstruction->tales[index].is_online ? REPLICA_CONNECTED
                                                                                : REPLICA_NONE,
                  .offset = node->offset,
                  .behind = is_prefix ? top->offset - node->offset : TRACE_ABSENT,
                  .buffer_peak_bytes = node->buffer_peak,
                  .buffer_limit_bytes = node->buffer_limit,
                  .backlog_first = node->backlog_bytes < 0 ? TRACE_ABSENT : node->backlog_first,
                  .backlog_bytes = node->backlog_bytes,
                  .config = &node->config,
              });
}

static void init_node(struct seen_node *node, const struct scenario_node *spec)
{
    *node = (struct seen_node){.profile = spec->profile,
                               .config = spec->config,
                               .master = spec->begin == BEGIN_ALONE ? -1 : spec->replicaof,
                               .backlog_bytes = -1};
    attempt_init(&node->attempt);
}

void reconstruction_emit(struct report *report, struct observations *observations, int64_t zero)
{
    const struct scenario *scenario = report->scenario;
    struct reconstruction reconstruction = {.scenario = scenario,
                                            .trace = &report->trace,
                                            .now = INT64_MIN / 4,
                                            .observations = observations};
    observations_sort(observations, zero);
    reconstruction.nodes = g_new0(struct seen_node, scenario->node_count + 1);
    reconstruction.tales = g_new0(struct tale, scenario->node_count + 1);
    reconstruction.rules = g_new0(struct rule, scenario->node_count + 1);
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        init_node(&reconstruction.nodes[i], &scenario->nodes[i]);
        reconstruction.tales[i].with = -1;
        reconstruction.rules[i] = (struct rule){.asker = -1,
                                                .id_changed = TRACE_ABSENT,
                                                .role_changed = TRACE_ABSENT,
                                                .promoted = TRACE_ABSENT,
                                                .fork_ns = TRACE_ABSENT};
    }
    tell_all(&reconstruction);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        end_node(&reconstruction, (int32_t)i);
    g_free(reconstruction.nodes);
    g_free(reconstruction.tales);
    g_free(reconstruction.rules);
}
