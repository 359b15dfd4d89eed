/* Outages as somebody logged them: a CSV of start and duration, or of start and end. */
#ifndef PSYNCSIM_STUDY_INPUT_OUTAGES_H
#define PSYNCSIM_STUDY_INPUT_OUTAGES_H

#include "sim/study/input_text.h"

struct input_outages {
    GArray *durations_ns;      /* int64_t, each at least 1; sorted once all are read */
    int64_t first_ns, last_ns; /* earliest and latest start, since 1970 */
    GHashTable *links;         /* the names of the column `link`, if there is one */
};

/* Times are unix seconds or ISO 8601 (UTC unless it says otherwise); durations are seconds or have
 * a unit. Separators: comma, semicolon or tab. Without a line of names the columns are start and
 * duration. False after a problem; to be cleared all the same. */
bool input_outages_read(struct input_outages *outages, const char *name, const char *bytes,
                        size_t len, struct problems *problems);
void input_outages_clear(struct input_outages *outages);

/* How long they last, as a scenario has it: { values: [...] }. More than DIST_LIST_MAX outages
 * become that many quantiles, each the middle of its share: *is_short is set then. */
GString *input_outages_law(const struct input_outages *outages, bool *is_short);

/* Thousandths of outages a year and link, from the gaps between starts: (n - 1) / (last - first).
 * 0: fewer than two starts tell nothing. */
int64_t input_outages_per_year_milli(const struct input_outages *outages);

#endif
