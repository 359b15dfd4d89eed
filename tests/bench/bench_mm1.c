/* M/M/1 at 80 % load: one timer for the arrivals, one for the server, first come first served.
 * Prints the median ns per customer, and the mean time in the system over the mean service time,
 * which is 5 in the books. */
#include "sim/engine/dist.h"
#include "sim/engine/queue.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CUSTOMERS   1000000
#define REPETITIONS 5
#define WAITING_MAX 4096 /* a power of two, never reached at this load */

enum { ARRIVAL, DEPARTURE, SLOTS };

struct station {
    struct queue queue;
    struct dist between, service;
    struct random arrivals, services;
    int64_t arrived_at[WAITING_MAX];
    uint64_t arrived, departed;
    double in_system;
};

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void station_init(struct station *station, uint64_t seed)
{
    station->arrived = station->departed = 0;
    station->in_system = 0;
    queue_init(&station->queue, SLOTS);
    dist_exponential(&station->between, 1250000);
    dist_exponential(&station->service, 1000000);
    random_init(&station->arrivals, seed, 0, "station", "arrivals");
    random_init(&station->services, seed, 0, "station", "services");
    queue_set(&station->queue, ARRIVAL, dist_draw(&station->between, &station->arrivals));
}

static void serve_next(struct station *station, int64_t now)
{
    queue_set(&station->queue, DEPARTURE, now + dist_draw(&station->service, &station->services));
}

static void arrive(struct station *station, int64_t now)
{
    if (station->arrived - station->departed == WAITING_MAX)
        abort();
    if (station->arrived == station->departed)
        serve_next(station, now);
    station->arrived_at[station->arrived++ % WAITING_MAX] = now;
    queue_set(&station->queue, ARRIVAL, now + dist_draw(&station->between, &station->arrivals));
}

static void depart(struct station *station, int64_t now)
{
    station->in_system += (double)(now - station->arrived_at[station->departed++ % WAITING_MAX]);
    if (station->arrived != station->departed)
        serve_next(station, now);
}

static void run(struct station *station)
{
    uint32_t slot;
    int64_t now;
    while (station->departed < CUSTOMERS && queue_take(&station->queue, &slot, &now)) {
        switch (slot) {
        case ARRIVAL:
            arrive(station, now);
            break;
        case DEPARTURE:
            depart(station, now);
            break;
        }
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    double ns[REPETITIONS];
    double in_system = 0;
    struct station *station = malloc(sizeof *station);
    if (station == NULL)
        return 4;
    for (int i = 0; i < REPETITIONS; i++) {
        station_init(station, (uint64_t)i);
        double start = now_ns();
        run(station);
        ns[i] = (now_ns() - start) / CUSTOMERS;
        in_system += station->in_system / CUSTOMERS / 1e6 / REPETITIONS;
        queue_clear(&station->queue);
    }
    free(station);
    qsort(ns, REPETITIONS, sizeof *ns, compare);
    printf("{\"ns\":%.2f,\"in_system\":%.3f}\n", ns[REPETITIONS / 2], in_system);
    return 0;
}
