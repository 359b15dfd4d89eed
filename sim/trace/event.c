/* The catalogue of events, and their fields as they are written. See event.h.
 *
 * The table is expanded into one flat list in which every event is a mark followed by its fields;
 * the fields of event k are what lies between mark k and mark k + 1. */
#include "sim/trace/event.h"

#include <assert.h>

/* TYPE of event.def; from KIND on, enumerations. */
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

_Static_assert(sizeof(enum reason) == sizeof(unsigned) && sizeof(enum drop) == sizeof(unsigned) &&
                   sizeof(enum reason_kind) == sizeof(unsigned),
               "an enumeration is read as an unsigned");

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
    default:
        return id_change_name((enum id_change)value);
    }
}

struct trace_value event_value(const struct event *event, size_t field)
{
    const struct row *row = &ROWS[MARKS[event->kind] + 1U + field];
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
