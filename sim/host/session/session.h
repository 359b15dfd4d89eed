/* What the two lessons (replica_lesson.h, master_lesson.h) share: a plan of drops, orders typed by
 * a person, and an end. */
#ifndef PSYNCSIM_LIVE_LESSON_H
#define PSYNCSIM_LIVE_LESSON_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "sim/host/session/console.h"
#include "sim/host/session/narrate.h"
#include "sim/trace/trace.h"

/* What happens by itself. */
struct lesson_plan {
    int64_t drop_after_bytes; /* that came in (or went out) over one connection; 0: no */
    int64_t drop_after_ns;    /* since a replica came online; 0: no */
    int64_t away_ns;          /* how long the link stays broken; 0: not at all */
    int64_t times;            /* how many drops */
    int64_t for_ns;           /* when it ends; 0: never */
};

struct lesson_output {
    struct narrator narrator;
    trace_sink *sink; /* NULL: no trace */
    void *sink_user;
    const char *version;
};

enum lesson_end {
    LESSON_DONE,
    LESSON_NEVER_ONLINE, /* it ended before any replica was online */
    LESSON_REFUSED,      /* no connection could be made, or nothing be listened at */
    LESSON_DENIED,       /* the server wants another user or password */
    LESSON_UNWRITABLE    /* the trace or the narration has no reader */
};

struct lesson_hooks {
    void (*drop)(void *user, bool is_away);
    void (*back)(void *user);
    void (*status)(void *user);
    bool (*order)(void *user, const char *word, const char *rest); /* others; false: unknown */
    const char *orders;                                            /* how they are written */
};

struct lesson {
    const struct lesson_plan *plan;
    const struct narrator *narrator;
    const struct lesson_hooks *hooks;
    void *user;
    uv_loop_t loop;
    uv_timer_t end, drop, back;
    struct console *console;
    int64_t drops_left;
    int open_handles;
    bool is_over;
    int64_t start_ns;
};

/* Everything is borrowed for the life of the lesson. */
void lesson_init(struct lesson *lesson, const struct lesson_plan *plan,
                 const struct narrator *narrator, const struct lesson_hooks *hooks, void *user);
void lesson_run(struct lesson *lesson); /* until lesson_stop */
void lesson_stop(struct lesson *lesson);
void lesson_clear(struct lesson *lesson);
int64_t lesson_now(const struct lesson *lesson);

/* Reports: a replica is online; so many bytes have come over its connection. */
void lesson_came(struct lesson *lesson);
void lesson_counted(struct lesson *lesson, int64_t bytes);

/* A line about this side. */
void lesson_say(const struct lesson *lesson, enum way way, const char *said, const char *why);

#endif
