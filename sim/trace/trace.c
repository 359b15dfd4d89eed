/* Events, trace lines and their digest. See trace.h.
 *
 * The table is expanded into one flat list in which every event is a mark followed by its fields;
 * the fields of event k are what lies between mark k and mark k + 1. */
#include "sim/trace/trace.h"

#include <assert.h>
#include <string.h>

#define LINE_ROOM 8192

/* TYPE of event.def; from TEXT on, written as a text, and from KIND on, enumerations. */
enum type {
    TYPE_NODE,
    TYPE_INT,
    TYPE_BOOL,
    TYPE_TEXT,
    TYPE_KIND,
    TYPE_REASON,
    TYPE_DROP,
    TYPE_OUTCOME,
    TYPE_MODE,
    TYPE_ID_CHANGE,
    TYPE_LOSS
};

struct row {
    const char *name, *what;
    uint16_t offset; /* in struct event */
    enum type type;
    bool is_later; /* absent, it is no part of a digest */
};

_Static_assert(sizeof(enum reason) == sizeof(unsigned) && sizeof(enum drop) == sizeof(unsigned) &&
                   sizeof(enum reason_kind) == sizeof(unsigned),
               "an enumeration is read as an unsigned");

static const struct row ROWS[] = {
#define EVENT(NAME, name, what)    {#name, what, 0, TYPE_INT, false},
#define FIELD(of, type, key, what) {#key, what, offsetof(struct event, of.key), TYPE_##type, false},
#define LATER(of, type, key, what) {#key, what, offsetof(struct event, of.key), TYPE_##type, true},
#include "sim/trace/event.def"
};

static const uint16_t MARKS[EVENT_COUNT + 1] = {
#define EVENT(NAME, name, what) EVENT_MARK_##name,
#include "sim/trace/event.def"
    EVENT_MARK_END,
};

const struct event_absent EVENT_ABSENT = {
#define FIELD(event, type, key, what)  .event.key = ABSENT_##type,
#define HIDDEN(event, type, key, what) .event.key = ABSENT_##type,
#include "sim/trace/event.def"
};

/* ---- the catalogue ---- */

const char *event_name(enum event_kind kind)
{
    return ROWS[MARKS[kind]].name;
}

const char *event_what(enum event_kind kind)
{
    return ROWS[MARKS[kind]].what;
}

size_t event_field_count(enum event_kind kind)
{
    return MARKS[kind + 1] - MARKS[kind] - 1U;
}

struct field_info event_field(enum event_kind kind, size_t field)
{
    assert(field < event_field_count(kind));
    const struct row *row = &ROWS[MARKS[kind] + 1U + field];
    enum field_type type = row->type == TYPE_NODE   ? FIELD_NODE
                           : row->type == TYPE_INT  ? FIELD_INT
                           : row->type == TYPE_BOOL ? FIELD_BOOL
                                                    : FIELD_TEXT;
    return (struct field_info){type, row->name, row->what};
}

/* ---- values ---- */

const char *resync_outcome_name(enum resync_outcome outcome)
{
    static const char *const NAMES[] = {"online", "failed", NULL};
    return NAMES[outcome];
}

const char *payload_mode_name(enum payload_mode mode)
{
    static const char *const NAMES[] = {"length", "eof", NULL};
    return NAMES[mode];
}

const char *id_change_name(enum id_change why)
{
    static const char *const NAMES[] = {"backlog",  "backlog-freed",     "promotion",
                                        "failover", "failover-rejected", "continued",
                                        NULL};
    return NAMES[why];
}

static const struct {
    const char *name, *what, *avoided_by;
} LOSSES[LOSS_COUNT + 1] = {
#define LOSS(NAME, name, what, avoided) {name, what, avoided},
#include "sim/trace/loss.def"
#undef LOSS
};

const char *loss_name(enum loss why)
{
    return LOSSES[why].name;
}

const char *loss_what(enum loss why)
{
    return LOSSES[why].what;
}

const char *loss_avoided_by(enum loss why)
{
    return LOSSES[why].avoided_by;
}

/* NULL: absent. */
static const char *name_of(enum type type, unsigned value)
{
    switch (type) {
    case TYPE_KIND:
        return reason_kind_name((enum reason_kind)value);
    case TYPE_REASON:
        return value == REASON_COUNT ? NULL : reason_name((enum reason)value);
    case TYPE_DROP:
        return value == DROP_NONE ? NULL : drop_name((enum drop)value);
    case TYPE_OUTCOME:
        return resync_outcome_name((enum resync_outcome)value);
    case TYPE_MODE:
        return payload_mode_name((enum payload_mode)value);
    case TYPE_LOSS:
        return loss_name((enum loss)value);
    default:
        return id_change_name((enum id_change)value);
    }
}

