/* Whether the writes of a master's clients come into its stream. */
#ifndef PSYNCSIM_SERVER_WRITE_GATE_H
#define PSYNCSIM_SERVER_WRITE_GATE_H

#include <stdbool.h>
#include <stdint.h>
#include "models/server/config.h"

/* Whether min-replicas-to-write is in force, and whether so many good replicas are too few: both
 * directives must be above 0 (FACTS 4.8; redis 7.0.15 refreshGoodSlavesCount). */
bool min_replicas_count(const struct config *config);
bool min_replicas_refuse(const struct config *config, int64_t good);

/* A master, at one moment. */
struct write_state {
    bool is_up, has_backlog;
    bool refuses;    /* too few good replicas, or a save failed */
    bool is_loading; /* its data file */
    bool is_paused;  /* by CLIENT PAUSE WRITE, or while FAILOVER or SHUTDOWN waits */
    bool is_blocked; /* the process stands still */
    bool is_busy;    /* with a script, for so long that it answers BUSY */
};

enum write_gate {
    WRITES_FLOW, /* they go into the stream as they come */
    WRITES_WAIT, /* they come later, all at once */
    WRITES_LOST  /* refused, or no stream is there that they could go into */
};

/* FACTS 4.8, 5.1 (without a backlog nothing is written), 8.3 and 8.4. */
enum write_gate write_gate(const struct write_state *state);

#endif
