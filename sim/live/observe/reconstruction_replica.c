/* The replica's part: what its log and the wire say of its link and its synchronisations. See
 * reconstruction.h. */
#include "sim/live/observe/reconstruction_inside.h"

/* An old master that hands over dials without an order of ours: whom, its request says. */
static void became_replica_by_failover(struct reconstruction *self, int32_t index)
{
    struct seen_node *node = &self->nodes[index];
    for (guint i = self->at; i < self->observations->list->len; i++) {
        const struct observation *after = reconstruction_observation(self, i);
        if (after->kind != SEEN_ASK || after->node != index)
            continue;
        if (self->now >= 0 && !node->is_down)
            reconstruction_lose(self, node, DROP_ROLE_CHANGED);
        node->master = after->peer;
        EMIT(self, role, index, e->role = "replica", e->master = after->peer);
        return;
    }
}

void reconstruction_dials(struct reconstruction *self, const struct observation *observation)
{
    struct seen_node *node = &self->nodes[observation->node];
    struct tale *tale = &self->tales[observation->node];
    if (node->master < 0)
        became_replica_by_failover(self, observation->node);
    tale->is_dialling = true;
    tale->is_established = false;
    tale->own_word = DROP_NONE;
    tale->with = node->master;
    if (self->now < 0)
        return;
    EMIT(self, connect, observation->node, e->master = node->master);
    node->attempt.event.dialled_ns = self->now;
}

/* The attempt, or the link, ended. */
static void emit_end(struct reconstruction *self, int32_t index, enum drop drop)
{
    struct seen_node *node = &self->nodes[index];
    struct tale *tale = &self->tales[index];
    bool was_online = tale->is_online;
    tale->is_online = tale->is_dialling = false;
    tale->own_word = DROP_NONE;
    if (self->now < 0)
        return;
    if (was_online || tale->is_established)
        EMIT(self, drop, index, e->peer = tale->with, e->why = drop,
             e->phase = was_online ? "online" : "sync", e->is_at_master = false);
    else
        EMIT(self, connect_failed, index, e->master = tale->with, e->why = drop);
    tale->is_established = false;
    if (node->attempt.event.payload_ns != TRACE_ABSENT)
        node->attempt.event.payload_bytes = tale->moved;
    reconstruction_fail(self, node, drop);
    if (was_online)
        reconstruction_lose(self, node, drop);
}

void reconstruction_refused(struct reconstruction *self, const struct observation *observation)
{
    self->tales[observation->node].is_established = false;
    emit_end(self, observation->node, DROP_REFUSED);
}

void reconstruction_timed_out(struct reconstruction *self, const struct observation *observation)
{
    struct tale *tale = &self->tales[observation->node];
    if (observation->a == DROP_TIMEOUT_MASTER) {
        tale->own_word = DROP_TIMEOUT_MASTER; /* "lost" follows */
        return;
    }
    tale->is_established = true;
    emit_end(self, observation->node, (enum drop)observation->a);
}

void reconstruction_lost_master(struct reconstruction *self, const struct observation *observation)
{
    struct tale *tale = &self->tales[observation->node];
    bool is_ordered = reconstruction_is_now(self, self->rules[observation->node].role_changed) ||
                      reconstruction_follows(self, observation->node, SEEN_PROMOTED);
    if (!tale->is_online)
        return;
    emit_end(self, observation->node,
             is_ordered                    ? DROP_ROLE_CHANGED
             : tale->own_word != DROP_NONE ? tale->own_word
                                           : DROP_LOST);
}

void reconstruction_sync_failed(struct reconstruction *self, const struct observation *observation)
{
    struct tale *tale = &self->tales[observation->node];
    if (!tale->is_dialling && !tale->is_established)
        return;
    tale->is_established = true;
    emit_end(self, observation->node, (enum drop)observation->a);
}

