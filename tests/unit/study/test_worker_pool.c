/* Numbered work: every item once, in order, whatever the number of workers. */
#include <stdlib.h>
#include "sim/study/parallel/worker_pool.h"
#include "tests/unit/suite.h"

#define ITEMS 1000

struct seen {
    uint64_t count, stop_at;
    bool is_in_order;
};

static void square(void *user, uint64_t index, void *record)
{
    (void)user;
    *(uint64_t *)record = index * index;
}

static bool note(void *user, uint64_t index, const void *record)
{
    struct seen *seen = user;
    seen->is_in_order &= index == 7 + seen->count && *(const uint64_t *)record == index * index;
    return ++seen->count != seen->stop_at;
}

TEST_LOOP(records_come_back_in_the_order_of_the_items, 0, 8)
{
    struct seen seen = {.is_in_order = true};
    struct worker_pool_task task = {square, note, &seen, sizeof(uint64_t)};
    struct worker_pool *pool = worker_pool_new((uint32_t)_i);
    static uint64_t records[ITEMS];
    ck_assert(worker_pool_map(pool, &task, 7, ITEMS, records));
    ck_assert_uint_eq(seen.count, ITEMS);
    ck_assert(seen.is_in_order);
    for (uint64_t i = 0; i < ITEMS; i++)
        ck_assert_uint_eq(records[i], (7 + i) * (7 + i));
    worker_pool_free(pool);
}

TEST_LOOP(whoever_looks_may_stop_it, 0, 8)
{
    struct seen seen = {.stop_at = 5, .is_in_order = true};
    struct worker_pool_task task = {square, note, &seen, sizeof(uint64_t)};
    struct worker_pool *pool = worker_pool_new((uint32_t)_i);
    static uint64_t records[ITEMS];
    ck_assert(!worker_pool_map(pool, &task, 7, ITEMS, records));
    ck_assert_uint_eq(seen.count, 5);
    ck_assert(seen.is_in_order);
    worker_pool_free(pool);
}

static bool find_none(void *user, uint64_t index, void *record)
{
    (void)user;
    (void)index;
    (void)record;
    return false;
}

static bool add_five(void *user, uint64_t index, const void *record)
{
    uint64_t *added = user;
    ck_assert_uint_eq(*(const uint64_t *)record, index * index);
    return ++*added < 5;
}

TEST_LOOP(a_record_that_cannot_be_kept_stops_it, 0, 8)
{
    struct seen seen = {.is_in_order = true};
    uint64_t added = 0;
    struct worker_pool_task task = {square, note, &seen, sizeof(uint64_t)};
    struct worker_pool *pool = worker_pool_new((uint32_t)_i);
    static uint64_t records[ITEMS];
    worker_pool_keep(pool, (struct worker_pool_store){find_none, add_five, &added});
    ck_assert(!worker_pool_map(pool, &task, 7, ITEMS, records));
    ck_assert_uint_eq(added, 5);
    ck_assert_uint_lt(seen.count, 5);
    worker_pool_free(pool);
}

TEST(no_work_is_done_at_once)
{
    struct worker_pool_task task = {square, NULL, NULL, sizeof(uint64_t)};
    struct worker_pool *pool = worker_pool_new(3);
    ck_assert(worker_pool_map(pool, &task, 0, 0, NULL));
    worker_pool_free(pool);
}
