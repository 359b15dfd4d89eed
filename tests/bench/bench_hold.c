/* The HOLD model: N pending events; take the first, put it back a random time later. Prints the
 * median ns per hold. */
#include "sim/engine/queue.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define HOLDS       2000000
#define WARM_UP     200000
#define REPETITIONS 7

/* The other programs use the same generator, so that all of them hold the same sequence. */
static int64_t next_increment(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return 1 + (int64_t)(*state >> 44);
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void hold(struct queue *queue, uint64_t *state, int count)
{
    uint32_t slot;
    int64_t time;
    for (int i = 0; i < count && queue_take(queue, &slot, &time); i++)
        queue_set(queue, slot, time + next_increment(state));
}

static double measure(uint32_t n, int64_t *end)
{
    struct queue queue;
    uint64_t state = 1;
    queue_init(&queue, n);
    for (uint32_t slot = 0; slot < n; slot++)
        queue_set(&queue, slot, next_increment(&state));
    hold(&queue, &state, WARM_UP);
    double start = now_ns();
    hold(&queue, &state, HOLDS);
    double ns = (now_ns() - start) / HOLDS;
    *end = queue_next_time(&queue);
    queue_clear(&queue);
    return ns;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int n = argc == 2 ? atoi(argv[1]) : 0;
    if (n < 1) {
        fprintf(stderr, "usage: bench_hold N\n");
        return 2;
    }
    double ns[REPETITIONS];
    int64_t end = 0;
    for (int i = 0; i < REPETITIONS; i++)
        ns[i] = measure((uint32_t)n, &end);
    qsort(ns, REPETITIONS, sizeof *ns, compare);
    printf("{\"n\":%d,\"ns\":%.2f,\"end\":%" PRId64 "}\n", n, ns[REPETITIONS / 2], end);
    return 0;
}
