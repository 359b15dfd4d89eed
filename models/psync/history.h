/* A node's replication history and the pure decision between partial and full (FACTS 2.2).
 *
 *      id2 (until second_offset - 1)          id (from there on)
 *   1 ─────────────────────────────┬──────────────────────────────── offset (last byte there is)
 *                      first ──────────────── backlog ────────────── end = first + length - 1
 */
#ifndef PSYNCSIM_PSYNC_HISTORY_H
#define PSYNCSIM_PSYNC_HISTORY_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/reason.h"

#define REPLID_LEN  40
#define REPLID_SIZE (REPLID_LEN + 1)

/* The largest offset, and length, that is taken from a peer: a stream that begins there may go on for
 * ever. Servers never come near it; who announces more is no server. */
#define OFFSET_MAX (INT64_MAX / 2)

struct history {
    char id[REPLID_SIZE];  /* ID1, master_replid */
    char id2[REPLID_SIZE]; /* ID2, forty '0' when there is none */
    int64_t second_offset; /* the highest offset that may be asked for under id2: one past its last
                              byte; -1 for none */
    int64_t offset;        /* master_repl_offset: bytes ever produced or applied */
};

/* What the backlog holds now. */
struct backlog_range {
    bool exists;
    int64_t first;  /* offset of the oldest byte; offset + 1 when it is empty */
    int64_t length; /* bytes it holds */
};

/* `id` is forty characters and a NUL. Clears id2. */
void history_init(struct history *history, const char *id);

/* A new id for the same bytes (backlog created or freed): id2 is cleared. */
void history_renew(struct history *history, const char *new_id);

/* Promotion: id becomes id2, valid up to offset; new_id becomes id (FACTS 2.4). */
void history_shift(struct history *history, const char *new_id);

/* +CONTINUE under another id: as shift, id becomes the master's. */
void history_continue_as(struct history *history, const char *cached_id, const char *new_id);

/* A full synchronisation was loaded. */
void history_replace(struct history *history, const char *id, int64_t offset);

/* Equal but for the case of letters; any length. */
bool history_same_id(const char *a, const char *b);

/* The decision for PSYNC `id` `offset`. Never an ERROR reason. `id` may have any length; comparison
 * ignores case. Source: redis 7.0.15 masterTryPartialResynchronization; every edge in FACTS 2.2. */
enum reason history_decide(const struct history *history, const struct backlog_range *backlog,
                           const char *id, int64_t offset);

#endif
