/* What a run has to tell: gathered from its events while it goes on, and from the world when it is
 * over. The printers (summary, screen, explain) read it and compute nothing that the run did not
 * say.
 *
 *      report_new -> set trace.mode and trace.sink as wanted -> report_run -> print -> report_free
 */
#ifndef PSYNCSIM_REPORT_REPORT_H
#define PSYNCSIM_REPORT_REPORT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "models/psync/history.h"
#include "sim/trace/trace.h"
#include "sim/report/expect.h"
#include "sim/scenario/scenario.h"
#include "sim/world/world.h"

/* Where a field stands among the values of its event: EVENT_AT(DROP, why). */
enum report_mark {
#define EVENT(name, text, what)       REPORT_##name,
#define FIELD(event, type, key, what) REPORT_##event##_##key,
#include "sim/trace/event.def"
#undef EVENT
#undef FIELD
};
#define EVENT_AT(event, key) (REPORT_##event##_##key - REPORT_##event - 1)

enum {
    RESYNC_FIELDS = 0
#define EVENT(name, text, what)
#define FIELD(event, type, key, what) +(EVENT_##event == EVENT_RESYNC)
#include "sim/trace/event.def"
#undef EVENT
#undef FIELD
};

/* When a node last took another id, and why; why NULL: never. */
struct identity {
    const char *why;
    int64_t t;
};

/* What a master said when it dropped a replica; why NULL: nothing. */
struct master_word {
    const char *why;
    int64_t t, buffer_bytes;
};

/* What was heard of a replica between two of its resynchronisations. Texts are names from tables,
 * NULL: not heard; times and sizes TRACE_ABSENT. */
struct prelude {
    const char *drop, *phase; /* its own word on the loss, and what it was doing */
    int64_t dropped;
    struct master_word before_drop; /* its master had dropped it before it noticed */
    struct master_word after_ask;   /* its master dropped it after its last PSYNC */
    const char *fault, *target; /* the last fault of it, its master or their link before the loss */
    int64_t fault_began;
    int64_t first_dial;
    uint32_t dials, failures,
        refusals; /* connections begun, those that failed, PSYNC answered with an error */
    const char *failure, *refusal;             /* why the last one did: drop, reason */
    const char *mode;                          /* payload: length or eof */
    int64_t asked, decided, flush_ns, load_ns; /* decided: when its master answered */
    struct identity identity;                  /* its master's by then */
};

struct resync {
    int64_t t;
    int32_t node;
    struct trace_value values[RESYNC_FIELDS];
    char asked_id[REPLID_SIZE];
    int64_t gap; /* age of its data when that was decided; TRACE_ABSENT: it had none */
    struct prelude before;
};
#define RESYNC_NUMBER(resync, key) ((resync)->values[EVENT_AT(RESYNC, key)].number)
#define RESYNC_TEXT(resync, key)   ((resync)->values[EVENT_AT(RESYNC, key)].text)

/* The WAIT commands of one node. */
struct wait_sum {
    int64_t count, met, waited, waited_max;
};

struct report {
    const struct scenario *scenario; /* borrowed */
    const char *version;             /* borrowed */
    const char *live; /* the real server's version, borrowed; NULL: the run is simulated */
    uint64_t seed;
    struct trace trace;
    bool runs_all_heartbeats; /* skips no quiet stretch, which changes nothing but the time it takes
                               */
    struct world *world;      /* after report_run */
    const char **names;
    struct identity *identities;   /* by node */
    struct prelude *preludes;      /* by node: since its last resynchronisation */
    struct wait_sum *waits;        /* by node */
    GArray *resyncs;               /* struct resync, in time order */
    struct expect_result *results; /* by expectation, after report_run */
    uint32_t failed;               /* expectations that do not hold */
};

struct report *report_new(const struct scenario *scenario, uint64_t seed, const char *version);
void report_free(struct report *report);

/* Runs the scenario. False if an invariant broke (report->world->broken tells); then there are no
 * results. */
bool report_run(struct report *report);

/* Whether it was a replica at some time: has a master now, or resynchronised. */
bool report_is_replica(const struct report *report, uint32_t node);

/* The i-th. */
const struct resync *report_resync(const struct report *report, size_t index);

/* "redis-7.0", or all that are there: "redis-7.0, redis-6.2". Free with g_free. */
char *report_servers(const struct report *report);

#endif
