/* The master's part: decisions, full synchronisations, whom it drops and why. See chronicle.h. */
#include "sim/live/observe/reconstruct_inside.h"
#include <string.h>
#include "sim/engine/time.h"
#include "sim/live/observe/stage.h"
#include "sim/world/account.h"

/* ---- decisions ---- */

static void answer(struct chronicle *chronicle, int32_t master, int32_t replica, enum reason reason)
{
    struct node *node = chronicle_node(chronicle, replica);
    struct request *request = &node->account.request;
    const struct sight *range = chronicle_nearest(chronicle, SIGHT_RANGE, master);
    enum reason_kind kind = reason_kind(reason);
    bool has_backlog = range != NULL && range->c >= 0;
    if (!chronicle_is_told(chronicle))
        return;
    TELL(chronicle, EVENT_ANSWER, master, NUM(replica),
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

static int32_t asker_of(struct chronicle *chronicle, const struct sight *sight)
{
    return sight->peer >= 0 ? sight->peer : chronicle->rules[sight->node].asker;
}

void chronicle_asked(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->rules[sight->node].asker = sight->peer;
}

/* "for lack of backlog" has three causes, which the log does not tell apart. */
static enum reason lack_of_backlog(struct chronicle *chronicle, const struct sight *sight)
{
    const struct sight *range = chronicle_before(chronicle, SIGHT_RANGE, sight->node);
    if (range == NULL || range->c < 0)
        return REASON_NO_BACKLOG;
    const struct sight *near = chronicle_nearest(chronicle, SIGHT_RANGE, sight->node);
    int64_t offset = near != NULL && near->a > range->a ? near->a : range->a;
    return sight->b > offset + 1 ? REASON_OFFSET_AHEAD : REASON_BACKLOG_PASSED;
}

void chronicle_decides(struct chronicle *chronicle, const struct sight *sight)
{
    int32_t replica = asker_of(chronicle, sight);
    enum reason reason = (enum reason)sight->a;
    if (replica < 0)
        return;
    if (reason == REASON_BACKLOG_PASSED)
        reason = lack_of_backlog(chronicle, sight);
    chronicle->tales[replica].phase = MASTER_WAIT_START;
    answer(chronicle, sight->node, replica, reason);
}

/* The id in +CONTINUE is the master's: another than the one that was asked for is its second one.
 */
static enum reason continues_under(const struct chronicle *chronicle, int32_t replica,
                                   const char *asked_id)
{
    const struct sight *reply = chronicle_nearest(chronicle, SIGHT_REPLY, replica);
    const char *id = reply == NULL ? NULL : strchr(reply->text, ' ');
    bool is_other = id != NULL && !history_same_id(id + 1, asked_id);
    return is_other ? REASON_ACCEPTED_SECOND_ID : REASON_ACCEPTED;
}

void chronicle_grants(struct chronicle *chronicle, const struct sight *sight)
{
    int32_t replica = asker_of(chronicle, sight);
    if (replica < 0)
        return;
    struct request *request = &chronicle_node(chronicle, replica)->account.request;
    chronicle->tales[replica].phase = MASTER_ONLINE;
    answer(chronicle, sight->node, replica, continues_under(chronicle, replica, request->asked_id));
    request->owed = sight->a;
}

/* Full synchronisations of those that hold nothing are not in the log of all versions. */
void chronicle_reply(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    struct request *request = &chronicle_node(chronicle, sight->node)->account.request;
    if (strncmp(sight->text, "+FULLRESYNC", 11) == 0) {
        tale->full_offset = request->snapshot_offset = sight->a;
        tale->phase = MASTER_WAIT_END;
        if (!request->is_decided)
            answer(chronicle, sight->peer, sight->node, REASON_FULL_REQUESTED);
    } else if (sight->text[0] == '-') {
        bool is_later = strncmp(sight->text, "-NOMASTERLINK", 13) == 0;
        answer(chronicle, sight->peer, sight->node,
               is_later ? REASON_NO_MASTER_LINK : REASON_PENDING_OUTPUT);
    }
}

/* ---- full synchronisations ---- */

void chronicle_save_begins(struct chronicle *chronicle, const struct sight *sight)
{
    struct rule *rule = &chronicle->rules[sight->node];
    const struct sight *fork = NULL;
    int64_t replicas = 0, offset = TRACE_ABSENT;
    rule->is_saving = true;
    rule->is_socket = sight->a == 1;
    rule->save_began = chronicle->world->now;
    rule->copied = TRACE_ABSENT;
    guint first = chronicle->at; /* the answer may be seen before the line about the child */
    while (first > 0 &&
           chronicle->world->now - chronicle_sight(chronicle, first - 1)->t < MOMENT_NS)
        first--;
    for (guint i = first; i < chronicle->journal->sights->len; i++) {
        const struct sight *after = chronicle_sight(chronicle, i);
        if (after->t > chronicle->world->now + NEAR_NS)
            break;
        if (after->kind == SIGHT_FORK_TIME && i >= chronicle->at && after->node == sight->node &&
            fork == NULL)
            fork = after;
        if (after->kind != SIGHT_REPLY || after->peer != sight->node || after->a < 0)
            continue;
        replicas++;
        offset = offset == TRACE_ABSENT ? after->a : offset;
    }
    rule->fork_ns = fork == NULL ? TRACE_ABSENT : fork->a;
    if (chronicle_is_told(chronicle))
        chronicle_node(chronicle, sight->node)->account.forks++;
    TELL(chronicle, EVENT_FORK, sight->node, TEXT(rule->is_socket ? "sockets" : "disk"),
         NUM(rule->fork_ns), NUM(offset), NUM(replicas));
}

void chronicle_copied(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->rules[sight->node].copied = sight->a;
}

void chronicle_save_ends(struct chronicle *chronicle, const struct sight *sight)
{
    struct rule *rule = &chronicle->rules[sight->node];
    if (!rule->is_saving)
        return;
    struct account *account = &chronicle_node(chronicle, sight->node)->account;
    rule->is_saving = false;
    if (rule->copied != TRACE_ABSENT && chronicle_is_told(chronicle))
        account->cow_peak = MAX(account->cow_peak, rule->copied);
    int64_t payload = TRACE_ABSENT;
    for (guint i = chronicle->at; i < chronicle->journal->sights->len && !rule->is_socket; i++) {
        const struct sight *after = chronicle_sight(chronicle, i);
        if (after->t > chronicle->world->now + NEAR_NS)
            break;
        if (after->kind == SIGHT_PREAMBLE && after->peer == sight->node)
            payload = after->a;
    }
    TELL(chronicle, EVENT_SAVED, sight->node, NUM(sight->a),
         NUM(chronicle->world->now - rule->save_began), NUM(payload), NUM(rule->copied));
}

void chronicle_preamble(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    struct request *request = &chronicle_node(chronicle, sight->node)->account.request;
    tale->phase = MASTER_SEND_BULK;
    tale->payload_bytes = sight->a < 0 ? 0 : sight->a;
    request->payload = chronicle->world->now;
    request->payload_bytes = tale->payload_bytes;
    request->fork = chronicle->rules[sight->peer].fork_ns;
    TELL(chronicle, EVENT_PAYLOAD, sight->peer, NUM(sight->node),
         TEXT(sight->a < 0 ? "eof" : "length"), NUM(sight->a < 0 ? TRACE_ABSENT : sight->a));
}

void chronicle_moved(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->tales[sight->node].moved = sight->a;
}

/* Its log and the wire both say so, in either order; the first counts. */
static void tell_sent(struct chronicle *chronicle, int32_t master, int32_t replica)
{
    struct tale *tale = &chronicle->tales[replica];
    if (tale->is_sent)
        return;
    tale->is_sent = true;
    tale->phase = chronicle->rules[master].is_socket ? MASTER_GATED : MASTER_ONLINE;
    TELL(chronicle, EVENT_PAYLOAD_SENT, master, NUM(replica), NUM(tale->buffer));
}

void chronicle_payload_out(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    tale->payload_bytes = tale->moved = sight->a;
    chronicle_node(chronicle, sight->node)->account.request.payload_bytes = sight->a;
    tell_sent(chronicle, sight->peer, sight->node);
}

void chronicle_sent(struct chronicle *chronicle, const struct sight *sight)
{
    if (sight->peer >= 0)
        tell_sent(chronicle, sight->node, sight->peer);
}

/* ---- the master's side of an end ---- */

void chronicle_drops_silent(struct chronicle *chronicle, const struct sight *sight)
{
    if (sight->peer < 0)
        return;
    chronicle->tales[sight->peer].masters_word = (enum drop)sight->a;
    chronicle->tales[sight->peer].word_buffer = chronicle->tales[sight->peer].buffer;
}

void chronicle_drops_full(struct chronicle *chronicle, const struct sight *sight)
{
    if (sight->peer < 0)
        return;
    int64_t hard = stage_hard_limit(chronicle_node(chronicle, sight->node));
    struct tale *tale = &chronicle->tales[sight->peer];
    bool is_hard = hard > 0 && sight->a >= hard;
    tale->masters_word = is_hard ? DROP_LIMIT_HARD : DROP_LIMIT_SOFT;
    tale->word_buffer = sight->a;
    stage_note_buffer(chronicle_node(chronicle, sight->peer),
                      chronicle_node(chronicle, sight->node), sight->a);
}

void chronicle_lost_replica(struct chronicle *chronicle, const struct sight *sight)
{
    if (sight->peer < 0)
        return;
    struct tale *tale = &chronicle->tales[sight->peer];
    const struct rule *rule = &chronicle->rules[sight->node];
    bool is_for_id = chronicle_is_now(chronicle, rule->id_changed) ||
                     chronicle_follows(chronicle, sight->node, SIGHT_FLUSHES) ||
                     chronicle_follows(chronicle, sight->node, SIGHT_TOOK_ID);
    bool is_for_role =
        chronicle_is_now(chronicle, rule->promoted) ||
        chronicle_follows(chronicle, sight->node, SIGHT_PROMOTED) ||
        (chronicle_is_now(chronicle, rule->role_changed) &&
         !chronicle_node(chronicle, sight->node)->profile->replicas_kept_on_replicaof);
    enum drop drop = tale->masters_word != DROP_NONE ? tale->masters_word
                     : !tale->is_online              ? DROP_LOST /* it went first */
                     : is_for_role                   ? DROP_ROLE_CHANGED
                     : is_for_id                     ? DROP_ID_CHANGED
                                                     : DROP_LOST;
    TELL(chronicle, EVENT_DROP, sight->node, NUM(sight->peer), TEXT(drop_name(drop)),
         TEXT(master_state_name(tale->phase)),
         NUM(tale->masters_word == DROP_NONE ? tale->buffer : tale->word_buffer));
    if (drop != DROP_LOST && chronicle_is_told(chronicle))
        account_drop(chronicle->world, chronicle_node(chronicle, sight->peer), drop);
    tale->masters_word = DROP_NONE;
}
