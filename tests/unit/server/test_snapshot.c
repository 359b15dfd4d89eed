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

/* rdb_last_cow_size of redis-server 7.0.15 (jemalloc, pages of 4096 bytes): SETs of `writes` keys of
 * 12 bytes with values of `value` bytes, at random, one after the other, or new ones, while the
 * child of a BGSAVE slept. */
static const struct {
    const char *pattern;
    int64_t keys, value, writes, copied;
} COPIED[] = {
    {"new", 500000, 400, 500, 4214784},
    {"new", 500000, 400, 25000, 6823936},
    {"new", 500000, 400, 100000, 6832128},
    {"new", 500000, 400, 500000, 6852608},
    {"random", 500000, 400, 500, 6541312},
    {"random", 500000, 400, 25000, 122396672},
    {"random", 500000, 400, 100000, 225951744},
    {"random", 500000, 400, 250000, 257007616},
    {"random", 500000, 400, 500000, 258605056},
    {"sequential", 500000, 400, 500, 753664},
    {"sequential", 500000, 400, 25000, 13332480},
    {"sequential", 500000, 400, 100000, 53833728},
    {"sequential", 500000, 400, 500000, 256495616},
    {"new", 500000, 40, 500, 2207744},
    {"new", 500000, 40, 25000, 4907008},
    {"new", 500000, 40, 100000, 4911104},
    {"new", 500000, 40, 500000, 4915200},
    {"random", 500000, 40, 500, 4427776},
    {"random", 500000, 40, 25000, 47218688},
    {"random", 500000, 40, 100000, 48496640},
    {"random", 500000, 40, 500000, 48500736},
    {"sequential", 500000, 40, 500, 565248},
    {"sequential", 500000, 40, 25000, 2920448},
    {"sequential", 500000, 40, 100000, 10129408},
    {"sequential", 500000, 40, 500000, 48496640},
    {"new", 50000, 4000, 50, 847872},
    {"new", 50000, 4000, 2500, 1257472},
    {"new", 50000, 4000, 10000, 1265664},
    {"new", 50000, 4000, 50000, 1273856},
    {"random", 50000, 4000, 50, 1093632},
    {"random", 50000, 4000, 2500, 10317824},
    {"random", 50000, 4000, 10000, 29331456},
    {"random", 50000, 4000, 50000, 68534272},
    {"sequential", 50000, 4000, 50, 729088},
    {"sequential", 50000, 4000, 2500, 3502080},
    {"sequential", 50000, 4000, 10000, 1388544},
    {"sequential", 50000, 4000, 50000, 153993216},
};

#define SET_OVERHEAD 45 /* stream bytes of such a SET besides its value */
#define RDB_OVERHEAD 17 /* RDB bytes of such a key besides its value */

TEST_LOOP(no_more_is_copied_on_write_than_the_bound_says, 0, sizeof COPIED / sizeof COPIED[0])
{
    int64_t keys = COPIED[_i].keys, writes = COPIED[_i].writes, copied = COPIED[_i].copied;
    struct work data = {keys * (COPIED[_i].value + RDB_OVERHEAD), keys};
    int64_t bound = save_copied_bytes(data, writes, writes * (COPIED[_i].value + SET_OVERHEAD),
                                      PAGE_SMALL_BYTES);
    ck_assert_int_ge(bound, copied);
    if (strcmp(COPIED[_i].pattern, "random") == 0) /* and not just anything */
        ck_assert_int_le(bound, 4 * copied);
    ck_assert_int_le(bound, keys * (COPIED[_i].value * 5 / 4 + 100) + (1 << 20));
}

TEST(with_huge_pages_a_few_writes_copy_everything)
{
    struct work data = {INT64_C(1) << 30, 1000000};
    int64_t small = save_copied_bytes(data, 10000, 5000000, PAGE_SMALL_BYTES);
    int64_t huge = save_copied_bytes(data, 10000, 5000000, PAGE_HUGE_BYTES);
    ck_assert_int_lt(small, data.bytes / 5);
    ck_assert_int_gt(huge, data.bytes);
    ck_assert_int_eq(save_copied_bytes(data, 0, 0, PAGE_SMALL_BYTES), 0);
}

