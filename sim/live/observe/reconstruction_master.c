/* The master's part: decisions, full synchronisations, whom it drops and why. See reconstruction.h.
 */
#include "sim/live/observe/reconstruction_inside.h"
#include <string.h>
#include "sim/engine/time.h"
#include "sim/live/observe/stage.h"
#include "sim/world/account.h"

/* ---- decisions ---- */

static void answer(struct reconstruction *reconstruction, int32_t master, int32_t replica,
                   enum reason reason)
{
    struct node *node = reconstruction_node(reconstruction, replica);
    struct request *request = &node->account.request;
    const struct observation *range = reconstruction_nearest(reconstruction, SEEN_RANGE, master);
    enum reason_kind kind = reason_kind(reason);
    bool has_backlog = range != NULL && range->c >= 0;
    if (!reconstruction_is_emitted(reconstruction))
        return;
    TELL(reconstruction, EVENT_ANSWER, master, NUM(replica),
         TEXT(kind == REASON_KIND_PARTIAL ? "partial"
              : kind == REASON_KIND_FULL  ? "full"
                                          : "error"),
         TEXT(reason_name(reason)), TEXT(request->asked_id), NUM(request->asked_offset),
         NUM(range == NULL ? TRACE_ABSENT : range->a), NUM(has_backlog ? range->b : TRACE_ABSENT),
         NUM(has_backlog ? range->c : 0));
    node->account.reasons[reason]++;
    if (kind == REASON_KIND_ERROR) {
        node->account.refused++;
        return;
    }
    request->is_decided = true;
    request->reason = reason;
    request->backlog_first = has_backlog ? range->b : TRACE_ABSENT;
    request->backlog_bytes = has_backlog ? range->c : TRACE_ABSENT;
}

static int32_t asker_of(struct reconstruction *reconstruction,
                        const struct observation *observation)
{
    return observation->peer >= 0 ? observation->peer
                                  : reconstruction->rules[observation->node].asker;
}

void reconstruction_asked(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    reconstruction->rules[observation->node].asker = observation->peer;
}

/* "for lack of backlog" has three causes, between which the log does not distinguish. */
static enum reason lack_of_backlog(struct reconstruction *reconstruction,
                                   const struct observation *observation)
{
    const struct observation *range =
        reconstruction_before(reconstruction, SEEN_RANGE, observation->node);
    if (range == NULL || range->c < 0)
        return REASON_NO_BACKLOG;
    const struct observation *near =
        reconstruction_nearest(reconstruction, SEEN_RANGE, observation->node);
    int64_t offset = near != NULL && near->a > range->a ? near->a : range->a;
    return observation->b > offset + 1 ? REASON_OFFSET_AHEAD : REASON_BACKLOG_PASSED;
}

void reconstruction_decides(struct reconstruction *reconstruction,
                            const struct observation *observation)
{
    int32_t replica = asker_of(reconstruction, observation);
    enum reason reason = (enum reason)observation->a;
    if (replica < 0)
        return;
    if (reason == REASON_BACKLOG_PASSED)
        reason = lack_of_backlog(reconstruction, observation);
    reconstruction->tales[replica].phase = MASTER_WAIT_START;
    answer(reconstruction, observation->node, replica, reason);
}

/* The id in +CONTINUE is the master's: another than the one that was asked for is its second one.
 */
static enum reason continues_under(const struct reconstruction *reconstruction, int32_t replica,
                                   const char *asked_id)
{
    const struct observation *reply = reconstruction_nearest(reconstruction, SEEN_REPLY, replica);
    const char *id = reply == NULL ? NULL : strchr(reply->text, ' ');
    bool is_other = id != NULL && !history_same_id(id + 1, asked_id);
    return is_other ? REASON_ACCEPTED_SECOND_ID : REASON_ACCEPTED;
}

void reconstruction_grants(struct reconstruction *reconstruction,
                           const struct observation *observation)
{
    int32_t replica = asker_of(reconstruction, observation);
    if (replica < 0)
        return;
    struct request *request = &reconstruction_node(reconstruction, replica)->account.request;
    reconstruction->tales[replica].phase = MASTER_ONLINE;
    answer(reconstruction, observation->node, replica,
           continues_under(reconstruction, replica, request->asked_id));
    request->owed = observation->a;
}

