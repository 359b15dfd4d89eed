/* What a trace's first line holds of the scenario: nodes with their configuration, links, faults. */
#ifndef PSYNCSIM_REPORT_HEADER_JSON_H
#define PSYNCSIM_REPORT_HEADER_JSON_H

#include "sim/scenario/scenario.h"
#include "sim/text/json_write.h"

/* Members of an object that is open. */
void header_json_print(const struct scenario *scenario, struct json *json);

#endif
