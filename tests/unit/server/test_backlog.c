/* Backlog and output buffers: the numbers measured on 7.0.15 (FACTS 5.3, 6.2), and a chain of real
 * blocks beside the arithmetic. */
#include "models/server/backlog.h"
#include <stdlib.h>
#include "sim/engine/random.h"
#include "tests/unit/suite.h"

#define BLOCK  INT64_C(20440)
#define USAGE  (BLOCK + 64)
#define KIB    INT64_C(1024)
#define NO_PIN INT64_MAX

static struct backlog fresh(int64_t size, int64_t offset)
{
    struct backlog backlog;
    struct backlog_plan plan = {.profile = profile_find("redis-7.0"), .size = size};
    backlog_create(&backlog, &plan, offset);
    return backlog;
}

/* As incrementalTrimReplicationBacklog does it, block by block. Offsets begin at 1. */
static int64_t trimmed_length(int64_t offset, int64_t size)
{
    int64_t length = offset;
    int64_t blocks = (offset + BLOCK - 1) / BLOCK;
    while (length > size && blocks > 1 && length - BLOCK > size) {
        length -= BLOCK;
        blocks--;
    }
    return length;
}

TEST(a_block_holds_20440_bytes_and_52_of_them_count_1066208)
{
    struct backlog backlog = fresh(1024 * KIB, 0);
    ck_assert_int_eq(backlog.block_bytes, BLOCK);
    ck_assert_int_eq(backlog_usage(&backlog, 0, 0), USAGE);
    ck_assert_int_eq(backlog_usage(&backlog, BLOCK, 0), USAGE);
    ck_assert_int_eq(backlog_usage(&backlog, BLOCK + 1, 0), 2 * USAGE);
    ck_assert_int_eq(backlog_usage(&backlog, 52 * BLOCK, 0), 1066208);
    ck_assert_int_eq(backlog_usage(&backlog, 52 * BLOCK, BLOCK), 1066208);
    ck_assert_int_eq(backlog_usage(&backlog, 52 * BLOCK, BLOCK + 1), 51 * USAGE);
    ck_assert_int_eq(backlog_usage(&backlog, 52 * BLOCK, 52 * BLOCK), USAGE);
}

TEST_LOOP(the_history_is_what_trimming_block_by_block_leaves, 0, 3)
{
    static const int64_t sizes[] = {16 * KIB, 100 * KIB, 2 * BLOCK};
    struct backlog backlog = fresh(sizes[_i], 0);
    for (int64_t offset = 0; offset < 12 * BLOCK; offset += offset % 7 == 0 ? 1 : 97) {
        struct backlog_range range = backlog_range(&backlog, offset, NO_PIN, 0);
        ck_assert(range.exists);
        ck_assert_int_eq(range.length, trimmed_length(offset, sizes[_i]));
        ck_assert_int_eq(range.first + range.length, offset + 1);
        if (offset > sizes[_i] + BLOCK) {
            ck_assert_int_gt(range.length, sizes[_i]);
            ck_assert_int_le(range.length, sizes[_i] + BLOCK);
        }
    }
    /* seen on 7.0.15: the first byte moves from 1 to 20441 when the first block goes */
    ck_assert_int_eq(backlog_range(&backlog, BLOCK + sizes[_i], NO_PIN, 0).first, 1);
    ck_assert_int_eq(backlog_range(&backlog, BLOCK + sizes[_i] + 1, NO_PIN, 0).first, 20441);
}

TEST(a_replica_that_lags_keeps_its_block_and_all_that_follows)
{
    struct backlog backlog = fresh(16 * KIB, 0);
    for (int64_t pinned = 0; pinned < 60 * BLOCK; pinned += 5003) {
        int64_t first = backlog_range(&backlog, 60 * BLOCK, pinned, 1000).first;
        int64_t unpinned = backlog_range(&backlog, 60 * BLOCK, NO_PIN, 1000).first;
        int64_t block = pinned == 0 ? 1 : (pinned - 1) / BLOCK * BLOCK + 1;
        ck_assert_int_eq(first, block < unpinned ? block : unpinned);
    }
}

TEST(after_a_pin_went_64_blocks_go_at_once_and_640_with_each_loop)
{
    struct backlog backlog = fresh(16 * KIB, 0);
    int64_t offset = 3000 * BLOCK;
    backlog_settle(&backlog, offset, 10, 0);
    backlog_unpin(&backlog);
    for (int64_t loops = 0; loops < 4; loops++)
        ck_assert_int_eq(backlog_range(&backlog, offset, NO_PIN, loops).first,
                         1 + (64 + 640 * loops) * BLOCK);
    int64_t last = backlog_range(&backlog, offset, NO_PIN, 5).length;
    ck_assert_int_eq(last, trimmed_length(offset, 16 * KIB));
    ck_assert_int_eq(backlog_range(&backlog, offset, NO_PIN, INT64_MAX).length, last);
}

