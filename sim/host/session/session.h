/* What the two sessions (replica_session.h, master_session.h) share: a plan of drops, orders typed
 * by a person, and an end. */
#ifndef PSYNCSIM_HOST_SESSION_SESSION_H
#define PSYNCSIM_HOST_SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "sim/host/session/console.h"
#include "sim/host/session/narrate.h"
#include "sim/trace/trace.h"

/* What happens by itself. */
struct session_plan {
    int64_t drop_after_bytes; /* that came in (or went out) over one connection; 0: no */
    int64_t drop_after_ns;    /* since a replica came online; 0: no */
    int64_t away_ns;          /* how long the link stays broken; 0: not at all */
    int64_t times;            /* how many drops */
    int64_t for_ns;           /* when it ends; 0: never */
};

struct session_output {
    struct narrator narrator;
    trace_sink *sink; /* NULL: no trace */
    void *sink_user;
    bool has_heartbeats; /* in the trace */
    const char *version;
};

enum session_end {
    SESSION_DONE,
    SESSION_NEVER_ONLINE, /* it ended before any replica was online */
    SESSION_REFUSED,      /* no connection could be made, or nothing be listened at */
    SESSION_DENIED,       /* the server wants another user or password */
    SESSION_UNWRITABLE    /* the trace or the narration has no reader */
};

struct session_hooks {
    void (*drop)(void *user, bool is_away);
    void (*back)(void *user);
    void (*status)(void *user);
    bool (*order)(void *user, const char *word, const char *rest); /* others; false: unknown */
    const char *orders;                                            /* how they are written */
};

struct session {
    const struct session_plan *plan;
    const struct narrator *narrator;
    const struct session_hooks *hooks;
    void *user;
    uv_loop_t loop;
    uv_timer_t end, drop, back;
    struct console *console;
    int64_t drops_left;
    int open_handles;
    bool is_over;
    int64_t start_ns;
};

/* Everything is borrowed for the life of the session. */
void session_init(struct session *session, const struct session_plan *plan,
                  const struct narrator *narrator, const struct session_hooks *hooks, void *user);
void session_run(struct session *session); /* until session_stop */
void session_stop(struct session *session);
void session_clear(struct session *session);
int64_t session_now(const struct session *session);

/* Reports: a replica is online; so many bytes have come over its connection. */
void session_came(struct session *session);
void session_counted(struct session *session, int64_t bytes);

/* A line about this side. */
void session_say(const struct session *session, enum way way, const char *said, const char *why);

#endif
