/* See chronicle.h.
 *
 * Each side says its part: the wire what was asked and answered, the replica's log when it dialled,
 * lost, loaded, the master's log what it decided and whom it dropped. A drop has its reason in a
 * line before the line that says it. Accounts are kept by sim/world/resync as in a simulated run.
 */
#include "sim/live/chronicle.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/live/stage.h"
#include "sim/world/course.h"
#include "sim/world/resync.h"

#define NEAR_NS (400 * NS_PER_MS) /* a poll that belongs to an event comes within that */

/* A node as a replica, and what its master last said of it. */
struct tale {
    bool is_online, is_dialling, is_established;
    enum drop own_word, masters_word; /* before the line that says the end */
    enum master_state phase;          /* at its master */
    int32_t asks;                     /* whom it asked last */
    int64_t buffer, word_buffer;
    int64_t flushed, loads, full_offset;
    int64_t payload_bytes, moved; /* its size, and what left of it */
};

/* A node as a master. */
struct rule {
    int32_t asker; /* of the decision that comes next */
    int64_t last_ping, save_began, copied;
    bool is_saving, is_socket, saved_to_exit;
    int64_t id_changed, role_changed; /* when; its replicas are dropped for that */
    int64_t fork_ns;
};

struct chronicle {
    struct report *report;
    struct world *world;
    const struct journal *journal;
    struct tale *tales;
    struct rule *rules;
    guint at; /* of the sight that is told */
};

/* ---- the trace ---- */

#define TELL(chronicle, kind, node, ...)                                                           \
    do {                                                                                           \
        if ((chronicle)->world->now >= 0)                                                          \
            EMIT((chronicle)->world, kind, node, __VA_ARGS__);                                     \
    } while (0)

static const struct sight *sight_at(const struct chronicle *chronicle, guint index)
{
    return &g_array_index(chronicle->journal->sights, struct sight, index);
}

static struct node *node_of(const struct chronicle *chronicle, int32_t node)
{
    return &chronicle->world->nodes[node];
}

static bool is_told(const struct chronicle *chronicle)
{
    return chronicle->world->now >= 0;
}

/* The sight of that kind about `node` that is nearest to this moment, before or after it; NULL when
 * none is near. */
static const struct sight *nearest(const struct chronicle *chronicle, enum sight_kind kind,
                                   int32_t node)
{
    const struct sight *best = NULL;
    int64_t now = chronicle->world->now;
    for (guint i = chronicle->at; i > 0 && now - sight_at(chronicle, i - 1)->t <= NEAR_NS; i--) {
        best = sight_at(chronicle, i - 1);
        if (best->kind == kind && best->node == node)
            break;
        best = NULL;
    }
    for (guint i = chronicle->at; i < chronicle->journal->sights->len; i++) {
        const struct sight *after = sight_at(chronicle, i);
        if (after->t - now > (best == NULL ? NEAR_NS : now - best->t))
            break;
        if (after->kind == kind && after->node == node)
            return after;
    }
    return best;
}

/* ---- the replica ---- */

static void tell_dials(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = node_of(chronicle, sight->node);
    struct tale *tale = &chronicle->tales[sight->node];
    tale->is_dialling = true;
    tale->is_established = false;
    tale->own_word = DROP_NONE;
    if (!is_told(chronicle))
        return;
    TELL(chronicle, EVENT_CONNECT, sight->node, NUM(node->master));
    account_dialled(chronicle->world, node);
}

/* The attempt, or the link, ended. */
static void tell_end(struct chronicle *chronicle, int32_t index, enum drop drop)
{
    struct node *node = node_of(chronicle, index);
    struct tale *tale = &chronicle->tales[index];
    bool was_online = tale->is_online;
    tale->is_online = tale->is_dialling = false;
    tale->own_word = DROP_NONE;
    if (!is_told(chronicle))
        return;
    if (was_online || tale->is_established)
        TELL(chronicle, EVENT_DROP, index, NUM(node->master), TEXT(drop_name(drop)),
             TEXT(was_online ? "online" : "sync"), NONE);
    else
        TELL(chronicle, EVENT_CONNECT_FAILED, index, NUM(node->master), TEXT(drop_name(drop)));
    tale->is_established = false;
    account_drop(chronicle->world, node, drop);
    if (node->account.request.payload != TRACE_ABSENT)
        node->account.request.payload_bytes = tale->moved;
    account_failed(chronicle->world, node, drop);
    if (was_online)
        account_lost(chronicle->world, node, drop);
}

