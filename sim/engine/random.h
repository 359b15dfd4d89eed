/* Random streams by name: what one entity draws never depends on what others draw, nor on the order
 * of creation. */
#ifndef PSYNCSIM_ENGINE_RANDOM_H
#define PSYNCSIM_ENGINE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t s[4]; /* xoshiro256++ */
};

/* Starts the stream keyed by (seed, replication, entity, purpose), e.g. (1, 0, "m-r1", "jitter").
 */
void random_init(struct random *random, uint64_t seed, uint64_t replication, const char *entity,
                 const char *purpose);

uint64_t random_u64(struct random *random);

/* Uniform in [0, bound), without bias; bound > 0. */
uint64_t random_below(struct random *random, uint64_t bound);

/* Uniform in [0, 1), a multiple of 2^-53: the same on every machine. */
double random_unit(struct random *random);

/* Uniform in (0, 1), never an end: an odd multiple of 2^-53. */
double random_open_unit(struct random *random);

/* One 64-bit hash of (key, index): random access without a state. */
uint64_t random_at(uint64_t key, uint64_t index);

/* The stream of (key, index), for what belongs to a moment or an item and not to an order. */
void random_init_at(struct random *random, uint64_t key, uint64_t index);

#endif
