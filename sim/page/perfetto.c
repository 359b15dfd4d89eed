/* See perfetto.h. Times are microseconds with three digits, so that each ns is kept. */
#include "sim/page/perfetto.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "sim/trace/trace.h"

enum track { TRACK_RESYNC = 1, TRACK_PROCESS, TRACK_SAVE, TRACK_MESSAGES };

struct perfetto {
    GString *out;
    GPtrArray *nodes; /* names; process index + 1 */
    bool has_sibling;
};

static int64_t field(const json_t *line, const char *key)
{
    const json_t *value = json_object_get(line, key);
    return json_is_integer(value) ? json_integer_value(value) : TRACE_ABSENT;
}

static const char *text(const json_t *line, const char *key)
{
    const char *value = json_string_value(json_object_get(line, key));
    return value != NULL ? value : "";
}

static guint process_of(struct perfetto *self, const char *node)
{
    guint index = 0;
    while (index < self->nodes->len && strcmp(self->nodes->pdata[index], node) != 0)
        index++;
    if (index == self->nodes->len)
        g_ptr_array_add(self->nodes, g_strdup(node));
    return index + 1;
}

static void append_time(GString *out, const char *key, int64_t ns)
{
    g_string_append_printf(out, ",\"%s\":%" G_GINT64_FORMAT ".%03d", key, ns / 1000,
                           (int)(ns % 1000));
}

/* Writes one, and takes it. lasts: ns; TRACE_ABSENT: it is a moment. */
static void put(struct perfetto *self, json_t *event, int64_t t, int64_t lasts)
{
    char *line = json_dumps(event, JSON_COMPACT);
    g_string_append(self->out, self->has_sibling ? ",\n" : "\n");
    g_string_append_len(self->out, line, (gssize)strlen(line) - 1);
    append_time(self->out, "ts", t);
    if (lasts != TRACE_ABSENT)
        append_time(self->out, "dur", lasts);
    g_string_append_c(self->out, '}');
    self->has_sibling = true;
    free(line);
    json_decref(event);
}

/* The members that all have; `phase` is the format's letter. */
static json_t *begin(const char *phase, const char *name, guint process, int track)
{
    return json_pack("{s:s, s:s, s:i, s:i}", "ph", phase, "name", name, "pid", (int)process, "tid",
                     track);
}

/* ---- what is drawn ---- */

static void put_resync(struct perfetto *self, json_t *line)
{
    static const struct {
        const char *name, *from, *to;
    } PARTS[] = {{"asked", "asked_ns", "answered_ns"},
                 {"waits for the save", "answered_ns", "payload_ns"},
                 {"payload", "payload_ns", "received_ns"},
                 {"load", "received_ns", "online_ns"}};
    static const char *const BEGINS[] = {"lost_ns", "dialled_ns", "asked_ns"};
    int64_t t = field(line, "t"), from = t;
    guint process = process_of(self, text(line, "node"));
    for (size_t i = 0; i < G_N_ELEMENTS(BEGINS); i++)
        if (field(line, BEGINS[i]) != TRACE_ABSENT)
            from = MIN(from, field(line, BEGINS[i]));
    char *name = g_strdup_printf("%s [%s]", text(line, "kind"), text(line, "reason"));
    json_t *whole = begin("X", name, process, TRACK_RESYNC);
    json_object_set(whole, "args", line);
    put(self, whole, from, t - from);
    g_free(name);
    for (size_t i = 0; i < G_N_ELEMENTS(PARTS); i++) {
        int64_t begins = field(line, PARTS[i].from), ends = field(line, PARTS[i].to);
        if (begins != TRACE_ABSENT && ends >= begins)
            put(self, begin("X", PARTS[i].name, process, TRACK_RESYNC), begins, ends - begins);
    }
}

/* What lasted so long and ends now. */
static void put_lasted(struct perfetto *self, const json_t *line, const char *name,
                       const char *lasted, enum track track)
{
    int64_t t = field(line, "t"), from = t - field(line, lasted);
    if (field(line, lasted) >= 0)
        put(self, begin("X", name, process_of(self, text(line, "node")), (int)track), from,
            t - from);
}

