/* One call of worker_pool_map on its way: which items are made, and how far they were looked at.
 * Shared by the threads of a process and
 * the ranks of worker_pool_mpi.c. */
#ifndef PSYNCSIM_STUDY_PARALLEL_WORKER_POOL_ROUND_H
#define PSYNCSIM_STUDY_PARALLEL_WORKER_POOL_ROUND_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/study/parallel/ranks.h"
#include "sim/study/parallel/worker_task.h"

struct worker_pool_watch {
    worker_pool_made *made; /* NULL: nobody hears */
    void *user;
    uint64_t count;
};

struct worker_pool_round {
    const struct worker_pool_task *task;
    const struct worker_pool_store *store;
    struct worker_pool_watch *watch; /* NULL: nobody hears */
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

/* Looks at what is complete so far, up to the first item that is not. */
void worker_pool_look(struct worker_pool_round *round);

/* The record of an item of a batch is in its place. */
void worker_pool_put(struct worker_pool_round *round, uint64_t item);

/* The threads of one process, the caller among them, make all that can be taken. */
void worker_pool_work_through(struct worker_pool_round *round, uint32_t jobs);

/* The same by all ranks; afterwards each has the records of items that were seen. On rank 0 the
 * round is whole; the others only have task, count and records. Only where there are several. */
void worker_pool_work_in_ranks(struct worker_pool_round *round, struct ranks ranks, uint32_t jobs);

#endif
