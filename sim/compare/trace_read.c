/* Lines of a trace. See trace_read.h. The table of events (sim/trace/event.def) says which fields
 * an event has and of what type; the first and the last line have their own. */
#include "sim/compare/trace_read.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>

struct reader {
    struct trace_read *trace;
    struct diagnostics *diagnostics;
    int32_t source;
    uint32_t line;
    bool has_header, has_summary, is_unordered;
    bool counts_heartbeats; /* so did format version 1 */
    bool is_cut;            /* no newline ends the line that is being read */
    GArray *row;            /* struct trace_value: the fields of the event that is being read */
};

static void complain(struct reader *reader, const char *what)
{
    struct place place = {reader->source, (int32_t)reader->line, reader->line > 0};
    diagnostics_add(reader->diagnostics, place, "%s", what);
}

static bool G_GNUC_PRINTF(2, 3) refuse(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    complain(reader, what);
    g_free(what);
    return false;
}

/* What may be written to any terminal. */
static const char *keep(struct reader *reader, const char *text)
{
    char *shown = g_strdup(text);
    for (char *at = shown; *at != '\0'; at++)
        if (g_ascii_iscntrl(*at))
            *at = '?';
    const char *kept = g_string_chunk_insert_const(reader->trace->texts, shown);
    g_free(shown);
    return kept;
}

static const int32_t NO_MASTER = -1;

static int32_t index_of(struct reader *reader, const char *name)
{
    struct trace_read *trace = reader->trace;
    void *found;
    if (g_hash_table_lookup_extended(trace->indices, name, NULL, &found))
        return GPOINTER_TO_INT(found);
    const char *kept = keep(reader, name);
    int32_t index = (int32_t)trace->names->len;
    g_hash_table_insert(trace->indices, (void *)kept, GINT_TO_POINTER(index));
    g_ptr_array_add(trace->names, (void *)kept);
    g_array_append_val(trace->masters, NO_MASTER);
    return index;
}

/* ---- the values of a line ---- */

static void refuse_line(struct reader *reader, const json_error_t *error, size_t len)
{
    struct place place = {reader->source, (int32_t)reader->line, MAX(error->column, 1)};
    bool is_at_end = json_error_code(error) == json_error_premature_end_of_input ||
                     (size_t)error->position >= len;
    if (reader->is_cut && is_at_end)
        diagnostics_add(
            reader->diagnostics, place,
            "the trace ends here, within a line: the run was interrupted, or is not over");
    else
        diagnostics_add(reader->diagnostics, place, "not a line of JSON: %s", error->text);
}

static bool take_int(struct reader *reader, const char *key, const json_t *value, int64_t *out)
{
    if (json_is_real(value))
        return refuse(reader, "'%s': found %g, expected a whole number of 64 bits", key,
                      json_real_value(value));
    if (!json_is_integer(value))
        return refuse(reader, "'%s': expected a whole number", key);
    *out = json_integer_value(value);
    return true;
}

static bool take_text(struct reader *reader, const char *key, const json_t *value, const char **out)
{
    if (!json_is_string(value))
        return refuse(reader, "'%s': expected a text", key);
    *out = keep(reader, json_string_value(value));
    return true;
}

/* ---- the first line ---- */

struct head {
    const char *format;
    int64_t version;
};

/* nodes: [ { node: …, master: … }, … ] */
static void take_nodes(struct reader *reader, const json_t *nodes)
{
    size_t i;
    const json_t *each;
    json_array_foreach(nodes, i, each)
    {
        const char *node = json_string_value(json_object_get(each, "node"));
        const char *master = json_string_value(json_object_get(each, "master"));
        int32_t index = node ? index_of(reader, node) : -1;
        int32_t above = node && master ? index_of(reader, master) : -1;
        if (above >= 0)
            g_array_index(reader->trace->masters, int32_t, index) = above;
    }
}

static bool take_head(struct reader *reader, const char *key, const json_t *value,
                      struct head *head)
{
    struct trace_read *trace = reader->trace;
    const struct {
        const char *key, **text;
        int64_t *number;
    } KNOWN[] = {{"format", &head->format, NULL},      {"format_version", NULL, &head->version},
                 {"scenario", &trace->scenario, NULL}, {"version", &trace->version, NULL},
                 {"server", &trace->server, NULL},     {"fingerprint", &trace->fingerprint, NULL},
                 {"seed", NULL, &trace->seed},         {"duration_ns", NULL, &trace->duration}};
    for (size_t i = 0; i < G_N_ELEMENTS(KNOWN); i++)
        if (strcmp(KNOWN[i].key, key) == 0)
            return KNOWN[i].text ? take_text(reader, key, value, KNOWN[i].text)
                                 : take_int(reader, key, value, KNOWN[i].number);
    if (strcmp(key, "nodes") == 0)
        take_nodes(reader, value);
    trace->is_live = trace->is_live || (strcmp(key, "live") == 0 && !json_is_false(value));
    return true;
}

