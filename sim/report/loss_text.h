/* Losses as sentences. */
#ifndef PSYNCSIM_REPORT_LOSS_TEXT_H
#define PSYNCSIM_REPORT_LOSS_TEXT_H

#include <glib.h>
#include <stdbool.h>
#include "sim/report/report.h"

/* One line each, in time order, the first few of many; nothing if nothing was lost. explains: all of them, with
 * what would have avoided them. */
void loss_text_print(const struct report *report, bool explains, GString *out);

/* "6000 acknowledged writes, 3.11 MB of stream and 500 MB of data"; nothing if nothing was. */
void loss_text_sum(const struct loss_sum *sum, GString *out);

#endif
