/* What the machine under a server costs: fork, save, load, flush, timers. Presets are rows of
 * host_presets.def. */
#ifndef PSYNCSIM_SERVER_HOST_H
#define PSYNCSIM_SERVER_HOST_H

#include <stddef.h>
#include <stdint.h>
#include "models/server/allocator.h"
#include "sim/engine/dist.h"

/* A rate so high that what it paces costs nothing: below 1 ns up to a gigabyte. */
#define HOST_UNLIMITED (INT64_C(1) << 60)

struct host {
    struct dist fork_per_gb;    /* ns of fork per 2^30 bytes of data */
    struct dist fork_base;      /* ns */
    struct dist save_base;      /* ns of every save, besides size / save_rate */
    struct dist load_base;      /* ns of every load, besides size / load_rate */
    struct dist boot;           /* ns from start to listening, without loading */
    struct dist handler;        /* ns a server takes to answer a handshake line */
    struct dist tick_extra;     /* ns by which a round of the server cron (1 / hz) is longer than it
                                   should be */
    struct dist diskless_start; /* ns from +FULLRESYNC to the first payload byte of a diskless save,
                                   besides the fork */
    struct dist busy;           /* ppm by which a fork, save, load or flush takes longer, because
                                   others use the machine too */
    struct dist sleep_extra;    /* ns by which a sleep takes longer than it should */
    int64_t save_rate;          /* bytes of RDB per second, to disk */
    int64_t diskless_rate;      /* bytes of RDB per second a diskless child produces */
    int64_t load_rate;          /* bytes of RDB per second */
    int64_t flush_rate;         /* bytes of data per second freed when flushing synchronously */
    int64_t apply_rate;         /* bytes of stream per second that a replica applies at most */
    int64_t key_rate;  /* keys per second: saving or loading n keys takes at least n / key_rate */
    int64_t allocator; /* enum allocator: how large a block of a buffer is */
    int64_t nic;       /* bits per second shared by all links of the node; 0: no limit */
};

struct host_preset {
    const char *name, *what,
        *source; /* source: where the numbers are from, or that they are a guess */
};

size_t host_preset_count(void);
const struct host_preset *host_preset_at(size_t index);
int host_preset_find(const char *name); /* index, -1: there is none of that name */

/* Fills *host with the numbers of that preset. */
void host_init(struct host *host, size_t preset);

#endif
