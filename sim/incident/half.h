/* What one side's log has about one resynchronisation. */
#ifndef PSYNCSIM_INCIDENT_HALF_H
#define PSYNCSIM_INCIDENT_HALF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HALF_TEXT   64 /* an address, an error */
#define HALF_ID     44
#define HALF_ABSENT INT64_MIN

/* A line and when it was written, by the writer's clock. */
struct mark {
    int64_t ns;   /* HALF_ABSENT: there is no such line */
    int32_t line; /* from 1 */
};

enum outcome {
    OUTCOME_OPEN, /* the log ends before it is decided */
    OUTCOME_ONLINE,
    OUTCOME_FAILED,
};

/* Why a link or an attempt ended: as drop.def names it where it has a name. */
enum ended {
    ENDED_NOT,
    ENDED_LOST,           /* the peer closed it, or something between */
    ENDED_TIMEOUT,        /* repl-timeout passed in silence, as this side saw it */
    ENDED_TIMEOUT_BULK,   /* the same in the wait for the payload, or in it */
    ENDED_PAYLOAD_FAILED, /* closed before the first byte of the payload */
    ENDED_PAYLOAD_LOST,   /* closed in the middle of the payload */
    ENDED_LOAD_FAILED,
    ENDED_LIMIT_HARD,
    ENDED_LIMIT_SOFT,
    ENDED_LIMIT, /* an output-buffer limit; which one is not known */
    ENDED_SAVE_FAILED,
    ENDED_TURNED, /* it got REPLICAOF another server, or was promoted */
    ENDED_PROCESS,
    ENDED_COUNT
};

enum verdict {
    VERDICT_NONE,
    VERDICT_ACCEPTED,
    VERDICT_ACCEPTED_SECOND,
    VERDICT_REQUESTED,
    VERDICT_SYNC,
    VERDICT_MISMATCH,
    VERDICT_SECOND_OFFSET,
    VERDICT_PASSED,
    VERDICT_AHEAD,
    VERDICT_NO_BACKLOG,
    VERDICT_ID_OR_SECOND, /* the replica's log alone: either of the two */
    VERDICT_REFUSED,      /* full, and no line says why */
    VERDICT_COUNT
};

struct half_replica {
    struct mark lost, dialled, connected, pong, asked, answered, receiving, received, flushing,
        loading, loaded, done, failed, timed_dial;
    enum ended lost_by, failed_by;
    enum outcome outcome;
    enum verdict verdict;
    bool is_two_channel, is_streamed, is_turned, was_master, is_first, has_begun_before;
    int64_t asked_offset, full_offset; /* HALF_ABSENT: none */
    char asked_id[HALF_ID], full_id[HALF_ID], master[HALF_TEXT], error[HALF_TEXT];
    int64_t payload_bytes, keys, memory_milli_mb, rdb_age_s;
    int64_t tries, refusals; /* dials, and those in vain */
    int64_t denials;         /* answers that were errors */
    int64_t timed_dial_ns;   /* from the dial that timed out to its timeout */
    bool was_connected;      /* it had a connection by then: no answer in the handshake */
    struct mark first_failure;
    int32_t match; /* the other half; -1: none */
};

/* The line "Client ... output buffer limits". */
struct kill {
    struct mark at;
    bool is_closed; /* "closed": written behind the loss, by the cron */
    bool is_online; /* cmd=replconf: it had acknowledged */
    bool is_sync;   /* cmd=sync: a version whose replicas acknowledge nothing */
    bool is_saving; /* events=r: the payload is not through the save */
    int64_t id, omem, blocks, age_s, idle_s, net_out;
    char address[HALF_TEXT];
};

struct half_master {
    struct mark asked, decided, delayed, waited, start, forked, saved, save_done, sent, lost,
        timed_out, backlog_made;
    enum ended lost_by;
    enum verdict verdict;
    bool is_two_channel, is_diskless, is_attached, is_behind_other, has_begun_before, is_in_save;
    bool has_write_failed; /* the master's own write failed, and so it closed the link */
    char name[HALF_TEXT], asked_id[HALF_ID], own_id[HALF_ID];
    int64_t asked_offset, limit_offset; /* of the second id; first byte held (Valkey 9.1) */
    int64_t last_offset;                /* Valkey 9.1: what may be asked at most */
    int64_t sent_bytes;                 /* of backlog, by a partial one */
    int64_t end_offset;                 /* of the payload, two channels */
    int64_t written_bytes, copied_mb;
    struct kill kill;
    int32_t before; /* the session of the same name that ended last; -1 */
    int32_t match;
};

const char *ended_name(enum ended ended);
const char *verdict_name(enum verdict verdict);
bool verdict_is_full(enum verdict verdict);

/* Both with every mark and number absent. */
void half_replica_init(struct half_replica *half);
void half_master_init(struct half_master *half);

#endif
