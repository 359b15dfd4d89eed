/* What all parts of a live run share: servers, links, observations, the clock.
 *
 * Above it stand the parts (injection.h, load_writer.h, info_poll.h, setup.h), and above those the
 * run itself (live.h). */
#ifndef PSYNCSIM_LIVE_RUN_LIVE_CORE_H
#define PSYNCSIM_LIVE_RUN_LIVE_CORE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "sim/live/observe/observations.h"
#include "sim/live/observe/server_log.h"
#include "sim/live/relay/relay.h"
#include "sim/live/run/program.h"
#include "sim/live/run/reaper.h"
#include "sim/live/run/server_process.h"
#include "sim/scenario/scenario.h"

enum live_result {
    LIVE_DONE,
    LIVE_BAD_INPUT,   /* the scenario cannot be run live */
    LIVE_SYSTEM,      /* no server, no port, a server died */
    LIVE_INTERRUPTED, /* core->signal */
};

struct live_core {
    const struct scenario *scenario;
    uint64_t seed;
    struct reaper reaper;
    const struct program *programs; /* by node, borrowed */
    uv_loop_t loop;
    struct observations observations;
    struct log_reader *log_reader;
    struct server *servers; /* by node */
    struct relay *relays;   /* by link */
    int32_t *masters;       /* by node: whose replica it is to be now, -1: nobody's */
    uint32_t port_cursor;
    int64_t zero; /* uv_hrtime at t = 0; 0: set-up */
    bool is_over;
    int signal;
    char *diagnostic; /* words for the user; NULL: none */
    enum live_result result;
    void (*progress)(void *user, const char *words); /* may be NULL */
    void *user;
};

/* ns since t = 0, negative during set-up. */
int64_t live_core_now(const struct live_core *core);

/* Ends the run with a problem; the first one counts. */
void live_core_fail(struct live_core *core, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The node's process starts, as a replica of core->masters[node]. */
void live_core_start(struct live_core *core, int32_t node);

/* Orders a node to be the replica of another from now on (-1: nobody's). */
void live_core_replicaof(struct live_core *core, int32_t node, int32_t master);

/* The port at which `node` finds its master; 0: it has none. */
uint16_t live_core_master_port(const struct live_core *core, int32_t node, int32_t master);

#define LIVE_EVENT(core, name, node, ...)                                                          \
    do {                                                                                           \
        struct event event_;                                                                       \
        struct event_##name *e = event_begin_##name(&event_, (int64_t)uv_hrtime(), node);          \
        (void)(__VA_ARGS__);                                                                       \
        observations_event(&(core)->observations, &event_);                                        \
    } while (0)

#endif
