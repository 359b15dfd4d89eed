/* The replica's part: what its log and the wire say of its link and its synchronisations. See
 * reconstruction.h. */
#include "sim/live/observe/reconstruction_inside.h"

/* An old master that hands over dials without having been told to by us: whom, its request says. */
static void became_replica_by_failover(struct reconstruction *reconstruction, int32_t index)
{
    struct seen_node *node = reconstruction_node(reconstruction, index);
    for (guint i = reconstruction->at; i < reconstruction->observations->list->len; i++) {
        const struct observation *after = reconstruction_observation(reconstruction, i);
        if (after->kind != SEEN_ASK || after->node != index)
            continue;
        if (reconstruction_is_emitted(reconstruction) && !node->is_down)
            reconstruction_lose(reconstruction, node, DROP_ROLE_CHANGED);
        node->master = after->peer;
        TELL(reconstruction, role, index, e->role = "replica", e->master = after->peer);
        return;
    }
}

void reconstruction_dials(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    struct seen_node *node = reconstruction_node(reconstruction, observation->node);
    struct tale *tale = &reconstruction->tales[observation->node];
    if (node->master < 0)
        became_replica_by_failover(reconstruction, observation->node);
    tale->is_dialling = true;
    tale->is_established = false;
    tale->own_word = DROP_NONE;
    tale->with = node->master;
    if (!reconstruction_is_emitted(reconstruction))
        return;
    TELL(reconstruction, connect, observation->node, e->master = node->master);
    node->attempt.event.dialled_ns = reconstruction->now;
}

/* The attempt, or the link, ended. */
static void tell_end(struct reconstruction *reconstruction, int32_t index, enum drop drop)
{
    struct seen_node *node = reconstruction_node(reconstruction, index);
    struct tale *tale = &reconstruction->tales[index];
    bool was_online = tale->is_online;
    tale->is_online = tale->is_dialling = false;
    tale->own_word = DROP_NONE;
    if (!reconstruction_is_emitted(reconstruction))
        return;
    if (was_online || tale->is_established)
        TELL(reconstruction, drop, index, e->peer = tale->with, e->why = drop,
             e->phase = was_online ? "online" : "sync", e->is_at_master = false);
    else
        TELL(reconstruction, connect_failed, index, e->master = tale->with, e->why = drop);
    tale->is_established = false;
    if (node->attempt.event.payload_ns != TRACE_ABSENT)
        node->attempt.event.payload_bytes = tale->moved;
    reconstruction_fail(reconstruction, node, drop);
    if (was_online)
        reconstruction_lose(reconstruction, node, drop);
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
    struct seen_node *node = reconstruction_node(reconstruction, observation->node);
    struct tale *tale = &reconstruction->tales[observation->node];
    tale->is_established = true;
    tale->with = observation->peer;
    tale->payload_bytes = tale->moved = 0;
    tale->is_sent = false;
    tale->flushed = tale->loads = TRACE_ABSENT;
    if (!reconstruction_is_emitted(reconstruction))
        return;
    TELL(reconstruction, ask, observation->node, e->master = observation->peer,
         e->asked_id = observation->text, e->asked_offset = observation->a);
    attempt_ask(&node->attempt, reconstruction->now, observation->peer, observation->text,
                observation->a);
}

void reconstruction_answered(struct reconstruction *reconstruction,
                             const struct observation *observation)
{
    reconstruction_node(reconstruction, observation->node)->attempt.event.answered_ns =
        reconstruction->now;
}

/* What it cost, as account_online (sim/world) has it. */
static void count_sent(const struct reconstruction *reconstruction, struct seen_node *node,
                       bool is_partial)
{
    struct event_resync *resync = &node->attempt.event;
    int32_t whose = resync->master >= 0 ? resync->master : node->master; /* asked before t = 0 */
    if (whose < 0)
        return;
    const struct seen_node *master = reconstruction_node(reconstruction, whose);
    if (is_partial)
        resync->spare_bytes = attempt_spare(&node->attempt, master->config.backlog_bytes);
    else
        resync->owed_bytes = MAX(0, master->offset - node->attempt.snapshot_offset);
    resync->sent_bytes = resync->payload_bytes + resync->owed_bytes;
    resync->stale_ns = 0;
}

static void online(struct reconstruction *reconstruction, int32_t index, bool is_partial,
                   int64_t offset)
{
    struct seen_node *node = reconstruction_node(reconstruction, index);
    struct tale *tale = &reconstruction->tales[index];
    tale->is_online = true;
    tale->is_dialling = false;
    node->offset = offset;
    if (!reconstruction_is_emitted(reconstruction))
        return;
    count_sent(reconstruction, node, is_partial);
    attempt_online(&node->attempt, reconstruction->trace, reconstruction->now, index);
    node->is_down = false;
    TELL(reconstruction, online, index, e->master = node->master,
         e->kind = is_partial ? REASON_KIND_PARTIAL : REASON_KIND_FULL, e->offset = offset);
}

void reconstruction_continued(struct reconstruction *reconstruction,
                              const struct observation *observation)
{
    const struct attempt *attempt =
        &reconstruction_node(reconstruction, observation->node)->attempt;
    online(reconstruction, observation->node, true, MAX(attempt->event.asked_offset - 1, 0));
}

void reconstruction_flushes(struct reconstruction *reconstruction,
                            const struct observation *observation)
{
    struct seen_node *node = reconstruction_node(reconstruction, observation->node);
    struct tale *tale = &reconstruction->tales[observation->node];
    tale->flushed = reconstruction->now;
    node->attempt.event.received_ns = reconstruction->now;
    TELL(reconstruction, received, observation->node, e->master = node->master,
         e->payload_bytes = tale->payload_bytes);
    reconstruction->rules[observation->node].id_changed = reconstruction->now;
}

void reconstruction_loads(struct reconstruction *reconstruction,
                          const struct observation *observation)
{
    reconstruction->tales[observation->node].loads = reconstruction->now;
}

void reconstruction_loaded(struct reconstruction *reconstruction,
                           const struct observation *observation)
{
    struct tale *tale = &reconstruction->tales[observation->node];
    int64_t now = reconstruction->now;
    bool is_timed = tale->flushed != TRACE_ABSENT && tale->loads != TRACE_ABSENT;
    TELL(reconstruction, loaded, observation->node,
         e->flush_ns = is_timed ? tale->loads - tale->flushed : TRACE_ABSENT,
         e->load_ns = is_timed ? now - tale->loads : TRACE_ABSENT);
    online(reconstruction, observation->node, false, tale->full_offset);
}

void reconstruction_took_id(struct reconstruction *reconstruction,
                            const struct observation *observation)
{
    reconstruction->rules[observation->node].id_changed = reconstruction->now;
    const struct observation *range =
        reconstruction_nearest(reconstruction, SEEN_RANGE, observation->node);
    TELL(reconstruction, identity, observation->node, e->why = ID_CONTINUED,
         e->replid = observation->text,
         e->second_offset = range == NULL ? TRACE_ABSENT : range->a + 1);
}
