/* The master's part: decisions, full synchronisations, whom it drops and why. See reconstruction.h. */
#include "sim/live/observe/reconstruction_inside.h"
#include <string.h>

/* ---- decisions ---- */

static void answer(struct reconstruction *self, int32_t master, int32_t replica, enum reason reason)
{
    struct seen_node *node = &self->nodes[replica];
    struct attempt *attempt = &node->attempt;
    const struct observation *range = reconstruction_nearest(self, SEEN_RANGE, master);
    enum reason_kind kind = reason_kind(reason);
    int64_t offset = range == NULL ? TRACE_ABSENT : range->a;
    bool has_backlog = range != NULL && range->c >= 0;
    int64_t first = has_backlog ? range->b : TRACE_ABSENT;
    if (self->now < 0)
        return;
    EMIT(self, answer, master, e->replica = replica, e->kind = kind, e->reason = reason,
         e->asked_id = attempt->asked_id, e->asked_offset = attempt->event.asked_offset,
         e->offset = offset, e->backlog_first = first,
         e->backlog_bytes = has_backlog ? range->c : 0);
    if (kind == REASON_KIND_ERROR)
        return;
    attempt_decided(attempt, kind, reason);
    attempt->event.backlog_first = first;
    attempt->event.backlog_bytes = has_backlog ? range->c : TRACE_ABSENT;
}

static int32_t asker_of(struct reconstruction *self, const struct observation *observation)
{
    return observation->peer >= 0 ? observation->peer : self->rules[observation->node].asker;
}

void reconstruction_asked(struct reconstruction *self, const struct observation *observation)
{
    self->rules[observation->node].asker = observation->peer;
}

/* "for lack of backlog" has three causes, between which the log does not distinguish. */
static enum reason lack_of_backlog(struct reconstruction *self,
                                   const struct observation *observation)
{
    const struct observation *range = reconstruction_before(self, SEEN_RANGE, observation->node);
    if (range == NULL || range->c < 0)
        return REASON_NO_BACKLOG;
    const struct observation *near = reconstruction_nearest(self, SEEN_RANGE, observation->node);
    int64_t offset = near != NULL && near->a > range->a ? near->a : range->a;
    return observation->b > offset + 1 ? REASON_OFFSET_AHEAD : REASON_BACKLOG_PASSED;
}

void reconstruction_decides(struct reconstruction *self, const struct observation *observation)
{
    int32_t replica = asker_of(self, observation);
    enum reason reason = (enum reason)observation->a;
    if (replica < 0)
        return;
    if (reason == REASON_BACKLOG_PASSED)
        reason = lack_of_backlog(self, observation);
    self->tales[replica].phase = MASTER_WAIT_START;
    answer(self, observation->node, replica, reason);
}

/* The id in +CONTINUE is the master's: another than the one that was asked for is its second one.
 */
static enum reason continues_under(const struct reconstruction *self, int32_t replica,
                                   const char *asked_id)
{
    const struct observation *reply = reconstruction_nearest(self, SEEN_REPLY, replica);
    const char *id = reply == NULL ? NULL : strchr(reply->text, ' ');
    bool is_other = id != NULL && !history_same_id(id + 1, asked_id);
    return is_other ? REASON_ACCEPTED_SECOND_ID : REASON_ACCEPTED;
}

void reconstruction_grants(struct reconstruction *self, const struct observation *observation)
{
    int32_t replica = asker_of(self, observation);
    if (replica < 0)
        return;
    struct attempt *attempt = &self->nodes[replica].attempt;
    self->tales[replica].phase = MASTER_ONLINE;
    answer(self, observation->node, replica, continues_under(self, replica, attempt->asked_id));
    attempt->event.owed_bytes = observation->a;
}

/* Full synchronisations of those that hold nothing are not in the log of all versions. */
void reconstruction_reply(struct reconstruction *self, const struct observation *observation)
{
    struct tale *tale = &self->tales[observation->node];
    struct attempt *attempt = &self->nodes[observation->node].attempt;
    if (strncmp(observation->text, "+FULLRESYNC", 11) == 0) {
        tale->full_offset = attempt->snapshot_offset = observation->a;
        tale->phase = MASTER_WAIT_END;
        if (!attempt->is_decided)
            answer(self, observation->peer, observation->node, REASON_FULL_REQUESTED);
    } else if (observation->text[0] == '-') {
        bool is_later = strncmp(observation->text, "-NOMASTERLINK", 13) == 0;
        answer(self, observation->peer, observation->node,
               is_later ? REASON_NO_MASTER_LINK : REASON_PENDING_OUTPUT);
    }
}

/* ---- full synchronisations ---- */

void reconstruction_save_begins(struct reconstruction *self, const struct observation *observation)
{
    struct rule *rule = &self->rules[observation->node];
    const struct observation *fork = NULL;
    int64_t replicas = 0, offset = TRACE_ABSENT;
    rule->is_saving = true;
    rule->is_socket = observation->a == 1;
    rule->save_began = self->now;
    rule->copied = TRACE_ABSENT;
    guint first = self->at; /* the answer may be seen before the line about the child */
    while (first > 0 && self->now - reconstruction_observation(self, first - 1)->t < MOMENT_NS)
        first--;
    for (guint i = first; i < self->observations->list->len; i++) {
        const struct observation *after = reconstruction_observation(self, i);
        if (after->t > self->now + NEAR_NS)
            break;
        if (after->kind == SEEN_FORK_TIME && i >= self->at && after->node == observation->node &&
            fork == NULL)
            fork = after;
        if (after->kind != SEEN_REPLY || after->peer != observation->node || after->a < 0)
            continue;
        replicas++;
        offset = offset == TRACE_ABSENT ? after->a : offset;
    }
    rule->fork_ns = fork == NULL ? TRACE_ABSENT : fork->a;
    EMIT(self, fork, observation->node, e->target = rule->is_socket ? "sockets" : "disk",
         e->fork_ns = rule->fork_ns, e->offset = offset, e->replicas = replicas);
}

