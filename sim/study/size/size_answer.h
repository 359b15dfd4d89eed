/* What `size` is asked and what it answers: figures only. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_ANSWER_H
#define PSYNCSIM_STUDY_SIZE_SIZE_ANSWER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/study/input/provenance.h"
#include "sim/study/size/size_count.h"
#include "sim/study/size/size_curve.h"
#include "sim/study/size/full_sync_trial.h"
#include "sim/study/size/size_target.h"

#define SIZE_CURVE_ROWS   64
#define SIZE_FORMULA_ROWS 5
#define SIZE_SAMPLES      1600 /* that an answer looks at, at most */
#define SIZE_CHECKS_MAX   100000

struct size_question {
    const struct scenario *scenario;     /* borrowed */
    const struct provenance *provenance; /* borrowed; NULL: not known */
    struct size_target target;
    uint64_t seed;
    int64_t memory_limit, used_memory;  /* of a container, and used_memory of INFO; 0: not given */
    uint64_t checks;                    /* outages drawn to judge the answer; 0: none */
    const struct curve_sample *samples; /* borrowed: all SIZE_SAMPLES; NULL: made when needed */
};

struct size_row {
    const char *name; /* of a formula; NULL in the curve */
    int64_t backlog_bytes;
    struct risk risk;
};

struct size_answer {
    bool is_story;     /* no law of outages: what follows about risks does not apply */
    bool needs_none;   /* every outage may end in a full one: any backlog meets the target */
    bool is_met;       /* by `then`, and a full synchronisation ends */
    bool can_finish;   /* a full synchronisation ends, with no limit in its way */
    bool is_alone;     /* the master has one replica */
    bool is_capped;    /* a larger backlog does not fit into memory_limit */
    bool is_too_small; /* memory_limit, for any backlog */
    int64_t memory_limit,
        used_memory;    /* of the process, with all that it needs; of data. 0: not known */
    int64_t most_bytes; /* the largest backlog that fits */
    bool is_counted;    /* by runs of the whole scenario, not from the law of one outage */
    int32_t
        judged; /* replica with the highest risk, which the target is held against; or SIZE_COUNT_ALL */
    int64_t struck;   /* replicas that the risk is of */
    double share;     /* of outages that may end in a full resynchronisation */
    double per_year;  /* outages of one replica */
    int64_t replicas; /* of that master */
    struct dist law;
    const struct scenario_node *master, *replica;
    int64_t mean_rate, peak_rate; /* bytes of stream per second; the peak is that of a second */
    int64_t slowest_link; /* to a replica of that master, bytes per second; 0: none has a limit */
    struct size_setting now, then;
    struct full_sync open, at_now, at_then; /* open: with limits off */
    struct risk risk_now, risk_then, best;  /* best: with a backlog that forgets nothing */
    struct risk crude;                      /* count 0: not asked for */
    bool is_endless_now; /* as configured now full ones follow each other without end */
    double causes_now[SIZE_CAUSE_COUNT], causes_then[SIZE_CAUSE_COUNT]; /* per replica and year */
    double story_now, story_then;    /* full resynchronisations of one run */
    struct risk mean_now, mean_then; /* of all replicas, where `judged` is one of them */
    double mean_outage_s;            /* of faults that have a length */
    int64_t
        floor_bytes; /* what is written until a loss is noticed and the replica is back: no recommendation is less */
    struct risk counted; /* runs of the whole scenario with `then`, per outage */
    int64_t
        senseless_bytes; /* the backlog that meets the target, if nobody would configure it; else 0 */
    bool is_beyond_data;     /* `then` has a backlog larger than the data */
    struct size_row at_data; /* if so: a backlog as large as they are */
    int64_t outage_ns;       /* that `then` covers: median over the samples */
    int64_t longest_ns;      /* longest outage looked at */
    enum reason reason;      /* why even an endless backlog fails; REASON_COUNT: it never does */
    bool is_limited;         /* a limit was exceeded after an outage */
    uint64_t samples, runs;
    uint64_t falling; /* samples in which a longer outage needs less somewhere */
    struct size_row curve[SIZE_CURVE_ROWS];
    struct size_row formulas[SIZE_FORMULA_ROWS];
    uint32_t curve_count, formula_count;
    int64_t backlog_memory, buffer_memory, copied_memory; /* at worst; see size_bill */
    int64_t kept_bytes, kept_memory; /* stream that one replica keeps, and its memory */
    GPtrArray *warnings;             /* char *, the gravest first */
    char broken[128];                /* our bug; "": none */
};

/* The next number that reads well in redis.conf: half megabytes up to 10, then two significant
 * digits of MB. */
int64_t size_round_up(int64_t bytes);

/* Whether as many of that cause come, as configured now, as there is time for: causes_now has no more than a first part of them. */
bool size_answer_is_endless(const struct size_answer *answer, enum size_cause cause);

/* Fills the memory of the bill from full synchronisations: the backlog at its size; the output
 * buffers beyond it of all replicas (one chain with the backlog from 7.0 on, a copy each before); what is
 * copied on write; and what a replica keeps where the payload comes on a connection of its own. */
void size_bill(struct size_answer *answer, const struct full_sync *full);

#endif
