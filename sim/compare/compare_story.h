/* The story of one replica, as a trace has it: what it asked for, what it was answered and why,
 * what became of that, how its connections ended, and what it was made.
 *
 * Story is what the protocol decided. Circumstance is what surrounds it: ids, offsets, times,
 * pings, acknowledgements, connections that ended before their PSYNC, and how often in a row a
 * master said "not now". A connection that was there when the run began has an end, but no
 * beginning.
 *
 *      ATTEMPT   asks m to continue: partial [accepted], online
 *      END       link ends: r1 timeout-master, m timeout-replica
 *      ROLE      becomes a master
 *
 * The two sides notice an end at times of their own, the slower one perhaps after the next PSYNC.
 * Both words make one END, which stands after its ATTEMPT. */
#ifndef PSYNCSIM_COMPARE_COMPARE_STORY_H
#define PSYNCSIM_COMPARE_COMPARE_STORY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/compare/compare_step.h"
#include "sim/compare/trace_read.h"

struct compare_tally {
    const char *name;
    int64_t count;
};

struct compare_story {
    const char *node;
    GArray *steps; /* struct compare_step */
    int64_t full, partial, failed, refused, unanswered;
    int64_t dials_failed;     /* no connection */
    int64_t handshakes_ended; /* a connection, but no PSYNC */
    int64_t forks, sent_bytes;
    int64_t lost; /* acknowledged writes of which it dropped the last copy */
    GArray *replica_drops, *master_drops; /* struct compare_tally: by reason, said by whom */
};

/* Of the node of that name; one that the trace does not know has an empty story. The trace is
 * borrowed for the life of the story. Pair with compare_story_free. */
struct compare_story *compare_story_new(const struct trace_read *trace, const char *node);
void compare_story_free(struct compare_story *story);

const struct compare_step *compare_story_step(const struct compare_story *story, size_t index);

/* Whether there is anything to show or count. */
bool compare_story_is_empty(const struct compare_story *story);

#endif
