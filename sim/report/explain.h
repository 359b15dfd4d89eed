/* The whole story of a resynchronisation, with the numbers that decided it. */
#ifndef PSYNCSIM_REPORT_EXPLAIN_H
#define PSYNCSIM_REPORT_EXPLAIN_H

#include <glib.h>
#include "sim/report/resync_text.h"

/* The lines of one: "loss", "way back", "asked", "decision", "cost", "channels", "buffer", "at work", "avoided by". */
typedef void explain_sink(void *user, const char *label, const char *text);
void explain_each(struct printer *printer, const struct resync *resync, explain_sink *sink,
                  void *user);

#endif
