/* Who does the numbered work of a study: threads of this process, or of all ranks under MPI.
 *
 * Item i gives a record that depends on i alone, whoever makes it; records come back in the order
 * of the items. So any number of workers gives the same bytes.
 *
 * Under MPI (ranks.h) every rank makes the same calls of worker_pool_map in the same order, and
 * each gets all records and sees them by `done`. Rank 0 deals the items out, decides whether `done`
 * stops the work, and is the one that writes and prints. */
#ifndef PSYNCSIM_STUDY_PARALLEL_WORKER_POOL_H
#define PSYNCSIM_STUDY_PARALLEL_WORKER_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker_pool;

/* Makes the record of item `index`. Called from several threads at once. */
typedef void worker_pool_work(void *user, uint64_t index, void *record);

/* Sees each record, in the order of the items, one at a time. Returns false to stop: items after it
 * may be left undone. */
typedef bool worker_pool_done(void *user, uint64_t index, const void *record);

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

/* jobs 0: as many as there are processors; under MPI one, for each rank. Free with
 * worker_pool_free. */
struct worker_pool *worker_pool_new(uint32_t jobs);
void worker_pool_free(struct worker_pool *pool);
uint32_t worker_pool_jobs(const struct worker_pool *pool);

/* From now on worker_pool_map takes what the store has and works on the rest. Copied; `user` is
 * borrowed.
 */
void worker_pool_keep(struct worker_pool *pool, struct worker_pool_store store);

/* Items first .. first + count - 1 into records[0 .. count - 1] (count * record_size bytes, owned
 * by the caller). Returns false, on every rank, if `done` or the store stopped it. */
bool worker_pool_map(struct worker_pool *pool, const struct worker_pool_task *task, uint64_t first,
                     uint64_t count, void *records);

#endif