static void tell_refused(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->tales[sight->node].is_established = false;
    tell_end(chronicle, sight->node, DROP_REFUSED);
}

static void tell_timed_out(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    if (sight->a == DROP_TIMEOUT_MASTER) {
        tale->own_word = DROP_TIMEOUT_MASTER; /* "lost" follows */
        return;
    }
    tale->is_established = true;
    tell_end(chronicle, sight->node, (enum drop)sight->a);
}

static void tell_lost_master(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    bool is_ordered =
        chronicle->rules[sight->node].role_changed == chronicle->world->now ||
        (chronicle->rules[sight->node].role_changed != TRACE_ABSENT &&
         chronicle->world->now - chronicle->rules[sight->node].role_changed < 5 * NS_PER_MS);
    if (!tale->is_online)
        return;
    tell_end(chronicle, sight->node,
             is_ordered                    ? DROP_ROLE_CHANGED
             : tale->own_word != DROP_NONE ? tale->own_word
                                           : DROP_LOST);
}

static void tell_sync_failed(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    if (!tale->is_dialling && !tale->is_established)
        return;
    tale->is_established = true;
    tell_end(chronicle, sight->node, (enum drop)sight->a);
}

static void tell_ask(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = node_of(chronicle, sight->node);
    struct tale *tale = &chronicle->tales[sight->node];
    tale->is_established = true;
    tale->asks = sight->peer;
    tale->payload_bytes = tale->moved = 0;
    tale->flushed = tale->loads = TRACE_ABSENT;
    if (!is_told(chronicle))
        return;
    TELL(chronicle, EVENT_ASK, sight->node, NUM(sight->peer), TEXT(sight->text), NUM(sight->a));
    account_asked(chronicle->world, node, sight->peer, sight->text, sight->a);
    stage_note_gap(chronicle->world, node);
}

static void tell_answered(struct chronicle *chronicle, const struct sight *sight)
{
    node_of(chronicle, sight->node)->account.request.answered = chronicle->world->now;
}

static void online(struct chronicle *chronicle, int32_t index, bool is_partial, int64_t offset)
{
    struct node *node = node_of(chronicle, index);
    struct tale *tale = &chronicle->tales[index];
    tale->is_online = true;
    tale->is_dialling = false;
    course_hold(chronicle->world, node, offset);
    if (!is_told(chronicle))
        return;
    account_online(chronicle->world, node, is_partial);
    node->account.has_data = false; /* see stage.h */
    TELL(chronicle, EVENT_ONLINE, index, NUM(node->master), TEXT(is_partial ? "partial" : "full"),
         NUM(offset));
}

static void tell_continued(struct chronicle *chronicle, const struct sight *sight)
{
    const struct request *request = &node_of(chronicle, sight->node)->account.request;
    online(chronicle, sight->node, true, MAX(request->asked_offset - 1, 0));
}

static void tell_flushes(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = node_of(chronicle, sight->node);
    struct tale *tale = &chronicle->tales[sight->node];
    tale->flushed = chronicle->world->now;
    node->account.request.received = chronicle->world->now;
    TELL(chronicle, EVENT_RECEIVED, sight->node, NUM(node->master), NUM(tale->payload_bytes));
    chronicle->rules[sight->node].id_changed = chronicle->world->now;
}

static void tell_loads(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->tales[sight->node].loads = chronicle->world->now;
}

