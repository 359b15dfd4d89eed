/* What `size` means: the full resynchronisations that a run of the whole scenario counts, per replica and year.
 *
 * Runs differ in their replication alone, so two settings are compared run by run. All faults strike, recurring and fixed, at all replicas.
 * Every full resynchronisation counts that a replica was granted and that ended, online or not (`full` and `full-failed` of a report), but one:
 * the first try of a node that never held data, which no configuration spares. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_COUNT_H
#define PSYNCSIM_STUDY_SIZE_SIZE_COUNT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/study/parallel/worker_pool.h"
#include "sim/study/size/outage_run.h"
#include "sim/study/size/size_curve.h"
#include "sim/study/size/size_needs.h"
#include "sim/study/size/size_span.h"

/* A run is given up as a loop after so many full resynchronisations in a row, each because of what undid the one before; and it ends early
 * after so many of all replicas, for their rate is known then. */
#define SIZE_COUNT_VAIN 2000
#define SIZE_COUNT_MOST 20000
#define SIZE_COUNT_ALL  (-1) /* in place of a node: the mean of all replicas */

enum size_cause {
#define SIZE_CAUSE(name, text, what, cure) SIZE_CAUSE_##name,
#include "sim/study/size/size_cause.def"
#undef SIZE_CAUSE
    SIZE_CAUSE_COUNT
};

const char *size_cause_name(enum size_cause cause);
const char *size_cause_what(enum size_cause cause);
const char *size_cause_cure(enum size_cause cause);

/* The full resynchronisation before was undone: this may go on and on. */
bool size_cause_is_vain(enum size_cause cause);

/* One run. */
struct size_count_run {
    int64_t lasted_ns; /* that it was counted for */
    int64_t outages, events;
    struct size_span span; /* the backlogs with which it is this very run */
    uint16_t fulls[SCENARIO_NODES_MAX];
    int64_t causes[SIZE_CAUSE_COUNT];
    int64_t buffer_bytes, copied_bytes, kept_bytes; /* peaks */
    bool is_endless;                                /* given up: `fulls` is one of many more */
    bool is_left;                                   /* a running replica is not online at the end */
    char broken[128];
    struct size_needs needs[]; /* one, or no room for any */
};

struct size_count {
    const struct scenario *scenario;    /* borrowed */
    const struct size_setting *setting; /* borrowed; NULL: as the scenario has it */
    uint64_t seed;
    bool has_needs; /* runs keep them, for rates with smaller backlogs */
    bool is_story;  /* runs are those of `run` save by save (save_skip.h) */
    /* Of struct size_count: the same question with other backlogs, whose runs are taken where they are the same. Borrowed;
     * NULL: there is none. */
    const GPtrArray *known;
    int64_t replicas; /* that follow somebody at the start */
    char *runs;
    uint64_t count;
};

/* No run yet; has_needs and known may be set before the first one. Pair with size_count_clear. */
void size_count_init(struct size_count *count, const struct scenario *scenario,
                     const struct size_setting *setting, uint64_t seed);
void size_count_clear(struct size_count *count);

/* Adds runs until there are `runs`. */
void size_count_extend(struct size_count *count, struct worker_pool *pool, uint64_t runs);

const struct size_count_run *size_count_run(const struct size_count *count, uint64_t index);

/* Full resynchronisations in a year of one replica: of `node`, or SIZE_COUNT_ALL. `share` of the result is that rate; the interval
 * is the wider one of Student's t over the runs and of Poisson's for so many. With `backlog_bytes` instead of an endless one, where runs
 * have needs: those that needed more count as well. */
struct risk size_count_rate(const struct size_count *count, int32_t node, int64_t backlog_bytes);

/* Outages of one replica in a year: faults that struck it, its master or the link between them. */
double size_count_outages(const struct size_count *count);

/* Of all replicas, in one run. */
double size_count_of_a_run(const struct size_count *count);

/* In a year of one replica, of that cause. */
double size_count_cause(const struct size_count *count, enum size_cause cause);

bool size_count_is_endless(const struct size_count *count);

/* The events that were heard, as a measure of the work. */
int64_t size_count_events(const struct size_count *count);

/* "": no invariant broke. */
const char *size_count_broken(const struct size_count *count);

/* The replica that is resynchronised significantly more often than the mean of them; else SIZE_COUNT_ALL. */
int32_t size_count_worst(const struct size_count *count, int64_t backlog_bytes);

#endif