TEST(writes_hit_each_key_with_the_same_chance)
{
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

TEST(a_payload_of_a_newer_format_is_refused)
{
    static const struct {
        const char *master, *replica;
        bool is_refused;
    } CASES[] = {
        {"redis-6.2", "redis-6.2", false},   {"redis-6.2", "redis-7.0", false},
        {"redis-7.0", "redis-6.2", true},    {"redis-6.2", "redis-5.0", false},
        {"redis-8.6", "redis-7.0", true},    {"redis-8.0", "redis-7.4", false},
        {"redis-7.4", "valkey-8.1", true},   {"redis-7.2", "valkey-8.1", false},
        {"valkey-9.1", "redis-7.0", true},   {"valkey-9.1", "redis-7.2", false},
        {"valkey-9.1", "valkey-9.1", false}, {"valkey-9.1", "valkey-8.1", false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        ck_assert_msg(payload_is_refused(profile_find(CASES[i].master),
                                         profile_find(CASES[i].replica)) == CASES[i].is_refused,
                      "%s to %s", CASES[i].master, CASES[i].replica);
}

TEST(a_newcomer_joins_a_file_that_suits_it)
{
    enum { EOF_ = 1, PSYNC2 = 2 };
    ck_assert(save_is_joinable(false, EOF_ | PSYNC2, EOF_ | PSYNC2));
    ck_assert(save_is_joinable(false, PSYNC2, EOF_ | PSYNC2)); /* it asks for less */
    ck_assert(!save_is_joinable(false, EOF_ | PSYNC2, PSYNC2));
    ck_assert(!save_is_joinable(true, EOF_ | PSYNC2, EOF_ | PSYNC2)); /* on its way already */
}

/* Old data are freed from 0 to 2.5 s, then a load looks at events every 400 ms. */
TEST(newlines_leave_a_second_apart_at_a_look_at_events)
{
    static const struct {
        int64_t flush_step_ms, step_ms, now_ms, next_ms;
    } cases[] = {
        {100, 400, 0, 1000},    /* the old data are still being freed */
        {100, 400, 1350, 2400}, /* still */
        {100, 400, 1450, 2900}, /* the first look of the load */
        {900, 400, 0, 1800},    /* few looks: the first after a second */
        {900, 400, 1000, 2900}, /* the next of them is no longer a flush */
        {5000, 400, 0, 2900},   /* a small table: deaf until it is empty */
        {100, 400, 1900, 2900}, /* a look after exactly a second */
        {100, 400, 1901, 3300}, /* the look after that */
        {100, 400, 2900, 4100}, /* 3900 is between two looks */
        {100, 0, 2900, -1},     /* a small payload: never */
        {100, 0, 1000, 2000},   /* but while data are freed */
        {0, 400, 0, 2900},      /* freed by another thread */
    };
    struct profile version = *profile();
    struct load_looks looks = {.begins = 2500 * MS};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        looks.flush_step_ns = cases[i].flush_step_ms * MS;
        looks.step_ns = cases[i].step_ms * MS;
        ck_assert_int_eq(load_next_newline(&version, &looks, cases[i].now_ms * MS),
                         cases[i].next_ms < 0 ? INT64_MAX : cases[i].next_ms * MS);
    }
    version.newline_while_loading = false;
    ck_assert_int_eq(load_next_newline(&version, &looks, 0), INT64_MAX);
}

TEST(a_flush_looks_at_events_every_65536_buckets)
{
    ck_assert_int_eq(flush_step_ns(300000 * MS, 250000), 75000 * MS);
    ck_assert_int_eq(flush_step_ns(300000 * MS, 262144), 75000 * MS);
    ck_assert_int_eq(flush_step_ns(300000 * MS, 262145), 37500 * MS);
    ck_assert_int_eq(flush_step_ns(1000 * MS, 65536), 1000 * MS);
    ck_assert_int_ge(flush_step_ns(1000 * MS, 0), 1000 * MS);
}