static const char NOT_ONE[] =
    "not a trace: the first line of one is an object with "
    "\"format\":\"" TRACE_FORMAT "\"; psyncsim run SCENARIO --trace FILE writes one";

static bool read_header(struct reader *reader, json_t *line)
{
    struct head head = {.version = TRACE_ABSENT};
    const char *key;
    json_t *value;
    json_object_foreach(line, key, value) if (!take_head(reader, key, value, &head)) return false;
    if (head.format == NULL || strcmp(head.format, TRACE_FORMAT) != 0)
        return refuse(reader, "%s", NOT_ONE);
    if (head.version == TRACE_ABSENT)
        return refuse(reader, "'format_version' is missing, expected %d", TRACE_FORMAT_VERSION);
    if (head.version < TRACE_READ_OLDEST || head.version > TRACE_FORMAT_VERSION)
        return refuse(reader,
                      "found format version %" G_GINT64_FORMAT ", this program reads %d to %d",
                      head.version, TRACE_READ_OLDEST, TRACE_FORMAT_VERSION);
    reader->counts_heartbeats = head.version == 1;
    reader->has_header = true;
    return true;
}

/* ---- an event ---- */

/* The event's own members; its fields are in reader->row. */
struct draft {
    int64_t t;
    int32_t kind; /* -1: none yet; EVENT_COUNT: unknown */
    int32_t node;
    bool is_summary;
};

static int32_t kind_of(const char *name)
{
    int32_t kind = 0;
    while (kind < EVENT_COUNT && strcmp(event_name((enum event_kind)kind), name) != 0)
        kind++;
    return kind;
}

static void note_unknown(struct reader *reader, const char *name)
{
    struct trace_read *trace = reader->trace;
    trace->unknown_count++;
    for (guint i = 0; i < trace->unknown->len; i++)
        if (strcmp(trace->unknown->pdata[i], name) == 0)
            return;
    g_ptr_array_add(trace->unknown, (void *)keep(reader, name));
}

static void begin_event(struct reader *reader, struct draft *draft, const char *name)
{
    static const struct trace_value ABSENT = {TRACE_ABSENT, NULL};
    draft->is_summary = strcmp(name, "summary") == 0;
    draft->kind = kind_of(name);
    if (draft->kind == EVENT_COUNT && !draft->is_summary)
        note_unknown(reader, name);
    if (draft->kind == EVENT_COUNT)
        return;
    for (size_t i = 0; i < event_field_count((enum event_kind)draft->kind); i++)
        g_array_append_val(reader->row, ABSENT);
}

static bool take_field(struct reader *reader, const char *key, const json_t *value,
                       enum field_type type, struct trace_value *into)
{
    if (type == FIELD_INT)
        return take_int(reader, key, value, &into->number);
    if (type == FIELD_BOOL && !json_is_boolean(value))
        return refuse(reader, "'%s': expected true or false", key);
    if (type == FIELD_BOOL) {
        into->number = json_is_true(value);
        return true;
    }
    if (!take_text(reader, key, value, &into->text))
        return false;
    if (type == FIELD_NODE)
        into->number = index_of(reader, into->text);
    return true;
}

static bool take_member(struct reader *reader, struct draft *draft, const char *key,
                        const json_t *value)
{
    if (strcmp(key, "t") == 0)
        return take_int(reader, key, value, &draft->t);
    if (strcmp(key, "event") == 0) {
        if (!json_is_string(value))
            return refuse(reader, "'event': expected a text");
        begin_event(reader, draft, json_string_value(value));
        return true;
    }
    if (draft->kind < 0)
        return refuse(reader, "found '%s' first, expected 't', then 'event'", key);
    if (draft->is_summary)
        return strcmp(key, "events") != 0 || take_int(reader, key, value, &reader->trace->counted);
    if (draft->kind == EVENT_COUNT)
        return true;
    if (strcmp(key, "node") == 0) {
        const char *name = NULL;
        bool is_good = take_text(reader, key, value, &name);
        draft->node = is_good ? index_of(reader, name) : -1;
        return is_good;
    }
    for (size_t i = 0; i < reader->row->len; i++) {
        struct field_info field = event_field((enum event_kind)draft->kind, i);
        if (strcmp(field.key, key) == 0)
            return take_field(reader, key, value, field.type,
                              &g_array_index(reader->row, struct trace_value, i));
    }
    return true;
}

