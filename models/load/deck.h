/* The sizes of a source's commands: one constant, or a deck of 4096 sizes drawn once and dealt in
 * turn for ever. A constant is a deck of one card. */
#ifndef PSYNCSIM_LOAD_DECK_H
#define PSYNCSIM_LOAD_DECK_H

#include <stdint.h>
#include "sim/engine/dist.h"

#define DECK_CARDS 4096
/* Bytes of one command; larger draws are cut to it, smaller than 1 raised. */
#define DECK_SIZE_MAX (INT64_C(1) << 32)

struct deck {
    int64_t total;   /* bytes of one round */
    int64_t largest; /* bytes of the largest card */
    int64_t *before; /* bytes before each of 4096 cards and after the last; NULL for a constant */
};

void deck_init_constant(struct deck *deck, int64_t size_bytes);

/* Draws above `most` (at most DECK_SIZE_MAX) are cut to it. Pair with deck_clear. Aborts when memory
 * runs out. */
void deck_init_drawn(struct deck *deck, const struct dist *size, int64_t most,
                     struct random *random);
void deck_clear(struct deck *deck);

/* Cards in one round: the mean size is total / cards. */
int64_t deck_cards(const struct deck *deck);

/* Bytes of the first n commands. */
int64_t deck_bytes(const struct deck *deck, int64_t n);

/* The most commands that have at most `bytes` bytes, and the fewest that have at least that many.
 */
int64_t deck_fit(const struct deck *deck, int64_t bytes);
int64_t deck_need(const struct deck *deck, int64_t bytes);

/* The first command after number n that has at least `least` bytes; the largest card has. */
int64_t deck_next(const struct deck *deck, int64_t n, int64_t least);

#endif
