/* The trace of a run: JSON lines and a digest, both from one table (event.def).
 *
 * A trace is written event by event, formatted by hand; the digest covers every written field of
 * every event whether or not lines are written. Nothing in here allocates per event. */
#ifndef PSYNCSIM_TRACE_TRACE_H
#define PSYNCSIM_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/engine/digest.h"
#include "sim/trace/event.h"

/* Where lines go: returns false to stop the run (the sink remembers why). */
typedef bool trace_sink(void *user, const char *line, size_t len);

/* What else sees every event: checkers, the record of the run. */
typedef void trace_watcher(void *user, const struct event *event);

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

/* names: node index -> name; borrowed for the life of the trace. They and a sink are needed for
 * TRACE_LINES only. */
void trace_init(struct trace *trace, enum trace_mode mode, const char *const *names);

/* Whether anybody is told of PINGs and acknowledgements of a quiet stretch. */
bool trace_is_heard(const struct trace *trace);

/* Emits one event. */
void trace_emit(struct trace *trace, const struct event *event);

/* The same, filled in by assignments to *e (see event.h). */
#define TRACE_EMIT(trace, t, name, node, ...)                                                      \
    do {                                                                                           \
        struct event event_;                                                                       \
        struct event_##name *e = event_begin_##name(&event_, t, node);                             \
        (void)(__VA_ARGS__);                                                                       \
        trace_emit(trace, &event_);                                                                \
    } while (0)

/* How `node` is when the run is over: once for every node. No event of the trace. */
void trace_end(struct trace *trace, int64_t t, int32_t node, const struct event_end *end);

/* Appends a JSON string with its quotes and escapes; returns the new end. room >= 6 * len + 2. */
char *trace_print_string(char *out, const char *text);
/* Appends a decimal integer; returns the new end. */
char *trace_print_int(char *out, int64_t value);

#endif
