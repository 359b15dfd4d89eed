/* Usable sizes of allocations. See allocator.h. */
#include "models/server/allocator.h"

#include <assert.h>

static int64_t round_up(int64_t value, int64_t to)
{
    return (value + to - 1) / to * to;
}

/* Four classes to each doubling. */
static int64_t jemalloc_usable(int64_t request)
{
    int64_t power = 16;
    while (2 * power < request)
        power *= 2;
    return round_up(request, power / 4);
}

/* A chunk is a multiple of 16 bytes, 8 of which are its header. */
static int64_t libc_usable(int64_t request)
{
    return round_up(request + 8, 16) - 8;
}

int64_t allocator_usable(enum allocator allocator, int64_t request)
{
    assert(request >= 16);
    return allocator == ALLOCATOR_LIBC ? libc_usable(request) : jemalloc_usable(request);
}
