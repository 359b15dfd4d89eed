/* A scenario that replays an incident: what the logs have, what conf, INFO and recorded offsets
 * add, and defaults of the version where nothing is known. */
#ifndef PSYNCSIM_INCIDENT_DERIVE_H
#define PSYNCSIM_INCIDENT_DERIVE_H

#include "sim/incident/evidence.h"

/* Where nothing says it. */
#define DERIVE_DATASET 10000000

/* The scenario as YAML; `evidence` holds struct evidence *. */
GString *derive_scenario(const struct stories *stories, const GPtrArray *evidence);

#endif
