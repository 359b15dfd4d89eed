/* Outages as somebody logged them: a CSV of start and duration, of start and end, or of durations
 * alone. */
#ifndef PSYNCSIM_STUDY_INPUT_INPUT_OUTAGES_H
#define PSYNCSIM_STUDY_INPUT_INPUT_OUTAGES_H

#include "sim/text/input_text.h"

struct input_outages {
    GArray *durations_ns;     /* int64_t, each at least 1; sorted once all are read */
    int64_t first_ns, end_ns; /* earliest start and latest end, since 1970; 0 without starts */
    GHashTable *links;        /* the names of the column `link`, if there is one */
};

/* Times are unix seconds or ISO 8601 (UTC unless it says otherwise); durations are seconds or have
 * a unit. Separators: comma, semicolon or tab. Without a line of names the columns are start and
 * duration, and a single one is duration, of at most a year. False after a problem; to be cleared
 * all the same. */
bool input_outages_read(struct input_outages *outages, const char *name, const char *bytes,
                        size_t len, struct diagnostics *diagnostics);
void input_outages_clear(struct input_outages *outages);

/* How long they last, as a scenario has it: each as likely. More than DIST_LIST_MAX become a
 * mixture of that many lengths, the longest ones as they are, the others in groups that have the
 * length of the longest among them; groups grow with their distance from the end. So a length is
 * never exceeded less often than in the log: P(X > t) is at most by half too high, and right at the
 * end. Free with g_string_free. */
GString *input_outages_law(const struct input_outages *outages);

/* Thousandths of outages a year and link: their number by the time from the first start to the last
 * end, a little too high, as a log begins before its first outage. 0: a single outage has no
 * frequency, and neither have durations alone. */
int64_t input_outages_per_year_milli(const struct input_outages *outages);

#endif
