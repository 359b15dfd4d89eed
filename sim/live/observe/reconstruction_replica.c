/* The replica's part: what its log and the wire say of its link and its synchronisations. See
 * reconstruction.h. */
#include "sim/live/observe/reconstruction_inside.h"
#include "sim/engine/time.h"
#include "sim/live/observe/stage.h"
#include "sim/world/offset_track.h"
#include "sim/world/account.h"

/* An old master that hands over dials without an order of ours: whom, its request says. */
static void became_replica_by_failover(struct reconstruction *reconstruction, int32_t index)
{
    struct node *node = reconstruction_node(reconstruction, index);
    for (guint i = reconstruction->at; i < reconstruction->observations->list->len; i++) {
        const struct observation *after = reconstruction_observation(reconstruction, i);
        if (after->kind != SEEN_ASK || after->node != index)
            continue;
        if (reconstruction_is_emitted(reconstruction) && node->account.down_since < 0)
            account_lost(reconstruction->world, node, DROP_ROLE_CHANGED);
        node->master = after->peer;
        TELL(reconstruction, EVENT_ROLE, index, TEXT("replica"), NUM(after->peer));
        return;
    }
}

void reconstruction_dials(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    struct node *node = reconstruction_node(reconstruction, observation->node);
    struct tale *tale = &reconstruction->tales[observation->node];
    if (node->master == NO_INDEX)
        became_replica_by_failover(reconstruction, observation->node);
    tale->is_dialling = true;
    tale->is_established = false;
    tale->own_word = DROP_NONE;
    tale->with = node->master;
    if (!reconstruction_is_emitted(reconstruction))
        return;
    TELL(reconstruction, EVENT_CONNECT, observation->node, NUM(node->master));
    account_dialled(reconstruction->world, node);
}

/* The attempt, or the link, ended. */
static void tell_end(struct reconstruction *reconstruction, int32_t index, enum drop drop)
{
    struct node *node = reconstruction_node(reconstruction, index);
    struct tale *tale = &reconstruction->tales[index];
    bool was_online = tale->is_online;
    tale->is_online = tale->is_dialling = false;
    tale->own_word = DROP_NONE;
    if (!reconstruction_is_emitted(reconstruction))
        return;
    if (was_online || tale->is_established)
        TELL(reconstruction, EVENT_DROP, index, NUM(tale->with), TEXT(drop_name(drop)),
             TEXT(was_online ? "online" : "sync"), NONE);
    else
        TELL(reconstruction, EVENT_CONNECT_FAILED, index, NUM(tale->with), TEXT(drop_name(drop)));
    tale->is_established = false;
    account_drop(reconstruction->world, node, drop);
    if (node->account.request.payload != TRACE_ABSENT)
        node->account.request.payload_bytes = tale->moved;
    account_failed(reconstruction->world, node, drop);
    if (was_online)
        account_lost(reconstruction->world, node, drop);
}

void reconstruction_refused(struct reconstruction *reconstruction,
                            const struct observation *observation)
{
    reconstruction->tales[observation->node].is_established = false;
    tell_end(reconstruction, observation->node, DROP_REFUSED);
}

void reconstruction_timed_out(struct reconstruction *reconstruction,
                              const struct observation *observation)
{
    struct tale *tale = &reconstruction->tales[observation->node];
    if (observation->a == DROP_TIMEOUT_MASTER) {
        tale->own_word = DROP_TIMEOUT_MASTER; /* "lost" follows */
        return;
    }
    tale->is_established = true;
    tell_end(reconstruction, observation->node, (enum drop)observation->a);
}

void reconstruction_lost_master(struct reconstruction *reconstruction,
                                const struct observation *observation)
{
    struct tale *tale = &reconstruction->tales[observation->node];
    bool is_ordered = reconstruction_is_now(
                          reconstruction, reconstruction->rules[observation->node].role_changed) ||
                      reconstruction_follows(reconstruction, observation->node, SEEN_PROMOTED);
    if (!tale->is_online)
        return;
    tell_end(reconstruction, observation->node,
             is_ordered                    ? DROP_ROLE_CHANGED
             : tale->own_word != DROP_NONE ? tale->own_word
                                           : DROP_LOST);
}

