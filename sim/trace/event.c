/* The catalogue of events, and their fields as they are written. See event.h.
 *
 * The table is expanded into one flat list in which every event is a mark followed by its fields;
 * the fields of event k are what lies between mark k and mark k + 1. */
#include "sim/trace/event.h"

#include <assert.h>

/* TYPE of event.def. */
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
    TYPE_ID_CHANGE
};

struct row {
    const char *name, *what;
    uint16_t offset; /* in struct event */
    enum type type;
};

static const struct row ROWS[] = {
#define EVENT(NAME, name, what)    {#name, what, 0, TYPE_INT},
#define FIELD(of, type, key, what) {#key, what, offsetof(struct event, of.key), TYPE_##type},
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

struct trace_value event_value(const struct event *event, size_t field)
{
    const struct row *row = &ROWS[MARKS[event->kind] + 1U + field];
    const void *at = (const char *)event + row->offset;
    struct trace_value value = {0};
    switch (row->type) {
    case TYPE_NODE:
        value.number = *(const int32_t *)at;
        break;
    case TYPE_INT:
    case TYPE_BOOL:
        value.number = *(const int64_t *)at;
        break;
    case TYPE_TEXT:
        value.text = *(const char *const *)at;
        break;
    case TYPE_KIND:
        value.text = reason_kind_name(*(const enum reason_kind *)at);
        break;
    case TYPE_REASON: {
        enum reason reason = *(const enum reason *)at;
        value.text = reason == REASON_COUNT ? NULL : reason_name(reason);
        break;
    }
    case TYPE_DROP: {
        enum drop drop = *(const enum drop *)at;
        value.text = drop == DROP_NONE ? NULL : drop_name(drop);
        break;
    }
    case TYPE_OUTCOME:
        value.text = resync_outcome_name(*(const enum resync_outcome *)at);
        break;
    case TYPE_MODE:
        value.text = payload_mode_name(*(const enum payload_mode *)at);
        break;
    case TYPE_ID_CHANGE:
        value.text = id_change_name(*(const enum id_change *)at);
        break;
    }
    return value;
}
