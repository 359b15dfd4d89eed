/* The risk of a full resynchronisation as a function of repl-backlog-size, from few runs.
 *
 * For fixed randomness, what a replica owes when it asks again rises with the length of its outage.
 * A sample is that function, tabulated by runs of the full model and, between them, by what the
 * load writes; read the other way round it gives, for any backlog, the longest outage that still
 * ends in a partial resynchronisation, d*. The share of outages that end in a full one is then the
 * mean of P(outage > d*) over the samples: conditional Monte Carlo. Where needs fall again, it is
 * the mean of P(outage in one of the stretches that need more). One set of samples serves every
 * backlog and every law of outages. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_CURVE_H
#define PSYNCSIM_STUDY_SIZE_SIZE_CURVE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/engine/dist.h"
#include "sim/engine/statistics.h"
#include "sim/study/parallel/worker_pool.h"
#include "sim/study/size/outage_run.h"

#define CURVE_POINTS     384
#define CURVE_LONGEST_NS (INT64_C(30) * 86400 * 1000000000)

/* The attempt that follows the outage is the same for all outages from outage_ns to until_ns. */
struct curve_point {
    int64_t outage_ns, until_ns;
    int64_t need_bytes; /* OUTAGE_RUN_NEED_NONE: no backlog suffices */
};

struct curve_sample {
    uint32_t count;
    struct curve_point points[CURVE_POINTS]; /* by outage */
    uint32_t runs;
    enum reason reason; /* why no backlog suffices; REASON_COUNT: one always does */
    bool is_limited;    /* an output-buffer limit was exceeded in a run */
    bool is_rising;     /* needs never fall by 0.1 % as outages grow: there is one d* */
    char broken[128];
};

struct risk {
    double share;     /* of outages */
    double low, high; /* 95 % confidence */
    double half;      /* half the width of that */
    uint64_t count;
};

struct curve {
    const struct probe *probe;
    struct size_setting setting; /* its backlog is not used */
    struct dist law;
    int64_t least_ns, most_ns; /* outages looked at; shorter ones need nothing */
    int64_t settled_ns;        /* after so long nothing changes but that the stream grows */
    struct curve_sample *samples;
    uint64_t count;
    const struct curve_sample *made; /* borrowed: as many as are ever asked for; NULL: none yet */
};

/* Outages from half a second to the one that is exceeded with probability `share`, 30 days at most.
 */
void curve_init(struct curve *curve, const struct probe *probe, const struct size_setting *setting,
                const struct dist *law, double share);
void curve_clear(struct curve *curve);

/* One sample: it depends on the curve's question and `index` alone. */
void curve_make(const struct curve *curve, uint64_t index, struct curve_sample *sample);

/* Adds samples until there are `count`; those of curve->made, where there are any. */
void curve_extend(struct curve *curve, struct worker_pool *pool, uint64_t count);

/* The longest outage that `backlog` covers in that sample; the last one looked at if it covers
 * all. */
int64_t curve_outage(const struct curve_sample *sample, int64_t backlog);

/* The share of outages that end in a full one in that sample: of all lengths that need more than
 * `backlog`, be they one stretch or many. Lengths that were not looked at count as full. */
double curve_share(const struct curve *curve, const struct curve_sample *sample, int64_t backlog);

struct risk curve_risk(const struct curve *curve, int64_t backlog);

/* The same by bisection over runs with that very backlog: to the millisecond, edges of blocks and
 * limits included; in a sample whose needs fall somewhere, at every edge. Outages beyond settled_ns
 * are left to the table. */
struct risk curve_bisect(const struct curve *curve, struct worker_pool *pool, int64_t backlog);

/* The same by drawing outages: the judge of the two others, where the share is large enough. */
struct risk curve_crude(const struct curve *curve, struct worker_pool *pool, int64_t backlog,
                        uint64_t count);

/* One d* by bisection. */
int64_t curve_bisect_one(const struct curve *curve, uint64_t sample, int64_t backlog);

/* The mean and its interval, at a two-sided confidence. */
struct risk risk_of(const struct sample *sample, double confidence);

struct risk risk_of_values(const double *values, uint64_t count, double confidence);

#endif
