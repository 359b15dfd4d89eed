/* A run in a table: a row per replica, and a line per master that has something to report. */
#ifndef PSYNCSIM_REPORT_REPLICA_LIST_H
#define PSYNCSIM_REPORT_REPLICA_LIST_H

#include <glib.h>
#include "sim/report/report.h"

void replica_list_print(const struct report *report, GString *out);

#endif
