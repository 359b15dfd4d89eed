/* Whether a run came out as its scenario expects.
 *
 * An expectation is a number of one node, or of the whole run. Of the whole run, counts and bytes
 * are sums over all nodes, times and peaks are those of the worst node (the longest, the largest;
 * of first-resync, first-drop and spare-min the smallest), the offset is the highest, and online
 * means every replica. What never happened has no number: an expectation of it does not hold.
 *
 * final: consistent, when every running replica is online and its data are a prefix of its
 * master's; identical, when moreover all it lacks of the top master's data was written within the
 * last journey (round trips of the links in between, and 10 ms). Neither when there are replicas and
 * none of them runs. */
#ifndef PSYNCSIM_REPORT_EXPECT_H
#define PSYNCSIM_REPORT_EXPECT_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/scenario/scenario.h"
#include "sim/world/world.h"

struct expect_result {
    bool held;
    char found[112]; /* "2", "35.3 s (35.294823112s)", "never" */
};

enum final_state { FINAL_INCONSISTENT, FINAL_CONSISTENT, FINAL_IDENTICAL };

#define EXPECT_NO_NUMBER INT64_MIN

/* Call when the run is over. The number that is expected: of `what`, `node` and `detail`; a flag as
 * 0 or 1, `final` as enum final_state. EXPECT_NO_NUMBER: there is none. */
int64_t expect_number(const struct world *world, const struct scenario_expect *expect);

struct expect_result expect_check(const struct world *world, const struct scenario_expect *expect);

/* why (may be NULL): the node that is to blame for what is less than identical, or NO_INDEX. */
enum final_state expect_final(const struct world *world, int32_t *why);

const char *expect_key(enum expect_what what);

bool expect_is_online(const struct node *node);

/* Bytes of the top master's history that the node lacks; negative: its data belong to another
 * history. */
int64_t expect_behind(const struct world *world, const struct node *node);

/* The master that the node's data come from, over any number of others. */
const struct node *expect_top(const struct world *world, const struct node *node);

#endif
