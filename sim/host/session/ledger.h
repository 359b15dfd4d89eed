/* What a live host's trace and summary are made of: the same events, and lines of the same shape,
 * as `psyncsim run` has them (sim/trace/event.def). What one side of a connection cannot know is
 * left out: a replica does not see its master's backlog. */
#ifndef PSYNCSIM_HOST_SESSION_LEDGER_H
#define PSYNCSIM_HOST_SESSION_LEDGER_H

#include <glib.h>
#include "models/psync/history.h"
#include "models/psync/reason.h"
#include "sim/trace/trace.h"

#define LEDGER_NODES   65 /* the master is node 0, its replicas follow */
#define LEDGER_UNKNOWN (-1)

/* One replica, and its resynchronisation that is under way. Times in ns, TRACE_ABSENT until they
 * happen. */
struct ledger_replica {
    int64_t full, full_failed, partial, refused;
    int64_t reasons[REASON_COUNT], drops[DROP_COUNT];
    int64_t payload_bytes; /* of all full ones */
    int64_t offset;        /* applied or acknowledged */
    int64_t online;        /* ns it was online, up to online_since */
    int64_t online_since;  /* TRACE_ABSENT: it is not */
    enum drop lost_by;
    int64_t lost; /* when it was lost */
    bool is_decided, is_partial;
    int reason; /* enum reason, or LEDGER_UNKNOWN */
    char asked_id[REPLID_SIZE];
    int64_t asked_offset, backlog_first, backlog_bytes, owed;
    int64_t dialled, asked, answered, payload, received, size, buffer_peak;
};

struct ledger_resync;

struct ledger {
    struct trace trace;
    char names[LEDGER_NODES][16];
    const char *name_list[LEDGER_NODES];
    int32_t count; /* of nodes */
    struct ledger_replica replicas[LEDGER_NODES];
    GArray *resyncs;
};

/* What the first and the last line say besides. */
struct ledger_about {
    const char *version, *scenario, *why, *server;
    const char *id; /* the history and the backlog's range at the end */
    int64_t offset;
    const struct backlog_range *backlog; /* NULL: not known */
};

/* The sink, or NULL for no lines. */
void ledger_init(struct ledger *ledger, trace_sink *sink, void *sink_user);
void ledger_clear(struct ledger *ledger);

/* A new replica of that name; returns its node. Asserts that there is room. */
int32_t ledger_add(struct ledger *ledger, const char *name);

/* What happens, at time t, to the replica that is node r. */
void ledger_connect(struct ledger *ledger, int64_t t, int32_t r);
void ledger_connect_failed(struct ledger *ledger, int64_t t, int32_t r, enum drop drop);
void ledger_ask(struct ledger *ledger, int64_t t, int32_t r, const char *id, int64_t offset);

struct ledger_answer {
    enum reason_kind kind;
    int reason;                          /* enum reason, or LEDGER_UNKNOWN */
    int64_t offset;                      /* the master's, or TRACE_ABSENT */
    const struct backlog_range *backlog; /* NULL: not known */
};
void ledger_answered(struct ledger *ledger, int64_t t, int32_t r,
                     const struct ledger_answer *answer);

void ledger_payload(struct ledger *ledger, int64_t t, int32_t r, int64_t size); /* -1: streamed */
void ledger_payload_sent(struct ledger *ledger, int64_t t, int32_t r, int64_t buffer_bytes);
void ledger_received(struct ledger *ledger, int64_t t, int32_t r, int64_t size); /* and loaded */
void ledger_online(struct ledger *ledger, int64_t t, int32_t r, int64_t offset);

struct ledger_end {
    bool by_master; /* who says so */
    enum drop drop;
    const char *phase;    /* its state */
    int64_t buffer_bytes; /* at a master, else TRACE_ABSENT */
};
void ledger_drop(struct ledger *ledger, int64_t t, int32_t r, const struct ledger_end *end);
void ledger_ack(struct ledger *ledger, int64_t t, int32_t r, int64_t offset);
void ledger_ping(struct ledger *ledger, int64_t t, int64_t offset);

bool ledger_is_online(const struct ledger *ledger, int32_t r);
int64_t ledger_online_ns(const struct ledger *ledger, int32_t r, int64_t t);

/* Each appends one line, with its end. */
void ledger_header(const struct ledger *ledger, const struct ledger_about *about, GString *out);
void ledger_summary(const struct ledger *ledger, int64_t t, const struct ledger_about *about,
                    GString *out);

#endif
