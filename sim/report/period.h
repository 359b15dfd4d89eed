/* What lasted in a run, besides resynchronisations: faults of links, processes that stood still, links that were down, loads,
 * and what came of them: stale data, refused writes, WAITs that came back short. In the order in which they were known. */
#ifndef PSYNCSIM_REPORT_PERIOD_H
#define PSYNCSIM_REPORT_PERIOD_H

#include <glib.h>
#include "sim/scenario/scenario.h"
#include "sim/trace/trace.h"

enum period_kind {
    /* causes */
    PERIOD_FAULT,    /* of a link, from the time at which it was injected */
    PERIOD_STILL,    /* the process of `node` stood still: why */
    PERIOD_DOWN,     /* the process of `node` did not run */
    PERIOD_UNLINKED, /* `node` had no link to its master that it applied a stream from */
    PERIOD_LOAD,     /* `node` freed its old data and loaded a payload; an effect as well */
    PERIOD_CAUSES,
    /* effects */
    PERIOD_STALE = PERIOD_CAUSES, /* the data of `node` were older than a second */
    PERIOD_REFUSED,               /* `node` refused writes: why */
    PERIOD_SHORT_WAITS, /* WAITs at `node`, one after the other, came back with too few replicas */
    PERIOD_SAVE,        /* neither: `node` saved */
    PERIOD_KIND_COUNT
};

#define PERIOD_HOPS 4

struct period {
    enum period_kind kind;
    int32_t node;               /* -1: a link's */
    int32_t above[PERIOD_HOPS]; /* its master then, that one's, and so on; -1: none */
    int32_t fault;              /* FAULT: in scenario->faults; else -1 */
    int64_t begins;             /* ns */
    int64_t ends;               /* TRACE_ABSENT: not within the run */
    const char *why;
    int64_t amount;   /* STALE: greatest age, ns; REFUSED: writes; SHORT_WAITS: commands */
    int64_t flush_ns; /* LOAD: of it, freeing old data; TRACE_ABSENT: not known yet */
    int64_t wanted;   /* REFUSED: good replicas; SHORT_WAITS: replicas … */
    int64_t found;    /* … and how many, at the least, there were */
    int64_t lag_s;    /* REFUSED: min-replicas-max-lag */
};

struct periods {
    const struct scenario *scenario; /* borrowed */
    GArray *list;                    /* struct period */
    int32_t *masters;                /* of each node now; -1: none */
    int32_t *open; /* the one of each node and kind, and of each fault; -1: none */
};

/* Pair with periods_clear. */
void periods_init(struct periods *periods, const struct scenario *scenario);
void periods_clear(struct periods *periods);

void periods_take(struct periods *periods, const struct event *event);

const struct period *periods_at(const struct periods *periods, size_t index);

/* Whether it was so at any time from `from` to `to`. */
bool period_overlaps(const struct period *period, int64_t from, int64_t to);

/* What of that kind `node` was in the middle of at t; NULL: nothing. */
const struct period *periods_find(const struct periods *periods, enum period_kind kind,
                                  int32_t node, int64_t t);

#endif
