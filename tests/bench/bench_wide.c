/* What an outage costs, in microseconds of the processor: one replica is silent for 20 s now and
 * then, in a year, beside so many others that are well; and the same number of outages in a day, a
 * year and ten years. Nobody hears the heartbeats. Prints one JSON object. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "sim/scenario/scenario_read.h"
#include "sim/world/world.h"

#define REPETITIONS 3
#define DAY_S       86400

static double processor_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double run_s(const struct scenario *scenario)
{
    struct trace trace;
    trace_init(&trace, TRACE_OFF, NULL);
    double begin = processor_s();
    struct world *world = world_new(scenario, 1, 0, &trace);
    bool is_sound = world_run(world);
    assert(is_sound);
    (void)is_sound;
    world_free(world);
    return processor_s() - begin;
}

/* Microseconds per outage of r1, one every so many seconds; the best of some runs. */
static double outage_us(int replicas, int days, int outages)
{
    char text[512];
    snprintf(text, sizeof text,
             "duration: %dd\nconfig: { repl-backlog-size: 64mb }\n"
             "nodes: { m: { dataset: 1mb }, r: { replicaof: m, begin: synced, count: %d } }\n"
             "load: [ { node: m, rate: 100/s } ]\n"
             "faults: [ { every: %ds, partition: m-r1, for: 20s } ]\n",
             days, replicas, days * DAY_S / outages);
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario =
        scenario_read_text("bench", text, strlen(text), &(struct scenario_options){0}, diagnostics);
    assert(scenario != NULL);
    double best = run_s(scenario);
    for (int i = 1; i < REPETITIONS; i++) {
        double seconds = run_s(scenario);
        best = seconds < best ? seconds : best;
    }
    scenario_free(scenario);
    diagnostics_free(diagnostics);
    return best * 1e6 / outages;
}

int main(void)
{
    static const int OTHERS[] = {1, 10, 100, 998}, DAYS[] = {1, 365, 3650};
    printf("{");
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++)
        printf("\"us_beside_%d\":%.1f,", OTHERS[i], outage_us(1 + OTHERS[i], 365, 4000));
    for (size_t i = 0; i < sizeof DAYS / sizeof DAYS[0]; i++)
        printf("%s\"us_in_%d_days\":%.1f", i == 0 ? "" : ",", DAYS[i],
               outage_us(10, DAYS[i], 1000));
    printf("}\n");
    return 0;
}
