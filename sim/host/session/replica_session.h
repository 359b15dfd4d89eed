/* psyncsim replica: the replica's machine against a real master, told step by step. */
#ifndef PSYNCSIM_LIVE_REPLICA_LESSON_H
#define PSYNCSIM_LIVE_REPLICA_LESSON_H

#include "sim/host/session/session.h"
#include "sim/host/replica_host.h"

struct replica_lesson_config {
    struct replica_host_config host; /* without its listener */
    struct address address;          /* as it was given, for people */
    struct lesson_plan plan;
    struct lesson_output output;
    bool is_patient; /* goes on trying where nobody listens, or the password is wrong */
};

/* Runs until it is told to end, and prints its summary. Why it could not be done stands in `words`
 * (size bytes) for LESSON_REFUSED and LESSON_DENIED. */
enum lesson_end replica_lesson(const struct replica_lesson_config *config, char *words,
                               size_t size);

#endif
