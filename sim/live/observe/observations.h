/* What was seen in a live run, as it came: from the wire, the logs, the polls and the session
 * itself. The times of these are not in order (a log line is read later than it was written), so
 * nothing is concluded before the run is over and all is sorted. */
#ifndef PSYNCSIM_LIVE_OBSERVE_OBSERVATIONS_H
#define PSYNCSIM_LIVE_OBSERVE_OBSERVATIONS_H

#include <glib.h>
#include <stdint.h>
#include "sim/trace/trace.h"

enum observation_kind {
#define OBSERVATION(name, handler, from, what) SEEN_##name,
#include "sim/live/observe/observation.def"
#undef OBSERVATION
    OBSERVATION_COUNT
};

struct observation {
    int64_t t; /* uv_hrtime when added; since the run's t = 0 when sorted */
    uint32_t order;
    enum observation_kind kind;
    int32_t node, peer; /* -1: none */
    int64_t a, b, c;
    const char *text, *more; /* kept by the list; NULL: none */
    struct event event;      /* of EVENT; its texts are borrowed */
};

struct observations {
    GArray *list; /* struct observation */
    GStringChunk *texts;
};

/* Pair with observations_clear. */
void observations_init(struct observations *observations);
void observations_clear(struct observations *observations);

/* Keeps it, with copies of its texts. */
void observations_add(struct observations *observations, struct observation observation);

/* An event of the trace that says itself; its t is uv_hrtime, and its texts last as long as this. */
void observations_event(struct observations *observations, const struct event *event);

/* In order of time, counted from `zero`; of one instant, in the order in which they were added. */
void observations_sort(struct observations *observations, int64_t zero);

const char *observation_name(enum observation_kind kind);

#endif
