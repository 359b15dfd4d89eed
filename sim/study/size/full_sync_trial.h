/* Will a full synchronisation ever end, and what does it take? By simulation of all replicas that
 * synchronise at once, as after a master that lost its data or a rack that came back. */
#ifndef PSYNCSIM_STUDY_SIZE_FULL_SYNC_TRIAL_H
#define PSYNCSIM_STUDY_SIZE_FULL_SYNC_TRIAL_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/study/parallel/worker_pool.h"
#include "sim/study/size/outage_run.h"

struct full_sync {
    uint64_t count, online; /* samples; those in which all replicas came online at the first try */
    uint64_t dropped_hard, dropped_soft, dropped_other;
    int64_t longest_ns;   /* from the first PSYNC to online, of those that came online */
    int64_t buffer_bytes; /* largest output buffer of one replica */
    int64_t kept_bytes;   /* most of the stream that a replica kept beside a payload */
    int64_t copied_bytes; /* largest copy-on-write at the master */
    char broken[128];     /* our bug; "": none */
};

/* `horizon_ns` is how long they may take. Limits of 0 are off. */
struct full_sync full_sync_try(const struct scenario *scenario, const struct size_setting *setting,
                               struct worker_pool *pool, uint64_t samples, int64_t horizon_ns);

/* Bytes per second of the slowest link of that master, -1: of all; 0: none has a limit. */
int64_t full_sync_slowest_link(const struct scenario *scenario, int32_t master);

/* A time in which every full synchronisation ends that will ever end: several times what the rates
 * of hosts and links say. */
int64_t full_sync_horizon(const struct scenario *scenario);

#endif
