/* The replica's part: what its log and the wire say of its link and its synchronisations. See
 * chronicle.h. */
#include "sim/live/observe/reconstruct_inside.h"
#include "sim/engine/time.h"
#include "sim/live/observe/stage.h"
#include "sim/world/offset_track.h"
#include "sim/world/account.h"

/* An old master that hands over dials without having been told to by us: whom, its request says. */
static void became_replica_by_failover(struct chronicle *chronicle, int32_t index)
{
    struct node *node = chronicle_node(chronicle, index);
    for (guint i = chronicle->at; i < chronicle->journal->sights->len; i++) {
        const struct sight *after = chronicle_sight(chronicle, i);
        if (after->kind != SIGHT_ASK || after->node != index)
            continue;
        if (chronicle_is_told(chronicle) && node->account.down_since < 0)
            account_lost(chronicle->world, node, DROP_ROLE_CHANGED);
        node->master = after->peer;
        TELL(chronicle, EVENT_ROLE, index, TEXT("replica"), NUM(after->peer));
        return;
    }
}

void chronicle_dials(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = chronicle_node(chronicle, sight->node);
    struct tale *tale = &chronicle->tales[sight->node];
    if (node->master == NO_INDEX)
        became_replica_by_failover(chronicle, sight->node);
    tale->is_dialling = true;
    tale->is_established = false;
    tale->own_word = DROP_NONE;
    tale->with = node->master;
    if (!chronicle_is_told(chronicle))
        return;
    TELL(chronicle, EVENT_CONNECT, sight->node, NUM(node->master));
    account_dialled(chronicle->world, node);
}

/* The attempt, or the link, ended. */
static void tell_end(struct chronicle *chronicle, int32_t index, enum drop drop)
{
    struct node *node = chronicle_node(chronicle, index);
    struct tale *tale = &chronicle->tales[index];
    bool was_online = tale->is_online;
    tale->is_online = tale->is_dialling = false;
    tale->own_word = DROP_NONE;
    if (!chronicle_is_told(chronicle))
        return;
    if (was_online || tale->is_established)
        TELL(chronicle, EVENT_DROP, index, NUM(tale->with), TEXT(drop_name(drop)),
             TEXT(was_online ? "online" : "sync"), NONE);
    else
        TELL(chronicle, EVENT_CONNECT_FAILED, index, NUM(tale->with), TEXT(drop_name(drop)));
    tale->is_established = false;
    account_drop(chronicle->world, node, drop);
    if (node->account.request.payload != TRACE_ABSENT)
        node->account.request.payload_bytes = tale->moved;
    account_failed(chronicle->world, node, drop);
    if (was_online)
        account_lost(chronicle->world, node, drop);
}

void chronicle_refused(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->tales[sight->node].is_established = false;
    tell_end(chronicle, sight->node, DROP_REFUSED);
}

void chronicle_timed_out(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    if (sight->a == DROP_TIMEOUT_MASTER) {
        tale->own_word = DROP_TIMEOUT_MASTER; /* "lost" follows */
        return;
    }
    tale->is_established = true;
    tell_end(chronicle, sight->node, (enum drop)sight->a);
}

void chronicle_lost_master(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    bool is_ordered = chronicle_is_now(chronicle, chronicle->rules[sight->node].role_changed) ||
                      chronicle_follows(chronicle, sight->node, SIGHT_PROMOTED);
    if (!tale->is_online)
        return;
    tell_end(chronicle, sight->node,
             is_ordered                    ? DROP_ROLE_CHANGED
             : tale->own_word != DROP_NONE ? tale->own_word
                                           : DROP_LOST);
}

void chronicle_sync_failed(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    if (!tale->is_dialling && !tale->is_established)
        return;
    tale->is_established = true;
    tell_end(chronicle, sight->node, (enum drop)sight->a);
}

void chronicle_ask(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = chronicle_node(chronicle, sight->node);
    struct tale *tale = &chronicle->tales[sight->node];
    tale->is_established = true;
    tale->with = sight->peer;
    tale->payload_bytes = tale->moved = 0;
    tale->is_sent = false;
    tale->flushed = tale->loads = TRACE_ABSENT;
    if (!chronicle_is_told(chronicle))
        return;
    TELL(chronicle, EVENT_ASK, sight->node, NUM(sight->peer), TEXT(sight->text), NUM(sight->a));
    account_asked(chronicle->world, node, sight->peer, sight->text, sight->a);
    stage_note_gap(chronicle->world, node);
}

void chronicle_answered(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle_node(chronicle, sight->node)->account.request.answered = chronicle->world->now;
}

static void online(struct chronicle *chronicle, int32_t index, bool is_partial, int64_t offset)
{
    struct node *node = chronicle_node(chronicle, index);
    struct tale *tale = &chronicle->tales[index];
    tale->is_online = true;
    tale->is_dialling = false;
    course_hold(chronicle->world, node, offset);
    if (!chronicle_is_told(chronicle))
        return;
    account_online(chronicle->world, node, is_partial);
    node->account.has_data = false; /* see stage.h */
    TELL(chronicle, EVENT_ONLINE, index, NUM(node->master), TEXT(is_partial ? "partial" : "full"),
         NUM(offset));
}

void chronicle_continued(struct chronicle *chronicle, const struct sight *sight)
{
    const struct request *request = &chronicle_node(chronicle, sight->node)->account.request;
    online(chronicle, sight->node, true, MAX(request->asked_offset - 1, 0));
}

void chronicle_flushes(struct chronicle *chronicle, const struct sight *sight)
{
    struct node *node = chronicle_node(chronicle, sight->node);
    struct tale *tale = &chronicle->tales[sight->node];
    tale->flushed = chronicle->world->now;
    node->account.request.received = chronicle->world->now;
    TELL(chronicle, EVENT_RECEIVED, sight->node, NUM(node->master), NUM(tale->payload_bytes));
    chronicle->rules[sight->node].id_changed = chronicle->world->now;
}

void chronicle_loads(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->tales[sight->node].loads = chronicle->world->now;
}

void chronicle_loaded(struct chronicle *chronicle, const struct sight *sight)
{
    struct tale *tale = &chronicle->tales[sight->node];
    int64_t now = chronicle->world->now;
    bool is_timed = tale->flushed != TRACE_ABSENT && tale->loads != TRACE_ABSENT;
    TELL(chronicle, EVENT_LOADED, sight->node,
         NUM(is_timed ? tale->loads - tale->flushed : TRACE_ABSENT),
         NUM(is_timed ? now - tale->loads : TRACE_ABSENT));
    online(chronicle, sight->node, false, tale->full_offset);
}

void chronicle_took_id(struct chronicle *chronicle, const struct sight *sight)
{
    chronicle->rules[sight->node].id_changed = chronicle->world->now;
    const struct sight *range = chronicle_nearest(chronicle, SIGHT_RANGE, sight->node);
    TELL(chronicle, EVENT_IDENTITY, sight->node, TEXT("continued"), TEXT(sight->text), TEXT(NULL),
         NUM(range == NULL ? TRACE_ABSENT : range->a + 1));
}
