/* A server of the logs as a node of a scenario: all of its processes are one. */
#ifndef PSYNCSIM_INCIDENT_DERIVE_NODE_H
#define PSYNCSIM_INCIDENT_DERIVE_NODE_H

#include "sim/incident/join.h"

struct derive_clock {
    int64_t from_ns;    /* of the scenario's beginning, since 1970 */
    int64_t to_ns;      /* nothing from there on */
    int64_t timeout_ns; /* repl-timeout */
};

/* The first process of the node. */
const struct process *derive_process(const struct stories *stories, guint node);

/* Whether it has a resynchronisation of which both sides are known. */
bool derive_takes_part(const struct stories *stories, guint node);

/* Its first master, of those in the logs; NULL: it began as a master. */
const struct process *derive_first_master(const struct stories *stories,
                                          const struct process *process);

/* When the process was first ready, by incident_time; HALF_ABSENT: before its log. */
int64_t derive_ready_ns(const struct process *process);

/* By how much the start of a replica that was ready then is to be moved, less than half a second, so
 * that its cron dials when the log has the dial that got through. 0: no dial shows the beat. */
int64_t derive_beat_ns(const struct stories *stories, guint node, int64_t ready_ns);

/* "1.234s"; never below 0. */
void derive_time(int64_t ns, GString *out);

#endif
