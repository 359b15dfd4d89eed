/* The geometry of backlog and output buffers: the numbers that servers showed (facts 5.3, 6.1, 6.2)
 * and, for any history, a chain of blocks that is trimmed one by one as the servers do. */
#include "models/server/backlog.h"
#include "sim/engine/random.h"
#include <check.h>
#include <stdlib.h>

#define KB     INT64_C(1024)
#define MB     INT64_C(1048576)
#define BLOCK  INT64_C(20440) /* payload of a block of 16384 + 40 bytes, as jemalloc gives it */
#define COST   INT64_C(20504) /* what it counts in an output buffer */
#define NOBODY INT64_MAX

static const struct profile *shared(void)
{
    return profile_find("redis-7.0");
}

/* The ring of 6.2 and before, whichever profiles there are. */
static struct profile ring(void)
{
    struct profile profile = *shared();
    profile.shared_buffer = profile.hard_limit_floor = false;
    return profile;
}

static struct backlog new_backlog(int64_t size, int64_t offset)
{
    struct backlog backlog;
    backlog_create(&backlog, shared(), size, offset, 0);
    return backlog;
}

START_TEST(a_block_has_the_payload_that_servers_showed)
{
    static const struct {
        int64_t size, piece, payload;
    } rows[] = {
        {MB, 0, BLOCK},
        {MB, 16384, BLOCK},
        {MB, 20440, BLOCK},
        {MB, 20441, 24536},      /* 20481 with its header: the next class is 24576 */
        {MB, 65536, 81920 - 40}, /* a sixteenth of the backlog: 65576 in a class of 81920 */
        {MB, 1 << 20, 81920 - 40},
        {16 * KB, 1 << 20, BLOCK}, /* a sixteenth would be less than the least request */
        {64 * MB, 300000, 327680 - 40},
    };
    struct backlog backlog;
    backlog_create(&backlog, shared(), rows[_i].size, 0, rows[_i].piece);
    ck_assert_int_eq(backlog.block_bytes, rows[_i].payload);
    ck_assert_int_eq(backlog.block_cost, rows[_i].payload + 64);
}
END_TEST

START_TEST(an_uncapped_block_holds_the_largest_piece_whole)
{
    struct profile profile = *shared();
    profile.block_capped = false;
    struct backlog backlog;
    backlog_create(&backlog, &profile, 16 * KB, 0, 1 << 20);
    ck_assert_int_eq(backlog.block_bytes, 1310720 - 40);
}
END_TEST

START_TEST(the_first_byte_moves_by_one_block_once_a_block_more_than_the_size_is_there)
{
    struct backlog backlog = new_backlog(MB, 0);
    ck_assert_int_eq(backlog_range(&backlog, 0, NOBODY, 0).length, 0);
    ck_assert_int_eq(backlog_range(&backlog, MB + BLOCK, NOBODY, 0).first, 1);
    ck_assert_int_eq(backlog_range(&backlog, MB + BLOCK + 1, NOBODY, 0).first, 1 + BLOCK);
    ck_assert_int_eq(backlog_range(&backlog, MB + BLOCK + 1, NOBODY, 0).length, MB + 1);
}
END_TEST

START_TEST(histories_that_servers_showed_are_possible)
{
    struct backlog small = new_backlog(16 * KB, 0), shrunk = new_backlog(MB, 0);
    ck_assert_int_eq(backlog_range(&small, 34513, NOBODY, 0).length, 34513); /* 16 KiB configured */
    backlog_settle(&shrunk, 10 * BLOCK + 4223, NOBODY, 0);
    backlog_resize(&shrunk, 100 * KB, 10 * BLOCK + 4223);
    /* 1 MiB shrunk to 100 KiB gave 106423: five blocks and what the tail had */
    ck_assert_int_eq(backlog_range(&shrunk, 10 * BLOCK + 4223, NOBODY, 0).length, 5 * BLOCK + 4223);
    ck_assert_int_eq(5 * BLOCK + 4223, 106423);
}
END_TEST

/* first: as servers find it, dropping blocks one by one while more than the size would remain. */
static int64_t trimmed(int64_t first, int64_t offset, int64_t size, int64_t pinned_block_start)
{
    while (offset + 1 - first - BLOCK > size && first < pinned_block_start)
        first += BLOCK;
    return first;
}

