/* See size_needs.h. */
#include "sim/study/size/size_needs.h"

#include <glib.h>
#include "sim/engine/random.h"

/* The n-th of the others takes a place with the chance that each of the n has one: SIZE_NEEDS_SAMPLED in n. */
static void sample(struct size_needs *needs, struct size_need need, uint64_t key)
{
    struct random random;
    uint64_t place = (uint64_t)needs->others++;
    if (place >= SIZE_NEEDS_SAMPLED) {
        random_init_at(&random, key, place);
        place = random_below(&random, place + 1);
    }
    if (place < SIZE_NEEDS_SAMPLED)
        needs->sample[place] = need;
}

void size_needs_add(struct size_needs *needs, struct size_need need, uint64_t key)
{
    if (needs->kept < SIZE_NEEDS_KEPT) {
        needs->largest[needs->kept++] = need;
        return;
    }
    struct size_need *least = &needs->largest[0];
    for (int i = 1; i < SIZE_NEEDS_KEPT; i++)
        if (needs->largest[i].bytes < least->bytes)
            least = &needs->largest[i];
    if (need.bytes > least->bytes) {
        sample(needs, *least, key);
        *least = need;
    } else {
        sample(needs, need, key);
    }
}

static int64_t count_above(const struct size_need *list, int64_t count, int32_t node, int64_t bytes)
{
    int64_t above = 0;
    for (int64_t i = 0; i < count; i++)
        above += list[i].bytes > bytes && (node < 0 || list[i].node == node);
    return above;
}

double size_needs_above(const struct size_needs *needs, int32_t node, int64_t bytes)
{
    int64_t sampled = MIN(needs->others, SIZE_NEEDS_SAMPLED);
    double each = sampled > 0 ? (double)needs->others / (double)sampled : 0;
    return (double)count_above(needs->largest, needs->kept, node, bytes) +
           each * (double)count_above(needs->sample, sampled, node, bytes);
}

int64_t size_needs_largest(const struct size_needs *needs)
{
    int64_t largest = 0;
    for (int64_t i = 0; i < needs->kept; i++)
        largest = MAX(largest, needs->largest[i].bytes);
    return largest;
}
