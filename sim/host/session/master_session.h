/* psyncsim master: the master's machine for real replicas; prints each step. */
#ifndef PSYNCSIM_HOST_SESSION_MASTER_SESSION_H
#define PSYNCSIM_HOST_SESSION_MASTER_SESSION_H

#include "sim/host/session/session.h"
#include "sim/host/master_host.h"

struct master_session_config {
    struct master_host_config host; /* without its listener; rdb NULL: an empty one */
    struct address address;         /* as it was given, for people */
    struct session_plan plan;
    struct session_output output;
    int64_t rate;        /* SETs, in 1e-9 per second */
    int64_t value_bytes; /* of each, at most MASTER_VALUE_MAX */
};

#define MASTER_VALUE_MAX 1048000

/* Runs until it is ordered to end, and prints its summary. Why it could not be done stands in
 * `words` (size bytes) for SESSION_REFUSED. */
enum session_end master_session(const struct master_session_config *config, char *words,
                                size_t size);

#endif
