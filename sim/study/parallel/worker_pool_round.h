/* One call of worker_pool_map on its way: which items are made, and how far they were looked at.
 * Shared by the threads of worker_pool.c and the ranks of worker_pool_mpi.c. */
#ifndef PSYNCSIM_STUDY_PARALLEL_WORKER_POOL_ROUND_H
#define PSYNCSIM_STUDY_PARALLEL_WORKER_POOL_ROUND_H

#include <glib.h>
#include "sim/study/parallel/worker_pool.h"
#include "sim/study/parallel/ranks.h"

struct worker_pool {
    uint32_t jobs;
    struct ranks ranks;
    struct worker_pool_store store; /* find NULL: nobody keeps anything */
};

struct worker_pool_round {
    const struct worker_pool_task *task;
    const struct worker_pool_store *store;
    uint64_t first, count;
    uint64_t next, seen; /* items given out, and looked at, in their order */
    char *records;
    bool *is_made;
    bool is_stopped;
    GMutex lock;
};

/* Some items next to each other, counted from the round's first. */
struct worker_pool_batch {
    uint64_t first, count;
};

/* The next items that nobody makes yet, at most `most`; none when all are given out or the work
 * was stopped. */
struct worker_pool_batch worker_pool_take(struct worker_pool_round *round, uint64_t most);

/* The record of an item of a batch is in its place. */
void worker_pool_put(struct worker_pool_round *round, uint64_t item);

/* The threads of one process, the caller among them, make all that can be taken. */
void worker_pool_work_through(struct worker_pool_round *round, uint32_t jobs);

/* The same by all ranks; afterwards each has the records of items that were seen. On rank 0 the
 * round is whole; the others only have task, count and records. Only where there are several. */
void worker_pool_work_in_ranks(struct worker_pool *pool, struct worker_pool_round *round);

#endif
