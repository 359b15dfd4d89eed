/* One call of crew_map on its way: which items are made, and how far they were looked at. Shared
 * by the threads of crew.c and the ranks of crew_mpi.c. */
#ifndef PSYNCSIM_STUDY_CREW_ROUND_H
#define PSYNCSIM_STUDY_CREW_ROUND_H

#include <glib.h>
#include "sim/study/parallel/worker_pool.h"
#include "sim/study/parallel/ranks.h"

struct crew {
    uint32_t jobs;
    struct ranks ranks;
    struct crew_keeper keeper; /* find NULL: nobody keeps anything */
};

struct crew_round {
    const struct crew_task *task;
    const struct crew_keeper *keeper;
    uint64_t first, count;
    uint64_t next, seen; /* items given out, and looked at, in their order */
    char *records;
    bool *is_made;
    bool is_stopped;
    GMutex lock;
};

/* Some items next to each other, counted from the round's first. */
struct crew_batch {
    uint64_t first, count;
};

/* The next items that nobody makes yet, at most `most`; none when all are given out or the work
 * was stopped. */
struct crew_batch crew_take(struct crew_round *round, uint64_t most);

/* The record of an item of a batch is in its place. */
void crew_put(struct crew_round *round, uint64_t item);

/* The threads of one process, the caller among them, make all that can be taken. */
void crew_work_through(struct crew_round *round, uint32_t jobs);

/* The same by all ranks; afterwards each has the records of items that were seen. On rank 0 the
 * round is whole; the others only have task, count and records. Only where there are several. */
void crew_work_in_ranks(struct crew *crew, struct crew_round *round);

#endif
