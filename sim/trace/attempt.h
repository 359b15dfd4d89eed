/* A resynchronisation under way, from the loss of the link on. It is kept as the event that it will be: whoever drives a
 * replica writes into `event` what happens, and emits it once it is online or has failed. Times in ns, absent until they
 * happen. */
#ifndef PSYNCSIM_TRACE_ATTEMPT_H
#define PSYNCSIM_TRACE_ATTEMPT_H

#include "models/psync/history.h"
#include "sim/trace/trace.h"

struct attempt {
    bool is_open;    /* PSYNC was sent and neither online nor failed yet */
    bool is_decided; /* and answered with a partial or a full one */
    int64_t snapshot_offset;
    char asked_id[REPLID_SIZE]; /* event.asked_id when that is emitted */
    struct event_resync event;
};

/* Nothing has happened yet. */
void attempt_init(struct attempt *attempt);

/* The link is lost: what went before counts no more. */
void attempt_lost(struct attempt *attempt, int64_t t, enum drop drop);

/* PSYNC leaves: of what went before, the loss and the dial count. `id` is copied. */
void attempt_ask(struct attempt *attempt, int64_t t, int32_t master, const char *id,
                 int64_t offset);

/* The master has answered. An error ends nothing. */
void attempt_decided(struct attempt *attempt, enum reason_kind kind, enum reason reason);

/* Backlog beyond what is owed, where repl-backlog-size is `size_bytes`: one that is not full yet has
 * room as well. */
int64_t attempt_spare(const struct attempt *attempt, int64_t size_bytes);

/* Whether it is under way and was promised in full. */
bool attempt_can_fail(const struct attempt *attempt);

/* The end of it: emits the event. Failed has only what was promised in full; false: nothing was. */
void attempt_online(struct attempt *attempt, struct trace *trace, int64_t t, int32_t node);
bool attempt_failed(struct attempt *attempt, struct trace *trace, int64_t t, int32_t node,
                    enum drop drop);

#endif
