/* The replica's machine: from REPLICAOF to an applied stream. Pure: bytes and the time go in, acts
 * come out.
 *
 *   NONE ─ CONNECT ─ CONNECTING ─ PING_REPLY ─ [AUTH ─] PORT ─ [IP ─] CAPA ─ PSYNC_REPLY
 *             ^                                                                  │
 *             │     partial:                                      CONNECTED ─────┤
 *             │     full:   CONNECTED ─ LOADING ─ [RECEIVED ─] PAYLOAD ─ PREAMBLE ┘
 *             └──── any failure (LOST and TIMEOUT have rows in every state)
 *
 * Where both sides take the payload over a second connection, the offer of it leads there by another
 * way, and the first brings the stream meanwhile:
 *
 *   PSYNC_REPLY ─ SECOND_CONNECTING ─ [SECOND_AUTH_REPLY ─] SECOND_CONF_REPLY ─ POSITION ─ PREAMBLE ─ …
 *   first:        not read                                            kept up to a limit, until loaded
 *
 * The arguments come in the order of what happens: the machine, its site, what the event brings,
 * and where the acts go. */
#ifndef PSYNCSIM_PSYNC_REPLICA_H
#define PSYNCSIM_PSYNC_REPLICA_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/act.h"
#include "models/psync/history.h"
#include "models/psync/profile.h"
#include "models/psync/resp.h"
#include "models/psync/row.h"
#include "models/psync/span.h"

/* Borrowed; must outlive the machine. Strings may be "" for none. */
struct replica_config {
    int64_t timeout_s;       /* repl-timeout */
    int64_t port;            /* listening-port to announce */
    bool second_channel;     /* full synchronisations over two connections, if the master offers
                                  them */
    bool outlives_main;      /* a load from disk goes on without its first connection, whatever the
                                  version does */
    const char *announce_ip; /* replica-announce-ip */
    const char *auth_user;   /* masteruser */
    const char *auth_password; /* masterauth */
};

/* What the machine's host is now. All is borrowed; `config` and `profile` are the same
 * for the life of a machine. */
struct replica_site {
    const struct profile *profile;
    const struct replica_config *config;
    struct history *history; /* the node's; changed by receive and loaded only */
    bool payload_to_file;    /* a payload is not loaded from the socket (repl-diskless-load) */
    int64_t now; /* the node's wall clock in ns since some whole second; only whole seconds are
                    compared (FACTS 4.7). Never goes back between calls, but a span may be given
                    late with the time at which its last byte arrived */
};

enum replica_state {
#define REPLICA_STATE(name, text, holds) REPLICA_##name,
#include "models/psync/replica_states.def"
#undef REPLICA_STATE
    REPLICA_STATE_COUNT
};

/* A full synchronisation over two connections: how far the first one is. */
enum join {
    JOIN_NONE,  /* it is not read, or (Redis) its stream follows the payload's position by itself */
    JOIN_KNOWN, /* REPLCONF set-rdb-client-id is sent */
    JOIN_ASKED, /* PSYNC is sent */
    JOIN_STREAM, /* the stream comes */
};

struct replica {
    enum replica_state state;
    bool two_channels;   /* from the offer of a second connection to the end of the drain */
    bool second_is_open; /* and that is not closed yet */
    enum join join;
    uint32_t join_len; /* a line of the first connection that is not complete yet */
    char join_line[128];
    int64_t channel_id; /* what the offer, or the payload's position, said of a client */
    bool has_cache; /* a cached master: `cached_id` and `reploff` say where to continue; false in
                       CONNECTED */
    bool pre_psync; /* the master knows no PSYNC (or the +FULLRESYNC was malformed): no ACKs */
    bool streamed;  /* the payload is a $EOF: one */
    char cached_id[REPLID_SIZE]; /* id of the cached or live master */
    char full_id[REPLID_SIZE];   /* id announced by +FULLRESYNC */
    int64_t full_offset;
    int64_t reploff;      /* applied bytes of the history */
    int64_t read_reploff; /* read bytes of the history; >= reploff */
    int64_t last_io_ns;   /* handshake and payload: last sign of life; CONNECTED: last byte read */
    int64_t payload_left; /* bytes still to come; in $EOF: mode -1 */
    int64_t payload_read;
    uint32_t line_len; /* a line that is not complete yet */
    char line[1024];
    char mark[REPLID_SIZE];   /* end mark of a $EOF: payload */
    char last40[REPLID_SIZE]; /* its last real bytes so far, forty at most */
    uint32_t last40_len;
    int64_t line_time_ns;  /* when its last byte came */
    int64_t newline_s;     /* LOADING: the second in which the last newline left */
    bool dials_at_once;    /* of the profile */
    bool asks_failover;    /* PSYNC goes out with FAILOVER */
    bool is_lost;          /* RECEIVED, LOADING, and before the payload's position: the (first)
                              connection ended meanwhile */
    enum drop thread_drop; /* RECEIVED: why the thread gave up; DROP_NONE: it has all */
    bool is_poisoned;      /* CONNECTED: the stream was not understood; nothing more is applied */
    bool in_multi;         /* CONNECTED: between MULTI and EXEC, where reploff is constant */
    int64_t counted_tail;  /* bytes of an incomplete command at the end of the counted stream */
    struct resp_reader reader; /* real stream bytes */
    uint16_t last_row;         /* the last row of replica_rows.def that fired */
    struct rows_fired fired;   /* all of them, for the coverage check */
};