/* Full synchronisations of those that hold nothing are not in the log of all versions. */
void reconstruction_reply(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    struct tale *tale = &reconstruction->tales[observation->node];
    struct request *request =
        &reconstruction_node(reconstruction, observation->node)->account.request;
    if (strncmp(observation->text, "+FULLRESYNC", 11) == 0) {
        tale->full_offset = request->snapshot_offset = observation->a;
        tale->phase = MASTER_WAIT_END;
        if (!request->is_decided)
            answer(reconstruction, observation->peer, observation->node, REASON_FULL_REQUESTED);
    } else if (observation->text[0] == '-') {
        bool is_later = strncmp(observation->text, "-NOMASTERLINK", 13) == 0;
        answer(reconstruction, observation->peer, observation->node,
               is_later ? REASON_NO_MASTER_LINK : REASON_PENDING_OUTPUT);
    }
}

/* ---- full synchronisations ---- */

void reconstruction_save_begins(struct reconstruction *reconstruction,
                                const struct observation *observation)
{
    struct rule *rule = &reconstruction->rules[observation->node];
    const struct observation *fork = NULL;
    int64_t replicas = 0, offset = TRACE_ABSENT;
    rule->is_saving = true;
    rule->is_socket = observation->a == 1;
    rule->save_began = reconstruction->world->now;
    rule->copied = TRACE_ABSENT;
    guint first = reconstruction->at; /* the answer may be seen before the line about the child */
    while (first > 0 &&
           reconstruction->world->now - reconstruction_observation(reconstruction, first - 1)->t <
               MOMENT_NS)
        first--;
    for (guint i = first; i < reconstruction->observations->list->len; i++) {
        const struct observation *after = reconstruction_observation(reconstruction, i);
        if (after->t > reconstruction->world->now + NEAR_NS)
            break;
        if (after->kind == SEEN_FORK_TIME && i >= reconstruction->at &&
            after->node == observation->node && fork == NULL)
            fork = after;
        if (after->kind != SEEN_REPLY || after->peer != observation->node || after->a < 0)
            continue;
        replicas++;
        offset = offset == TRACE_ABSENT ? after->a : offset;
    }
    rule->fork_ns = fork == NULL ? TRACE_ABSENT : fork->a;
    if (reconstruction_is_emitted(reconstruction))
        reconstruction_node(reconstruction, observation->node)->account.forks++;
    TELL(reconstruction, EVENT_FORK, observation->node, TEXT(rule->is_socket ? "sockets" : "disk"),
         NUM(rule->fork_ns), NUM(offset), NUM(replicas));
}

void reconstruction_copied(struct reconstruction *reconstruction,
                           const struct observation *observation)
{
    reconstruction->rules[observation->node].copied = observation->a;
}

void reconstruction_save_ends(struct reconstruction *reconstruction,
                              const struct observation *observation)
{
    struct rule *rule = &reconstruction->rules[observation->node];
    if (!rule->is_saving)
        return;
    struct account *account = &reconstruction_node(reconstruction, observation->node)->account;
    rule->is_saving = false;
    if (rule->copied != TRACE_ABSENT && reconstruction_is_emitted(reconstruction))
        account->cow_peak = MAX(account->cow_peak, rule->copied);
    int64_t payload = TRACE_ABSENT;
    for (guint i = reconstruction->at;
         i < reconstruction->observations->list->len && !rule->is_socket; i++) {
        const struct observation *after = reconstruction_observation(reconstruction, i);
        if (after->t > reconstruction->world->now + NEAR_NS)
            break;
        if (after->kind == SEEN_PREAMBLE && after->peer == observation->node)
            payload = after->a;
    }
    TELL(reconstruction, EVENT_SAVED, observation->node, NUM(observation->a),
         NUM(reconstruction->world->now - rule->save_began), NUM(payload), NUM(rule->copied));
}

void reconstruction_preamble(struct reconstruction *reconstruction,
                             const struct observation *observation)
{
    struct tale *tale = &reconstruction->tales[observation->node];
    struct request *request =
        &reconstruction_node(reconstruction, observation->node)->account.request;
    tale->phase = MASTER_SEND_BULK;
    tale->payload_bytes = observation->a < 0 ? 0 : observation->a;
    request->payload = reconstruction->world->now;
    request->payload_bytes = tale->payload_bytes;
    request->fork = reconstruction->rules[observation->peer].fork_ns;
    TELL(reconstruction, EVENT_PAYLOAD, observation->peer, NUM(observation->node),
         TEXT(observation->a < 0 ? "eof" : "length"),
         NUM(observation->a < 0 ? TRACE_ABSENT : observation->a));
}

