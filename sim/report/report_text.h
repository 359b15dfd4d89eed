/* A run on one screen: a row per replica, a sentence per resynchronisation, the expectations. At
 * most 100 columns. */
#ifndef PSYNCSIM_REPORT_REPORT_TEXT_H
#define PSYNCSIM_REPORT_REPORT_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include "sim/report/report.h"

struct screen {
    bool is_coloured;
    bool reveals;   /* the scenario's `reveal`: this is the run that it is about */
    bool tells_all; /* a paragraph per resynchronisation (explain.h) in place of the sentences */
};

/* Of a scenario that asks: its questions in place of what came out, and how to go on. `again` is
 * the command that ran it. */
void report_text_ask(const struct report *report, struct screen screen, const char *again,
                     GString *out);

void report_text_print(const struct report *report, struct screen screen, GString *out);

#endif
