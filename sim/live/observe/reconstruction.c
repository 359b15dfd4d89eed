/* See reconstruction.h.
 *
 * Each side says its part: the wire what was asked and answered, the replica's log when it dialled,
 * lost, loaded, the master's log what it decided and whom it dropped. A drop has its reason in a
 * line before the line that says it. The record
 * of the run is made of the events, as that of a simulated one.
 */
#include "sim/live/observe/reconstruction_inside.h"
#include <string.h>
#include "models/server/limit.h"

const struct observation *reconstruction_observation(const struct reconstruction *self, guint index)
{
    return &g_array_index(self->observations->list, struct observation, index);
}

const struct observation *reconstruction_before(const struct reconstruction *self,
                                                enum observation_kind kind, int32_t node)
{
    for (guint i = self->at; i > 0; i--) {
        const struct observation *before = reconstruction_observation(self, i - 1);
        if (before->kind == kind && before->node == node)
            return before;
    }
    return NULL;
}

const struct observation *reconstruction_nearest(const struct reconstruction *self,
                                                 enum observation_kind kind, int32_t node)
{
    const struct observation *best = NULL;
    int64_t now = self->now;
    for (guint i = self->at; i > 0 && now - reconstruction_observation(self, i - 1)->t <= NEAR_NS;
         i--) {
        best = reconstruction_observation(self, i - 1);
        if (best->kind == kind && best->node == node)
            break;
        best = NULL;
    }
    for (guint i = self->at; i < self->observations->list->len; i++) {
        const struct observation *after = reconstruction_observation(self, i);
        if (after->t - now > (best == NULL ? NEAR_NS : now - best->t))
            break;
        if (after->kind == kind && after->node == node)
            return after;
    }
    return best;
}

bool reconstruction_follows(const struct reconstruction *self, int32_t node,
                            enum observation_kind kind)
{
    for (guint i = self->at; i < self->observations->list->len; i++) {
        const struct observation *after = reconstruction_observation(self, i);
        if (after->t - self->now > MOMENT_NS)
            break;
        if (after->kind == kind && after->node == node)
            return true;
    }
    return false;
}

bool reconstruction_is_now(const struct reconstruction *self, int64_t t)
{
    return t != TRACE_ABSENT && self->now - t < MOMENT_NS;
}

/* ---- what several kinds of observation have in common ---- */

void reconstruction_lose(struct reconstruction *self, struct seen_node *node, enum drop drop)
{
    attempt_lost(&node->attempt, self->now, drop);
    node->is_down = true;
}

void reconstruction_fail(struct reconstruction *self, struct seen_node *node, enum drop drop)
{
    node->attempt.event.sent_bytes = node->attempt.event.payload_bytes;
    node->attempt.event.stale_ns = 0;
    attempt_failed(&node->attempt, self->trace, self->now, (int32_t)(node - self->nodes), drop);
}