void reconstruction_copied(struct reconstruction *self, const struct observation *observation)
{
    self->rules[observation->node].copied = observation->a;
}

void reconstruction_save_ends(struct reconstruction *self, const struct observation *observation)
{
    struct rule *rule = &self->rules[observation->node];
    if (!rule->is_saving)
        return;
    rule->is_saving = false;
    int64_t payload = TRACE_ABSENT;
    for (guint i = self->at; i < self->observations->list->len && !rule->is_socket; i++) {
        const struct observation *after = reconstruction_observation(self, i);
        if (after->t > self->now + NEAR_NS)
            break;
        if (after->kind == SEEN_PREAMBLE && after->peer == observation->node)
            payload = after->a;
    }
    EMIT(self, saved, observation->node, e->ok = observation->a,
         e->save_ns = self->now - rule->save_began, e->payload_bytes = payload,
         e->cow_bytes = rule->copied);
}

void reconstruction_preamble(struct reconstruction *self, const struct observation *observation)
{
    struct tale *tale = &self->tales[observation->node];
    struct attempt *attempt = &self->nodes[observation->node].attempt;
    tale->phase = MASTER_SEND_BULK;
    tale->payload_bytes = observation->a < 0 ? 0 : observation->a;
    attempt->event.payload_ns = self->now;
    attempt->event.payload_bytes = tale->payload_bytes;
    attempt->event.fork_ns = self->rules[observation->peer].fork_ns;
    EMIT(self, payload, observation->peer, e->replica = observation->node,
         e->mode = observation->a < 0 ? PAYLOAD_EOF : PAYLOAD_LENGTH,
         e->payload_bytes = observation->a < 0 ? TRACE_ABSENT : observation->a);
}

void reconstruction_moved(struct reconstruction *self, const struct observation *observation)
{
    self->tales[observation->node].moved = observation->a;
}

/* Its log and the wire both say so, in either order; the first counts. */
static void emit_sent(struct reconstruction *self, int32_t master, int32_t replica)
{
    struct tale *tale = &self->tales[replica];
    if (tale->is_sent)
        return;
    tale->is_sent = true;
    tale->phase = self->rules[master].is_socket ? MASTER_GATED : MASTER_ONLINE;
    EMIT(self, payload_sent, master, e->replica = replica, e->buffer_bytes = tale->buffer);
}

void reconstruction_payload_out(struct reconstruction *self, const struct observation *observation)
{
    struct tale *tale = &self->tales[observation->node];
    tale->payload_bytes = tale->moved = observation->a;
    self->nodes[observation->node].attempt.event.payload_bytes = observation->a;
    emit_sent(self, observation->peer, observation->node);
}

void reconstruction_sent(struct reconstruction *self, const struct observation *observation)
{
    if (observation->peer >= 0)
        emit_sent(self, observation->node, observation->peer);
}

/* ---- the master's side of an end ---- */

void reconstruction_drops_silent(struct reconstruction *self, const struct observation *observation)
{
    if (observation->peer < 0)
        return;
    self->tales[observation->peer].masters_word = (enum drop)observation->a;
    self->tales[observation->peer].word_buffer = self->tales[observation->peer].buffer;
}

void reconstruction_drops_full(struct reconstruction *self, const struct observation *observation)
{
    if (observation->peer < 0)
        return;
    int64_t hard = reconstruction_hard_limit(&self->nodes[observation->node]);
    struct tale *tale = &self->tales[observation->peer];
    bool is_hard = hard > 0 && observation->a >= hard;
    tale->masters_word = is_hard ? DROP_LIMIT_HARD : DROP_LIMIT_SOFT;
    tale->word_buffer = observation->a;
    reconstruction_note_buffer(&self->nodes[observation->peer], &self->nodes[observation->node],
                               observation->a);
}

void reconstruction_lost_replica(struct reconstruction *self, const struct observation *observation)
{
    if (observation->peer < 0)
        return;
    struct tale *tale = &self->tales[observation->peer];
    const struct rule *rule = &self->rules[observation->node];
    bool is_for_id = reconstruction_is_now(self, rule->id_changed) ||
                     reconstruction_follows(self, observation->node, SEEN_FLUSHES) ||
                     reconstruction_follows(self, observation->node, SEEN_TOOK_ID);
    bool is_for_role = reconstruction_is_now(self, rule->promoted) ||
                       reconstruction_follows(self, observation->node, SEEN_PROMOTED) ||
                       (reconstruction_is_now(self, rule->role_changed) &&
                        !self->nodes[observation->node].profile->replicas_kept_on_replicaof);
    enum drop drop = tale->masters_word != DROP_NONE ? tale->masters_word
                     : !tale->is_online              ? DROP_LOST /* it went first */
                     : is_for_role                   ? DROP_ROLE_CHANGED
                     : is_for_id                     ? DROP_ID_CHANGED
                                                     : DROP_LOST;
    EMIT(self, drop, observation->node, e->peer = observation->peer, e->why = drop,
         e->phase = master_state_name(tale->phase),
         e->buffer_bytes = tale->masters_word == DROP_NONE ? tale->buffer : tale->word_buffer,
         e->is_at_master = true);
    tale->masters_word = DROP_NONE;
}
