/* When a save for replicas starts, what saves and loads cost, and what a restart knows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "models/server/snapshot.h"
#include "tests/unit/suite.h"

#define ID     "a000000000000000000000000000000000000001"
#define NEW_ID "b000000000000000000000000000000000000002"
#define MS     INT64_C(1000000)

static const struct profile *profile(void)
{
    return profile_find("redis-7.0");
}

static struct config diskless(int64_t delay_s, int64_t max_replicas)
{
    struct config config;
    config_init(&config, profile());
    config.diskless_sync = 1;
    config.diskless_delay_s = delay_s;
    config.diskless_max_replicas = max_replicas;
    return config;
}

TEST(a_diskless_save_with_a_delay_is_left_to_the_cron)
{
    struct config config = diskless(5, 0), now = diskless(0, 0);
    ck_assert(save_is_left_to_cron(profile(), &config, true));
    /* a replica without capa eof gets a file at once */
    ck_assert(!save_is_left_to_cron(profile(), &config, false));
    ck_assert(!save_is_left_to_cron(profile(), &now, true));
}

TEST(it_is_due_when_the_longest_wait_reaches_the_delay_or_enough_replicas_wait)
{
    struct config plain = diskless(5, 0), full = diskless(5, 2);
    const struct {
        uint32_t waiting;
        int64_t idle_s;
        bool plain, full;
    } cases[] = {
        {0, 9, false, false}, {1, 4, false, false}, {1, 5, true, true}, {2, 1, false, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct save_queue queue = {
            .waiting = cases[i].waiting, .idle_s = cases[i].idle_s, .all_take_eof = true};
        ck_assert_int_eq(save_is_due(profile(), &plain, &queue, true), cases[i].plain);
        ck_assert_int_eq(save_is_due(profile(), &full, &queue, true), cases[i].full);
    }
}

TEST(one_member_without_eof_forces_a_file)
{
    struct config config = diskless(0, 0);
    ck_assert(
        save_goes_to_sockets(&config, &(struct save_queue){.waiting = 2, .all_take_eof = true}));
    ck_assert(
        !save_goes_to_sockets(&config, &(struct save_queue){.waiting = 2, .all_take_eof = false}));
}

TEST(work_takes_its_base_and_the_slower_of_bytes_and_keys)
{
    struct host host;
    struct random random;
    random_init(&random, 1, 0, "t", "t");
    memset(&host, 0, sizeof host);
    dist_constant(&host.save_base, 20 * MS);
    dist_constant(&host.load_base, 0);
    dist_constant(&host.fork_base, 1 * MS);
    dist_constant(&host.fork_per_gb, 12 * MS);
    host.save_rate = 100000000;
    host.load_rate = 50000000;
    host.key_rate = 1000000;
    struct config config = {.key_save_delay_us = 0};
    struct work large = {200000000, 1000}, many = {1000, 3000000};
    ck_assert_int_eq(save_work_ns(&host, &config, large, &random), 20 * MS + 2000 * MS);
    ck_assert_int_eq(save_work_ns(&host, &config, many, &random), 20 * MS + 3000 * MS);
    ck_assert_int_eq(load_work_ns(&host, &config, large, &random), 4000 * MS);
    ck_assert_int_eq(save_fork_ns(&host, INT64_C(3) << 30, &random), 37 * MS);
}

TEST(sleeps_after_each_key_and_neighbours_make_work_longer)
{
    struct host host;
    struct random random;
    struct config config = {.key_save_delay_us = 1000, .key_load_delay_us = 500};
    struct work work = {100000000, 2000};
    random_init(&random, 1, 0, "t", "t");
    memset(&host, 0, sizeof host);
    dist_constant(&host.busy, 500000); /* half as long again */
    dist_constant(&host.sleep_extra, 60000);
    host.save_rate = host.load_rate = 100000000;
    ck_assert_int_eq(save_work_ns(&host, &config, work, &random), 1500 * MS + 2000 * 1060000);
    ck_assert_int_eq(load_work_ns(&host, &config, work, &random), 1500 * MS + 2000 * 560000);
}

TEST(writes_hit_each_page_with_the_same_chance)
{
    double pages = 25600, hit = pages * (1 - exp(-10000 / pages));
    ck_assert_int_le(llabs(save_copied_bytes(25600 * 4096, 10000, 0) - (int64_t)hit * 4096), 4096);
    ck_assert_int_eq(save_copied_bytes(25600 * 4096, 0, 0), 0);
    ck_assert_int_le(save_copied_bytes(25600 * 4096, INT64_C(1) << 40, 0), 25600 * 4096);
    ck_assert_int_eq(keys_written(1000, 0, false), 0);
    ck_assert_int_eq(keys_written(1000, 1000000, false), 1000);
    ck_assert_int_eq(keys_written(1000, 1000, false), 632); /* 1 - 1/e */
    ck_assert_int_eq(keys_written(1000, 400, true), 400);
    ck_assert_int_eq(keys_written(1000, 4000, true), 1000);
    ck_assert_int_eq(stale_share_ppm(1000000, 1000), (int64_t)(1e6 * (1 - exp(-0.001))));
}

TEST(a_restart_goes_on_from_the_position_in_its_file)
{
    struct data_file file = {.exists = true, .has_position = true, .id = ID, .offset = 500};
    struct history history;
    ck_assert(restart_history(&history, profile(), &file, true, NEW_ID));
    ck_assert_str_eq(history.id, ID);
    ck_assert_int_eq(history.offset, 500);
    ck_assert_int_eq(history.second_offset, -1);
    ck_assert(restart_history(&history, profile(), &file, false, NEW_ID));
    ck_assert_str_eq(history.id, NEW_ID);
    ck_assert_str_eq(history.id2, ID);
    ck_assert_int_eq(history.second_offset, 501);
    file.has_position = false;
    ck_assert(!restart_history(&history, profile(), &file, true, NEW_ID));
    ck_assert_str_eq(history.id, NEW_ID);
    ck_assert_int_eq(history.offset, 0);
}

TEST(a_newcomer_joins_a_file_that_suits_it)
{
    enum { EOF_ = 1, PSYNC2 = 2 };
    ck_assert(save_is_joinable(false, EOF_ | PSYNC2, EOF_ | PSYNC2));
    ck_assert(save_is_joinable(false, PSYNC2, EOF_ | PSYNC2)); /* it asks for less */
    ck_assert(!save_is_joinable(false, EOF_ | PSYNC2, PSYNC2));
    ck_assert(!save_is_joinable(true, EOF_ | PSYNC2, EOF_ | PSYNC2)); /* on its way already */
}

/* A load that begins at 2.5 s and looks at events every 400 ms. */
TEST(newlines_leave_a_second_apart_at_a_look_at_events)
{
    static const struct {
        int64_t step_ms, now_ms, next_ms;
    } cases[] = {
        {400, 0, 1000},    /* the old data are still being freed */
        {400, 1499, 2499}, /* still */
        {400, 1500, 2900}, /* the first look of the load */
        {400, 1900, 2900}, /* a look after exactly a second */
        {400, 1901, 3300}, /* the look after that */
        {400, 2900, 4100}, /* 3900 is between two looks */
        {0, 2900, -1},     /* a small payload: never */
        {0, 1000, 2000},   /* but while data are freed */
    };
    struct profile version = *profile();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_int_eq(
            load_next_newline(&version, 2500 * MS, cases[i].step_ms * MS, cases[i].now_ms * MS),
            cases[i].next_ms < 0 ? INT64_MAX : cases[i].next_ms * MS);
    version.newline_while_loading = false;
    ck_assert_int_eq(load_next_newline(&version, 2500 * MS, 400 * MS, 0), INT64_MAX);
}
