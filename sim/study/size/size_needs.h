/* What backlog each partial resynchronisation of a run needed: all the largest, and of the others a sample, so that the rate with any smaller
 * backlog can be said, exactly where few exceed it and without bias where many do. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_NEEDS_H
#define PSYNCSIM_STUDY_SIZE_SIZE_NEEDS_H

#include <stdint.h>

#define SIZE_NEEDS_KEPT    512 /* the largest */
#define SIZE_NEEDS_SAMPLED 512 /* of the others */

/* A partial resynchronisation: it is one with this backlog or a larger one. */
struct size_need {
    int64_t bytes;
    int64_t node;
};

/* All zero: there was none. */
struct size_needs {
    int64_t kept, others; /* of the others all are counted; the sample has so many, or is full */
    struct size_need largest[SIZE_NEEDS_KEPT], sample[SIZE_NEEDS_SAMPLED];
};

/* Which of the others are in the sample depends on the key and on the order of needs alone. */
void size_needs_add(struct size_needs *needs, struct size_need need, uint64_t key);

/* How many of a node (negative: of all) need more than `bytes`: a mean, where the sample says it. */
double size_needs_above(const struct size_needs *needs, int32_t node, int64_t bytes);

/* 0: there was none. */
int64_t size_needs_largest(const struct size_needs *needs);

#endif
