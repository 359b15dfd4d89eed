/* What a machine asks its host to do. A machine never does it itself: it owns no socket, clock or
 * heap. */
#ifndef PSYNCSIM_PSYNC_ACT_H
#define PSYNCSIM_PSYNC_ACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "models/psync/reason.h"
#include "models/psync/row.h"

/* The longest burst: AUTH and all REPLCONFs, user and password up to 512 bytes together. */
#define ACT_TEXT_MAX 1024
#define ACTS_MAX     12
#define ACTS_RESERVE 6 /* what one line or command can add at most, and what ends the call */

enum act_kind {
    /* either machine */
    ACT_SEND,  /* write text[0..len) to the peer, in order */
    ACT_CLOSE, /* close the connection; drop: why. A later receive or lost for this connection must
                  not be reported. Every connection ends with exactly one of these, also after
                  refused and lost */
    /* the replica's machine */
    ACT_CONNECT,  /* begin to connect to the master; report replica_connected or replica_refused */
    ACT_ASKED,    /* PSYNC was sent: text = id ("?" or 40 characters), offset = the requested offset
                     (-1 with "?") */
    ACT_CONTINUE, /* +CONTINUE: online again; offset = the next byte's offset; text = the new id if
                     it changed, else empty */
    ACT_FULL, /* +FULLRESYNC: text = id, offset = its offset (or -1: malformed, or SYNC was used) */
    ACT_PAYLOAD,       /* the payload begins: offset = its size, or -1 for a streamed one ($EOF:) */
    ACT_PAYLOAD_BYTES, /* real payload bytes to keep: bytes/len point into the span given (never
                          with counted spans); of a streamed payload the last forty of all of them
                          are the end mark, not payload */
    ACT_RECEIVED,      /* the payload is complete, but the process has not noticed yet (only where a
                          thread receives it): nothing more is read until ACT_LOAD or ACT_CLOSE */
    ACT_LOAD,          /* the payload is complete: free the backlog, flush, load it, then report
                          replica_loaded or replica_load_failed; offset = the payload's size
                          without an end mark */
    ACT_ONLINE,        /* state CONNECTED is reached after a load */
    ACT_DROP_REPLICAS, /* disconnect all sub-replicas */
    ACT_NEW_BACKLOG,   /* create a backlog at history->offset + 1 if there is none */
    ACT_APPLIED,       /* offset = the applied offset after real stream bytes (not given for counted
                          spans) */
    ACT_SECOND_CONNECT, /* begin to connect to the master once more, for the payload; report
                           replica_second_connected or replica_second_refused. The first connection
                           stays */
    ACT_SECOND_SEND,    /* as ACT_SEND and ACT_CLOSE, for the second connection */
    ACT_SECOND_CLOSE,
    ACT_PAYLOAD_ASKED, /* the payload was asked for on the second connection */
    ACT_STREAM_ASKED, /* PSYNC for the stream behind it was sent on the first: offset = asked for */
    ACT_KEEP,  /* stream bytes to keep, up to the replica's limit: bytes/len point into the span
                  given */
    ACT_DRAIN, /* the last act of a call: give what was kept to replica_receive, then call
                  replica_drained */
    ACT_ABORT_LOAD, /* the load under way is given up; what it had is of no use */
    ACT_EXIT,       /* the process ends, with this call */
    /* the master's machine */
    ACT_GRANT, /* +CONTINUE was sent: attach this replica to the stream at `offset`; reason says
                  why; text = the id asked for */
    ACT_WANT,  /* a full synchronisation is wanted: decide when to save; reason says why no partial;
                  text and offset = what was asked for ("" and -1 with SYNC) */
    ACT_OFFER, /* a full synchronisation is wanted, and a second connection was offered for
                         it; as ACT_WANT, but there is nothing to save for yet */
    ACT_REFUSE,       /* an error reply was sent to PSYNC: reason says which */
    ACT_ACK,          /* offset = acknowledged; the recorded one in the machine never goes back */
    ACT_START_STREAM, /* let the stream flow to this replica (after the last payload byte of a disk
                         save, or the first ACK) */
    /* either, with FAILOVER; always the last act of a call */
    ACT_PROMOTE, /* become a master: shift the history, drop the replicas. From the master's
                    machine: PSYNC FAILOVER came; call replica_promote, and then master_promoted for
                    this connection. From the replica's: the target refused, its state is NONE
                    already */
};

struct act {
    enum act_kind kind;
    enum drop drop;
    enum reason reason;
    int64_t offset;
    const char *bytes; /* ACT_PAYLOAD_BYTES only */
    uint64_t len;      /* of text or bytes */
    char *text; /* in acts.room, NUL-terminated, "" for none; valid until the next call with the
                   same acts */
};

/* The acts of one call, in order. The caller owns it and need not clear it; every machine function
 * starts it anew. */
struct acts {
    uint32_t count;
    uint32_t used;
    uint64_t left; /* bytes at the end of the given span that were not taken: give them again, at
                      once, or after replica_loaded when the last act is ACT_LOAD, or after
                      master_promoted when it is ACT_PROMOTE. 0 unless real bytes of several lines
                      or commands come in one span */
    struct act list[ACTS_MAX];
    uint32_t row_count;
    uint8_t rows[ROWS_MAX]; /* of the machine's table: those that the call fired, each once, in the
                               order in which they first did */
    char room[2 * ACT_TEXT_MAX];
};

void acts_begin(struct acts *acts);
bool acts_has_room(const struct acts *acts); /* for one more line or command: ACTS_RESERVE acts and
                                                ACT_TEXT_MAX of text */
bool acts_sends(const struct acts *acts);    /* there is an ACT_SEND among them */
struct act *acts_add(struct acts *acts, enum act_kind kind); /* asserts room */
struct act *acts_add_text(struct acts *acts, enum act_kind kind, const char *text,
                          size_t len); /* copies */
void acts_add_row(struct acts *acts, uint16_t row);

#endif