START_TEST(the_backlog_is_what_trimming_block_by_block_leaves)
{
    static const int64_t sizes[] = {1, 16 * KB, BLOCK, BLOCK + 1, 100 * KB, MB};
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "backlog", "test");
    int64_t size = sizes[random_below(&random, 6)], start = (int64_t)random_below(&random, 1 << 30);
    struct backlog backlog = new_backlog(size, start);
    int64_t offset = start, pin = start, first = start + 1;
    bool is_pinned = random_below(&random, 2) == 1;
    for (int step = 0; step < 2000; step++) {
        offset += (int64_t)random_below(&random, 9000);
        if (random_below(&random, 3) == 0) /* the slowest replica gets on */
            pin += (int64_t)random_below(&random, (uint64_t)(offset - pin) + 1);
        int64_t pinned_block = pin < start + 1 ? start + 1 : pin - (pin - start - 1) % BLOCK;
        first = trimmed(first, offset, size, is_pinned ? pinned_block : INT64_MAX);
        struct backlog_range range = backlog_range(&backlog, offset, is_pinned ? pin : NOBODY, 0);
        ck_assert(range.exists);
        ck_assert_int_eq(range.first, first);
        ck_assert_int_eq(range.length, offset + 1 - first);
        bool is_trimmed = first > start + 1 && !is_pinned;
        ck_assert(!is_trimmed || (range.length > size && range.length <= size + BLOCK));
        if (random_below(&random, 100) == 0) {
            backlog_settle(&backlog, offset, is_pinned ? pin : NOBODY, 0);
            is_pinned = !is_pinned;
            pin = offset;
        }
    }
}
END_TEST

START_TEST(a_slow_replica_keeps_the_history_that_anybody_may_use)
{
    struct backlog backlog = new_backlog(16 * KB, 0);
    int64_t offset = 1000 * BLOCK, sent = 3 * BLOCK + 17;
    ck_assert_int_eq(backlog_range(&backlog, offset, sent, 0).first, 1 + 3 * BLOCK);
    ck_assert_int_eq(backlog_range(&backlog, offset, NOBODY, 0).first,
                     offset - 16 * KB - (offset - 16 * KB - 1) % BLOCK);
}
END_TEST

START_TEST(after_a_slow_replica_went_64_blocks_go_at_once_and_640_with_each_round)
{
    struct backlog backlog = new_backlog(16 * KB, 0);
    int64_t offset = 2000 * BLOCK;
    backlog_settle(&backlog, offset, 0, 0);
    backlog_unpin(&backlog);
    ck_assert_int_eq(backlog_range(&backlog, offset, NOBODY, 0).first, 1 + 64 * BLOCK);
    ck_assert_int_eq(backlog_range(&backlog, offset, NOBODY, 1).first, 1 + 704 * BLOCK);
    ck_assert_int_eq(backlog_range(&backlog, offset, NOBODY, 2).first, 1 + 1344 * BLOCK);
    ck_assert_int_eq(backlog_range(&backlog, offset, NOBODY, 3).first, 1 + 1984 * BLOCK);
    /* now the size is what keeps the rest: 16384 and what the block before has */
    ck_assert_int_eq(backlog_range(&backlog, offset, NOBODY, 4).first, 1 + 1999 * BLOCK);
    ck_assert_int_eq(backlog_range(&backlog, offset, NOBODY, 1 << 20).first, 1 + 1999 * BLOCK);
}
END_TEST

START_TEST(what_is_gone_does_not_come_back)
{
    struct backlog backlog = new_backlog(16 * KB, 0);
    int64_t first = backlog_range(&backlog, 10 * MB, NOBODY, 0).first;
    backlog_settle(&backlog, 10 * MB, NOBODY, 0);
    ck_assert_int_eq(backlog_range(&backlog, 10 * MB, 5, 0).first,
                     first); /* whoever points there now */
    backlog_resize(&backlog, 100 * MB, 10 * MB);
    ck_assert_int_eq(backlog_range(&backlog, 20 * MB, NOBODY, 0).first, first);
    backlog_free(&backlog);
    ck_assert(!backlog_range(&backlog, 20 * MB, NOBODY, 0).exists);
}
END_TEST

