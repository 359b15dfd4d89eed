/* The backlog and the output buffers of the replicas, as geometry over stream offsets
 * (FACTS 5.2, 5.3, 6.2).
 *
 * From 7.0 on both are one chain of blocks. Blocks are filled in order, so byte `o` lies in block
 * (o - grid) / block_bytes: nothing has to be stored. The backlog drops whole blocks from the front
 * while more than its size would remain, and never one that a replica still points at:
 *
 *      grid     first                     replica (has sent up to S)               offset P
 *      |--------|========|========|========|====x===|========|==...
 *        dropped  kept                      pins what follows             tail block
 *
 * Up to 6.2 the backlog is a ring of exactly `size` bytes, and each replica has a copy of what it
 * is owed: a fixed buffer that is not counted, and a list of blocks that is. */
#ifndef PSYNCSIM_SERVER_BACKLOG_H
#define PSYNCSIM_SERVER_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/history.h"
#include "models/psync/profile.h"
#include "models/server/allocator.h"

struct backlog {
    bool exists;
    bool is_shared;
    int64_t size;        /* repl-backlog-size */
    int64_t grid;        /* the first offset that it ever held: where block 0 begins */
    int64_t block_bytes; /* payload of a block */
    int64_t block_cost;  /* what a block counts in an output buffer */
    int64_t small_cost;  /* the same of one that was made for small pieces */
    int64_t floor;       /* the first offset is never below this again */
    int64_t trim_from;   /* after a pin went: trimming proceeds from here ... */
    int64_t trim_call_blocks, trim_loop_blocks;
};

struct backlog_plan {
    const struct profile *profile;
    enum allocator allocator; /* of the host */
    int64_t size;             /* repl-backlog-size */
    int64_t
        largest_piece; /* bytes of the largest bulk string that is written (shapes the blocks) */
};

/* Creates it at `offset` (empty). */
void backlog_create(struct backlog *backlog, const struct backlog_plan *plan, int64_t offset);
void backlog_free(struct backlog *backlog);

/* What it holds when the stream is at `offset`, the slowest recorded replica has sent up to
 * `pinned` (INT64_MAX: none), and the event loop went round `loops` times since the last
 * backlog_unpin. */
struct backlog_range backlog_range(const struct backlog *backlog, int64_t offset, int64_t pinned,
                                   int64_t loops);

/* Keeps what is already gone from coming back: call before the set of pins, the size or the history
 * changes. */
void backlog_settle(struct backlog *backlog, int64_t offset, int64_t pinned, int64_t loops);

/* A replica let go: from here trimming proceeds a limited number of blocks at a time. Call after
 * backlog_settle. */
void backlog_unpin(struct backlog *backlog);

/* CONFIG SET repl-backlog-size. Call after backlog_settle. A ring loses its contents. */
void backlog_resize(struct backlog *backlog, int64_t size, int64_t offset);

/* Output buffer in bytes of a replica that has sent up to `sent` (as INFO and the limits count it);
 * at least one block when shared, none for a little when not. */
int64_t backlog_usage(const struct backlog *backlog, int64_t offset, int64_t sent);

/* The smallest stream offset at which backlog_usage reaches `usage` for a replica that has sent up
 * to `sent`. */
int64_t backlog_usage_offset(const struct backlog *backlog, int64_t sent, int64_t usage);

/* The buffer of a replica that had all, when one command fills it and a server that looks at each
 * new block finds `limit` reached: the block in which it stood was made for small pieces, the
 * others for the command (FACTS 6.3). */
int64_t backlog_usage_above(const struct backlog *backlog, int64_t limit);

/* The first offset above `offset` that begins a block: where limits are looked at. */
int64_t backlog_next_block(const struct backlog *backlog, int64_t offset);

#endif
