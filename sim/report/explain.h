/* The whole story of every resynchronisation, with the numbers that decided it. */
#ifndef PSYNCSIM_REPORT_EXPLAIN_H
#define PSYNCSIM_REPORT_EXPLAIN_H

#include <glib.h>
#include "sim/report/resync_text.h"

void explain_all(struct printer *printer, GString *out);

#endif
