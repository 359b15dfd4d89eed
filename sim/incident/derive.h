/* A scenario that replays an incident: what the logs have, what conf, INFO and recorded offsets
 * add, and defaults of the version where nothing is known. */
#ifndef PSYNCSIM_INCIDENT_DERIVE_H
#define PSYNCSIM_INCIDENT_DERIVE_H

#include "models/server/config.h"
#include "sim/incident/figures.h"

/* What was given beside the logs for one server. */
struct evidence {
    char *node;                 /* NULL: for all. Owned */
    char *config[CONFIG_COUNT]; /* as config_set takes them; NULL: not given. Owned */
    GArray *points; /* struct offset_point, by time: a recorded master_repl_offset; NULL */
};

struct offset_point {
    int64_t t_ns; /* since 1970 */
    int64_t offset;
};

void evidence_free(void *evidence);

/* Where nothing says it. */
#define DERIVE_DATASET 10000000

/* The scenario as YAML; `evidence` holds struct evidence *. */
GString *derive_scenario(const struct stories *stories, const GPtrArray *evidence);

#endif
