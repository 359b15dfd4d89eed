/* INFO as it is saved, and the write rate that follows from it. */
#include <stdlib.h>
#include <string.h>
#include "sim/study/input/input_info.h"
#include "tests/unit/study/diagnostics_fixture.h"
#include "tests/unit/suite.h"

FIXTURE(diagnostics_set_up, diagnostics_tear_down)

static struct input_info read_info(const char *text)
{
    struct input_info info;
    ck_assert(input_info_read(&info, "info.txt", text, strlen(text), diagnostics));
    return info;
}

TEST(fields_are_exact_and_those_not_there_are_unknown)
{
    struct input_info info =
        read_info("# Server\r\nredis_version:7.0.15\r\n\r\n# Replication\r\nrole:slave\r\n"
                  "master_repl_offset:9223372036854775807\r\nrepl_backlog_size:1048576\r\n"
                  "instantaneous_output_repl_kbps:12.34\r\n# Keyspace\r\n"
                  "db0:keys=12,expires=0,avg_ttl=0\r\ndb3:keys=30,expires=0,avg_ttl=0\r\n");
    ck_assert_str_eq(info.version, "7.0.15");
    ck_assert(info.is_replica);
    ck_assert_int_eq(info.offset, INT64_MAX);
    ck_assert_int_eq(info.backlog_bytes, 1048576);
    ck_assert_int_eq(info.keys, 42);
    ck_assert_int_eq(info.repl_output_milli, 12340);
    ck_assert_int_eq(info.fork_us, INFO_UNKNOWN);
}

#define ALONE "repl_backlog_active:0\nconnected_slaves:0\nmaster_repl_offset:0\n"

static const struct {
    const char *first, *second;
    int64_t rate;
    const char *from;
} RATES[] = {
    {"uptime_in_seconds:100\nmaster_repl_offset:1000\n",
     "uptime_in_seconds:110\nmaster_repl_offset:51000\n", 5000,
     "two INFO dumps: 50000 bytes in 10.0 s"},
    {"uptime_in_seconds:110\nmaster_repl_offset:51000\n",
     "uptime_in_seconds:100\nmaster_repl_offset:1000\n", 5000, "two INFO dumps"},
    {"server_time_usec:1000000\nmaster_repl_offset:9223372036854770807\n",
     "server_time_usec:3500000\nmaster_repl_offset:9223372036854775807\n", 2000, "two INFO dumps"},
    {"uptime_in_seconds:100\nmaster_repl_offset:51000\n",
     "uptime_in_seconds:110\nmaster_repl_offset:1000\n", INFO_UNKNOWN,
     "master_repl_offset goes back"},
    {"uptime_in_seconds:100\nmaster_replid:a\nmaster_repl_offset:1\n",
     "uptime_in_seconds:110\nmaster_replid:b\nmaster_repl_offset:2\n", INFO_UNKNOWN,
     "the two dumps have different replication ids"},
    {"run_id:a\nuptime_in_seconds:100\nmaster_repl_offset:1\n",
     "run_id:b\nuptime_in_seconds:110\nmaster_repl_offset:2\n", INFO_UNKNOWN,
     "the two dumps are of two processes"},
    {"run_id:a\nuptime_in_seconds:100\nmaster_repl_offset:1000\n",
     "run_id:a\nuptime_in_seconds:110\nmaster_repl_offset:51000\n", 5000, "two INFO dumps"},
    {"uptime_in_seconds:100\nmaster_repl_offset:1\n",
     "uptime_in_seconds:100\nmaster_repl_offset:2\n", INFO_UNKNOWN, "the two dumps do not say"},
    {"127.0.0.1:6379> info\n  uptime_in_seconds:100\n  master_repl_offset:1000\n",
     "\tuptime_in_seconds:110\n\tmaster_repl_offset:51000\n", 5000, "two INFO dumps"},
    {ALONE "uptime_in_seconds:100\ntotal_net_input_bytes:500\n",
     ALONE "uptime_in_seconds:110\ntotal_net_input_bytes:50500\n", 5000,
     "total_net_input_bytes of two INFO dumps: 50000 bytes in 10.0 s"},
    {ALONE "uptime_in_seconds:100\ntotal_net_input_bytes:500\n",
     ALONE "uptime_in_seconds:110\ntotal_net_input_bytes:10499\n", 0, "two INFO dumps: 0 bytes"},
    {ALONE "uptime_in_seconds:100\ntotal_net_input_bytes:50500\n",
     ALONE "uptime_in_seconds:110\ntotal_net_input_bytes:500\n", 0, "two INFO dumps: 0 bytes"},
    {ALONE "uptime_in_seconds:100\n", ALONE "uptime_in_seconds:110\ntotal_net_input_bytes:50500\n",
     0, "two INFO dumps: 0 bytes"},
    {"repl_backlog_active:1\nconnected_slaves:0\nmaster_repl_offset:0\nuptime_in_seconds:100\n"
     "total_net_input_bytes:500\n",
     "repl_backlog_active:1\nconnected_slaves:0\nmaster_repl_offset:0\nuptime_in_seconds:110\n"
     "total_net_input_bytes:50500\n",
     0, "two INFO dumps: 0 bytes"},
    {"instantaneous_output_repl_kbps:10.00\nconnected_slaves:2\n", NULL, 5120,
     "instantaneous_output_repl_kbps"},
    {"uptime_in_seconds:100\nmaster_repl_offset:5000\n", NULL, 50, "master_repl_offset by uptime"},
    {"uptime_in_seconds:0\nmaster_repl_offset:5000\n", NULL, INFO_UNKNOWN, "neither"},
};

TEST_LOOP(the_rate_says_where_it_comes_from, 0, G_N_ELEMENTS(RATES))
{
    struct input_info first = read_info(RATES[_i].first), second;
    if (RATES[_i].second)
        second = read_info(RATES[_i].second);
    struct input_rate rate = input_info_rate(&first, RATES[_i].second ? &second : NULL);
    ck_assert_int_eq(rate.bytes_per_s, RATES[_i].rate);
    ck_assert_msg(g_str_has_prefix(rate.from, RATES[_i].from), "%s", rate.from);
}

static const struct {
    const char *text, *begins;
} BAD[] = {
    {"role:master\nmaster_repl_offset:12x\n",
     "info.txt:2:20: error: master_repl_offset: found '12x', expected a whole number"},
    {"master_repl_offset:9223372036854775808\n", "info.txt:1:20: error: master_repl_offset"},
    {"db0:keys=many\n", "info.txt:1:5: error: db0: found 'keys=many'"},
    {"{\"redis_version\":\"7.0.15\"}", "info.txt:1:1: error: expected what redis-cli INFO"},
    {"hello\n", "info.txt:1:1: error: expected what redis-cli INFO prints"},
    {"", "info.txt: error: expected what redis-cli INFO prints"},
};

TEST_LOOP(what_is_wrong_has_its_place, 0, G_N_ELEMENTS(BAD))
{
    struct input_info info;
    const char *bad = BAD[_i].text;
    ck_assert(!input_info_read(&info, "info.txt", bad, strlen(bad), diagnostics));
    diagnostics_expect(BAD[_i].begins);
}