void reconstruction_sync_failed(struct reconstruction *reconstruction,
                                const struct observation *observation)
{
    struct tale *tale = &reconstruction->tales[observation->node];
    if (!tale->is_dialling && !tale->is_established)
        return;
    tale->is_established = true;
    tell_end(reconstruction, observation->node, (enum drop)observation->a);
}

void reconstruction_ask(struct reconstruction *reconstruction,
                        const struct observation *observation)
{
    struct node *node = reconstruction_node(reconstruction, observation->node);
    struct tale *tale = &reconstruction->tales[observation->node];
    tale->is_established = true;
    tale->with = observation->peer;
    tale->payload_bytes = tale->moved = 0;
    tale->is_sent = false;
    tale->flushed = tale->loads = TRACE_ABSENT;
    if (!reconstruction_is_emitted(reconstruction))
        return;
    TELL(reconstruction, EVENT_ASK, observation->node, NUM(observation->peer),
         TEXT(observation->text), NUM(observation->a));
    account_asked(reconstruction->world, node, observation->peer, observation->text,
                  observation->a);
    stage_note_gap(reconstruction->world, node);
}

void reconstruction_answered(struct reconstruction *reconstruction,
                             const struct observation *observation)
{
    reconstruction_node(reconstruction, observation->node)->account.request.answered =
        reconstruction->world->now;
}

static void online(struct reconstruction *reconstruction, int32_t index, bool is_partial,
                   int64_t offset)
{
    struct node *node = reconstruction_node(reconstruction, index);
    struct tale *tale = &reconstruction->tales[index];
    tale->is_online = true;
    tale->is_dialling = false;
    offset_track_hold(reconstruction->world, node, offset);
    if (!reconstruction_is_emitted(reconstruction))
        return;
    account_online(reconstruction->world, node, is_partial);
    node->account.has_data = false; /* see stage.h */
    TELL(reconstruction, EVENT_ONLINE, index, NUM(node->master),
         TEXT(is_partial ? "partial" : "full"), NUM(offset));
}

void reconstruction_continued(struct reconstruction *reconstruction,
                              const struct observation *observation)
{
    const struct request *request =
        &reconstruction_node(reconstruction, observation->node)->account.request;
    online(reconstruction, observation->node, true, MAX(request->asked_offset - 1, 0));
}

void reconstruction_flushes(struct reconstruction *reconstruction,
                            const struct observation *observation)
{
    struct node *node = reconstruction_node(reconstruction, observation->node);
    struct tale *tale = &reconstruction->tales[observation->node];
    tale->flushed = reconstruction->world->now;
    node->account.request.received = reconstruction->world->now;
    TELL(reconstruction, EVENT_RECEIVED, observation->node, NUM(node->master),
         NUM(tale->payload_bytes));
    reconstruction->rules[observation->node].id_changed = reconstruction->world->now;
}

void reconstruction_loads(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    reconstruction->tales[observation->node].loads = reconstruction->world->now;
}

void reconstruction_loaded(struct reconstruction *reconstruction,
                           const struct observation *observation)
{
    struct tale *tale = &reconstruction->tales[observation->node];
    int64_t now = reconstruction->world->now;
    bool is_timed = tale->flushed != TRACE_ABSENT && tale->loads != TRACE_ABSENT;
    TELL(reconstruction, EVENT_LOADED, observation->node,
         NUM(is_timed ? tale->loads - tale->flushed : TRACE_ABSENT),
         NUM(is_timed ? now - tale->loads : TRACE_ABSENT));
    online(reconstruction, observation->node, false, tale->full_offset);
}

void reconstruction_took_id(struct reconstruction *reconstruction,
                            const struct observation *observation)
{
    reconstruction->rules[observation->node].id_changed = reconstruction->world->now;
    const struct observation *range =
        reconstruction_nearest(reconstruction, SEEN_RANGE, observation->node);
    TELL(reconstruction, EVENT_IDENTITY, observation->node, TEXT("continued"),
         TEXT(observation->text), TEXT(NULL), NUM(range == NULL ? TRACE_ABSENT : range->a + 1));
}
