/* psyncsim replica: the replica's machine against a real master; prints each step. */
#ifndef PSYNCSIM_HOST_SESSION_REPLICA_SESSION_H
#define PSYNCSIM_HOST_SESSION_REPLICA_SESSION_H

#include "sim/host/session/session.h"
#include "sim/host/replica_host.h"

struct replica_session_config {
    struct replica_host_config host; /* without its listener */
    struct address address;          /* as it was given, for people */
    struct session_plan plan;
    struct session_output output;
    bool is_patient; /* goes on trying where nobody listens, or the password is wrong */
};

/* Runs until it is ordered to end, and prints its summary. Why it could not be done stands in
 * `words` (size bytes) for SESSION_REFUSED and SESSION_DENIED. */
enum session_end replica_session(const struct replica_session_config *config, char *words,
                                 size_t size);

#endif
