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
    enum drop drop;    /* if the row ends the connection: why */
    int64_t offset;    /* FULL, POSITION; SIZE: the payload's size */
    int64_t client_id; /* CHANNEL: of the first connection; POSITION: of the second; or 0 */
    char id
        [REPLID_SIZE]; /* FULL, POSITION, CONTINUE ("" when there is none of forty characters), MARK */
};

/* `line` is without its end. */
struct reply reply_to_ping(const char *line);
struct reply reply_to_auth(const char *line);
struct reply reply_to_replconf(const char *line);
/* has_cache: something was asked for, so that +CONTINUE makes sense. is_psync2: knows NOMASTERLINK.
 */
struct reply reply_to_psync(const char *line, bool has_cache, bool is_psync2);
struct reply reply_preamble(const char *line);

/* Whether the answer to PSYNC offers a second connection, of that kind (SECOND_CHANNEL_…); then *reply
 * says which. */
bool reply_offers_channel(const char *line, int64_t second_channel, struct reply *reply);
/* On the second connection: the answer that says where the payload stands. */
struct reply reply_position(const char *line);
/* On the first: the answers to "REPLCONF set-rdb-client-id" (is_known) and the PSYNC behind it. */
struct reply reply_to_join(const char *line, bool is_known);

#endif
