/* An incident in words: a table, an entry for each resynchronisation in the shape of `run
 * --explain`, what would have spared it, and what no log holds. */
#ifndef PSYNCSIM_INCIDENT_EXPLAIN_H
#define PSYNCSIM_INCIDENT_EXPLAIN_H

#include "sim/incident/explain_words.h"

void explain_text(const struct explained *explained, GString *out);

#endif
