/* What is asked of the servers while they run: INFO and CLIENT LIST, ten times a second, and INFO
 * of a master when a request goes to it. */
#ifndef PSYNCSIM_LIVE_RUN_INFO_POLL_H
#define PSYNCSIM_LIVE_RUN_INFO_POLL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/live/relay/timer.h"
#include "sim/live/run/live_core.h"

struct info_poll {
    struct live_core *core;
    int32_t node;
    bool is_asked;        /* an answer is awaited */
    GHashTable *replicas; /* id of a client -> 1 + the node whose connection it is */
    /* the last answer; -1: none */
    int64_t offset, backlog_first, backlog_bytes, fork_ns;
    bool is_master, link_up;
    char replid[41], replid2[41];
    int64_t second_offset;
};

struct info_polls {
    struct live_core *core;
    struct info_poll *list; /* by node */
    struct timer timer;
};

/* False with errno set. */
bool info_polls_open(struct info_polls *polls, struct live_core *core);
void info_polls_close(struct info_polls *polls);

/* Asks this node now. */
void info_poll_ask(struct info_polls *polls, int32_t node);

/* The replica whose connection has that port on our side; -1: none. */
int32_t info_poll_replica(const struct live_core *core, int32_t master, uint16_t port);

/* The replica whose connection that client is, or was; -1: unknown. */
int32_t info_poll_client(const struct info_polls *polls, int32_t node, int64_t client);

/* Its process ended: nothing is known any more. */
void info_poll_forget(struct info_polls *polls, int32_t node);

#endif
