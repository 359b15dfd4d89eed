/* See ledger.h. A resynchronisation is told in full when the replica is online or has failed, as a
 * run tells it. */
#include "sim/host/session/ledger.h"

#include <assert.h>
#include <string.h>
#include "sim/host/session/ledger_resync.h"

#define EMIT(ledger, t, kind, node, ...)                                                           \
    do {                                                                                           \
        const struct trace_value values_[] = {__VA_ARGS__};                                        \
        trace_emit(&(ledger)->trace, t, EVENT_##kind, node,                                        \
                   (struct trace_fields){values_, sizeof values_ / sizeof *values_});              \
    } while (false)

#define NUMBER TRACE_NUMBER
#define TEXT   TRACE_TEXT
#define MASTER NUMBER(0)

static void forget_request(struct ledger_replica *at)
{
    at->is_decided = false;
    at->reason = LEDGER_UNKNOWN;
    at->asked_id[0] = '\0';
    at->asked_offset = at->backlog_first = at->backlog_bytes = at->owed = TRACE_ABSENT;
    at->dialled = at->asked = at->answered = at->payload = at->received = TRACE_ABSENT;
    at->size = at->buffer_peak = TRACE_ABSENT;
}

int32_t ledger_add(struct ledger *ledger, const char *name)
{
    int32_t node = ledger->count++;
    assert(node < LEDGER_NODES);
    g_strlcpy(ledger->names[node], name, sizeof ledger->names[node]);
    ledger->name_list[node] = ledger->names[node];
    struct ledger_replica *at = &ledger->replicas[node];
    *at = (struct ledger_replica){.online_since = TRACE_ABSENT, .lost = TRACE_ABSENT};
    forget_request(at);
    return node;
}

void ledger_init(struct ledger *ledger, trace_sink *sink, void *sink_user)
{
    memset(ledger, 0, sizeof *ledger);
    trace_init(&ledger->trace, sink != NULL ? TRACE_LINES : TRACE_DIGEST, ledger->name_list);
    ledger->trace.sink = sink;
    ledger->trace.sink_user = sink_user;
    ledger->resyncs = g_array_new(FALSE, FALSE, sizeof(struct ledger_resync));
    ledger_add(ledger, "master");
}

void ledger_clear(struct ledger *ledger)
{
    g_array_free(ledger->resyncs, TRUE);
}

void ledger_connect(struct ledger *ledger, int64_t t, int32_t r)
{
    forget_request(&ledger->replicas[r]);
    ledger->replicas[r].dialled = t;
    EMIT(ledger, t, CONNECT, r, MASTER);
}

void ledger_connect_failed(struct ledger *ledger, int64_t t, int32_t r, enum drop drop)
{
    ledger->replicas[r].drops[drop]++;
    EMIT(ledger, t, CONNECT_FAILED, r, MASTER, TEXT(drop_name(drop)));
}

void ledger_ask(struct ledger *ledger, int64_t t, int32_t r, const char *id, int64_t offset)
{
    struct ledger_replica *at = &ledger->replicas[r];
    g_strlcpy(at->asked_id, id, sizeof at->asked_id);
    at->asked_offset = offset;
    at->asked = t;
    EMIT(ledger, t, ASK, r, MASTER, TEXT(at->asked_id), NUMBER(offset));
}

static const char *const KINDS[] = {
    [REASON_KIND_PARTIAL] = "partial", [REASON_KIND_FULL] = "full", [REASON_KIND_ERROR] = "error"};

static const char *name_of(int reason)
{
    return reason == LEDGER_UNKNOWN ? NULL : reason_name((enum reason)reason);
}

void ledger_answered(struct ledger *ledger, int64_t t, int32_t r,
                     const struct ledger_answer *answer)
{
    struct ledger_replica *at = &ledger->replicas[r];
    bool has_backlog = answer->backlog != NULL && answer->backlog->exists;
    at->backlog_first = has_backlog ? answer->backlog->first : TRACE_ABSENT;
    at->backlog_bytes = has_backlog ? answer->backlog->length : TRACE_ABSENT;
    at->answered = t;
    at->is_decided = answer->kind != REASON_KIND_ERROR;
    at->is_partial = answer->kind == REASON_KIND_PARTIAL;
    at->reason = answer->reason;
    if (at->is_partial && answer->offset != TRACE_ABSENT)
        at->owed = answer->offset + 1 - at->asked_offset;
    if (answer->reason != LEDGER_UNKNOWN)
        at->reasons[answer->reason]++;
    at->refused += answer->kind == REASON_KIND_ERROR;
    EMIT(ledger, t, ANSWER, 0, NUMBER(r), TEXT(KINDS[answer->kind]), TEXT(name_of(answer->reason)),
         TEXT(at->asked_id), NUMBER(at->asked_offset), NUMBER(answer->offset),
         NUMBER(at->backlog_first), NUMBER(at->backlog_bytes));
}

void ledger_payload(struct ledger *ledger, int64_t t, int32_t r, int64_t size)
{
    struct ledger_replica *at = &ledger->replicas[r];
    at->payload = t;
    EMIT(ledger, t, PAYLOAD, 0, NUMBER(r), TEXT(size < 0 ? "eof" : "length"),
         NUMBER(size < 0 ? TRACE_ABSENT : size));
}

