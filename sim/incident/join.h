/* The two sides of a resynchronisation: a replica's attempt and a master's session are one when
 * they ask for the same and stand at the same moment, within what the clocks are apart. */
#ifndef PSYNCSIM_INCIDENT_JOIN_H
#define PSYNCSIM_INCIDENT_JOIN_H

#include "sim/incident/incident.h"

/* Of a replica's clock against its master's: M - R, by causality: the request arrives behind its
 * departure, and the answer behind the decision. */
struct skew {
    int32_t replica, master; /* processes */
    int64_t low_ns, high_ns;
    int64_t
        shift_ns; /* added to the replica's times for the comparison: a zone that is not known */
    int64_t pairs;
    bool is_empty; /* the brackets do not meet: a clock was stepped */
};

/* One resynchronisation, or the loss of a link without one (its verdict is VERDICT_NONE). A side
 * that is not in the logs is NULL. */
struct story {
    struct process *replica, *master;
    const struct half_replica *r;
    const struct half_master *m;
    const struct half_master *lost_m; /* the session before it, whose end was the loss */
    struct process *lost_by;          /* the master that had it */
    int64_t t_ns;                     /* when it was asked for, by incident_time */
    const char *name;                 /* of the replica; owned by the stories */
};

struct stories {
    GArray *list;     /* struct story, by time */
    GArray *skews;    /* struct skew */
    GPtrArray *names; /* owned */
    GPtrArray *nodes; /* char *: name of a node by process->node. Owned */
    const struct incident *incident;
};

struct stories *stories_new(struct incident *incident);
void stories_free(struct stories *stories);

const char *stories_node(const struct stories *stories, const struct process *process);

/* What both sides say together. */
enum verdict story_verdict(const struct story *story);
enum outcome story_outcome(const struct story *story);
enum ended story_failed_by(const struct story *story);

#endif
