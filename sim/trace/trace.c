/* Trace lines and their digest. See trace.h. */
#include "sim/trace/trace.h"

#include <assert.h>
#include <string.h>

#define LINE_ROOM 8192

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

static bool is_absent(enum field_type type, struct trace_value value)
{
    return type == FIELD_TEXT   ? value.text == NULL
           : type == FIELD_NODE ? value.number < 0
                                : value.number == TRACE_ABSENT;
}

static char *put_value(const struct trace *trace, char *out, enum field_type type,
                       struct trace_value value)
{
    switch (type) {
    case FIELD_TEXT:
        return trace_print_string(out, value.text);
    case FIELD_NODE:
        return trace_print_string(out, trace->node_names[value.number]);
    case FIELD_BOOL:
        return put(out, value.number != 0 ? "true" : "false");
    case FIELD_INT:
        break;
    }
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
    for (size_t i = 0; i < event_field_count(event->kind); i++) {
        struct field_info field = event_field(event->kind, i);
        struct trace_value value = event_value(event, i);
        if (is_absent(field.type, value))
            continue;
        *out++ = ',';
        *out++ = '"';
        out = put(out, field.key);
        *out++ = '"';
        *out++ = ':';
        out = put_value(trace, out, field.type, value);
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
    for (size_t i = 0; i < event_field_count(event->kind); i++) {
        struct trace_value value = event_value(event, i);
        if (event_field(event->kind, i).type != FIELD_TEXT)
            digest_add(digest, (uint64_t)value.number);
        else if (value.text != NULL)
            digest_add_bytes(digest, value.text, strlen(value.text));
        else
            digest_add(digest, UINT64_MAX); /* no length is that */
    }
}

bool trace_is_heard(const struct trace *trace)
{
    return trace->mode != TRACE_OFF || (trace->watcher != NULL && trace->watches_all);
}

void trace_emit(struct trace *trace, const struct event *event)
{
    trace->events++;
    if (trace->watcher != NULL)
        trace->watcher(trace->watcher_user, event);
    if (trace->mode == TRACE_OFF || trace->is_broken)
        return;
    add_to_digest(&trace->digest, event);
    if (trace->mode == TRACE_LINES)
        write_line(trace, event);
}

void trace_end(struct trace *trace, int64_t t, int32_t node, const struct event_end *end)
{
    if (trace->watcher != NULL)
        trace->watcher(trace->watcher_user, &(struct event){t, EVENT_END, node, {.end = *end}});
}
