/* Numbers of a resynchronisation, each with how it is known. */
#ifndef PSYNCSIM_INCIDENT_FIGURES_H
#define PSYNCSIM_INCIDENT_FIGURES_H

#include "sim/incident/join.h"

enum grade {
    GRADE_NONE,     /* no line has it, and it does not follow from lines */
    GRADE_READ,     /* of a line */
    GRADE_COMPUTED, /* follows from lines */
    GRADE_AT_MOST,
    GRADE_AT_LEAST,
};

struct figure {
    int64_t value;
    enum grade grade;
};

struct figures {
    struct figure owed;                 /* bytes of the stream from the offset that was asked for */
    struct figure lost_by_master_bytes; /* thrown away with the output buffer */
    int64_t away_ns;                    /* from the loss to online again */
    int64_t back_ns;                    /* from the loss to the request */
    int64_t dial_ns;                    /* from the loss to the dial that got through */
    int64_t round_trip_ns;              /* of PING */
    int64_t answer_ns;                  /* from PSYNC to its answer */
    int64_t wait_ns;                    /* from the request to the save's start */
    int64_t fork_ns;                    /* at most */
    int64_t save_ns, transfer_ns, flush_ns, load_ns;
    struct figure payload;
    struct figure rate;      /* bytes of stream in a second, around it */
    int64_t killed_after_ns; /* from the request to the kill */
    enum ended lost_by;      /* as the side that noticed first has it */
    int64_t first_ns;        /* who noticed first: > 0 the replica, < 0 the master, by so much */
    bool is_one_moment;      /* within what the clocks are apart */
};

struct figures figures_of(const struct stories *stories, const struct story *story);

/* Between two readings of one process; HALF_ABSENT where one of them is. */
int64_t figures_span(struct mark from, struct mark to);

#endif
