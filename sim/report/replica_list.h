/* A run in a table: a row per replica, and a line per master that has something to tell. */
#ifndef PSYNCSIM_WORLD_OVERVIEW_H
#define PSYNCSIM_WORLD_OVERVIEW_H

#include <glib.h>
#include "sim/report/report.h"

void overview_print(const struct report *report, GString *out);

#endif
