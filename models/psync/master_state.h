/* What a master knows of one replica, and the server around it: what the machine (master.h) and the
 * parser of commands (request.h) both read. */
#ifndef PSYNCSIM_PSYNC_MASTER_STATE_H
#define PSYNCSIM_PSYNC_MASTER_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/history.h"
#include "models/psync/profile.h"
#include "models/psync/resp.h"
#include "models/psync/row.h"

/* What the connection's server is now; read only. Order of arguments and `now` as in
 * replica.h. */
struct master_site {
    const struct profile *profile;
    const struct history *history;
    int64_t now;
    struct backlog_range backlog;
    bool is_replica; /* has a master itself … */
    bool link_up;    /* … and is connected to it */
    bool is_failing_over;
    bool is_loading;       /* answers LOADING to everything but AUTH and REPLCONF */
    bool is_misconfigured; /* a save failed, and PING is refused */
    bool is_busy;          /* a script runs for long: BUSY to everything but AUTH and REPLCONF */
    int64_t timeout_s;     /* repl-timeout */
    bool second_channel;   /* full synchronisations may go over two connections now */
    int64_t client_id;     /* of this connection */
    int64_t stream_db;     /* database of the stream's next command, or -1 */
    bool (*knows_client)(const void *user, int64_t id); /* of the other connection of a pair; may be
                                                           NULL: none */
    const void *user;
    const char *auth_user; /* requirepass / ACL user; "" for none */
    const char *auth_password;
};

enum master_state {
#define MASTER_STATE(name, text, holds) MASTER_##name,
#include "models/psync/master_states.def"
#undef MASTER_STATE
    MASTER_STATE_COUNT
};

struct master {
    enum master_state state;
    bool is_authenticated;
    bool pre_psync; /* came by SYNC: no +FULLRESYNC line, never timed out by ACK age */
    bool rdb_only;
    bool diskless; /* the save that serves it goes to the socket */
    uint32_t capa; /* CAPA_… */
    int64_t listening_port;
    int64_t ack_offset;  /* recorded acknowledgement, never goes back */
    int64_t ack_time_ns; /* last sign of life */
    int64_t last_io_ns;  /* last byte received or (full sync) moved: delay and idle time count from
                            here */
    char mark[REPLID_SIZE];    /* end mark of a $EOF: payload */
    int64_t moved_ns;          /* SEND_BULK: when the payload last moved */
    bool is_channel;           /* REPLCONF rdb-channel: for a payload only, beside another one */
    int64_t main_id;           /* then: client id of the first connection, or 0 */
    int64_t payload_id;        /* of the first connection: client id of that of the payload, or 0 */
    bool wants_filtered;       /* REPLCONF rdb-filter-only: the save must go to the socket */
    struct resp_reader reader; /* commands; after ACT_PROMOTE it still holds the PSYNC */
    uint16_t last_row;         /* the last row of master_rows.def that fired */
    struct rows_fired fired;   /* all of them, for the coverage check */
};

bool master_is_replica(const struct master *master); /* in the list of replicas */
bool master_is_good(const struct master *master, int64_t max_lag_s,
                    int64_t now);                        /* counts for min-replicas */
bool master_records_stream(const struct master *master); /* WAIT_END or later: its buffer grows */

/* In whole seconds, as a server's cached clock has them. */
bool master_is_overdue(int64_t since_ns, int64_t now_ns, int64_t limit_s);

/* Asserts what holds in the state. */
void master_check(const struct master *master);

#endif
