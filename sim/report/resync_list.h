/* What happened, in time order: a sentence per resynchronisation, or one per kind when there are
 * many. */
#ifndef PSYNCSIM_REPORT_RESYNC_LIST_H
#define PSYNCSIM_REPORT_RESYNC_LIST_H

#include <glib.h>
#include "sim/report/resync_text.h"

/* tells_all: a paragraph for each (explain.h). */
void log_print(struct printer *printer, bool tells_all, GString *out);

#endif
