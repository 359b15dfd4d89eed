/* Backlog and output buffers as arithmetic. See backlog.h. */
#include "models/server/backlog.h"

#include <string.h>
#include "sim/engine/time.h"

/* A client's fixed buffer, which is filled before its list of blocks (FACTS 6.2). */
#define UNCOUNTED_BYTES 16384

/* Payload bytes of a block that is made for a piece. */
static int64_t block_payload(const struct backlog_plan *plan, int64_t piece)
{
    const struct profile *profile = plan->profile;
    int64_t request = profile->block_min_bytes;
    if (profile->shared_buffer)
        request = max64(request, piece);
    if (profile->block_capped)
        request = min64(request, max64(plan->size / 16, profile->block_min_bytes));
    int64_t header = profile->block_header_bytes;
    return allocator_usable(plan->allocator, request + header) - header;
}

void backlog_create(struct backlog *backlog, const struct backlog_plan *plan, int64_t offset)
{
    const struct profile *profile = plan->profile;
    memset(backlog, 0, sizeof *backlog);
    backlog->exists = true;
    backlog->is_shared = profile->shared_buffer;
    backlog->size = plan->size;
    backlog->grid = backlog->floor = offset + 1;
    backlog->trim_from = INT64_MAX;
    backlog->block_bytes = block_payload(plan, plan->largest_piece);
    backlog->block_cost = backlog->block_bytes + profile->block_node_bytes;
    backlog->small_cost = block_payload(plan, 0) + profile->block_node_bytes;
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
        backlog->grid = backlog->floor = offset + 1;
    backlog->size = size;
}

/* Of a buffer of one's own: the blocks behind the part that is not counted. */
static int64_t own_blocks(const struct backlog *backlog, int64_t pending)
{
    int64_t listed = max64(0, pending - UNCOUNTED_BYTES);
    return (listed + backlog->block_bytes - 1) / backlog->block_bytes;
}

int64_t backlog_usage(const struct backlog *backlog, int64_t offset, int64_t sent)
{
    if (!backlog->is_shared)
        return own_blocks(backlog, offset - sent) * backlog->block_cost;
    int64_t blocks = block_of(backlog, offset) - block_of(backlog, sent) + 1;
    return blocks * backlog->block_cost;
}

int64_t backlog_usage_offset(const struct backlog *backlog, int64_t sent, int64_t usage)
{
    int64_t blocks = max64((usage + backlog->block_cost - 1) / backlog->block_cost, 1) - 1;
    if (!backlog->is_shared)
        return sent + UNCOUNTED_BYTES + blocks * backlog->block_bytes + 1;
    return block_start(backlog, block_of(backlog, sent) + blocks);
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
