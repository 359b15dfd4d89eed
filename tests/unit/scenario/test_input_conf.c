/* redis.conf and CONFIG GET as people have them. */
#include <stdlib.h>
#include <string.h>
#include "sim/scenario/input_conf.h"
#include "tests/unit/study/diagnostics_fixture.h"
#include "tests/unit/suite.h"

static struct input_conf conf;

static bool read_conf(const char *text)
{
    return input_conf_read(&conf, "redis.conf", text, strlen(text), diagnostics);
}

static void tear_down(void)
{
    input_conf_clear(&conf);
    diagnostics_tear_down();
}

FIXTURE(diagnostics_set_up, tear_down)

TEST(the_last_line_wins_and_old_names_count)
{
    ck_assert(read_conf("# mine\r\nrepl-backlog-size 1mb\r\nREPL-BACKLOG-SIZE \"64mb\"\r\n"
                        "repl-ping-slave-period 5\r\nport 6379\r\nnonsense\r\n"));
    ck_assert_str_eq(conf.values[CONFIG_backlog_bytes], "64mb");
    ck_assert_int_eq(conf.lines[CONFIG_backlog_bytes], 3);
    ck_assert_str_eq(conf.values[CONFIG_ping_period_s], "5");
    ck_assert_ptr_null(conf.values[CONFIG_timeout_s]);
}

TEST(a_byte_order_mark_is_passed_over_and_a_compressed_file_named)
{
    ck_assert(read_conf("\xef\xbb\xbfrepl-timeout 5\n"));
    ck_assert_str_eq(conf.values[CONFIG_timeout_s], "5");
    input_conf_clear(&conf);
    ck_assert(!read_conf("\x1f\x8b\x08"));
    char *found = diagnostics_text(diagnostics, 0);
    ck_assert_str_eq(
        found, "redis.conf: error: the file is gzip-compressed, expected text; gunzip it first");
    g_free(found);
}

TEST(limits_of_other_classes_leave_that_of_replicas_alone)
{
    ck_assert(read_conf("client-output-buffer-limit replica 512mb 128mb 60\n"
                        "client-output-buffer-limit normal 0 0 0\n"));
    ck_assert_str_eq(conf.values[CONFIG_limit], "replica 512mb 128mb 60");
}

TEST(save_points_add_up_and_none_takes_them_back)
{
    ck_assert(read_conf("save 900 1\nsave 300 10\n"));
    ck_assert_str_eq(conf.values[CONFIG_save_points], "900 1 300 10");
    input_conf_clear(&conf);
    ck_assert(read_conf("save 900 1\nsave \"\"\n"));
    ck_assert_str_eq(conf.values[CONFIG_save_points], "");
}

TEST(includes_are_named)
{
    ck_assert(read_conf("include '/etc/redis/local.conf'\n"));
    ck_assert_uint_eq(conf.includes->len, 1);
    ck_assert_str_eq(conf.includes->pdata[0], "/etc/redis/local.conf");
}

TEST(what_config_get_prints_is_read_too)
{
    ck_assert(read_conf("pidfile\n\nrepl-backlog-size\n1048576\nsave\n\n"
                        "client-output-buffer-limit\n"
                        "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60\n"));
    ck_assert_str_eq(conf.values[CONFIG_backlog_bytes], "1048576");
    ck_assert_str_eq(conf.values[CONFIG_save_points], "");
    ck_assert_str_eq(conf.values[CONFIG_limit], "slave 268435456 67108864 60");
    ck_assert_int_eq(conf.lines[CONFIG_limit], 8);
}

/* As redis-cli prints it on a terminal, by RESP2 and RESP3, with --json and --csv; pasted with
 * blanks before it. */
static const char *const DUMPS[] = {
    "\n  pidfile\n  \n  repl-backlog-size\n  7340032\n  client-output-buffer-limit\n"
    "  normal 0 0 0 slave 9 8 7\n",
    "  1) \"pidfile\"\r\n  2) \"\"\r\n  3) \"repl-backlog-size\"\r\n  4) \"7340032\"\r\n"
    "  5) \"client-output-buffer-limit\"\r\n  6) \"normal 0 0 0 slave 9 8 7 pubsub 3 2 1\"\r\n",
    "127.0.0.1:6379> config get *\n1) \"client-output-buffer-limit\"\n2) \"slave 9 8 7\"\n"
    "3) \"repl-backlog-size\"\n4) \"7340032\"\n",
    " 1# \"repl-backlog-size\" => \"7340032\"\n 2# \"requirepass\" => \"a\\\"b: 3\"\n"
    " 3# \"client-output-buffer-limit\" => \"slave 9 8 7\"\n",
    "{\"requirepass\":\"\",\"repl-backlog-size\":\"7340032\","
    "\"client-output-buffer-limit\":\"slave 9 8 7\"}\n",
    "{\n  \"client-output-buffer-limit\": \"slave 9 8 7\",\n  \"hz\": 10,\n"
    "  \"repl-backlog-size\": 7340032\n}\n",
    "[\"repl-backlog-size\",\"7340032\",\"client-output-buffer-limit\",\"slave 9 8 7\"]",
    "\"repl-backlog-size\",\"7340032\",\"client-output-buffer-limit\",\"slave 9 8 7\"\n",
};

TEST_LOOP(config_get_is_read_in_every_form, 0, G_N_ELEMENTS(DUMPS))
{
    ck_assert(read_conf(DUMPS[_i]));
    ck_assert_str_eq(conf.values[CONFIG_backlog_bytes], "7340032");
    ck_assert_str_eq(conf.values[CONFIG_limit], "slave 9 8 7");
}

static const struct {
    const char *text, *begins;
} BAD[] = {
    {"port 1\nrepl-backlog-size 1xb\n", "redis.conf:2:1: error: repl-backlog-size: found '1xb'"},
    {"repl-timeout\nx\n", "redis.conf:2:1: error: repl-timeout: found 'x'"},
    {"port 1\nrepl-timeout\n", "redis.conf:2:1: error: expected a value behind repl-timeout"},
    {"save \"900\n", "redis.conf:1:6: error: expected a closing quote"},
    {"client-output-buffer-limit foo 1 2 3\n", "redis.conf:1:1: error: client-output-buffer-limit"},
    {"port\n", "redis.conf:1:1: error: expected the value of the last name"},
    {"1) \"hz\"\n2) \"10\"\n3) \"repl-timeout\"\n",
     "redis.conf:3:1: error: expected the value of the last name"},
    {"1) \"repl-timeout\"\n2) \"6\n", "redis.conf:2:1: error: expected a closing quote"},
    {"{\"repl-timeout\": 6s}", "redis.conf:1:1: error: repl-timeout: found '6s'"},
    {"{\"Parameters\":[{\"ParameterName\":\"x\"}]}",
     "redis.conf:1:1: error: found no directive of replication"},
    {"port 1\n\xff\n", "redis.conf:2:1: error: expected a line of text"},
};

TEST_LOOP(what_is_wrong_has_its_place, 0, G_N_ELEMENTS(BAD))
{
    ck_assert(!read_conf(BAD[_i].text));
    diagnostics_expect(BAD[_i].begins);
}
