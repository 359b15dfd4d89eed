/* The commands of a replica, understood before the master's table is asked: what they are, what is
 * answered, and for PSYNC the whole decision of FACTS 2.1, in that order. Pure. Texts of answers as
 * redis 7.0.15 gives them (checked live). */
#ifndef PSYNCSIM_PSYNC_REQUEST_H
#define PSYNCSIM_PSYNC_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/master_state.h"
#include "models/psync/reason.h"

enum master_on {
#define EVENT(name, text, what) ON_##name,
#include "models/psync/master_events.def"
#undef EVENT
    MASTER_ON_COUNT
};

#define REQUEST_ANSWER_MAX 640

struct request {
    enum master_on on;    /* MASTER_ON_COUNT: nothing happens and nothing is answered */
    enum reason reason;   /* PARTIAL, FULL, REFUSED */
    int64_t offset;       /* asked for, or acknowledged */
    char id[REPLID_SIZE]; /* asked for; what is longer is cut */
    /* what REPLCONF and AUTH change */
    bool authenticates;
    bool is_sync; /* SYNC instead of PSYNC */
    bool has_port;
    int64_t port;
    uint32_t capa;
    bool has_rdb_only, rdb_only;
    bool has_filter, is_filtered;
    bool is_channel;
    int64_t main_id, payload_id; /* 0: not named */
    int64_t names_client;        /* the one that this option named, 0: none */
    size_t answer_len;
    char answer[REQUEST_ANSWER_MAX]; /* not zeroed */
};

/* The command that master->reader holds. has_output: answers are still to be sent to this
 * connection. */
void request_parse(struct request *request, const struct master *master,
                   const struct master_site *site, bool has_output);

/* The PSYNC that led to PROMOTE, which master->reader still holds, put to the promoted node. */
void request_parse_promoted(struct request *request, const struct master *master,
                            const struct master_site *site);

#endif
