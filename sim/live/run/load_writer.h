/* The scenario's load on real servers: SET commands of exactly the stream bytes that the load says,
 * at the instants that it says, pipelined on one connection each. */
#ifndef PSYNCSIM_LIVE_RUN_LOAD_WRITER_H
#define PSYNCSIM_LIVE_RUN_LOAD_WRITER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "models/load/load.h"
#include "sim/live/relay/timer.h"
#include "sim/live/run/live_core.h"

struct load_writer {
    struct live_core *core;
    uint32_t index; /* in scenario->loads */
    int32_t node;
    struct load *load;
    int64_t sent;         /* commands that are written or gone by */
    int64_t bytes, total; /* of those, and of all there will be */
    int fd;               /* -1: not connected */
    uv_poll_t *poll;
    GString *pending; /* bytes that the socket has not taken yet */
    bool refuses;     /* the last answer was NOREPLICAS */
    struct timer timer;
};

struct load_writers {
    struct load_writer *list;
    uint32_t count;
};

/* False with errno set. */
bool load_writers_open(struct load_writers *load_writers, struct live_core *core);
/* From t = 0 on. */
void load_writers_start(struct load_writers *load_writers);
void load_writers_close(struct load_writers *load_writers);

/* The writer goes to another node. */
void load_writer_move(struct load_writer *load_writer, int32_t node);

/* One SET of `size` bytes as a command in the stream (at least WRITER_LEAST), the `number`-th of
 * `keys` keys with that prefix. */
#define WRITER_LEAST 36
void load_writer_append(GString *out, int64_t size, const char *prefix, int64_t number);

#endif