int64_t reconstruction_hard_limit(const struct seen_node *master)
{
    return limit_in_force(&master->config.limit, master->profile, master->config.backlog_bytes)
        .hard_bytes;
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

void reconstruction_new_backlog(struct reconstruction *self, const struct observation *observation)
{
    const struct seen_node *node = &self->nodes[observation->node];
    const struct observation *range = reconstruction_nearest(self, SEEN_RANGE, observation->node);
    EMIT(self, identity, observation->node, e->why = ID_BACKLOG, e->replid = observation->text);
    EMIT(self, backlog, observation->node, e->what = "created",
         e->first = range == NULL || range->c < 0 ? TRACE_ABSENT : range->b,
         e->size_bytes = node->config.backlog_bytes);
}

void reconstruction_freed_backlog(struct reconstruction *self,
                                  const struct observation *observation)
{
    EMIT(self, backlog, observation->node, e->what = "freed",
         e->size_bytes = self->nodes[observation->node].config.backlog_bytes);
}

void reconstruction_shifted(struct reconstruction *self, const struct observation *observation)
{
    bool is_ordered = reconstruction_is_now(self, self->rules[observation->node].role_changed);
    EMIT(self, identity, observation->node, e->why = is_ordered ? ID_PROMOTION : ID_FAILOVER,
         e->replid = observation->text, e->replid2 = observation->more,
         e->second_offset = observation->a);
}

void reconstruction_promoted(struct reconstruction *self, const struct observation *observation)
{
    struct seen_node *node = &self->nodes[observation->node];
    self->rules[observation->node].promoted = self->now;
    if (node->master >= 0)
        EMIT(self, role, observation->node, e->role = "master");
    node->master = -1;
    self->tales[observation->node].is_online = false;
}

/* At t = 0 it has been up for a while: what was seen before counts, since its writers begin now. */
void reconstruction_up(struct reconstruction *self, const struct observation *observation)
{
    struct seen_node *node = &self->nodes[observation->node];
    const struct observation *range =
        self->now == 0 ? reconstruction_before(self, SEEN_RANGE, observation->node)
                       : reconstruction_nearest(self, SEEN_RANGE, observation->node);
    node->is_up = true;
    if (self->now < 0)
        return;
    bool is_online = self->tales[observation->node].is_online;
    EMIT(self, up, observation->node, e->role = node->master < 0 ? "master" : "replica",
         e->replid = range == NULL ? NULL : range->text,
         e->offset = range == NULL ? TRACE_ABSENT : range->a, e->master = node->master,
         e->is_linked = is_online);
    node->is_down = node->is_down || (node->master >= 0 && !is_online);
}

void reconstruction_down(struct reconstruction *self, const struct observation *observation)
{
    struct seen_node *node = &self->nodes[observation->node];
    struct tale *tale = &self->tales[observation->node];
    EMIT(self, down, observation->node, e->how = observation->a != 0 ? "shutdown" : "crash",
         e->saved = observation->b);
    if (node->master >= 0 && !node->is_down)
        reconstruction_lose(self, node, DROP_CRASHED);
    reconstruction_fail(self, node, DROP_CRASHED);
    node->attempt.is_open = node->is_up = false;
    tale->is_online = tale->is_dialling = tale->is_established = false;
}

static void took_config(struct reconstruction *self, struct seen_node *node,
                        const struct observation *observation)
{
    int directive = (int)observation->event.config.setting;
    config_set(&node->config, directive, observation->event.config.value);
    const struct observation *range = reconstruction_nearest(self, SEEN_RANGE, observation->node);
    if (directive == CONFIG_backlog_bytes && range != NULL && range->c >= 0)
        EMIT(self, backlog, observation->node, e->what = "resized", e->first = range->b,
             e->size_bytes = node->config.backlog_bytes);
}

/* The time at which a node gets another role. */
static bool is_order(const struct reconstruction *self, const struct observation *observation)
{
    enum fault_kind kind = self->scenario->faults[observation->event.fault.index].kind;
    return kind == FAULT_PROMOTE || kind == FAULT_REPLICAOF;
}

static void became_replica(struct reconstruction *self, struct seen_node *node,
                           const struct observation *observation)
{
    if (self->now >= 0 && node->master < 0 && !node->is_down)
        reconstruction_lose(self, node, DROP_ROLE_CHANGED);
    node->master = observation->event.role.master;
    self->rules[observation->node].role_changed = self->now;
}

void reconstruction_event(struct reconstruction *self, const struct observation *observation)
{
    struct event event = observation->event;
    event.t = self->now;
    if (self->now >= 0)
        trace_emit(self->trace, &event);
    if (event.kind == EVENT_FAULT && event.node >= 0 && is_order(self, observation))
        self->rules[event.node].role_changed = self->now;
    else if (event.kind == EVENT_CONFIG)
        took_config(self, &self->nodes[observation->node], observation);
    else if (event.kind == EVENT_ROLE)
        became_replica(self, &self->nodes[observation->node], observation);
}

/* ---- heartbeats and polls ---- */

void reconstruction_ping(struct reconstruction *self, const struct observation *observation)
{
    struct rule *rule = &self->rules[observation->peer];
    if (self->nodes[observation->peer].master >= 0 || observation->a <= rule->last_ping)
        return;
    rule->last_ping = observation->a;
    EMIT(self, ping, observation->peer, e->offset = observation->a);
}

void reconstruction_ack(struct reconstruction *self, const struct observation *observation)
{
    self->tales[observation->node].phase = MASTER_ONLINE;
    EMIT(self, ack, observation->peer, e->replica = observation->node, e->offset = observation->a);
}

void reconstruction_range(struct reconstruction *self, const struct observation *observation)
{
    struct seen_node *node = &self->nodes[observation->node];
    if (observation->a < 0)
        return;
    g_strlcpy(node->id, observation->text, sizeof node->id);
    node->offset = observation->a;
    node->backlog_first = observation->b;
    node->backlog_bytes = observation->c;
}

void reconstruction_buffer(struct reconstruction *self, const struct observation *observation)
{
    self->tales[observation->peer].buffer = observation->a;
    if (self->now >= 0)
        reconstruction_note_buffer(&self->nodes[observation->peer], &self->nodes[observation->node],
                                   observation->a);
}

/* ---- all of it ---- */

/* Other observations are looked for when one of these needs them. */
void reconstruction_ignore(struct reconstruction *self, const struct observation *observation)
{
    (void)self;
    (void)observation;
}

static void (*const HANDLERS[OBSERVATION_COUNT])(struct reconstruction *,
                                                 const struct observation *) = {
#define OBSERVATION(name, handler, from, what) [SEEN_##name] = reconstruction_##handler,
#include "sim/live/observe/observation.def"
#undef OBSERVATION
};

/* t = 0: what was under way before does not count. */
static void begin(struct reconstruction *self)
{
    for (uint32_t i = 0; i < self->scenario->node_count; i++) {
        struct seen_node *node = &self->nodes[i];
        attempt_init(&node->attempt);
        node->is_down = false;
        node->buffer_peak = node->buffer_limit = 0;
    }
}

static void emit_all(struct reconstruction *self)
{
    int64_t end = self->scenario->duration;
    bool has_begun = false;
    for (self->at = 0; self->at < self->observations->list->len; self->at++) {
        const struct observation *observation = reconstruction_observation(self, self->at);
        if (observation->t >= end)
            break;
        if (observation->t >= 0 && !has_begun)
            begin(self);
        has_begun = has_begun || observation->t >= 0;
        self->now = observation->t;
        HANDLERS[observation->kind](self, observation);
    }
    self->now = end;
}

static const struct seen_node *top_of(const struct reconstruction *self,
                                      const struct seen_node *node)
{
    for (uint32_t i = 0; node->master >= 0 && i < self->scenario->node_count; i++)
        node = &self->nodes[node->master];
    return node;
}

/* Whether its data are of the top master's history, by its id. */
static bool is_of(const struct seen_node *node, const struct seen_node *top)
{
    return strcmp(node->id, top->id) == 0;
}

static void end_node(struct reconstruction *self, int32_t index)
{
    const struct seen_node *node = &self->nodes[index], *top = top_of(self, node);
    const struct seen_node *master = node->master < 0 ? node : &self->nodes[node->master];
    bool is_replica = node->master >= 0;
    bool is_online = is_replica && node->is_up && self->tales[index].is_online;
    bool is_good = !node->is_up || !is_replica ||
                   (is_online && master->is_up && is_of(node, top) && is_of(master, top) &&
                    node->offset <= master->offset);
    bool is_prefix = is_of(node, top) && node->offset <= top->offset;
    trace_end(
        self->trace, self->now, index,
        &(struct event_end){
            .master = node->master,
            .is_up = node->is_up,
            .is_online = is_online,
            .is_promised = node->attempt.is_open && node->attempt.is_decided,
            .is_consistent = is_good,
            .is_identical = is_good,
            .state = is_replica && self->tales[index].is_online ? REPLICA_CONNECTED : REPLICA_NONE,
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
    struct reconstruction self = {.scenario = scenario,
                                  .trace = &report->trace,
                                  .now = INT64_MIN / 4,
                                  .observations = observations};
    observations_sort(observations, zero);
    self.nodes = g_new0(struct seen_node, scenario->node_count + 1);
    self.tales = g_new0(struct tale, scenario->node_count + 1);
    self.rules = g_new0(struct rule, scenario->node_count + 1);
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        init_node(&self.nodes[i], &scenario->nodes[i]);
        self.tales[i].with = -1;
        self.rules[i] = (struct rule){.asker = -1,
                                      .id_changed = TRACE_ABSENT,
                                      .role_changed = TRACE_ABSENT,
                                      .promoted = TRACE_ABSENT,
                                      .fork_ns = TRACE_ABSENT};
    }
    emit_all(&self);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        end_node(&self, (int32_t)i);
    g_free(self.nodes);
    g_free(self.tales);
    g_free(self.rules);
}
