/* The lines a master answers during the handshake and before a payload, understood before the
 * machine's table is asked. Prefixes and order as FACTS 1.3 and 7.1 have them. */
#ifndef PSYNCSIM_PSYNC_REPLY_H
#define PSYNCSIM_PSYNC_REPLY_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/history.h"
#include "models/psync/reason.h"

enum replica_on {
#define EVENT(name, text, what) ON_##name,
#include "models/psync/replica_events.def"
#undef EVENT
    REPLICA_ON_COUNT
};

struct reply {
    enum replica_on on;
    enum drop drop;       /* if the row ends the connection: why */
    int64_t offset;       /* FULL; SIZE: the payload's size */
    char id[REPLID_SIZE]; /* FULL, CONTINUE ("" when there is none of forty characters), MARK */
};

/* `line` is without its end. */
struct reply reply_to_ping(const char *line);
struct reply reply_to_auth(const char *line);
struct reply reply_to_replconf(const char *line);
/* has_cache: something was asked for, so that +CONTINUE makes sense. is_psync2: knows NOMASTERLINK.
 */
struct reply reply_to_psync(const char *line, bool has_cache, bool is_psync2);
struct reply reply_preamble(const char *line);

#endif
