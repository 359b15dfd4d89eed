/* A scenario on real servers, in real time. What is observed is kept; from it a report is made
 * when the run is over (reconstruction.h): the same events as those of a simulated run.
 *
 *      live_new -> live_run -> reconstruction_emit -> live_free
 *
 * live: processes (server_process.h), links (relay.h), writers (load_writer.h), faults
 * (injection.h), what is asked of the servers meanwhile (info_poll.h). */
#ifndef PSYNCSIM_LIVE_RUN_LIVE_H
#define PSYNCSIM_LIVE_RUN_LIVE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "sim/live/relay/timer.h"
#include "sim/live/run/info_poll.h"
#include "sim/live/run/reaper.h"
#include "sim/live/observe/observations.h"
#include "sim/live/observe/server_log.h"
#include "sim/live/run/program.h"
#include "sim/live/relay/relay.h"
#include "sim/live/run/server_process.h"
#include "sim/live/run/setup.h"
#include "sim/live/run/injection.h"
#include "sim/live/run/load_writer.h"
#include "sim/scenario/scenario.h"

enum live_result {
    LIVE_DONE,
    LIVE_BAD_INPUT,   /* the scenario cannot be run live */
    LIVE_SYSTEM,      /* no server, no port, a server died */
    LIVE_INTERRUPTED, /* live->signal */
};

struct live {
    const struct scenario *scenario;
    uint64_t seed;
    struct reaper reaper;
    struct program *programs; /* by node */
    uv_loop_t loop;
    struct observations observations;
    struct log_reader *log_reader;
    struct server *servers; /* by node */
    struct relay *relays;   /* by link */
    int32_t *masters;       /* by node: whose replica it is to be now, -1: nobody's */
    struct load_writers load_writers;
    struct injections injections;
    struct info_polls info_polls;
    struct wake *wakes; /* by node: starts that are to come */
    uv_signal_t signals[4];
    uint32_t port_cursor;
    int64_t zero; /* uv_hrtime at t = 0; 0: set-up */
    bool is_over;
    int signal;
    char *diagnostic; /* words for the user; NULL: none */
    enum live_result result;
    void (*progress)(void *user, const char *words); /* may be NULL */
    void *user;
};

/* `servers`: by node, the program's path or name. NULL with *wrong set (free with g_free). Call
 * before anything else starts threads or children. */
struct live *live_new(const struct scenario *scenario, uint64_t seed, const char *const *servers,
                      char **wrong);

/* What the scenario has and a live run does not give, or gives otherwise: a line each. Appended. */
void live_unsupported(const struct live *live, GString *out);

/* "redis-7.0.15", or all that are there. Free with g_free. */
char *live_versions(const struct live *live);

enum live_result live_run(struct live *live);

/* Ends every process and removes every file. */
void live_free(struct live *live);

/* Used by the other files of this folder. */

/* ns since t = 0, negative during set-up. */
int64_t live_now(const struct live *live);

/* Ends the run with a problem; the first one counts. */
void live_fail(struct live *live, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The node's process starts, as a replica of live->masters[node]. */
void live_start(struct live *live, int32_t node);

/* Orders a node to be the replica of another from now on (-1: nobody's). */
void live_replicaof(struct live *live, int32_t node, int32_t master);

/* The port at which `node` finds its master; 0: it has none. */
uint16_t live_master_port(const struct live *live, int32_t node, int32_t master);

#define LIVE_EVENT(live, kind, node, ...)                                                          \
    observations_event(&(live)->observations, (int64_t)uv_hrtime(), kind, node,                    \
                       (struct trace_fields){(struct trace_value[]){__VA_ARGS__},                  \
                                             sizeof((struct trace_value[]){__VA_ARGS__}) /         \
                                                 sizeof(struct trace_value)})

#endif