void replica_init(struct replica *replica);

/* REPLICAOF host port. was_master: the node was a master until now and asks to continue its own
 * history (psync2). Asserts that no payload is being loaded: a loading server refuses REPLICAOF.
 * Closes what is open, dials (or lets the cron). */
void replica_of(struct replica *replica, const struct replica_site *site, bool was_master,
                struct acts *out);

/* The last step of FAILOVER at the old master: as replica_of for a master, and PSYNC asks the
 * target to take over. If it refuses: ACT_PROMOTE, and the state is NONE. Asserts
 * profile->failover_command. (FACTS 8.3) */
void replica_fail_over(struct replica *replica, const struct replica_site *site, struct acts *out);

/* Start as a configured replica. has_position: its RDB held an id and an offset, which the node's
 * history has by now. Dials (unless `dials_later`: then the cron does). */
void replica_boot(struct replica *replica, const struct replica_site *site, bool has_position,
                  bool dials_later, struct acts *out);

/* REPLICAOF NO ONE: closes what is open; forgets the master. The caller shifts the history and
 * drops its replicas. Asserts that no payload is being loaded. */
void replica_promote(struct replica *replica, const struct replica_site *site, struct acts *out);

void replica_connected(struct replica *replica, const struct replica_site *site, struct acts *out);
void replica_refused(struct replica *replica, const struct replica_site *site, struct acts *out);

/* Bytes from the master. Text may come in arbitrary pieces. Asserts that there is a connection and
 * that counted spans fit the state (PAYLOAD in PAYLOAD, STREAM in CONNECTED). The history is
 * advanced to the applied offset, and changed by +CONTINUE. In RECEIVED and LOADING nothing is taken
 * (out->left); a real process does not read then. Of two connections this is the first: its stream is
 * given back to be kept (ACT_KEEP). Several lines, payload and stream may come in one
 * span; mind out->left. */
void replica_receive(struct replica *replica, const struct replica_site *site,
                     const struct span *span, struct acts *out);

/* The connection ended without our doing (EOF or reset). While LOADING it is remembered and acted
 * upon after the load. */
void replica_lost(struct replica *replica, const struct replica_site *site, struct acts *out);

/* The same of the second connection, from ACT_SECOND_CONNECT to ACT_SECOND_CLOSE. Counted spans are
 * payload. */
void replica_second_connected(struct replica *replica, const struct replica_site *site,
                              struct acts *out);
void replica_second_refused(struct replica *replica, const struct replica_site *site,
                            struct acts *out);
void replica_second_receive(struct replica *replica, const struct replica_site *site,
                            const struct span *span, struct acts *out);
void replica_second_lost(struct replica *replica, const struct replica_site *site,
                         struct acts *out);

/* After ACT_DRAIN, once all that was kept has been given to replica_receive. */
void replica_drained(struct replica *replica, const struct replica_site *site, struct acts *out);

/* Whether bytes of the first connection would be taken now: else they may wait in the kernel. */
bool replica_reads_first(const struct replica *replica);

/* The one-second cron: time-outs, dial, ACK, in the order of FACTS 1.7. */
void replica_cron(struct replica *replica, const struct replica_site *site, struct acts *out);

/* ACT_LOAD is done: the node holds the new data. Replaces the history, comes online, in $EOF: mode
 * acknowledges. */
void replica_loaded(struct replica *replica, const struct replica_site *site, struct acts *out);
void replica_load_failed(struct replica *replica, const struct replica_site *site,
                         struct acts *out);

/* Between ACT_LOAD and replica_loaded: the newline that keeps the master awake; at most one a
 * second leaves. */
void replica_loading_tick(struct replica *replica, const struct replica_site *site,
                          struct acts *out);

/* An ACK as it is sent: returns its length, at most ACK_MAX. */
#define ACK_MAX 64
size_t replica_write_ack(char *out, int64_t offset);
size_t replica_ack_len(int64_t offset);

bool replica_is_online(const struct replica *replica);
bool replica_holds_payload(const struct replica *replica); /* RECEIVED, LOADING: nothing is read */
const char *replica_state_name(enum replica_state state);

/* Asserts what holds in the state. */
void replica_check(const struct replica *replica);

#endif
