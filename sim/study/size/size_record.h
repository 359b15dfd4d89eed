/* Samples of a curve as records of a file (record_file.h): made by one process, used by another. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_RECORD_H
#define PSYNCSIM_STUDY_SIZE_SIZE_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/study/parallel/worker_pool.h"
#include "sim/study/records/record_file.h"
#include "sim/study/size/size_curve.h"

#define SIZE_RECORD_WORDS (6 + 3 * CURVE_POINTS)

/* `words` has room for SIZE_RECORD_WORDS. It says what broke, but not how. */
void size_record_put(const struct curve_sample *sample, int64_t *words);

/* False: no sample makes such words, or it broke. */
bool size_record_get(const int64_t *words, struct curve_sample *sample);

/* Samples to be made and kept. */
struct size_part {
    uint64_t first, count;
    struct record_file *file;                /* NULL: nobody keeps them; of rank 0 */
    void (*seen)(void *user, uint64_t done); /* after each, in their order; may be NULL */
    void *user;
    char broken[128]; /* our bug, afterwards; "": none */
};

/* Makes what the shard has not got yet. False, on all ranks, if that stopped: `broken`, or
 * record_file_failure says why. */
bool size_record_make(const struct curve *curve, struct worker_pool *pool, struct size_part *part);

/* All samples of complete shards, in their order; NULL if they are no samples, or cannot be read
 * again. Free with g_free. */
struct curve_sample *size_record_all(struct record_merge *merge);

#endif
