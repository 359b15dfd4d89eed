/* The trace of a run: JSON lines and a digest, both from one table (event.def).
 *
 * A trace is written event by event, formatted by hand; the digest covers every field of every
 * event whether or not lines are written. Nothing in here allocates per event. */
#ifndef PSYNCSIM_TRACE_TRACE_H
#define PSYNCSIM_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/engine/digest.h"

#define TRACE_ABSENT INT64_MIN /* a number that does not apply */

enum event_kind {
#define EVENT(name, text, what) EVENT_##name,
#define FIELD(event, type, key, what)
#include "sim/trace/event.def"
#undef EVENT
#undef FIELD
    EVENT_COUNT
};

enum field_type { FIELD_NODE, FIELD_INT, FIELD_TEXT, FIELD_BOOL };

struct trace_value {
    int64_t number;   /* INT, BOOL, NODE (index) */
    const char *text; /* TEXT; NULL: absent */
};
struct trace_fields {
    const struct trace_value *values; /* in the order of the table */
    size_t count;
};
#define TRACE_NUMBER(x) ((struct trace_value){.number = (x)})
#define TRACE_TEXT(x)   ((struct trace_value){.text = (x)})

/* Where lines go: returns false to stop the run (the sink remembers why). */
typedef bool trace_sink(void *user, const char *line, size_t len);

/* What else sees every event: checkers, the report. */
typedef void trace_watcher(void *user, int64_t t, enum event_kind kind, int32_t node,
                           const struct trace_value *values);

enum trace_mode { TRACE_OFF, TRACE_DIGEST, TRACE_LINES };

struct trace {
    enum trace_mode mode;
    const char *const *node_names;
    trace_sink *sink;
    void *sink_user;
    trace_watcher *watcher;
    void *watcher_user;
    bool watches_all; /* the watcher needs every event, also those of quiet stretches (default) */
    bool is_broken;   /* the sink said stop */
    uint64_t events;
    struct digest digest;
};

/* names: node index -> name; borrowed for the life of the trace. sink is needed for TRACE_LINES
 * only. */
void trace_init(struct trace *trace, enum trace_mode mode, const char *const *names);

/* Whether anybody listens to PINGs and acknowledgements of an idle stretch. */
bool trace_is_heard(const struct trace *trace);

/* Emits one event. `node` -1: none. fields: all of the kind; their count is asserted. */
void trace_emit(struct trace *trace, int64_t t, enum event_kind kind, int32_t node,
                struct trace_fields fields);

/* The catalogue. */
struct field_info {
    enum field_type type;
    const char *key, *what;
};
const char *event_name(enum event_kind kind);
const char *event_what(enum event_kind kind);
size_t event_field_count(enum event_kind kind);
struct field_info event_field(enum event_kind kind, size_t field);

/* Appends a JSON string with its quotes and escapes; returns the new end. room >= 6 * len + 2. */
char *trace_print_string(char *out, const char *text);
/* Appends a decimal integer; returns the new end. */
char *trace_print_int(char *out, int64_t value);

#endif