static void tell_loaded(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    int64_t now = chronicle->world->now;
    bool is_timed = tale->flushed != TRACE_ABSENT && tale->loads != TRACE_ABSENT;
    TELL(chronicle, EVENT_LOADED, sight->node,
         NUM(is_timed ? tale->loads - tale->flushed : TRACE_ABSENT),
         NUM(is_timed ? now - tale->loads : TRACE_ABSENT));
    online(chronicle, sight->node, false, tale->full_offset);
}

static void tell_took_id(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->rules[sight->node].id_changed = chronicle->world->now;
    const struct sight *range = nearest(chronicle, SIGHT_RANGE, sight->node);
    TELL(chronicle, EVENT_IDENTITY, sight->node, TEXT("continued"), TEXT(sight->text), TEXT(NULL),
         NUM(range == NULL ? TRACE_ABSENT : range->a + 1));
}

/* ---- the decision ---- */

static void answer(struct chronicle *chronicle, int32_t master, int32_t replica, enum reason reason)
{
    struct node *node = node_of(chronicle, replica);
    struct request *request = &node->account.request;
    const struct sight *range = nearest(chronicle, SIGHT_RANGE, master);
    enum reason_kind kind = reason_kind(reason);
    bool has_backlog = range != NULL && range->c >= 0;
    if (!is_told(chronicle))
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

static void tell_asked(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->rules[sight->node].asker = sight->peer;
}

/* "for lack of backlog" has three causes, which the log does not tell apart. */
static enum reason lack_of_backlog(struct chronicle *chronicle, const struct sight *sight)
{
    const struct sight *range = NULL;
    for (guint i = chronicle->at; i > 0 && range == NULL; i--)
        if (sight_at(chronicle, i - 1)->kind == SIGHT_RANGE &&
            sight_at(chronicle, i - 1)->node == sight->node)
            range = sight_at(chronicle, i - 1);
    if (range == NULL || range->c < 0)
        return REASON_NO_BACKLOG;
    const struct sight *near = nearest(chronicle, SIGHT_RANGE, sight->node);
    int64_t offset = near != NULL && near->a > range->a ? near->a : range->a;
    return sight->b > offset + 1 ? REASON_OFFSET_AHEAD : REASON_BACKLOG_PASSED;
}

static void tell_decides(struct chronicle *chronicle, const struct sight *sight)
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

static void tell_grants(struct chronicle *chronicle, const struct sight *sight)
{
    int32_t replica = asker_of(chronicle, sight);
    if (replica < 0)
        return;
    struct request *request = &node_of(chronicle, replica)->account.request;
    const struct sight *range = nearest(chronicle, SIGHT_RANGE, sight->node);
    bool is_second = range != NULL && strcmp(range->text, request->asked_id) != 0;
    chronicle->tales[replica].phase = MASTER_ONLINE;
    answer(chronicle, sight->node, replica,
           is_second ? REASON_ACCEPTED_SECOND_ID : REASON_ACCEPTED);
    request->owed = sight->a;
}

/* Full synchronisations of those that hold nothing are not in the log of all versions. */
static void tell_reply(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    struct request *request = &node_of(chronicle, sight->node)->account.request;
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

static void tell_save_begins(struct chronicle *chronicle, const struct sight *sight)
{
    struct rule *rule = &chronicle->rules[sight->node];
    const struct sight *fork = NULL;
    int64_t replicas = 0, offset = TRACE_ABSENT;
    rule->is_saving = true;
    rule->is_socket = sight->a == 1;
    rule->save_began = chronicle->world->now;
    rule->copied = TRACE_ABSENT;
    for (guint i = chronicle->at; i < chronicle->journal->sights->len; i++) {
        const struct sight *after = sight_at(chronicle, i);
        if (after->t > chronicle->world->now + NEAR_NS)
            break;
        if (after->kind == SIGHT_FORK_TIME && after->node == sight->node && fork == NULL)
            fork = after;
        if (after->kind != SIGHT_REPLY || after->peer != sight->node || after->a < 0)
            continue;
        replicas++;
        offset = offset == TRACE_ABSENT ? after->a : offset;
    }
    rule->fork_ns = fork == NULL ? TRACE_ABSENT : fork->a;
    if (is_told(chronicle))
        node_of(chronicle, sight->node)->account.forks++;
    TELL(chronicle, EVENT_FORK, sight->node, TEXT(rule->is_socket ? "sockets" : "disk"),
         NUM(rule->fork_ns), NUM(offset), NUM(replicas));
}

static void tell_copied(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->rules[sight->node].copied = sight->a;
}

static void tell_save_ends(struct chronicle *chronicle, const struct sight *sight)
{
    struct rule *rule = &chronicle->rules[sight->node];
    if (!rule->is_saving)
        return;
    struct account *account = &node_of(chronicle, sight->node)->account;
    rule->is_saving = false;
    if (rule->copied != TRACE_ABSENT && is_told(chronicle))
        account->cow_peak = MAX(account->cow_peak, rule->copied);
    TELL(chronicle, EVENT_SAVED, sight->node, NUM(sight->a),
         NUM(chronicle->world->now - rule->save_began), NONE, NUM(rule->copied));
}

static void tell_preamble(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    struct request *request = &node_of(chronicle, sight->node)->account.request;
    tale->phase = MASTER_SEND_BULK;
    tale->payload_bytes = sight->a < 0 ? 0 : sight->a;
    request->payload = chronicle->world->now;
    request->payload_bytes = tale->payload_bytes;
    request->fork = chronicle->rules[sight->peer].fork_ns;
    TELL(chronicle, EVENT_PAYLOAD, sight->peer, NUM(sight->node),
         TEXT(sight->a < 0 ? "eof" : "length"), NUM(sight->a < 0 ? TRACE_ABSENT : sight->a));
}

static void tell_moved(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->tales[sight->node].moved = sight->a;
}

static void tell_payload_out(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    tale->payload_bytes = tale->moved = sight->a;
    node_of(chronicle, sight->node)->account.request.payload_bytes = sight->a;
}

static void tell_sent(struct chronicle *chronicle, const struct sight *sight)
{
    if (sight->peer < 0)
        return;
    struct tale *tale = &chronicle->tales[sight->peer];
    tale->phase = chronicle->rules[sight->node].is_socket ? MASTER_GATED : MASTER_ONLINE;
    TELL(chronicle, EVENT_PAYLOAD_SENT, sight->node, NUM(sight->peer), NUM(tale->buffer));
}

/* ---- the master's side of an end ---- */

static void tell_drops_silent(struct chronicle *chronicle, const struct sight *sight)
{
    if (sight->peer < 0)
        return;
    chronicle->tales[sight->peer].masters_word = (enum drop)sight->a;
    chronicle->tales[sight->peer].word_buffer = chronicle->tales[sight->peer].buffer;
}

static void tell_drops_full(struct chronicle *chronicle, const struct sight *sight)
{
    if (sight->peer < 0)
        return;
    int64_t hard = stage_hard_limit(node_of(chronicle, sight->node));
    struct tale *tale = &chronicle->tales[sight->peer];
    bool is_hard = hard > 0 && sight->a >= hard;
    tale->masters_word = is_hard ? DROP_LIMIT_HARD : DROP_LIMIT_SOFT;
    tale->word_buffer = sight->a;
    stage_note_buffer(node_of(chronicle, sight->peer), node_of(chronicle, sight->node), sight->a);
}

/* A node that takes another history drops its replicas just before its log says so. */
static bool takes_history(const struct chronicle *chronicle, int32_t node)
{
    for (guint i = chronicle->at; i < chronicle->journal->sights->len; i++) {
        const struct sight *after = sight_at(chronicle, i);
        if (after->t - chronicle->world->now > 50 * NS_PER_MS)
            break;
        if ((after->kind == SIGHT_FLUSHES || after->kind == SIGHT_TOOK_ID) && after->node == node)
            return true;
    }
    return false;
}

static bool is_just_now(const struct chronicle *chronicle, int64_t t)
{
    return t != TRACE_ABSENT && chronicle->world->now - t < 20 * NS_PER_MS;
}

static void tell_lost_replica(struct chronicle *chronicle, const struct sight *sight)
{
    if (sight->peer < 0)
        return;
    struct tale *tale = &chronicle->tales[sight->peer];
    const struct rule *rule = &chronicle->rules[sight->node];
    enum drop drop =
        tale->masters_word != DROP_NONE              ? tale->masters_word
        : is_just_now(chronicle, rule->role_changed) ? DROP_ROLE_CHANGED
        : is_just_now(chronicle, rule->id_changed) || takes_history(chronicle, sight->node)
            ? DROP_ID_CHANGED
            : DROP_LOST;
    TELL(chronicle, EVENT_DROP, sight->node, NUM(sight->peer), TEXT(drop_name(drop)),
         TEXT(master_state_name(tale->phase)),
         NUM(tale->masters_word == DROP_NONE ? tale->buffer : tale->word_buffer));
    if (drop != DROP_LOST && is_told(chronicle))
        account_drop(chronicle->world, node_of(chronicle, sight->peer), drop);
    tale->masters_word = DROP_NONE;
}

/* ---- ids, backlogs, roles, processes ---- */

static void tell_new_backlog(struct chronicle *chronicle, const struct sight *sight)
{
    const struct node *node = node_of(chronicle, sight->node);
    const struct sight *range = nearest(chronicle, SIGHT_RANGE, sight->node);
    TELL(chronicle, EVENT_IDENTITY, sight->node, TEXT("backlog"), TEXT(sight->text), TEXT(NULL),
         NONE);
    TELL(chronicle, EVENT_BACKLOG, sight->node, TEXT("created"),
         NUM(range == NULL || range->c < 0 ? TRACE_ABSENT : range->b),
         NUM(node->config.backlog_bytes));
}

static void tell_freed_backlog(struct chronicle *chronicle, const struct sight *sight)
{
    TELL(chronicle, EVENT_BACKLOG, sight->node, TEXT("freed"), NONE,
         NUM(node_of(chronicle, sight->node)->config.backlog_bytes));
}

static void tell_shifted(struct chronicle *chronicle, const struct sight *sight)
{
    TELL(chronicle, EVENT_IDENTITY, sight->node, TEXT("promotion"), TEXT(sight->text),
         TEXT(sight->more), NUM(sight->a));
}

static void tell_promoted(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = node_of(chronicle, sight->node);
    if (node->master != NO_INDEX) /* by a failover: nobody ordered it */
        TELL(chronicle, EVENT_ROLE, sight->node, TEXT("master"), NUM(NO_INDEX));
    node->master = NO_INDEX;
    chronicle->tales[sight->node].is_online = false;
}

static void tell_up(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = node_of(chronicle, sight->node);
    const struct sight *range = nearest(chronicle, SIGHT_RANGE, sight->node);
    node->is_up = true;
    if (!is_told(chronicle))
        return;
    TELL(chronicle, EVENT_UP, sight->node, TEXT(node->master == NO_INDEX ? "master" : "replica"),
         TEXT(range == NULL ? NULL : range->text), NUM(range == NULL ? TRACE_ABSENT : range->a));
    if (node->master != NO_INDEX && !chronicle->tales[sight->node].is_online &&
        node->account.down_since < 0)
        node->account.down_since = chronicle->world->now;
}

static void tell_down(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = node_of(chronicle, sight->node);
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

static void tell_event(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = sight->node < 0 ? NULL : node_of(chronicle, sight->node);
    if (is_told(chronicle))
        trace_emit(chronicle->world->trace, chronicle->world->now, sight->event, sight->node,
                   (struct trace_fields){sight->values, sight->value_count});
    if (sight->event == EVENT_CONFIG)
        config_set(&node->config, config_find(sight->values[0].text), sight->values[1].text);
    if (sight->event != EVENT_ROLE)
        return;
    node->master = (int32_t)sight->values[EVENT_AT(ROLE, master)].number;
    chronicle->rules[sight->node].role_changed = chronicle->world->now;
}

/* ---- heartbeats and polls ---- */

static void tell_ping(struct chronicle *chronicle, const struct sight *sight)
{
    struct rule *rule = &chronicle->rules[sight->peer];
    if (node_of(chronicle, sight->peer)->master != NO_INDEX || sight->a <= rule->last_ping)
        return;
    rule->last_ping = sight->a;
    TELL(chronicle, EVENT_PING, sight->peer, NUM(sight->a));
}

static void tell_ack(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->tales[sight->node].phase = MASTER_ONLINE;
    TELL(chronicle, EVENT_ACK, sight->peer, NUM(sight->node), NUM(sight->a));
}

static void tell_range(struct chronicle *chronicle, const struct sight *sight)
{
    stage_note_offset(chronicle->world, node_of(chronicle, sight->node), sight,
                      chronicle->tales[sight->node].is_online);
}

static void tell_buffer(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->tales[sight->peer].buffer = sight->a;
    if (is_told(chronicle))
        stage_note_buffer(node_of(chronicle, sight->peer), node_of(chronicle, sight->node),
                          sight->a);
}

/* ---- all of it ---- */

static void (*const TELLS[SIGHT_COUNT])(struct chronicle *, const struct sight *) = {
    [SIGHT_EVENT] = tell_event,
    [SIGHT_ASK] = tell_ask,
    [SIGHT_REPLY] = tell_reply,
    [SIGHT_ANSWERED] = tell_answered,
    [SIGHT_PREAMBLE] = tell_preamble,
    [SIGHT_MOVED] = tell_moved,
    [SIGHT_PAYLOAD_OUT] = tell_payload_out,
    [SIGHT_PING] = tell_ping,
    [SIGHT_ACK] = tell_ack,
    [SIGHT_RANGE] = tell_range,
    [SIGHT_BUFFER] = tell_buffer,
    [SIGHT_UP] = tell_up,
    [SIGHT_DOWN] = tell_down,
    [SIGHT_DIALS] = tell_dials,
    [SIGHT_REFUSED] = tell_refused,
    [SIGHT_TIMED_OUT] = tell_timed_out,
    [SIGHT_LOST_MASTER] = tell_lost_master,
    [SIGHT_SYNC_FAILED] = tell_sync_failed,
    [SIGHT_CONTINUED] = tell_continued,
    [SIGHT_FLUSHES] = tell_flushes,
    [SIGHT_LOADS] = tell_loads,
    [SIGHT_LOADED] = tell_loaded,
    [SIGHT_TOOK_ID] = tell_took_id,
    [SIGHT_ASKED] = tell_asked,
    [SIGHT_DECIDES] = tell_decides,
    [SIGHT_GRANTS] = tell_grants,
    [SIGHT_SAVE_BEGINS] = tell_save_begins,
    [SIGHT_SAVE_ENDS] = tell_save_ends,
    [SIGHT_COPIED] = tell_copied,
    [SIGHT_SENT] = tell_sent,
    [SIGHT_DROPS_SILENT] = tell_drops_silent,
    [SIGHT_DROPS_FULL] = tell_drops_full,
    [SIGHT_LOST_REPLICA] = tell_lost_replica,
    [SIGHT_NEW_BACKLOG] = tell_new_backlog,
    [SIGHT_FREED_BACKLOG] = tell_freed_backlog,
    [SIGHT_SHIFTED] = tell_shifted,
    [SIGHT_PROMOTED] = tell_promoted,
};

static void tell_all(struct chronicle *chronicle)
{
    int64_t end = chronicle->report->scenario->duration;
    bool has_begun = false;
    for (chronicle->at = 0; chronicle->at < chronicle->journal->sights->len; chronicle->at++) {
        const struct sight *sight = sight_at(chronicle, chronicle->at);
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
        chronicle.tales[i].full_offset = 0;
        chronicle.rules[i] = (struct rule){.asker = -1,
                                           .id_changed = TRACE_ABSENT,
                                           .role_changed = TRACE_ABSENT,
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