void ledger_payload_sent(struct ledger *ledger, int64_t t, int32_t r, int64_t buffer_bytes)
{
    ledger->replicas[r].buffer_peak = buffer_bytes;
    EMIT(ledger, t, PAYLOAD_SENT, 0, NUMBER(r), NUMBER(buffer_bytes));
}

void ledger_received(struct ledger *ledger, int64_t t, int32_t r, int64_t size)
{
    struct ledger_replica *at = &ledger->replicas[r];
    at->received = t;
    at->size = size;
    at->payload_bytes += size;
    EMIT(ledger, t, RECEIVED, r, MASTER, NUMBER(size));
    EMIT(ledger, t, LOADED, r, NUMBER(0), NUMBER(0));
}

/* The fields of RESYNC, in the order of event.def. */
static void tell_resync(struct ledger *ledger, int64_t t, int32_t r, enum drop failed_by)
{
    struct ledger_replica *at = &ledger->replicas[r];
    bool is_online = failed_by == DROP_NONE;
    bool was_lost = at->lost != TRACE_ABSENT;
    const struct ledger_resync resync = {
        .t = t,
        .node = r,
        .values = {MASTER,
                   TEXT(at->is_partial ? "partial" : "full"),
                   TEXT(name_of(at->reason)),
                   TEXT(is_online ? "online" : "failed"),
                   TEXT(is_online ? NULL : drop_name(failed_by)),
                   TEXT(was_lost ? drop_name(at->lost_by) : NULL),
                   TEXT(at->asked_id),
                   NUMBER(at->asked_offset),
                   NUMBER(at->backlog_first),
                   NUMBER(at->backlog_bytes),
                   NUMBER(at->owed),
                   NUMBER(at->lost),
                   NUMBER(at->dialled),
                   NUMBER(at->asked),
                   NUMBER(at->answered),
                   NUMBER(at->payload),
                   NUMBER(at->received),
                   NUMBER(is_online ? t : TRACE_ABSENT),
                   NUMBER(TRACE_ABSENT),
                   NUMBER(at->size),
                   NUMBER(TRACE_ABSENT),
                   NUMBER(at->buffer_peak),
                   NUMBER(TRACE_ABSENT),
                   NUMBER(was_lost && is_online ? t - at->lost : TRACE_ABSENT),
                   NUMBER(TRACE_ABSENT)},
    };
    trace_emit(&ledger->trace, t, EVENT_RESYNC, r,
               (struct trace_fields){resync.values, LEDGER_RESYNC_FIELDS});
    g_array_append_val(ledger->resyncs, resync);
    struct ledger_resync *kept =
        &g_array_index(ledger->resyncs, struct ledger_resync, ledger->resyncs->len - 1);
    g_strlcpy(kept->asked_id, at->asked_id, sizeof kept->asked_id);
    at->is_decided = false;
}

void ledger_online(struct ledger *ledger, int64_t t, int32_t r, int64_t offset)
{
    struct ledger_replica *at = &ledger->replicas[r];
    at->full += !at->is_partial;
    at->partial += at->is_partial;
    at->offset = offset;
    at->online_since = t;
    EMIT(ledger, t, ONLINE, r, MASTER, TEXT(at->is_partial ? "partial" : "full"), NUMBER(offset));
    tell_resync(ledger, t, r, DROP_NONE);
}

void ledger_drop(struct ledger *ledger, int64_t t, int32_t r, const struct ledger_end *end)
{
    struct ledger_replica *at = &ledger->replicas[r];
    bool was_online = at->online_since != TRACE_ABSENT;
    at->drops[end->drop]++;
    EMIT(ledger, t, DROP, end->by_master ? 0 : r, NUMBER(end->by_master ? r : 0),
         TEXT(drop_name(end->drop)), TEXT(end->phase), NUMBER(end->buffer_bytes));
    if (at->is_decided && !was_online) {
        at->full_failed += !at->is_partial;
        tell_resync(ledger, t, r, end->drop);
    }
    if (!was_online)
        return;
    at->online += t - at->online_since;
    at->online_since = TRACE_ABSENT;
    at->lost_by = end->drop;
    at->lost = t;
}

void ledger_ack(struct ledger *ledger, int64_t t, int32_t r, int64_t offset)
{
    ledger->replicas[r].offset = offset;
    EMIT(ledger, t, ACK, 0, NUMBER(r), NUMBER(offset));
}

void ledger_ping(struct ledger *ledger, int64_t t, int64_t offset)
{
    EMIT(ledger, t, PING, 0, NUMBER(offset));
}

bool ledger_is_online(const struct ledger *ledger, int32_t r)
{
    return ledger->replicas[r].online_since != TRACE_ABSENT;
}

int64_t ledger_online_ns(const struct ledger *ledger, int32_t r, int64_t t)
{
    const struct ledger_replica *at = &ledger->replicas[r];
    return at->online + (ledger_is_online(ledger, r) ? t - at->online_since : 0);
}