/* What no story can do without: who, and with whom. */
static bool has_nodes(struct reader *reader, const struct draft *draft)
{
    bool is_story = draft->kind == EVENT_ASK || draft->kind == EVENT_ANSWER ||
                    draft->kind == EVENT_DROP || draft->kind == EVENT_RESYNC ||
                    draft->kind == EVENT_CONNECT_FAILED;
    enum event_kind kind = (enum event_kind)draft->kind;
    if (draft->node < 0 && (is_story || kind == EVENT_ROLE || kind == EVENT_FORK))
        return refuse(reader, "an event '%s' needs 'node'", event_name(kind));
    for (size_t i = 0; is_story && i < reader->row->len; i++) {
        struct field_info field = event_field(kind, i);
        if (field.type == FIELD_NODE &&
            g_array_index(reader->row, struct trace_value, i).text == NULL)
            return refuse(reader, "an event '%s' needs '%s'", event_name(kind), field.key);
    }
    return true;
}

static bool keep_event(struct reader *reader, const struct draft *draft)
{
    struct trace_read *trace = reader->trace;
    enum event_kind kind = (enum event_kind)draft->kind;
    trace->all += !event_is_detail(kind) || (reader->counts_heartbeats && event_is_heartbeat(kind));
    if (kind == EVENT_COUNT || event_is_detail(kind))
        return true;
    if (!has_nodes(reader, draft))
        return false;
    struct trace_read_event event = {draft->t, kind, draft->node, reader->line, trace->values->len};
    if (trace->events->len > 0)
        reader->is_unordered =
            reader->is_unordered || draft->t < trace_read_event(trace, trace->events->len - 1)->t;
    g_array_append_val(trace->events, event);
    g_array_append_vals(trace->values, reader->row->data, reader->row->len);
    return true;
}

/* Members come in the order in which they stand in the line. */
static bool read_event(struct reader *reader, json_t *line)
{
    struct draft draft = {.t = TRACE_ABSENT, .kind = -1, .node = -1};
    const char *key;
    json_t *value;
    g_array_set_size(reader->row, 0);
    if (!json_is_object(line))
        return refuse(reader, "expected an object: {\"t\":…,\"event\":…}");
    json_object_foreach(line, key,
                        value) if (!take_member(reader, &draft, key, value)) return false;
    if (draft.t == TRACE_ABSENT || draft.kind < 0)
        return refuse(reader, "an event needs '%s'", draft.kind < 0 ? "event" : "t");
    if (draft.is_summary)
        reader->has_summary = true;
    return draft.is_summary || keep_event(reader, &draft);
}

/* ---- the whole ---- */