static struct trace_value value_of(const struct event *event, const struct row *row)
{
    const void *at = (const char *)event + row->offset;
    switch (row->type) {
    case TYPE_NODE:
        return (struct trace_value){.number = *(const int32_t *)at};
    case TYPE_INT:
    case TYPE_BOOL:
        return (struct trace_value){.number = *(const int64_t *)at};
    case TYPE_TEXT:
        return (struct trace_value){.text = *(const char *const *)at};
    default: /* gcc and clang keep these enumerations in an unsigned */
        return (struct trace_value){.text = name_of(row->type, *(const unsigned *)at)};
    }
}

struct trace_value event_value(const struct event *event, size_t field)
{
    return value_of(event, &ROWS[MARKS[event->kind] + 1U + field]);
}

/* ---- lines ---- */

void trace_init(struct trace *trace, enum trace_mode mode, const char *const *names)
{
    *trace = (struct trace){.mode = mode, .node_names = names, .watches_all = true};
    digest_init(&trace->digest);
}

char *trace_print_int(char *out, int64_t value)
{
    char digits[20];
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *out++ = '-';
    while (count > 0)
        *out++ = digits[--count];
    return out;
}

char *trace_print_string(char *out, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    *out++ = '"';
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            *out++ = '\\';
            *out++ = (char)c;
        } else if (c < 0x20) {
            memcpy(out, "\\u00", 4);
            out[4] = hex[c >> 4];
            out[5] = hex[c & 15];
            out += 6;
        } else {
            *out++ = (char)c;
        }
    }
    *out++ = '"';
    return out;
}

static char *put(char *out, const char *text)
{
    size_t len = strlen(text);
    memcpy(out, text, len);
    return out + len;
}

static bool is_absent(enum type type, struct trace_value value)
{
    return type >= TYPE_TEXT   ? value.text == NULL
           : type == TYPE_NODE ? value.number < 0
                               : value.number == TRACE_ABSENT;
}

static char *put_value(const struct trace *trace, char *out, enum type type,
                       struct trace_value value)
{
    if (type >= TYPE_TEXT)
        return trace_print_string(out, value.text);
    if (type == TYPE_NODE)
        return trace_print_string(out, trace->node_names[value.number]);
    if (type == TYPE_BOOL)
        return put(out, value.number != 0 ? "true" : "false");
    return trace_print_int(out, value.number);
}

static void write_line(struct trace *trace, const struct event *event)
{
    char line[LINE_ROOM];
    char *out = put(line, "{\"t\":");
    out = trace_print_int(out, event->t);
    out = put(out, ",\"event\":\"");
    out = put(out, event_name(event->kind));
    *out++ = '"';
    if (event->node >= 0) {
        out = put(out, ",\"node\":");
        out = trace_print_string(out, trace->node_names[event->node]);
    }
    for (uint16_t i = MARKS[event->kind] + 1U; i < MARKS[event->kind + 1]; i++) {
        struct trace_value value = value_of(event, &ROWS[i]);
        if (is_absent(ROWS[i].type, value))
            continue;
        *out++ = ',';
        *out++ = '"';
        out = put(out, ROWS[i].name);
        *out++ = '"';
        *out++ = ':';
        out = put_value(trace, out, ROWS[i].type, value);
        assert(out < line + LINE_ROOM / 2);
    }
    *out++ = '}';
    *out++ = '\n';
    if (!trace->sink(trace->sink_user, line, (size_t)(out - line)))
        trace->is_broken = true;
}

static void add_to_digest(struct digest *digest, const struct event *event)
{
    digest_add(digest, (uint64_t)event->t);
    digest_add(digest, (uint64_t)event->kind << 32 | (uint32_t)event->node);
    for (uint16_t i = MARKS[event->kind] + 1U; i < MARKS[event->kind + 1]; i++) {
        struct trace_value value = value_of(event, &ROWS[i]);
        if (ROWS[i].type < TYPE_TEXT)
            digest_add(digest, (uint64_t)value.number);
        else if (value.text != NULL)
            digest_add_bytes(digest, value.text, strlen(value.text));
        else if (!ROWS[i].is_later)
            digest_add(digest, UINT64_MAX); /* no length is that */
    }
}

bool trace_hears_heartbeats(const struct trace *trace)
{
    return (trace->mode == TRACE_LINES && trace->has_heartbeats) ||
           (trace->watcher != NULL && trace->watches_all);
}

