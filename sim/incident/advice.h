/* What would have spared a resynchronisation. */
#ifndef PSYNCSIM_INCIDENT_ADVICE_H
#define PSYNCSIM_INCIDENT_ADVICE_H

#include "sim/incident/figures.h"
#include "sim/incident/spared.h"

/* What would have spared it, in one clause; nothing where it was to be full. */
void advice_print(const struct story *story, const struct figures *figures,
                  const struct spared *spared, GString *text);

/* How shortly before the request the master's process had begun; HALF_ABSENT: not shortly. */
int64_t advice_young_ns(const struct story *story);

/* Whether the master had freed its backlog by then. */
bool advice_was_freed(const struct story *story);

/* "4 156 050 bytes (3.96 MB)" */
void advice_bytes(int64_t value, GString *text);

#endif
