/* The trace of a run: events with typed fields, from one table (event.def), as JSON lines and a digest.
 *
 * An emitter fills in what it knows; what it leaves out is absent:
 *
 *      TRACE_EMIT(trace, t, drop, node, e->peer = master, e->why = DROP_LOST, e->phase = "online");
 *
 * Names of enumerations are written here alone. Lines are formatted by hand; the digest covers every written field of
 * every event of the story: neither heartbeats nor other details, whether or not lines are written, whoever listens.
 * Nothing in here allocates. */
#ifndef PSYNCSIM_TRACE_TRACE_H
#define PSYNCSIM_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "models/psync/reason.h"
#include "models/psync/replica.h"
#include "sim/engine/digest.h"
#include "sim/trace/repeats.h"

struct config; /* models/server/config.h */

#define TRACE_ABSENT INT64_MIN /* a number that does not apply */
#define TRACE_FORMAT "psyncsim-trace"
#define TRACE_FORMAT_VERSION                                                                       \
    2 /* 1: heartbeats were always written, in the digest and in the count */

enum event_kind {
#define EVENT(NAME, name, what) EVENT_##NAME,
#include "sim/trace/event.def"
    EVENT_COUNT,
    EVENT_END = EVENT_COUNT, /* for watchers alone: see trace_end, … */
    EVENT_STALE              /* … and trace_stale */
};

/* Written only when asked for; in no digest, and not in the count of events. */
static inline bool event_is_detail(enum event_kind kind)
{
    return kind >= EVENT_PING && kind < EVENT_COUNT;
}

/* Most of what happens, and no part of the story. */
static inline bool event_is_heartbeat(enum event_kind kind)
{
    return kind == EVENT_PING || kind == EVENT_ACK;
}

/* How a resynchronisation came out. */
enum resync_outcome { OUTCOME_ONLINE, OUTCOME_FAILED, OUTCOME_COUNT };

/* How a payload comes: after its length (from disk), or until an end mark (diskless). */
enum payload_mode { PAYLOAD_LENGTH, PAYLOAD_EOF, PAYLOAD_MODE_COUNT };

/* Why a replication id changed. */
enum id_change {
    ID_BACKLOG,           /* a master's first replica */
    ID_BACKLOG_FREED,     /* repl-backlog-ttl */
    ID_PROMOTION,         /* REPLICAOF NO ONE */
    ID_FAILOVER,          /* FAILOVER handed over to it */
    ID_FAILOVER_REJECTED, /* its FAILOVER was refused */
    ID_CONTINUED,         /* its master's changed: +CONTINUE with an id */
    ID_CHANGE_COUNT
};

/* Why the last copy of something went: loss.def. */
enum loss {
#define LOSS(NAME, name, what, avoided) LOSS_##NAME,
#include "sim/trace/loss.def"
#undef LOSS
    LOSS_COUNT
};

/* C type of each TYPE of event.def, and the value that is left out of a line. */
#define C_TYPE_NODE      int32_t
#define C_TYPE_INT       int64_t
#define C_TYPE_BOOL      int64_t
#define C_TYPE_TEXT      const char *
#define C_TYPE_KIND      enum reason_kind
#define C_TYPE_REASON    enum reason
#define C_TYPE_DROP      enum drop
#define C_TYPE_OUTCOME   enum resync_outcome
#define C_TYPE_MODE      enum payload_mode
#define C_TYPE_ID_CHANGE enum id_change
#define C_TYPE_LOSS      enum loss
#define ABSENT_NODE      (-1)
#define ABSENT_INT       TRACE_ABSENT
#define ABSENT_BOOL      TRACE_ABSENT
#define ABSENT_TEXT      NULL
#define ABSENT_KIND      REASON_KIND_COUNT
#define ABSENT_REASON    REASON_COUNT
#define ABSENT_DROP      DROP_NONE
#define ABSENT_OUTCOME   OUTCOME_COUNT
#define ABSENT_MODE      PAYLOAD_MODE_COUNT
#define ABSENT_ID_CHANGE ID_CHANGE_COUNT
#define ABSENT_LOSS      LOSS_COUNT

/* struct event_up, event_down, ...: each row of an event closes the struct before it. Texts are borrowed, and must last
 * until trace_emit returns. */
struct event_before_the_first {
    char nothing;
#define EVENT(NAME, name, what)                                                                    \
    }                                                                                              \
    ;                                                                                              \
    struct event_##name {
#define FIELD(event, type, key, what)  C_TYPE_##type key;
#define HIDDEN(event, type, key, what) C_TYPE_##type key;
#include "sim/trace/event.def"
};

/* A node when the run is over: what nobody but the emitter can know. Watchers alone receive it. */
struct event_end {
    int32_t master; /* -1: it is one */
    bool is_up;
    bool is_online;   /* as a replica: it applies the stream */
    bool is_promised; /* its PSYNC was answered, and what was promised has not begun */
    bool
        is_consistent; /* it does not run, or is a master; or online, with a prefix of its master's data */
    bool is_identical; /* moreover, it lacks no more than what is on its way */
    int64_t misplaced; /* writes that are in the wrong database */
    bool knows_losses; /* whoever emits the events emits losses too */
    enum replica_state state;
    const char *replid; /* NULL: not said */
    int64_t offset;     /* its replication offset */
    int64_t behind;   /* bytes of the top master's history; TRACE_ABSENT: it has another history */
    int64_t stale_ns; /* with data older than a second, in all */
    int64_t stale_max_ns;       /* greatest age of its data */
    int64_t stale_reads_ppm;    /* sum of the shares of reads that were stale … */
    int64_t samples;            /* … over so many looks */
    int64_t buffer_peak_bytes;  /* of its output buffer at its masters … */
    int64_t buffer_limit_bytes; /* … and the hard limit in force; 0: none */
    int64_t refused_writes;     /* at a master */
    int64_t backlog_first;      /* TRACE_ABSENT: no backlog, or not known */
    int64_t backlog_bytes;
    const struct config *config; /* in force; borrowed for the call; NULL: not known */
};

