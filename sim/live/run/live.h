/* A scenario on real servers, in real time. What is seen is kept as observations, from which a
 * report is made when the run is over (reconstruction.h): the same events as those of a simulated
 * run.
 *
 *      live_new -> live_run -> reconstruction_emit -> live_free
 *
 * live: processes (server_process.h), links (relay.h), writers (load_writer.h), faults
 * (injection.h), what is asked of the servers meanwhile (info_poll.h). */
#ifndef PSYNCSIM_LIVE_RUN_LIVE_H
#define PSYNCSIM_LIVE_RUN_LIVE_H

#include <glib.h>
#include <stdint.h>
#include <uv.h>
#include "sim/live/run/info_poll.h"
#include "sim/live/run/injection.h"
#include "sim/live/run/live_core.h"
#include "sim/live/run/load_writer.h"
#include "sim/live/run/setup.h"
#include "sim/scenario/scenario.h"

struct live {
    struct live_core core;
    struct load_writers load_writers;
    struct injections injections;
    struct info_polls info_polls;
    struct setup setup;
    uv_signal_t signals[4];
};

/* `programs`: by node, borrowed. NULL with *wrong set (free with g_free). Call before anything else
 * starts threads or children. */
struct live *live_new(const struct scenario *scenario, uint64_t seed,
                      const struct program *programs, char **wrong);

/* What the scenario has and a live run does not give, or gives otherwise: a line each. Appended. */
void live_unsupported(const struct live *live, GString *out);

/* "redis-7.0.15", or all that are there. Free with g_free. */
char *live_versions(const struct live *live);

enum live_result live_run(struct live *live);

/* Ends every process and removes every file. */
void live_free(struct live *live);

#endif
