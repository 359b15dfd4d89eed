/* psyncsim master: the master's machine for real replicas, told step by step. */
#ifndef PSYNCSIM_LIVE_MASTER_LESSON_H
#define PSYNCSIM_LIVE_MASTER_LESSON_H

#include "sim/host/session/session.h"
#include "sim/host/master_host.h"

struct master_lesson_config {
    struct master_host_config host; /* without its listener; rdb NULL: an empty one */
    struct address address;         /* as it was given, for people */
    struct lesson_plan plan;
    struct lesson_output output;
    int64_t rate;        /* SETs, in 1e-9 per second */
    int64_t value_bytes; /* of each, at most MASTER_VALUE_MAX */
};

#define MASTER_VALUE_MAX 1048000

/* Runs until it is told to end, and prints its summary. Why it could not be done stands in `words`
 * (size bytes) for LESSON_REFUSED. */
enum lesson_end master_lesson(const struct master_lesson_config *config, char *words, size_t size);

#endif