static void put_fault(struct perfetto *self, const json_t *line, const char *phase)
{
    char *name = g_strdup_printf("%s %s", text(line, "fault"), text(line, "target"));
    json_t *event = begin(phase, name, 0, 0);
    json_object_set_new(event, "cat", json_string("fault"));
    json_object_set_new(event, "id", json_string(name));
    put(self, event, field(line, "t"), TRACE_ABSENT);
    g_free(name);
}

static void put_counter(struct perfetto *self, const json_t *line, const char *key,
                        const char *name)
{
    if (field(line, key) == TRACE_ABSENT)
        return;
    json_t *event = begin("C", name, process_of(self, text(line, "node")), 0);
    json_object_set_new(event, "args", json_pack("{s:I}", "bytes", field(line, key)));
    put(self, event, field(line, "t"), TRACE_ABSENT);
}

static void put_flow(struct perfetto *self, const json_t *line)
{
    char *name = g_strdup_printf("output buffer of %s", text(line, "replica"));
    put_counter(self, line, "buffer_bytes", name);
    g_free(name);
}

static void put_message(struct perfetto *self, const json_t *line, bool is_sent)
{
    int64_t t = field(line, is_sent ? "leaves_ns" : "t");
    guint process = process_of(self, text(line, "node"));
    const char *said = text(line, "text")[0] != '\0' ? text(line, "text") : text(line, "what");
    char *name = is_sent ? g_strdup(said) : g_strdup_printf("from %s", text(line, "from"));
    put(self, begin("X", name, process, TRACK_MESSAGES), t, 1000);
    json_t *event = begin(is_sent ? "s" : "f", "message", process, TRACK_MESSAGES);
    json_object_set_new(event, "cat", json_string("message"));
    json_object_set_new(event, "id", json_integer(field(line, "message")));
    if (!is_sent)
        json_object_set_new(event, "bp", json_string("e"));
    put(self, event, t, TRACE_ABSENT);
    g_free(name);
}

static void put_line(struct perfetto *self, json_t *line)
{
    const char *name = text(line, "event");
    if (strcmp(name, "resync") == 0)
        put_resync(self, line);
    else if (strcmp(name, "resume") == 0)
        put_lasted(self, line, "stands still", "paused_ns", TRACK_PROCESS);
    else if (strcmp(name, "saved") == 0)
        put_lasted(self, line, "save", "save_ns", TRACK_SAVE);
    else if (strcmp(name, "fault") == 0)
        put_fault(self, line, "b");
    else if (strcmp(name, "heal") == 0)
        put_fault(self, line, "e");
    else if (strcmp(name, "flow") == 0)
        put_flow(self, line);
    else if (strcmp(name, "send") == 0 || strcmp(name, "receive") == 0)
        put_message(self, line, strcmp(name, "send") == 0);
    else if (strcmp(name, "position") == 0) {
        put_counter(self, line, "behind_bytes", "lacks");
        put_counter(self, line, "backlog_bytes", "backlog");
    }
}

static void put_name(struct perfetto *self, guint process, int track, const char *name)
{
    json_t *event = begin("M", track == 0 ? "process_name" : "thread_name", process, track);
    json_object_set_new(event, "args", json_pack("{s:s}", "name", name));
    put(self, event, 0, TRACE_ABSENT);
}

static void put_names(struct perfetto *self)
{
    static const char *const TRACKS[] = {NULL, "resynchronisations", "process", "saves",
                                         "messages"};
    put_name(self, 0, 0, "faults");
    for (guint i = 0; i < self->nodes->len; i++) {
        put_name(self, i + 1, 0, self->nodes->pdata[i]);
        for (int track = TRACK_RESYNC; track <= TRACK_MESSAGES; track++)
            put_name(self, i + 1, track, TRACKS[track]);
    }
}

void perfetto_print(const GString *trace, GString *out)
{
    struct perfetto self = {.out = out, .nodes = g_ptr_array_new_with_free_func(g_free)};
    g_string_append(out, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
    for (const char *at = trace->str; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        json_t *line = json_loadb(at, len, 0, NULL);
        if (line != NULL)
            put_line(&self, line);
        json_decref(line);
        at += len + (at[len] == '\n');
    }
    put_names(&self);
    g_string_append(out, "\n]}\n");
    g_ptr_array_free(self.nodes, TRUE);
}