void reconstruction_ask(struct reconstruction *self, const struct observation *observation)
{
    struct seen_node *node = &self->nodes[observation->node];
    struct tale *tale = &self->tales[observation->node];
    tale->is_established = true;
    tale->with = observation->peer;
    tale->payload_bytes = tale->moved = 0;
    tale->is_sent = false;
    tale->flushed = tale->loads = TRACE_ABSENT;
    if (self->now < 0)
        return;
    EMIT(self, ask, observation->node, e->master = observation->peer,
         e->asked_id = observation->text, e->asked_offset = observation->a);
    attempt_ask(&node->attempt, self->now, observation->peer, observation->text, observation->a);
}

void reconstruction_answered(struct reconstruction *self, const struct observation *observation)
{
    self->nodes[observation->node].attempt.event.answered_ns = self->now;
}

/* What it cost, as account_online (sim/world) has it. */
static void count_sent(const struct reconstruction *self, struct seen_node *node, bool is_partial)
{
    struct event_resync *resync = &node->attempt.event;
    int32_t whose = resync->master >= 0 ? resync->master : node->master; /* asked before t = 0 */
    if (whose < 0)
        return;
    const struct seen_node *master = &self->nodes[whose];
    if (is_partial)
        resync->spare_bytes = attempt_spare(&node->attempt, master->config.backlog_bytes);
    else
        resync->owed_bytes = MAX(0, master->offset - node->attempt.snapshot_offset);
    resync->sent_bytes = resync->payload_bytes + resync->owed_bytes;
    resync->stale_ns = 0;
}

static void online(struct reconstruction *self, int32_t index, bool is_partial, int64_t offset)
{
    struct seen_node *node = &self->nodes[index];
    struct tale *tale = &self->tales[index];
    tale->is_online = true;
    tale->is_dialling = false;
    node->offset = offset;
    if (self->now < 0)
        return;
    count_sent(self, node, is_partial);
    attempt_online(&node->attempt, self->trace, self->now, index);
    node->is_down = false;
    EMIT(self, online, index, e->master = node->master,
         e->kind = is_partial ? REASON_KIND_PARTIAL : REASON_KIND_FULL, e->offset = offset);
}

void reconstruction_continued(struct reconstruction *self, const struct observation *observation)
{
    const struct attempt *attempt = &self->nodes[observation->node].attempt;
    online(self, observation->node, true, MAX(attempt->event.asked_offset - 1, 0));
}

void reconstruction_flushes(struct reconstruction *self, const struct observation *observation)
{
    struct seen_node *node = &self->nodes[observation->node];
    struct tale *tale = &self->tales[observation->node];
    tale->flushed = self->now;
    node->attempt.event.received_ns = self->now;
    EMIT(self, received, observation->node, e->master = node->master,
         e->payload_bytes = tale->payload_bytes);
    self->rules[observation->node].id_changed = self->now;
}

void reconstruction_loads(struct reconstruction *self, const struct observation *observation)
{
    self->tales[observation->node].loads = self->now;
}

void reconstruction_loaded(struct reconstruction *self, const struct observation *observation)
{
    struct tale *tale = &self->tales[observation->node];
    int64_t now = self->now;
    bool is_timed = tale->flushed != TRACE_ABSENT && tale->loads != TRACE_ABSENT;
    EMIT(self, loaded, observation->node,
         e->flush_ns = is_timed ? tale->loads - tale->flushed : TRACE_ABSENT,
         e->load_ns = is_timed ? now - tale->loads : TRACE_ABSENT);
    online(self, observation->node, false, tale->full_offset);
}

void reconstruction_took_id(struct reconstruction *self, const struct observation *observation)
{
    self->rules[observation->node].id_changed = self->now;
    const struct observation *range = reconstruction_nearest(self, SEEN_RANGE, observation->node);
    EMIT(self, identity, observation->node, e->why = ID_CONTINUED, e->replid = observation->text,
         e->second_offset = range == NULL ? TRACE_ABSENT : range->a + 1);
}
