/* The fingerprint of a scenario: two with the same one have the same runs. */
#ifndef PSYNCSIM_SCENARIO_FINGERPRINT_H
#define PSYNCSIM_SCENARIO_FINGERPRINT_H

#include "sim/scenario/scenario.h"

/* What scenario->fingerprint holds. */
uint64_t scenario_fingerprint(const struct scenario *scenario);

#endif
