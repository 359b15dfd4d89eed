/* One line of JSON for each resynchronisation, each server, each pair of clocks. */
#ifndef PSYNCSIM_INCIDENT_EXPLAIN_JSON_H
#define PSYNCSIM_INCIDENT_EXPLAIN_JSON_H

#include "sim/incident/explain_words.h"

void explain_json(const struct explained *explained, GString *out);

#endif
