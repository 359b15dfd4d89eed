/* A run on one screen: a row per replica, a sentence per resynchronisation, the expectations. At
 * most 100 columns. */
#ifndef PSYNCSIM_REPORT_REPORT_TEXT_H
#define PSYNCSIM_REPORT_REPORT_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include "sim/report/report.h"

struct screen {
    bool is_coloured;
    bool tells_all; /* a paragraph per resynchronisation (explain.h) in place of the sentences */
};

void report_text_print(const struct report *report, struct screen screen, GString *out);

#endif