/* With its newline, if it has one. */
static bool read_line(struct reader *reader, const char *bytes, size_t len)
{
    json_error_t error;
    reader->line++;
    reader->is_cut = bytes[len - 1] != '\n';
    len -= !reader->is_cut;
    if (reader->has_summary)
        return refuse(reader, "the trace goes on after its summary, expected the end of the file");
    json_t *line = json_loadb(bytes, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (line == NULL && !reader->has_header)
        return refuse(reader, "%s", NOT_ONE);
    if (line == NULL) {
        refuse_line(reader, &error, len);
        return false;
    }
    bool is_good = reader->has_header ? read_event(reader, line) : read_header(reader, line);
    json_decref(line);
    return is_good;
}

static int by_time(const void *left, const void *right)
{
    const struct trace_read_event *a = left, *b = right;
    return a->t != b->t ? (a->t > b->t) - (a->t < b->t) : (a->line > b->line) - (a->line < b->line);
}

static bool finish(struct reader *reader)
{
    if (reader->line == 0)
        return refuse(reader, "empty, expected a trace; psyncsim run SCENARIO --trace FILE "
                              "writes one");
    if (!reader->has_summary)
        return refuse(reader, "the trace ends here without its last line, the summary: the run "
                              "was interrupted, or is not over");
    if (reader->is_unordered)
        g_array_sort(reader->trace->events, by_time);
    guint written = reader->trace->events->len;
    struct trace_lists lists = {reader->trace->events, reader->trace->values, reader->trace->names};
    const struct trace_read_event *repeated = trace_unfold(&lists);
    if (repeated != NULL) {
        reader->line = repeated->line;
        return refuse(
            reader,
            "'repeated': expected 'node', 1 <= 'attempts', 0 <= 'first_ns' <= 'last_ns', and the "
            "attempt that is repeated before it; no more than %d events in all",
            TRACE_UNFOLD_EVENTS);
    }
    if (reader->trace->events->len > written)
        g_array_sort(reader->trace->events, by_time);
    return true;
}

static void begin(struct reader *reader, const char *name, struct diagnostics *diagnostics)
{
    struct trace_read *trace = g_new0(struct trace_read, 1);
    trace->scenario = trace->version = trace->server = "";
    trace->seed = trace->duration = trace->counted = TRACE_ABSENT;
    trace->names = g_ptr_array_new();
    trace->masters = g_array_new(FALSE, FALSE, sizeof(int32_t));
    trace->unknown = g_ptr_array_new();
    trace->events = g_array_new(FALSE, FALSE, sizeof(struct trace_read_event));
    trace->values = g_array_new(FALSE, FALSE, sizeof(struct trace_value));
    trace->indices = g_hash_table_new(g_str_hash, g_str_equal);
    trace->texts = g_string_chunk_new(4096);
    *reader = (struct reader){.trace = trace,
                              .diagnostics = diagnostics,
                              .source = diagnostics_source(diagnostics, name, NULL, 0),
                              .row = g_array_new(FALSE, FALSE, sizeof(struct trace_value))};
}

static struct trace_read *end(struct reader *reader, bool is_good)
{
    g_array_free(reader->row, TRUE);
    if (is_good && finish(reader))
        return reader->trace;
    trace_read_free(reader->trace);
    return NULL;
}

struct trace_read *trace_read_text(const char *name, const char *bytes, size_t len,
                                   struct diagnostics *diagnostics)
{
    struct reader reader;
    bool is_good = true;
    begin(&reader, name, diagnostics);
    while (len > 0 && is_good) {
        const char *stop = memchr(bytes, '\n', len);
        size_t line = stop != NULL ? (size_t)(stop - bytes) + 1 : len;
        is_good = read_line(&reader, bytes, line);
        bytes += line;
        len -= line;
    }
    return end(&reader, is_good);
}

static bool read_lines(struct reader *reader, FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len = 0;
    bool is_good = true;
    errno = 0;
    while (is_good && (len = getline(&line, &room, file)) > 0)
        is_good = read_line(reader, line, (size_t)len);
    if (is_good && !feof(file))
        is_good = refuse(reader, "%s", g_strerror(errno));
    free(line);
    return is_good;
}

struct trace_read *trace_read_file(const char *path, struct diagnostics *diagnostics)
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct reader reader;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    int failure = errno;
    begin(&reader, is_stdin ? "stdin" : path, diagnostics);
    if (file == NULL)
        refuse(&reader, "%s", g_strerror(failure));
    struct trace_read *trace = end(&reader, file != NULL && read_lines(&reader, file));
    if (file != NULL && !is_stdin)
        fclose(file);
    return trace;
}

void trace_read_free(struct trace_read *trace)
{
    if (trace == NULL)
        return;
    g_ptr_array_free(trace->names, TRUE);
    g_ptr_array_free(trace->unknown, TRUE);
    g_array_free(trace->masters, TRUE);
    g_array_free(trace->events, TRUE);
    g_array_free(trace->values, TRUE);
    g_hash_table_destroy(trace->indices);
    g_string_chunk_free(trace->texts);
    g_free(trace);
}

const struct trace_read_event *trace_read_event(const struct trace_read *trace, size_t index)
{
    assert(index < trace->events->len);
    return &g_array_index(trace->events, struct trace_read_event, index);
}

struct trace_value trace_read_value(const struct trace_read *trace,
                                    const struct trace_read_event *event, size_t field)
{
    assert(field < event_field_count(event->kind));
    return g_array_index(trace->values, struct trace_value, event->first + field);
}

int32_t trace_read_master(const struct trace_read *trace, int32_t node)
{
    assert(node >= 0 && (guint)node < trace->masters->len);
    return g_array_index(trace->masters, int32_t, node);
}

const char *trace_read_name(const struct trace_read *trace, int32_t node)
{
    assert(node >= 0 && (guint)node < trace->names->len);
    return trace->names->pdata[node];
}