/* The data of a replica were older than a second for a while. Watchers alone receive it, when that
 * is over, or at the end of the run. */
struct event_stale {
    int64_t begins, ends; /* ends: TRACE_ABSENT: they still are */
    int64_t age_max;      /* ns */
};

struct event {
    int64_t t; /* ns since the run began */
    enum event_kind kind;
    int32_t node; /* who it is about; -1: nobody */
    union {
#define EVENT(NAME, name, what) struct event_##name name;
#include "sim/trace/event.def"
        struct event_end end;
        struct event_stale stale;
    };
};

/* Every event with all its fields absent. */
struct event_absent {
#define EVENT(NAME, name, what) struct event_##name name;
#include "sim/trace/event.def"
};
extern const struct event_absent EVENT_ABSENT;

/* event_begin_drop(&event, t, node): an event with all its fields absent; returns them. */
#define EVENT(NAME, name, what)                                                                    \
    static inline struct event_##name *event_begin_##name(struct event *event, int64_t t,          \
                                                          int32_t node)                            \
    {                                                                                              \
        event->t = t;                                                                              \
        event->kind = EVENT_##NAME;                                                                \
        event->node = node;                                                                        \
        event->name = EVENT_ABSENT.name;                                                           \
        return &event->name;                                                                       \
    }
#include "sim/trace/event.def"

const char *resync_outcome_name(enum resync_outcome outcome);
const char *payload_mode_name(enum payload_mode mode);
const char *id_change_name(enum id_change why);
const char *loss_name(enum loss why);
const char *loss_what(enum loss why); /* half a sentence */
const char *loss_avoided_by(enum loss why);

/* Positions of fields among those that are written of their event: EVENT_AT(drop, why) is 1. */
enum event_mark {
#define EVENT(NAME, name, what)       EVENT_MARK_##name,
#define FIELD(event, type, key, what) EVENT_MARK_##event##_##key,
#include "sim/trace/event.def"
    EVENT_MARK_END
};
#define EVENT_AT(event, key) (EVENT_MARK_##event##_##key - EVENT_MARK_##event - 1)

/* The catalogue of what is written. */
enum field_type { FIELD_NODE, FIELD_INT, FIELD_TEXT, FIELD_BOOL };
struct field_info {
    enum field_type type; /* as it is written: an enumeration is a text */
    const char *key, *what;
};
const char *event_name(enum event_kind kind);
const char *event_what(enum event_kind kind);
size_t event_field_count(enum event_kind kind);
struct field_info event_field(enum event_kind kind, size_t field);

/* A field as it is written. */
struct trace_value {
    int64_t number;   /* INT, BOOL, NODE (index) */
    const char *text; /* TEXT; NULL: absent */
};
struct trace_value event_value(const struct event *event, size_t field);

/* ---- the trace ---- */

/* Where lines go: returns false to stop the run (the sink remembers why). */
typedef bool trace_sink(void *user, const char *line, size_t len);

/* What else sees every event, also those that are folded: checkers, the record of the run. */
typedef void trace_watcher(void *user, const struct event *event);

enum trace_mode { TRACE_OFF, TRACE_DIGEST, TRACE_LINES };

struct trace {
    enum trace_mode mode;
    const char *const *node_names;
    trace_sink *sink;
    void *sink_user;
    trace_watcher *watcher;
    void *watcher_user;
    bool watches_all;     /* the watcher needs the heartbeats of quiet stretches, too (default) */
    bool has_heartbeats;  /* and so do the lines */
    bool is_broken;       /* the sink said stop */
    uint64_t events;      /* of the story */
    uint64_t pings, acks; /* heartbeats, those of quiet stretches of which nobody hears, too */
    struct digest digest;
    struct repeats repeats; /* what is not written, for it repeats what was */
};

/* names: node index -> name; borrowed for the life of the trace. They and a sink are needed for
 * TRACE_LINES only. */
void trace_init(struct trace *trace, enum trace_mode mode, const char *const *names);

/* Whether anybody listens to heartbeats of a quiet stretch; if not, they need only be counted. */
bool trace_hears_heartbeats(const struct trace *trace);

/* Emits one event. */
void trace_emit(struct trace *trace, const struct event *event);

/* The same, filled in by assignments to *e (see above). */
#define TRACE_EMIT(trace, t, name, node, ...)                                                      \
    do {                                                                                           \
        struct event event_;                                                                       \
        struct event_##name *e = event_begin_##name(&event_, t, node);                             \
        (void)(__VA_ARGS__);                                                                       \
        trace_emit(trace, &event_);                                                                \
    } while (0)

/* How `node` is when the run is over: once for every node. No event of the trace. */
void trace_end(struct trace *trace, int64_t t, int32_t node, const struct event_end *end);

/* The data of `node` were stale for a while. No event of the trace. */
void trace_stale(struct trace *trace, int64_t t, int32_t node, const struct event_stale *stale);

/* Appends a JSON string with its quotes and escapes; returns the new end. room >= 6 * len + 2. */
char *trace_print_string(char *out, const char *text);
/* Appends a decimal integer; returns the new end. */
char *trace_print_int(char *out, int64_t value);

#endif
