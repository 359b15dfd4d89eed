/* redis.conf directives: what a server takes is taken, and printing is the inverse of setting. */
#include <stdlib.h>
#include <string.h>
#include "models/server/config.h"
#include "tests/unit/suite.h"

static struct config fresh(void)
{
    struct config config;
    config_init(&config, profile_find("redis-7.0"));
    return config;
}

struct setting {
    const char *name, *value, *printed;
};

static const struct setting TAKEN[] = {
    {"repl-backlog-size", "1mb", "1mb"},
    {"repl-backlog-size", "1m", "1m"},
    {"REPL-Backlog-Size", "16KB", "16kb"},
    {"repl-timeout", "5", "5"},
    {"repl-ping-replica-period", "1", "1"},
    {"repl-ping-slave-period", "1", "1"},
    {"repl-backlog-ttl", "0", "0"},
    {"repl-diskless-sync", "yes", "yes"},
    {"repl-diskless-sync", "NO", "no"},
    {"repl-diskless-load", "swapdb", "swapdb"},
    {"repl-diskless-load", "on-empty-db", "on-empty-db"},
    {"client-output-buffer-limit", "replica 512mb 128mb 30", "replica 512mb 128mb 30"},
    {"client-output-buffer-limit", "slave 0 0 0", "replica 0 0 0"},
    {"client-output-buffer-limit",
     "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
     "replica 256mb 64mb 60"},
    {"repl-backlog-size", "1610612736", "1536mb"},
    {"min-slaves-to-write", "1", "1"},
    {"slave-serve-stale-data", "no", "no"},
    {"save", "\"\"", "\"\""},
    {"save", "", "\"\""},
    {"save", "3600 1 300 100", "3600 1 300 100"},
    {"hz", "500", "500"},
    {"hz", "501", "500"},
    {"hz", "0", "1"},
};

TEST_LOOP(a_value_of_redis_conf_is_taken_and_printed, 0, sizeof TAKEN / sizeof *TAKEN)
{
    const struct setting *row = &TAKEN[_i];
    struct config config = fresh();
    char text[CONFIG_TEXT_MAX];
    int directive = config_find(row->name);
    ck_assert_int_ge(directive, 0);
    const char *would_do = config_set(&config, directive, row->value);
    ck_assert_msg(!would_do, "%s %s: %s", row->name, row->value, would_do ? would_do : "");
    ck_assert_uint_eq(config_print(&config, directive, text, sizeof text), strlen(row->printed));
    ck_assert_str_eq(text, row->printed);
}

static const struct setting REFUSED[] = {
    {"repl-backlog-size", "-1", "a whole size such as 1mb"},
    {"repl-backlog-size", "1.5gb", "a whole size such as 1mb"},
    {"repl-backlog-size", "8Gi", "as redis.conf has it"},
    {"client-output-buffer-limit", "other 0 0 0 replica 1mb 1mb 1", "the class replica"},
    {"repl-backlog-size", "0", "1 or more"},
    {"repl-timeout", "60s", "a whole number of seconds without a unit"},
    {"repl-timeout", "0", "1 or more"},
    {"repl-timeout", "99999999999", "a smaller value"},
    {"repl-diskless-sync", "maybe", "yes or no"},
    {"repl-diskless-load", "on", "disabled, on-empty-db or swapdb"},
    {"client-output-buffer-limit", "256mb 64mb 60", "the class replica"},
    {"client-output-buffer-limit", "replica 256mb 64mb", "the class replica"},
    {"client-output-buffer-limit", "replica 256mb 64mb 60 1", "the class replica"},
    {"client-output-buffer-limit", "normal 0 0 0", "the class replica"},
    {"save", "3600", "pairs of seconds and changes"},
    {"hz", "-1", "a whole number"},
    {"min-replicas-to-write", "100001", "a smaller value"},
};

TEST_LOOP(a_wrong_value_is_refused_with_what_would_do_and_changes_nothing, 0,
          sizeof REFUSED / sizeof *REFUSED)
{
    const struct setting *row = &REFUSED[_i];
    struct config config = fresh(), before = fresh();
    const char *would_do = config_set(&config, config_find(row->name), row->value);
    ck_assert_ptr_nonnull(would_do);
    ck_assert_ptr_nonnull(strstr(would_do, row->printed));
    for (int i = 0; i < CONFIG_COUNT; i++) {
        char now[CONFIG_TEXT_MAX], then[CONFIG_TEXT_MAX];
        config_print(&config, i, now, sizeof now);
        config_print(&before, i, then, sizeof then);
        ck_assert_str_eq(now, then);
    }
}

TEST_LOOP(every_default_and_example_can_be_set_as_it_is_printed, 0, CONFIG_COUNT)
{
    struct config config = fresh();
    char text[CONFIG_TEXT_MAX], again[CONFIG_TEXT_MAX];
    config_print(&config, _i, text, sizeof text);
    ck_assert_ptr_null(config_set(&config, _i, text));
    config_print(&config, _i, again, sizeof again);
    ck_assert_str_eq(text, again);
    ck_assert_ptr_null(config_set(&config, _i, config_example(_i)));
    ck_assert_int_eq(config_find(config_name(_i)), _i);
}

TEST(defaults_are_those_of_the_version)
{
    struct config config = fresh();
    ck_assert_int_eq(config.backlog_bytes, 1 << 20);
    ck_assert_int_eq(config.timeout_s, 60);
    ck_assert_int_eq(config.limit.hard_bytes, 256 << 20);
    ck_assert_int_eq(config.limit.soft_bytes, 64 << 20);
    ck_assert_int_eq(config.limit.soft_s, 60);
    ck_assert_int_eq(config.diskless_sync, profile_find("redis-7.0")->default_diskless_sync);
}

TEST_LOOP(an_unknown_directive_is_not_found, 0, 5)
{
    static const char *const NAMES[] = {"", "repl", "repl-backlog-siz", "repl-backlog-sizes", " "};
    ck_assert_int_eq(config_find(NAMES[_i]), -1);
}