START_TEST(a_ring_holds_exactly_its_size_and_loses_all_when_resized)
{
    struct profile profile = ring();
    struct backlog backlog;
    backlog_create(&backlog, &profile, 1000, 50, 0);
    ck_assert_int_eq(backlog_range(&backlog, 50, NOBODY, 0).first, 51);
    ck_assert_int_eq(backlog_range(&backlog, 1050, NOBODY, 0).first, 51);
    ck_assert_int_eq(backlog_range(&backlog, 1051, NOBODY, 0).first, 52);
    ck_assert_int_eq(backlog_range(&backlog, 1051, 60, 0).length, 1000); /* replicas have copies */
    backlog_resize(&backlog, 1000, 5000);
    ck_assert_int_eq(backlog_range(&backlog, 5000, NOBODY, 0).length, 1000);
    backlog_resize(&backlog, 2000, 5000);
    ck_assert_int_eq(backlog_range(&backlog, 5000, NOBODY, 0).length, 0);
    ck_assert_int_eq(backlog_usage(&backlog, 5000, 4321), 679);
    ck_assert_int_eq(backlog_usage_offset(&backlog, 4321, 679), 5000);
    ck_assert_int_eq(backlog_next_block(&backlog, 5000), 5001);
    ck_assert_int_eq(backlog_hard_limit(&backlog, &profile, 100), 100);
}
END_TEST

START_TEST(usage_is_whole_blocks_as_servers_showed)
{
    struct backlog backlog = new_backlog(MB, 0);
    ck_assert_int_eq(backlog_usage(&backlog, 12345, 12345), COST); /* one block when up to date */
    ck_assert_int_eq(backlog_usage(&backlog, 51 * BLOCK + 1, 5), 1066208); /* 52 blocks */
    ck_assert_int_eq(backlog_hard_limit(&backlog, shared(), 100 * KB),
                     MB); /* the size is its floor */
    ck_assert_int_eq(backlog_hard_limit(&backlog, shared(), 2 * MB), 2 * MB);
    ck_assert_int_eq(backlog_hard_limit(&backlog, shared(), 0), 0);
    /* 100kb against 1 MiB closed at 1066208, against 16 KiB at 102520 */
    ck_assert_int_eq(backlog_usage(&backlog, backlog_usage_offset(&backlog, 0, MB), 0), 1066208);
    ck_assert_int_eq(backlog_usage(&backlog, backlog_usage_offset(&backlog, 0, 100 * KB), 0),
                     102520);
}
END_TEST

START_TEST(the_offset_of_a_usage_is_the_first_that_reaches_it)
{
    struct random random;
    random_init(&random, (uint64_t)_i, 0, "usage", "test");
    int64_t start = (int64_t)random_below(&random, 1 << 20);
    struct backlog backlog = new_backlog(MB, start);
    for (int i = 0; i < 2000; i++) {
        int64_t sent = start + (int64_t)random_below(&random, 1 << 24);
        int64_t usage = 1 + (int64_t)random_below(&random, 1 << 23);
        int64_t offset = backlog_usage_offset(&backlog, sent, usage);
        ck_assert_int_ge(backlog_usage(&backlog, offset > sent ? offset : sent, sent), usage);
        if (offset > sent)
            ck_assert_int_lt(backlog_usage(&backlog, offset - 1, sent), usage);
        else
            ck_assert_int_ge(backlog_usage(&backlog, sent, sent), usage);
        int64_t next = backlog_next_block(&backlog, sent);
        ck_assert_int_gt(next, sent);
        ck_assert_int_le(next, sent + BLOCK);
        ck_assert_int_eq((next - start - 1) % BLOCK, 0);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("backlog");
    tcase_add_loop_test(cases, a_block_has_the_payload_that_servers_showed, 0, 8);
    tcase_add_test(cases, an_uncapped_block_holds_the_largest_piece_whole);
    tcase_add_test(cases,
                   the_first_byte_moves_by_one_block_once_a_block_more_than_the_size_is_there);
    tcase_add_test(cases, histories_that_servers_showed_are_possible);
    tcase_add_loop_test(cases, the_backlog_is_what_trimming_block_by_block_leaves, 0, 40);
    tcase_add_test(cases, a_slow_replica_keeps_the_history_that_anybody_may_use);
    tcase_add_test(cases, after_a_slow_replica_went_64_blocks_go_at_once_and_640_with_each_round);
    tcase_add_test(cases, what_is_gone_does_not_come_back);
    tcase_add_test(cases, a_ring_holds_exactly_its_size_and_loses_all_when_resized);
    tcase_add_test(cases, usage_is_whole_blocks_as_servers_showed);
    tcase_add_loop_test(cases, the_offset_of_a_usage_is_the_first_that_reaches_it, 0, 10);
    Suite *suite = suite_create("backlog");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
