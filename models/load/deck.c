/* Prefix sums over one round answer for all rounds. */
#include "models/load/deck.h"
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

static int64_t within(int64_t size, int64_t most)
{
    if (size < 1)
        return 1;
    return size > most ? most : size;
}

void deck_init_constant(struct deck *deck, int64_t size_bytes)
{
    assert(size_bytes >= 1 && size_bytes <= DECK_SIZE_MAX);
    *deck = (struct deck){.total = size_bytes, .largest = size_bytes};
}

void deck_init_drawn(struct deck *deck, const struct dist *size, int64_t most,
                     struct random *random)
{
    assert(most >= 1 && most <= DECK_SIZE_MAX);
    *deck = (struct deck){.before = malloc((DECK_CARDS + 1) * sizeof *deck->before)};
    if (deck->before == NULL)
        abort();
    for (uint32_t i = 0; i < DECK_CARDS; i++) {
        int64_t card = within(dist_draw(size, random), most);
        deck->before[i] = deck->total;
        deck->total += card;
        if (card > deck->largest)
            deck->largest = card;
    }
    deck->before[DECK_CARDS] = deck->total;
}

void deck_clear(struct deck *deck)
{
    free(deck->before);
    *deck = (struct deck){0};
}

int64_t deck_cards(const struct deck *deck)
{
    return deck->before == NULL ? 1 : DECK_CARDS;
}

int64_t deck_bytes(const struct deck *deck, int64_t n)
{
    assert(n >= 0);
    if (deck->before == NULL)
        return n * deck->total;
    return n / DECK_CARDS * deck->total + deck->before[n % DECK_CARDS];
}

int64_t deck_fit(const struct deck *deck, int64_t bytes)
{
    assert(bytes >= 0);
    int64_t rounds = bytes / deck->total;
    if (deck->before == NULL)
        return rounds;
    int64_t rest = bytes - rounds * deck->total;
    uint32_t low = 0, high = DECK_CARDS; /* before[low] <= rest < before[high] */
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (deck->before[middle] <= rest)
            low = middle;
        else
            high = middle;
    }
    return rounds * DECK_CARDS + low;
}

/* One more than fit into a byte less. */
int64_t deck_need(const struct deck *deck, int64_t bytes)
{
    return bytes == 0 ? 0 : deck_fit(deck, bytes - 1) + 1;
}

int64_t deck_next(const struct deck *deck, int64_t n, int64_t least)
{
    assert(deck->largest >= least);
    do {
        n++;
    } while (deck_bytes(deck, n) - deck_bytes(deck, n - 1) < least);
    return n;
}
