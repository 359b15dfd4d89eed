/* What is asked of the servers while they run: INFO and CLIENT LIST, ten times a second, and INFO
 * of a master at the moment in which a request goes to it. */
#ifndef PSYNCSIM_LIVE_GLANCE_H
#define PSYNCSIM_LIVE_GLANCE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/live/alarm.h"

struct live;

struct glance {
    struct live *live;
    int32_t node;
    bool is_asked; /* an answer is awaited */
    /* the last answer; -1: none */
    int64_t offset, backlog_first, backlog_bytes, fork_ns;
    bool is_master, link_up;
    char replid[41], replid2[41];
    int64_t second_offset;
};

struct glances {
    struct glance *list; /* by node */
    struct alarm alarm;
};

/* False with errno set. */
bool glances_open(struct live *live);
void glances_close(struct live *live);

/* Asks this node now. */
void glance_ask(struct live *live, int32_t node);

/* Its process ended: nothing is known any more. */
void glance_forget(struct live *live, int32_t node);

#endif
