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
#include <stdint.h>
#include "sim/study/parallel/worker_task.h"

struct worker_pool;

/* jobs 0: as many as there are processors; under MPI one, for each rank. Free with
 * worker_pool_free. */
struct worker_pool *worker_pool_new(uint32_t jobs);
void worker_pool_free(struct worker_pool *pool);
uint32_t worker_pool_jobs(const struct worker_pool *pool);

/* From now on worker_pool_map takes what the store has and works on the rest. Copied; `user` is
 * borrowed.
 */
void worker_pool_keep(struct worker_pool *pool, struct worker_pool_store store);

/* From now on `made` hears of each item that is made, on rank 0; `user` is borrowed. */
void worker_pool_watch(struct worker_pool *pool, worker_pool_made *made, void *user);

/* Items first .. first + count - 1 into records[0 .. count - 1] (count * record_size bytes, owned
 * by the caller). Returns false, on every rank, if `done` or the store stopped it. */
bool worker_pool_map(struct worker_pool *pool, const struct worker_pool_task *task, uint64_t first,
                     uint64_t count, void *records);

#endif
