/* A run on one screen: a row per replica, a sentence per resynchronisation, the expectations. At
 * most 100 columns. */
#ifndef PSYNCSIM_WORLD_SCREEN_H
#define PSYNCSIM_WORLD_SCREEN_H

#include <glib.h>
#include <stdbool.h>
#include "sim/report/report.h"

struct screen {
    bool is_coloured;
    bool tells_all; /* a paragraph per resynchronisation (explain.h) in place of the sentences */
};

void screen_print(const struct report *report, struct screen screen, GString *out);

#endif
