/* One step of a replica's story, and when two of them are the same. */
#ifndef PSYNCSIM_COMPARE_COMPARE_STEP_H
#define PSYNCSIM_COMPARE_COMPARE_STEP_H

#include <stdbool.h>
#include <stdint.h>

enum compare_step_kind { COMPARE_ATTEMPT, COMPARE_END, COMPARE_ROLE };

enum compare_unit { COMPARE_MOMENT, COMPARE_SPAN, COMPARE_BYTES };

enum compare_measure {
#define MEASURE(name, key, title, unit) COMPARE_##name,
#include "sim/compare/compare_measure.def"
#undef MEASURE
    COMPARE_MEASURES
};

struct compare_measure_info {
    const char *key, *title;
    enum compare_unit unit;
};
struct compare_measure_info compare_measure_info(enum compare_measure measure);

/* What an event that is there does not say: it agrees with anything. */
#define COMPARE_UNSAID "?"

/* Texts are the trace's; NULL: it did not happen, or does not apply. */
struct compare_step {
    enum compare_step_kind kind;
    int64_t t;                          /* ns: when it began, by the first who noticed */
    const char *master;                 /* ATTEMPT, END: the other side; ROLE: the new master */
    const char *asked;                  /* ATTEMPT: "all" (PSYNC ?) or "continue" */
    const char *answer, *reason;        /* ATTEMPT; answer NULL: none came */
    const char *outcome;                /* ATTEMPT: online or failed; NULL: it was not over */
    const char *by_replica, *by_master; /* END: why, in the words of each side */
    const char *role;                   /* ROLE */
    int64_t repeats;                    /* ATTEMPT: how often a refusal came in a row */
    int64_t measures[COMPARE_MEASURES]; /* TRACE_ABSENT: not known */
};

/* One of which nothing is known yet; `master` is borrowed. */
struct compare_step compare_step_new(enum compare_step_kind kind, int64_t t, const char *master);

/* Whether two steps are the same. What is unsaid agrees with anything. */
bool compare_step_is_same(const struct compare_step *a, const struct compare_step *b);

/* An ATTEMPT that was answered with an error. */
bool compare_step_is_refusal(const struct compare_step *step);

#endif