TEST(a_smaller_size_keeps_the_newest_and_a_larger_one_brings_nothing_back)
{
    struct backlog backlog = fresh(1024 * KIB, 0);
    int64_t offset = 200 * BLOCK + 77;
    backlog_settle(&backlog, offset, NO_PIN, 0);
    backlog_resize(&backlog, 100 * KIB, offset);
    struct backlog_range small = backlog_range(&backlog, offset, NO_PIN, 0);
    ck_assert_int_eq(small.length, trimmed_length(offset, 100 * KIB));
    backlog_settle(&backlog, offset, NO_PIN, 0);
    backlog_resize(&backlog, 1024 * KIB, offset);
    ck_assert_int_eq(backlog_range(&backlog, offset, NO_PIN, 0).first, small.first);
    offset += 10 * BLOCK;
    ck_assert_int_eq(backlog_range(&backlog, offset, NO_PIN, 0).first, small.first);
}

TEST(a_ring_holds_exactly_its_size_and_loses_it_with_another_size)
{
    struct backlog_plan plan = {.profile = profile_find("redis-6.2"), .size = 16 * KIB};
    struct backlog backlog;
    backlog_create(&backlog, &plan, 500);
    ck_assert_int_eq(backlog_range(&backlog, 500, NO_PIN, 0).length, 0);
    ck_assert_int_eq(backlog_range(&backlog, 600, 500, 0).length, 100);
    ck_assert_int_eq(backlog_range(&backlog, 90000, 500, 0).length, 16 * KIB);
    backlog_settle(&backlog, 90000, NO_PIN, 0);
    backlog_resize(&backlog, 32 * KIB, 90000);
    ck_assert_int_eq(backlog_range(&backlog, 90000, NO_PIN, 0).length, 0);
    ck_assert_int_eq(backlog.grid, 90001); /* nothing before can ever be in it again */
    backlog_free(&backlog);
    ck_assert(!backlog_range(&backlog, 90000, NO_PIN, 0).exists);
}

/* Seen: redis 6.0.16 with jemalloc and 6.2.16 with the C library count 20504 and 16432 bytes a
 * block, 7.0.15 and 7.2.6 count 20504 and 16448. */
TEST(a_block_is_as_large_as_the_allocator_makes_it)
{
    static const struct {
        const char *version;
        enum allocator allocator;
        int64_t payload, cost;
    } CASES[] = {{"redis-6.0", ALLOCATOR_JEMALLOC, 20464, 20504},
                 {"redis-6.2", ALLOCATOR_LIBC, 16392, 16432},
                 {"redis-7.0", ALLOCATOR_JEMALLOC, 20440, 20504},
                 {"redis-7.2", ALLOCATOR_LIBC, 16384, 16448}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct backlog_plan plan = {.profile = profile_find(CASES[i].version),
                                    .allocator = CASES[i].allocator,
                                    .size = 1024 * KIB};
        struct backlog backlog;
        backlog_create(&backlog, &plan, 0);
        ck_assert_int_eq(backlog.block_bytes, CASES[i].payload);
        ck_assert_int_eq(backlog.block_cost, CASES[i].cost);
    }
}

TEST(a_buffer_of_ones_own_counts_only_blocks_behind_the_fixed_part)
{
    struct backlog_plan plan = {.profile = profile_find("redis-6.2"), .size = 1024 * KIB};
    struct backlog backlog;
    backlog_create(&backlog, &plan, 500);
    ck_assert_int_eq(backlog_usage(&backlog, 500 + 16384, 500), 0);
    ck_assert_int_eq(backlog_usage(&backlog, 500 + 16385, 500), 20504);
    ck_assert_int_eq(backlog_usage(&backlog, 500 + 16384 + 20464, 500), 20504);
    ck_assert_int_eq(backlog_usage(&backlog, 500 + 16385 + 20464, 500), 2 * 20504);
    ck_assert_int_eq(backlog_usage_offset(&backlog, 500, 20504), 500 + 16385);
    ck_assert_int_eq(backlog_usage_offset(&backlog, 500, 20505), 500 + 16385 + 20464);
}

TEST(the_offset_of_a_usage_is_the_smallest_that_reaches_it)
{
    struct random random;
    random_init(&random, 1, 0, "backlog", "usage");
    struct backlog backlog = fresh(1024 * KIB, 12345);
    for (int i = 0; i < 20000; i++) {
        int64_t sent = 12345 + (int64_t)random_below(&random, 1000000);
        int64_t usage = USAGE + 1 + (int64_t)random_below(&random, 300000000);
        int64_t offset = backlog_usage_offset(&backlog, sent, usage);
        ck_assert_int_ge(backlog_usage(&backlog, offset, sent), usage);
        ck_assert_int_lt(backlog_usage(&backlog, offset - 1, sent), usage);
        ck_assert_int_eq(backlog_next_block(&backlog, offset - 1), offset);
        ck_assert_int_le(backlog_usage_offset(&backlog, sent, 1 + usage % USAGE), sent + 1);
    }
}

TEST(the_next_block_begins_above_the_offset)
{
    struct backlog backlog = fresh(1024 * KIB, 1000);
    ck_assert_int_eq(backlog_next_block(&backlog, 999), 1001);
    ck_assert_int_eq(backlog_next_block(&backlog, 1000), 1001);
    ck_assert_int_eq(backlog_next_block(&backlog, 1001), 1001 + BLOCK);
    ck_assert_int_eq(backlog_next_block(&backlog, 1000 + BLOCK), 1001 + BLOCK);
    ck_assert_int_eq(backlog_next_block(&backlog, 1001 + BLOCK), 1001 + 2 * BLOCK);
}
