/* Backlog and output buffers as arithmetic. See backlog.h. */
#include "models/server/backlog.h"

#include <string.h>
#include "sim/engine/time.h"

/* What jemalloc gives for a request: four classes to each doubling. */
static int64_t allocated(int64_t request)
{
    int64_t power = 16;
    while (2 * power < request)
        power *= 2;
    int64_t spacing = power / 4;
    return ceil_div(request, spacing) * spacing;
}

static int64_t block_payload(const struct profile *profile, int64_t size, int64_t largest_piece)
{
    int64_t request = max64(largest_piece, profile->block_min_bytes);
    if (profile->block_capped)
        request = min64(request, max64(size / 16, profile->block_min_bytes));
    return allocated(request + profile->block_header_bytes) - profile->block_header_bytes;
}

void backlog_create(struct backlog *backlog, const struct profile *profile, int64_t size,
                    int64_t offset, int64_t largest_piece)
{
    memset(backlog, 0, sizeof *backlog);
    backlog->exists = true;
    backlog->is_shared = profile->shared_buffer;
    backlog->size = size;
    backlog->grid = backlog->floor = offset + 1;
    backlog->trim_from = INT64_MAX;
    backlog->block_bytes = block_payload(profile, size, largest_piece);
    backlog->block_cost = backlog->block_bytes + profile->block_node_bytes;
    backlog->small_cost = block_payload(profile, size, 0) + profile->block_node_bytes;
    backlog->trim_call_blocks = profile->trim_per_call_blocks;
    backlog->trim_loop_blocks = profile->trim_per_loop_blocks;
}

void backlog_free(struct backlog *backlog)
{
    memset(backlog, 0, sizeof *backlog);
}

/* Index of the block that holds the byte at `offset`; a replica that sent nothing yet stands at
 * block 0. */
static int64_t block_of(const struct backlog *backlog, int64_t offset)
{
    return offset < backlog->grid ? 0 : (offset - backlog->grid) / backlog->block_bytes;
}

static int64_t block_start(const struct backlog *backlog, int64_t block)
{
    return backlog->grid + block * backlog->block_bytes;
}

static int64_t first_offset(const struct backlog *backlog, int64_t offset, int64_t pinned,
                            int64_t loops)
{
    if (!backlog->is_shared)
        return max64(backlog->floor, offset + 1 - backlog->size);
    if (offset < backlog->grid + backlog->size)
        return backlog->floor;
    int64_t first = block_start(backlog, block_of(backlog, offset - backlog->size));
    if (pinned != INT64_MAX)
        first = min64(first, block_start(backlog, block_of(backlog, pinned)));
    if (backlog->trim_from != INT64_MAX) {
        int64_t blocks =
            backlog->trim_call_blocks + backlog->trim_loop_blocks * min64(loops, INT64_C(1) << 30);
        first = min64(first, backlog->trim_from + blocks * backlog->block_bytes);
    }
    return max64(backlog->floor, first);
}

struct backlog_range backlog_range(const struct backlog *backlog, int64_t offset, int64_t pinned,
                                   int64_t loops)
{
    if (!backlog->exists)
        return (struct backlog_range){.first = 0};
    int64_t first = first_offset(backlog, offset, pinned, loops);
    return (struct backlog_range){.exists = true, .first = first, .length = offset + 1 - first};
}

void backlog_settle(struct backlog *backlog, int64_t offset, int64_t pinned, int64_t loops)
{
    if (backlog->exists)
        backlog->floor = first_offset(backlog, offset, pinned, loops);
}

void backlog_unpin(struct backlog *backlog)
{
    backlog->trim_from = backlog->floor;
}

void backlog_resize(struct backlog *backlog, int64_t size, int64_t offset)
{
    if (!backlog->is_shared && size != backlog->size)
        backlog->floor = offset + 1;
    backlog->size = size;
}

int64_t backlog_usage(const struct backlog *backlog, int64_t offset, int64_t sent)
{
    if (!backlog->is_shared)
        return offset - sent;
    int64_t blocks = block_of(backlog, offset) - block_of(backlog, sent) + 1;
    return blocks * backlog->block_cost;
}

int64_t backlog_usage_offset(const struct backlog *backlog, int64_t sent, int64_t usage)
{
    if (!backlog->is_shared)
        return sent + usage;
    int64_t blocks = ceil_div(usage, backlog->block_cost);
    return block_start(backlog, block_of(backlog, sent) + max64(blocks, 1) - 1);
}

int64_t backlog_usage_above(const struct backlog *backlog, int64_t limit)
{
    if (!backlog->is_shared)
        return limit;
    int64_t blocks = ceil_div(max64(limit - backlog->small_cost, 0), backlog->block_cost);
    return backlog->small_cost + blocks * backlog->block_cost;
}

int64_t backlog_next_block(const struct backlog *backlog, int64_t offset)
{
    if (!backlog->is_shared)
        return offset + 1;
    return offset < backlog->grid ? backlog->grid
                                  : block_start(backlog, block_of(backlog, offset) + 1);
}

int64_t backlog_hard_limit(const struct backlog *backlog, const struct profile *profile,
                           int64_t hard)
{
    return hard != 0 && profile->hard_limit_floor ? max64(hard, backlog->size) : hard;
}