void reconstruction_moved(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    reconstruction->tales[observation->node].moved = observation->a;
}

/* Its log and the wire both say so, in either order; the first counts. */
static void tell_sent(struct reconstruction *reconstruction, int32_t master, int32_t replica)
{
    struct tale *tale = &reconstruction->tales[replica];
    if (tale->is_sent)
        return;
    tale->is_sent = true;
    tale->phase = reconstruction->rules[master].is_socket ? MASTER_GATED : MASTER_ONLINE;
    TELL(reconstruction, EVENT_PAYLOAD_SENT, master, NUM(replica), NUM(tale->buffer));
}

void reconstruction_payload_out(struct reconstruction *reconstruction,
                                const struct observation *observation)
{
    struct tale *tale = &reconstruction->tales[observation->node];
    tale->payload_bytes = tale->moved = observation->a;
    reconstruction_node(reconstruction, observation->node)->account.request.payload_bytes =
        observation->a;
    tell_sent(reconstruction, observation->peer, observation->node);
}

void reconstruction_sent(struct reconstruction *reconstruction,
                         const struct observation *observation)
{
    if (observation->peer >= 0)
        tell_sent(reconstruction, observation->node, observation->peer);
}

/* ---- the master's side of an end ---- */

void reconstruction_drops_silent(struct reconstruction *reconstruction,
                                 const struct observation *observation)
{
    if (observation->peer < 0)
        return;
    reconstruction->tales[observation->peer].masters_word = (enum drop)observation->a;
    reconstruction->tales[observation->peer].word_buffer =
        reconstruction->tales[observation->peer].buffer;
}

void reconstruction_drops_full(struct reconstruction *reconstruction,
                               const struct observation *observation)
{
    if (observation->peer < 0)
        return;
    int64_t hard = stage_hard_limit(reconstruction_node(reconstruction, observation->node));
    struct tale *tale = &reconstruction->tales[observation->peer];
    bool is_hard = hard > 0 && observation->a >= hard;
    tale->masters_word = is_hard ? DROP_LIMIT_HARD : DROP_LIMIT_SOFT;
    tale->word_buffer = observation->a;
    stage_note_buffer(reconstruction_node(reconstruction, observation->peer),
                      reconstruction_node(reconstruction, observation->node), observation->a);
}

void reconstruction_lost_replica(struct reconstruction *reconstruction,
                                 const struct observation *observation)
{
    if (observation->peer < 0)
        return;
    struct tale *tale = &reconstruction->tales[observation->peer];
    const struct rule *rule = &reconstruction->rules[observation->node];
    bool is_for_id = reconstruction_is_now(reconstruction, rule->id_changed) ||
                     reconstruction_follows(reconstruction, observation->node, SEEN_FLUSHES) ||
                     reconstruction_follows(reconstruction, observation->node, SEEN_TOOK_ID);
    bool is_for_role = reconstruction_is_now(reconstruction, rule->promoted) ||
                       reconstruction_follows(reconstruction, observation->node, SEEN_PROMOTED) ||
                       (reconstruction_is_now(reconstruction, rule->role_changed) &&
                        !reconstruction_node(reconstruction, observation->node)
                             ->profile->replicas_kept_on_replicaof);
    enum drop drop = tale->masters_word != DROP_NONE ? tale->masters_word
                     : !tale->is_online              ? DROP_LOST /* it went first */
                     : is_for_role                   ? DROP_ROLE_CHANGED
                     : is_for_id                     ? DROP_ID_CHANGED
                                                     : DROP_LOST;
    TELL(reconstruction, EVENT_DROP, observation->node, NUM(observation->peer),
         TEXT(drop_name(drop)), TEXT(master_state_name(tale->phase)),
         NUM(tale->masters_word == DROP_NONE ? tale->buffer : tale->word_buffer));
    if (drop != DROP_LOST && reconstruction_is_emitted(reconstruction))
        account_drop(reconstruction->world, reconstruction_node(reconstruction, observation->peer),
                     drop);
    tale->masters_word = DROP_NONE;
}
