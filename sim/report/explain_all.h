/* The stories of all resynchronisations, in time order. Where a replica fails again and again in the same way, the first and
 * the last of these are explained, and those in between counted. */
#ifndef PSYNCSIM_REPORT_EXPLAIN_ALL_H
#define PSYNCSIM_REPORT_EXPLAIN_ALL_H

#include <glib.h>
#include "sim/report/resync_text.h"

void explain_all(struct printer *printer, GString *out);

#endif
