/* Private to replica*.c: what one call carries through the rows of the replica's table. */
#ifndef PSYNCSIM_PSYNC_REPLICA_STEP_H
#define PSYNCSIM_PSYNC_REPLICA_STEP_H

#include "models/psync/replica.h"
#include "models/psync/reply.h"

struct replica_step {
    const struct replica_site *site;
    struct acts *out;
    const struct reply *reply; /* the line that was understood; NULL for other events */
    enum drop drop;            /* why the connection ends, if the row ends it */
    bool has_position;         /* OF, BOOT: there is a history to continue */
    int64_t offset;            /* STREAM: the applied offset */
    const char *bytes;         /* PART, COMPLETE: the payload's bytes, or NULL for counted ones */
    uint64_t len;              /* and how many */
    enum replica_state from;   /* set by replica_step: the state before */
    enum replica_on
        then; /* set by an action: the event that follows at once; REPLICA_ON_COUNT for none */
    bool is_closed; /* the connection was ended in this call */
};

struct replica_step replica_begin_step(const struct replica_site *site, struct acts *out);

/* The same, for an event that ends the connection of the payload, by whoever notices it. */
void replica_step_failed(struct replica *replica, struct replica_step *s, enum replica_on on);

/* Bytes of the connection that brings lines and payload. */
void replica_read_bytes(struct replica *replica, struct replica_step *s, const char *bytes,
                        uint64_t len);
void replica_count_payload(struct replica *replica, struct replica_step *s, uint64_t len);

/* The first of two connections. */
void replica_read_first(struct replica *replica, struct replica_step *s, const struct span *span);
void replica_lose_first(struct replica *replica, struct replica_step *s);

/* Takes the row of the state and the event: sets the state, calls the action; goes on with what
 * follows at once. */
void replica_step(struct replica *replica, struct replica_step *s, enum replica_on on);

/* Adds ACT_SEND of an ACK for the applied offset. */
void replica_send_ack(const struct replica *replica, struct acts *out);

#endif
