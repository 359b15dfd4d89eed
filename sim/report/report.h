/* What is printed of a run: its record, its trace, and how it meets its expectations. Whoever runs
 * the scenario (or sees it run, live) emits its events into `trace`; the printers read the rest.
 *
 *      report_new -> set trace.mode and trace.sink as wanted -> the run -> report_check -> print -> report_free
 */
#ifndef PSYNCSIM_REPORT_REPORT_H
#define PSYNCSIM_REPORT_REPORT_H

#include "sim/report/expect.h"
#include "sim/report/run_record.h"

struct report {
    const struct scenario *scenario; /* borrowed */
    const char *version;             /* borrowed */
    const char *live; /* the real server's version, borrowed; NULL: the run is simulated */
    uint64_t seed;
    struct trace trace;
    const char **names; /* of the nodes */
    struct run_record record;
    struct expect_result *results; /* by expectation, after report_check */
    uint32_t failed;               /* expectations that do not hold */
};

struct report *report_new(const struct scenario *scenario, uint64_t seed, const char *version);
void report_free(struct report *report);

/* Whether it asks questions that are not answered yet. */
bool report_asks(const struct report *report);

/* The run is over: looks at its expectations. */
void report_check(struct report *report);

/* "redis-7.0", or all that are there: "redis-7.0, redis-6.2". Free with g_free. */
char *report_servers(const struct report *report);

#endif