/* In line and digest. */
static void write_event(struct trace *trace, const struct event *event)
{
    bool is_detail = event_is_detail(event->kind);
    trace->events += !is_detail;
    trace->pings += event->kind == EVENT_PING;
    trace->acks += event->kind == EVENT_ACK;
    if (trace->mode == TRACE_OFF || trace->is_broken)
        return;
    if (!is_detail)
        add_to_digest(&trace->digest, event);
    if (trace->mode == TRACE_LINES && (trace->has_heartbeats || !event_is_heartbeat(event->kind)))
        write_line(trace, event);
}

static enum repeats_kind step_kind(const struct event *event)
{
    switch (event->kind) {
    case EVENT_CONNECT:
        return REPEATS_DIAL;
    case EVENT_ASK:
        return REPEATS_ASK;
    case EVENT_ANSWER:
        return event->answer.kind == REASON_KIND_ERROR ? REPEATS_REFUSAL : REPEATS_OTHER;
    case EVENT_DROP:
        return event->drop.is_at_master > 0 ? REPEATS_WORD : REPEATS_DROP;
    default:
        return REPEATS_OTHER;
    }
}

/* Whose attempt an event is part of, or ends; -1: nobody's. */
static int32_t step_replica(const struct event *event)
{
    switch (event->kind) {
    case EVENT_ANSWER:
        return event->answer.replica;
    case EVENT_PAYLOAD:
        return event->payload.replica;
    case EVENT_DROP:
        return event->drop.is_at_master > 0 ? event->drop.peer : event->node;
    case EVENT_CONNECT:
    case EVENT_CONNECT_FAILED:
    case EVENT_ASK:
    case EVENT_SECOND:
    case EVENT_ONLINE:
    case EVENT_RESYNC:
    case EVENT_DOWN:
    case EVENT_ROLE:
        return event->node;
    default:
        return -1;
    }
}

/* All of the event but its time and the numbers that go on by themselves. */
static uint64_t step_text(const struct event *event)
{
    struct event same = *event;
    struct digest digest;
    same.t = 0;
    if (event->kind == EVENT_ANSWER)
        same.answer.offset = same.answer.backlog_first = same.answer.backlog_bytes = 0;
    else if (event->kind == EVENT_DROP)
        same.drop.buffer_bytes = 0;
    digest_init(&digest);
    add_to_digest(&digest, &same);
    return digest.a ^ digest.b;
}

static void write_repeated(struct trace *trace, int64_t t, int32_t node,
                           const struct repeats_attempts *attempts)
{
    struct event event;
    struct event_repeated *e = event_begin_repeated(&event, t, node);
    e->attempts = attempts->count;
    e->first_ns = attempts->first_ns;
    e->last_ns = attempts->dialled_ns;
    e->goes_on = attempts->dropped_ns < 0;
    if (e->goes_on > 0 && attempts->asked_ns >= 0)
        e->asked_ns = attempts->asked_ns;
    if (e->goes_on > 0 && attempts->answered_ns >= 0)
        e->answered_ns = attempts->answered_ns;
    write_event(trace, &event);
}

void trace_emit(struct trace *trace, const struct event *event)
{
    struct repeats_verdict verdict = {0};
    int32_t replica = trace->mode == TRACE_OFF ? -1 : step_replica(event); /* none is held back */
    if (trace->watcher != NULL && (trace->watches_all || !event_is_heartbeat(event->kind)))
        trace->watcher(trace->watcher_user, event);
    if (replica >= 0)
        verdict = repeats_take(&trace->repeats, &(struct repeats_step){step_kind(event), replica,
                                                                       event->t, step_text(event)});
    if (verdict.is_over)
        write_repeated(trace, event->t, replica, &verdict.attempts);
    if (!verdict.is_held)
        write_event(trace, event);
}

void trace_end(struct trace *trace, int64_t t, int32_t node, const struct event_end *end)
{
    struct repeats_verdict verdict = repeats_end(&trace->repeats, node);
    if (verdict.is_over)
        write_repeated(trace, t, node, &verdict.attempts);
    if (trace->watcher != NULL)
        trace->watcher(trace->watcher_user, &(struct event){t, EVENT_END, node, {.end = *end}});
}

void trace_stale(struct trace *trace, int64_t t, int32_t node, const struct event_stale *stale)
{
    if (trace->watcher != NULL)
        trace->watcher(trace->watcher_user,
                       &(struct event){t, EVENT_STALE, node, {.stale = *stale}});
}
