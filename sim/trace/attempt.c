/* See attempt.h. */
#include "sim/trace/attempt.h"

#include <string.h>

void attempt_init(struct attempt *attempt)
{
    *attempt = (struct attempt){.event = EVENT_ABSENT.resync};
    attempt->event.kind = REASON_KIND_FULL;
    attempt->event.reason = REASON_FULL_REQUESTED;
    attempt->event.payload_bytes = attempt->event.sent_bytes = attempt->event.buffer_peak_bytes = 0;
}

void attempt_lost(struct attempt *attempt, int64_t t, enum drop drop)
{
    attempt_init(attempt);
    attempt->event.lost_ns = t;
    attempt->event.lost_by = drop;
}

void attempt_ask(struct attempt *attempt, int64_t t, int32_t master, const char *id, int64_t offset)
{
    struct event_resync before = attempt->event, *event = &attempt->event;
    attempt_init(attempt);
    event->lost_ns = before.lost_ns;
    event->lost_by = before.lost_by;
    event->dialled_ns = before.dialled_ns;
    event->master = master;
    event->asked_ns = t;
    event->asked_offset = offset;
    attempt->is_open = true;
    memcpy(attempt->asked_id, id, strnlen(id, REPLID_SIZE - 1));
}

void attempt_decided(struct attempt *attempt, enum reason_kind kind, enum reason reason)
{
    attempt->is_decided = kind != REASON_KIND_ERROR;
    attempt->event.kind = kind;
    attempt->event.reason = reason;
}

int64_t attempt_spare(const struct attempt *attempt, int64_t size_bytes)
{
    int64_t held = attempt->event.backlog_bytes;
    return (held > size_bytes ? held : size_bytes) - attempt->event.owed_bytes;
}

static void emit(struct attempt *attempt, struct trace *trace, int64_t t, int32_t node)
{
    struct event event = {.t = t, .kind = EVENT_RESYNC, .node = node};
    bool was_lost = attempt->event.lost_ns != TRACE_ABSENT;
    attempt->event.down_ns = was_lost ? t - attempt->event.lost_ns : TRACE_ABSENT;
    event.resync = attempt->event;
    event.resync.asked_id = attempt->asked_id;
    trace_emit(trace, &event);
    attempt->is_open = false;
}

void attempt_online(struct attempt *attempt, struct trace *trace, int64_t t, int32_t node)
{
    attempt->event.outcome = OUTCOME_ONLINE;
    attempt->event.online_ns = t;
    emit(attempt, trace, t, node);
}

bool attempt_can_fail(const struct attempt *attempt)
{
    return attempt->is_open && attempt->is_decided && attempt->event.kind == REASON_KIND_FULL;
}

bool attempt_failed(struct attempt *attempt, struct trace *trace, int64_t t, int32_t node,
                    enum drop drop)
{
    if (!attempt_can_fail(attempt))
        return false;
    attempt->event.outcome = OUTCOME_FAILED;
    attempt->event.failed_by = drop;
    emit(attempt, trace, t, node);
    return true;
}
