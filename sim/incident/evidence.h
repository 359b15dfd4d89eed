/* What was given beside the logs: conf, CONFIG GET, INFO, recorded offsets, for one server or for
 * all of them. */
#ifndef PSYNCSIM_INCIDENT_EVIDENCE_H
#define PSYNCSIM_INCIDENT_EVIDENCE_H

#include "models/server/config.h"
#include "sim/incident/join.h"

struct evidence {
    char *node;                 /* NULL: for all. Owned */
    char *server;               /* "redis-7.0.15", of INFO; NULL. Owned */
    char *config[CONFIG_COUNT]; /* as config_set takes them; NULL: not given. Owned */
    GArray *points; /* struct offset_point, by time: a recorded master_repl_offset; NULL */
};

struct offset_point {
    int64_t t_ns; /* since 1970 */
    int64_t offset;
};

void evidence_free(void *evidence);

/* The directive's value for that node, of the last one that has it; NULL: it was not given.
 * `evidence` holds struct evidence *. */
const char *evidence_config(const GPtrArray *evidence, const char *node, int directive);

/* What was in force, HALF_ABSENT where it was not given. */
struct limits {
    int64_t backlog_bytes, hard_bytes, soft_bytes, soft_s, timeout_s;
};

struct limits evidence_limits(const GPtrArray *evidence, const char *node);

/* Which limit the bytes had passed: ENDED_LIMIT where the limits were not given, or where they do
 * not explain it. */
enum ended limits_kill(const struct limits *limits, const struct kill *kill);

/* Names the limit of each kill whose master's limits were given, in place of the guess by the log
 * alone. */
void evidence_settle(const GPtrArray *evidence, const struct stories *stories);

#endif
