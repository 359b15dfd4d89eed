/* What was seen in a live run, as it came: from the wire, the logs, the polls and the session
 * itself. The times of these are not in order (a log line is read later than it was written), so
 * nothing is concluded before the run is over and all is sorted. */
#ifndef PSYNCSIM_LIVE_JOURNAL_H
#define PSYNCSIM_LIVE_JOURNAL_H

#include <glib.h>
#include <stdint.h>
#include "sim/trace/trace.h"

enum sight_kind {
#define SIGHT(name, from, what) SIGHT_##name,
#include "sim/live/observe/observation.def"
#undef SIGHT
    SIGHT_COUNT
};

#define SIGHT_VALUES_MAX 4

struct sight {
    int64_t t; /* uv_hrtime when added; since the run's t = 0 when sorted */
    uint32_t order;
    enum sight_kind kind;
    int32_t node, peer; /* -1: none */
    int64_t a, b, c;
    const char *text, *more; /* kept by the journal; NULL: none */
    enum event_kind event;   /* of EVENT … */
    uint32_t value_count;
    struct trace_value values[SIGHT_VALUES_MAX];
};

struct journal {
    GArray *sights; /* struct sight */
    GStringChunk *texts;
};

/* Pair with journal_clear. */
void journal_init(struct journal *journal);
void journal_clear(struct journal *journal);

/* Keeps it, with copies of its texts. */
void journal_add(struct journal *journal, struct sight sight);

/* An event of the trace that says itself. */
void journal_event(struct journal *journal, int64_t t, enum event_kind event, int32_t node,
                   struct trace_fields fields);

/* In order of time, counted from `zero`; of one instant, in the order in which they were added. */
void journal_sort(struct journal *journal, int64_t zero);

const char *sight_name(enum sight_kind kind);

#endif
