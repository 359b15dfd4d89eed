/* See trace_unfold.h. */
#include "sim/compare/trace_unfold.h"

struct attempt {
    const struct trace_read_event *repeated;
    GArray *events; /* struct trace_read_event of the one that was written; the first is its dial */
    int64_t attempts, first, last, asked, answered;
    bool goes_on;
};

static const struct trace_read_event *event_at(const struct trace_lists *trace, guint index)
{
    return &g_array_index(trace->events, struct trace_read_event, index);
}

static struct trace_value value_at(const struct trace_lists *trace,
                                   const struct trace_read_event *event, size_t field)
{
    return g_array_index(trace->values, struct trace_value, event->first + field);
}

static int64_t number_at(const struct trace_lists *trace, const struct trace_read_event *event,
                         size_t field)
{
    return value_at(trace, event, field).number;
}

static bool is_name(const struct trace_lists *trace, const struct trace_read_event *event,
                    size_t field, int32_t node)
{
    const char *name = value_at(trace, event, field).text;
    return g_strcmp0(name, g_ptr_array_index(trace->names, (guint)node)) == 0;
}

static bool is_of(const struct trace_lists *trace, const struct trace_read_event *event,
                  int32_t node)
{
    if (event->kind == EVENT_ANSWER)
        return is_name(trace, event, EVENT_AT(answer, replica), node);
    if (event->kind == EVENT_DROP && event->node != node)
        return is_name(trace, event, EVENT_AT(drop, peer), node);
    return event->node == node &&
           (event->kind == EVENT_CONNECT || event->kind == EVENT_ASK || event->kind == EVENT_DROP);
}

/* The last attempt before event `at`. */
static bool find_attempt(const struct trace_lists *trace, guint at, struct attempt *attempt)
{
    const struct trace_read_event *repeated = attempt->repeated = event_at(trace, at);
    guint begin = at;
    g_array_set_size(attempt->events, 0);
    attempt->attempts = number_at(trace, repeated, EVENT_AT(repeated, attempts));
    attempt->first = number_at(trace, repeated, EVENT_AT(repeated, first_ns));
    attempt->last = number_at(trace, repeated, EVENT_AT(repeated, last_ns));
    attempt->goes_on = number_at(trace, repeated, EVENT_AT(repeated, goes_on)) > 0;
    attempt->asked = number_at(trace, repeated, EVENT_AT(repeated, asked_ns));
    attempt->answered = number_at(trace, repeated, EVENT_AT(repeated, answered_ns));
    while (begin > 0 && !(event_at(trace, begin)->kind == EVENT_CONNECT &&
                          event_at(trace, begin)->node == repeated->node))
        begin--;
    for (guint i = begin; i < at; i++)
        if (is_of(trace, event_at(trace, i), repeated->node))
            g_array_append_vals(attempt->events, event_at(trace, i), 1);
    return attempt->events->len > 0 &&
           g_array_index(attempt->events, struct trace_read_event, 0).kind == EVENT_CONNECT &&
           g_array_index(attempt->events, struct trace_read_event, 0).t >= 0 &&
           attempt->first >= 0 && attempt->last >= attempt->first && repeated->t >= attempt->last &&
           attempt->attempts > 0;
}

/* When an event of the attempt that goes on came; absent: it is still to come. */
static int64_t time_in_last(const struct attempt *attempt, const struct trace_read_event *event)
{
    return event->kind == EVENT_CONNECT  ? attempt->last
           : event->kind == EVENT_ASK    ? attempt->asked
           : event->kind == EVENT_ANSWER ? attempt->answered
                                         : TRACE_ABSENT;
}

static int64_t dial_at(const struct attempt *attempt, int64_t index)
{
    int64_t gaps = attempt->attempts - 1, span = attempt->last - attempt->first;
    return gaps <= 0 ? attempt->first
                     : attempt->first + span / gaps * index + span % gaps * index / gaps;
}

static void unfold_one(const struct trace_lists *trace, const struct attempt *attempt,
                       int64_t index)
{
    bool is_last = index + 1 == attempt->attempts;
    int64_t dial = dial_at(attempt, index);
    int64_t next = is_last ? attempt->repeated->t : dial_at(attempt, index + 1);
    int64_t begin = g_array_index(attempt->events, struct trace_read_event, 0).t;
    for (guint i = 0; i < attempt->events->len; i++) {
        struct trace_read_event event = g_array_index(attempt->events, struct trace_read_event, i);
        event.t = is_last && attempt->goes_on ? time_in_last(attempt, &event)
                                              : dial + MIN(event.t - begin, next - dial);
        event.line = attempt->repeated->line;
        if (event.t != TRACE_ABSENT)
            g_array_append_val(trace->events, event);
    }
}

const struct trace_read_event *trace_unfold(const struct trace_lists *trace)
{
    struct attempt attempt = {.events = g_array_new(FALSE, FALSE, sizeof(struct trace_read_event))};
    const struct trace_read_event *failed = NULL;
    guint count = trace->events->len;
    int64_t room = TRACE_UNFOLD_EVENTS;
    for (guint i = 0; i < count && failed == NULL; i++) {
        if (event_at(trace, i)->kind != EVENT_REPEATED)
            continue;
        struct trace_read_event repeated = *event_at(trace, i); /* the list may move */
        bool is_good = repeated.node >= 0 && find_attempt(trace, i, &attempt) &&
                       attempt.attempts <= room / (int64_t)attempt.events->len;
        attempt.repeated = &repeated;
        if (!is_good)
            failed = event_at(trace, i);
        for (int64_t each = 0; is_good && each < attempt.attempts; each++)
            unfold_one(trace, &attempt, each);
        room -= is_good ? attempt.attempts * attempt.events->len : 0;
    }
    g_array_free(attempt.events, TRUE);
    return failed;
}
