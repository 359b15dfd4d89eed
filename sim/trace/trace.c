/* Trace lines and their digest. See trace.h.
 *
 * The table is expanded into one flat list in which every event is a mark followed by its fields;
 * the fields of event k are what lies between mark k and mark k + 1. */
#include "sim/trace/trace.h"

#include <assert.h>
#include <string.h>

#define LINE_ROOM 8192

struct row {
    const char *name, *what;
    enum field_type type;
};

static const struct row ROWS[] = {
#define EVENT(name, text, what)       {text, what, FIELD_INT},
#define FIELD(event, type, key, what) {#key, what, FIELD_##type},
#include "sim/trace/event.def"
#undef EVENT
#undef FIELD
};

enum mark {
#define EVENT(name, text, what)       MARK_##name,
#define FIELD(event, type, key, what) MARK_##event##_##key,
#include "sim/trace/event.def"
#undef EVENT
#undef FIELD
    MARK_END
};

static const uint16_t MARKS[EVENT_COUNT + 1] = {
#define EVENT(name, text, what) MARK_##name,
#define FIELD(event, type, key, what)
#include "sim/trace/event.def"
#undef EVENT
#undef FIELD
    MARK_END,
};

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
    return (struct field_info){row->type, row->name, row->what};
}

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

static bool is_absent(enum field_type type, const struct trace_value *value)
{
    return type == FIELD_TEXT   ? value->text == NULL
           : type == FIELD_NODE ? value->number < 0
                                : value->number == TRACE_ABSENT;
}

static char *put_value(const struct trace *trace, char *out, enum field_type type,
                       const struct trace_value *value)
{
    switch (type) {
    case FIELD_TEXT:
        return trace_print_string(out, value->text);
    case FIELD_NODE:
        return trace_print_string(out, trace->node_names[value->number]);
    case FIELD_BOOL:
        return put(out, value->number != 0 ? "true" : "false");
    case FIELD_INT:
        break;
    }
    return trace_print_int(out, value->number);
}

static void write_line(struct trace *trace, int64_t t, enum event_kind kind, int32_t node,
                       const struct trace_value *values)
{
    char line[LINE_ROOM];
    char *out = put(line, "{\"t\":");
    out = trace_print_int(out, t);
    out = put(out, ",\"event\":\"");
    out = put(out, event_name(kind));
    *out++ = '"';
    if (node >= 0) {
        out = put(out, ",\"node\":");
        out = trace_print_string(out, trace->node_names[node]);
    }
    const struct row *rows = &ROWS[MARKS[kind] + 1U];
    for (size_t i = 0; i < event_field_count(kind); i++) {
        if (is_absent(rows[i].type, &values[i]))
            continue;
        *out++ = ',';
        *out++ = '"';
        out = put(out, rows[i].name);
        *out++ = '"';
        *out++ = ':';
        out = put_value(trace, out, rows[i].type, &values[i]);
        assert(out < line + LINE_ROOM / 2);
    }
    *out++ = '}';
    *out++ = '\n';
    if (!trace->sink(trace->sink_user, line, (size_t)(out - line)))
        trace->is_broken = true;
}

static void add_to_digest(struct digest *digest, int64_t t, enum event_kind kind, int32_t node,
                          const struct trace_value *values)
{
    digest_add(digest, (uint64_t)t);
    digest_add(digest, (uint64_t)kind << 32 | (uint32_t)node);
    const struct row *rows = &ROWS[MARKS[kind] + 1U];
    for (size_t i = 0; i < event_field_count(kind); i++) {
        if (rows[i].type != FIELD_TEXT)
            digest_add(digest, (uint64_t)values[i].number);
        else if (values[i].text != NULL)
            digest_add_bytes(digest, values[i].text, strlen(values[i].text));
        else
            digest_add(digest, UINT64_MAX); /* no length is that */
    }
}

bool trace_is_heard(const struct trace *trace)
{
    return trace->mode != TRACE_OFF || (trace->watcher != NULL && trace->watches_all);
}

void trace_emit(struct trace *trace, int64_t t, enum event_kind kind, int32_t node,
                struct trace_fields fields)
{
    assert(fields.count == event_field_count(kind));
    trace->events++;
    if (trace->watcher != NULL)
        trace->watcher(trace->watcher_user, t, kind, node, fields.values);
    if (trace->mode == TRACE_OFF || trace->is_broken)
        return;
    add_to_digest(&trace->digest, t, kind, node, fields.values);
    if (trace->mode == TRACE_LINES)
        write_line(trace, t, kind, node, fields.values);
}
