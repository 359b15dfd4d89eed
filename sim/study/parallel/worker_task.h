/* The numbered work that a pool of workers is given, and where its records are kept. */
#ifndef PSYNCSIM_STUDY_PARALLEL_WORKER_TASK_H
#define PSYNCSIM_STUDY_PARALLEL_WORKER_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the record of item `index`. Called from several threads at once. */
typedef void worker_pool_work(void *user, uint64_t index, void *record);

/* Sees each record, in the order of the items, one at a time. Returns false to stop: items after it
 * may be left undone. */
typedef bool worker_pool_done(void *user, uint64_t index, const void *record);

/* Hears of each item that is made, one at a time: how many of this pool's there are by now. */
typedef void worker_pool_made(void *user, uint64_t made);

struct worker_pool_task {
    worker_pool_work *work;
    worker_pool_done *done; /* NULL: nobody looks before the end */
    void *user;
    size_t record_size;
};

/* Where records outlive the process (record_file.h). Rank 0's is asked, nobody else's. */
struct worker_pool_store {
    /* Fills `record` if it is there. */
    bool (*find)(void *user, uint64_t index, void *record);
    /* One at a time, in the order in which they are made. False: it failed, and the work stops. */
    bool (*add)(void *user, uint64_t index, const void *record);
    void *user;
};

#endif
