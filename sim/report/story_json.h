/* The words of explain as data: a story for each resynchronisation, for the last line of a trace,
 * from which `psyncsim report` draws its page. */
#ifndef PSYNCSIM_REPORT_STORY_JSON_H
#define PSYNCSIM_REPORT_STORY_JSON_H

#include "sim/report/report.h"
#include "sim/text/json_write.h"

/* Members of an object that is open: "stories", in the order of "resyncs", and "text", the whole
 * report as the screen has it. */
void story_json_print(const struct report *report, struct json *json);

#endif
