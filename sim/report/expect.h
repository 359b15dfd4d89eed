/* Whether a run came out as its scenario expects.
 *
 * An expectation is a number of one node, or of the whole run. Of the whole run, counts and bytes
 * are sums over all nodes, times and peaks are those of the worst node (the longest, the largest;
 * of first-resync, first-drop and spare-min the smallest), the offset is the highest, and online
 * means every replica. What never happened has no number: an expectation of it does not hold.
 *
 * final: consistent, when every running replica is online and its data are a prefix of its
 * master's; identical, when moreover all it lacks of the top master's data was written within the
 * last journey (round trips of the links in between, and 10 ms); complete, when moreover no
 * acknowledged write and no dataset was lost (sim/world/loss.h: PINGs alone are no loss). None of
 * these when no node runs, or when there are replicas and none of them runs. */
#ifndef PSYNCSIM_REPORT_EXPECT_H
#define PSYNCSIM_REPORT_EXPECT_H

#include "sim/report/run_record.h"

struct expect_result {
    bool held;
    char found[112]; /* "2", "35.3 s (35.294823112s)", "never" */
};

#define EXPECT_NO_NUMBER TRACE_ABSENT

/* The number that is expected: of `what`, `node` and `detail`; a flag as 0 or 1, `final` as enum
 * final_state. EXPECT_NO_NUMBER: there is none. The run is over. */
int64_t expect_number(const struct run_record *record, const struct scenario_expect *expect);

struct expect_result expect_check(const struct run_record *record,
                                  const struct scenario_expect *expect);

/* Adds a node's numbers to those of others, each as its row of expect.def says. */
void expect_fold(struct node_record *all, const struct node_record *one);

const char *expect_key(enum expect_what what);
const char *expect_about(const struct scenario_expect *expect); /* what is counted */
const char *expect_form(enum expect_what what);                 /* an example of a prediction */

#endif
