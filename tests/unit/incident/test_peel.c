/* A line in every form that platforms give it: the same message, writer and time. */
#include <string.h>
#include "sim/engine/time.h"
#include "sim/incident/peel.h"
#include "tests/unit/suite.h"

static const struct {
    const char *line, *message, *pid, *name;
    char role, level;
    const char *time, *wrapper; /* NULL: none */
    enum word word;
} CASES[] = {
    {"22:S 28 Nov 2026 16:05:56.896 # Connection with master lost.", "Connection with master lost.",
     "22", "", 'S', '#', "2026-11-28T16:05:56.896", NULL, WORD_MASTER_LOST},
    {"[60] 22 Jan 04:10:16.688 * Slave ask for synchronization", "Slave ask for synchronization",
     "60", "", 0, '*', "2000-01-22T04:10:16.688", NULL, WORD_ASKS},
    {"FG:M 2026-01-12T09:43:10.924-05:00 * Starting BGSAVE for SYNC with target: disk",
     "Starting BGSAVE for SYNC with target: disk", "FG", "", 'M', '*', "2026-01-12T14:43:10.924Z",
     NULL, WORD_START},
    {"{\"log\":\"7:M 28 Nov 2026 16:05:56.896 # Connection with replica 127.0.0.1:2 lost.\\n\","
     "\"stream\":\"stdout\",\"time\":\"2026-11-28T14:05:56.897Z\"}",
     "Connection with replica 127.0.0.1:2 lost.", "7", "", 'M', '#', "2026-11-28T16:05:56.896",
     "2026-11-28T14:05:56.897Z", WORD_REPLICA_LOST},
    {"{\"line\":\"42\",\"text\":\"7:M 28 Nov 2026 16:05:56.896 # Connection with replica a lost.\","
     "\"timestamp\":\"1795875956897000000\",\"labels\":{\"pod\":\"m-0\"}}",
     "Connection with replica a lost.", "7", "m-0", 'M', '#', "2026-11-28T16:05:56.896",
     "2026-11-28T14:25:56.897Z", WORD_REPLICA_LOST},
    {"{\"line\":7,\"message\":\"Connection with replica a lost.\"}",
     "Connection with replica a lost.", "", "", 0, 0, NULL, NULL, WORD_REPLICA_LOST},
    {"2026-11-28T16:05:56.897000000Z stdout F 7:M 28 Nov 2026 16:05:56.896 # Connection with "
     "replica a lost.",
     "Connection with replica a lost.", "7", "", 'M', '#', "2026-11-28T16:05:56.896",
     "2026-11-28T16:05:56.897Z", WORD_REPLICA_LOST},
    {"redis-1     | 1:S 28 Nov 2026 16:05:56.896 * Full resync from master: ab:12",
     "Full resync from master: ab:12", "1", "redis-1", 'S', '*', "2026-11-28T16:05:56.896", NULL,
     WORD_FULL},
    {"[pod/redis-0/redis] 1:S 28 Nov 2026 16:05:56.896 * Full resync from master: ab:12",
     "Full resync from master: ab:12", "1", "[pod/redis-0/redis]", 'S', '*',
     "2026-11-28T16:05:56.896", NULL, WORD_FULL},
    {"Nov 28 16:05:56 web3 redis-server[812]: 812:S 28 Nov 2026 16:05:56.896 # Connection with "
     "master lost.",
     "Connection with master lost.", "812", "web3", 'S', '#', "2026-11-28T16:05:56.896",
     "2000-11-28T16:05:56.000", WORD_MASTER_LOST},
    {"Nov  8 16:05:56 web3 redis[812]: Connection with master lost.",
     "Connection with master lost.", "812", "web3", 0, 0, NULL, "2000-11-08T16:05:56.000",
     WORD_MASTER_LOST},
    {"{\"__REALTIME_TIMESTAMP\":\"1795881956896000\",\"_HOSTNAME\":\"web3\",\"MESSAGE\":\"8:S 28 "
     "Nov 2026 "
     "16:05:56.896 # Connection with master lost.\"}",
     "Connection with master lost.", "8", "web3", 'S', '#', "2026-11-28T16:05:56.896",
     "2026-11-28T16:05:56.896Z", WORD_MASTER_LOST},
    {"\"Nov 28, 2026 @ 17:05:56.896\",\"8:S 28 Nov 2026 16:05:56.896 # Connection with master "
     "lost.\"",
     "Connection with master lost.", "8", "", 'S', '#', "2026-11-28T16:05:56.896",
     "2026-11-28T17:05:56.896", WORD_MASTER_LOST},
    {"July 31st 2015, 06:04:40.000\t[51] 31 Jul 02:04:40.528 # Connection with master lost.",
     "Connection with master lost.", "51", "", 0, '#', "2000-07-31T02:04:40.528",
     "2015-07-31T06:04:40.000", WORD_MASTER_LOST},
    {"pid=11 role=primary timestamp=\"2026-11-28T16:05:56.896+02:00\" level=notice "
     "message=\"Replica a asks "
     "for synchronization\"",
     "Replica a asks for synchronization", "11", "", 'M', '*', "2026-11-28T14:05:56.896Z", NULL,
     WORD_ASKS},
    {"{\"pid\":11,\"role\":\"replica\",\"timestamp\":\"1795881956896\",\"level\":\"warning\","
     "\"message\":\""
     "PRIMARY timeout: no data nor PING received...\"}",
     "PRIMARY timeout: no data nor PING received...", "11", "", 'S', '#',
     "2026-11-28T16:05:56.896Z", NULL, WORD_MASTER_SILENT},
    {"2025-06-09T15:17:17.272168158Z I0609 15:17:17.272057       1 *] 18:M Connection with replica "
     "a lost.",
     "Connection with replica a lost.", "18", "", 'M', 0, NULL, "2025-06-09T15:17:17.272168158Z",
     WORD_REPLICA_LOST},
    {"1:S 28 Nov 2026 16:05:56.896 \\* MASTER &lt;-&gt; REPLICA sync: Finished with success",
     "MASTER <-> REPLICA sync: Finished with success", "1", "", 'S', '*', "2026-11-28T16:05:56.896",
     NULL, WORD_DONE},
    {"1:S 28 Nov 2026 16:05:56.896 * MASTER <\xe2\x80\x91> REPLICA sync: Finished with success",
     "MASTER <-> REPLICA sync: Finished with success", "1", "", 'S', '*', "2026-11-28T16:05:56.896",
     NULL, WORD_DONE},
    {"\x1b[32m1:S 28 Nov 2026 16:05:56.896 # Connection with master lost.\x1b[0m\r",
     "Connection with master lost.", "1", "", 'S', '#', "2026-11-28T16:05:56.896", NULL,
     WORD_MASTER_LOST},
    {"\xef\xbb\xbf"
     "1:S 28 Nov 2026 16:05:56.896 # Connection with master lost.\r",
     "Connection with master lost.", "1", "", 'S', '#', "2026-11-28T16:05:56.896", NULL,
     WORD_MASTER_LOST},
    {"\xe2\x94\x82 1:S 02 May 2022 19:17:07.58 * MASTER <-> REPLICA sync started        "
     "\xe2\x94\x82",
     "MASTER <-> REPLICA sync started", "1", "", 'S', '*', "2022-05-02T19:17:07.580", NULL,
     WORD_DIAL_STARTED},
    {"- Full resync requested by slave.", "Full resync requested by slave.", "", "", 0, '-', NULL,
     NULL, WORD_FULL_REQUESTED},
    {"12:S 26 Dec 2025 19:02:58.657 * Replica bio thread: Done downloading RDB",
     "Replica bio thread: Done downloading RDB", "12", "", 'S', '*', "2025-12-26T19:02:58.657",
     NULL, WORD_DOWNLOADED},
    {"1447:signal-handler (1712656277) Received SIGUSR1 in child, exiting now.",
     "signal-handler (1712656277) Received SIGUSR1 in child, exiting now.", "1447", "", 0, 0, NULL,
     NULL, WORD_SIGNAL},
    {"127.0.0.1 - - [28/Nov/2026:16:05:56] \"GET / HTTP/1.1\" 200", NULL, "", NULL, 0, 0, NULL,
     NULL, WORD_NONE},
};

static void check_stamp(const struct stamp *stamp, const char *expected)
{
    struct stamp want;
    size_t used;
    ck_assert_int_eq(stamp->is_set, expected != NULL);
    if (!expected)
        return;
    ck_assert(stamp_iso(expected, strlen(expected), &want, &used));
    ck_assert_int_eq(stamp->ns, want.ns);
    ck_assert_int_eq(stamp->has_zone, want.has_zone);
    ck_assert_int_eq(stamp->has_year, strncmp(expected, "2000", 4) != 0);
}

TEST_LOOP(any_form_of_a_line_is_peeled, 0, (int)(sizeof(CASES) / sizeof(CASES[0])))
{
    static struct word_table table;
    static struct peel peel;
    struct peeled line;
    word_table_init(&table);
    peel_init(&peel, &table);
    peel_line(&peel, CASES[_i].line, strlen(CASES[_i].line), &line);
    ck_assert_int_eq(line.said.word, CASES[_i].word);
    ck_assert_str_eq(line.pid, CASES[_i].pid);
    ck_assert_int_eq(line.role, CASES[_i].role);
    ck_assert_int_eq(line.level, CASES[_i].level);
    check_stamp(&line.server, CASES[_i].time);
    check_stamp(&line.wrapper, CASES[_i].wrapper);
    if (!CASES[_i].message)
        return;
    ck_assert_str_eq(line.name, CASES[_i].name);
    ck_assert_uint_eq(line.len, strlen(CASES[_i].message));
    ck_assert_mem_eq(line.message, CASES[_i].message, line.len);
}

static const struct {
    const char *text;
    bool is_good;
    int64_t seconds;
} ZONES[] = {{"UTC", true, 0},        {"Z", true, 0},       {"+02:00", true, 7200},
             {"-0530", true, -19800}, {"+2", true, 7200},   {"+5:30", true, 19800},
             {"Berlin", false, 0},    {"+15:00", false, 0}, {"+02:60", false, 0},
             {"", false, 0},          {"+", false, 0},      {"+02:0", false, 0}};

TEST_LOOP(a_zone_is_a_shift, 0, (int)(sizeof(ZONES) / sizeof(ZONES[0])))
{
    int64_t seconds = 0;
    ck_assert_int_eq(stamp_zone(ZONES[_i].text, &seconds), ZONES[_i].is_good);
    if (ZONES[_i].is_good)
        ck_assert_int_eq(seconds, ZONES[_i].seconds);
}

/* Captures: up to the words behind the value, in any of the names of the roles. */
TEST(values_end_where_the_words_behind_them_begin)
{
    static const char LINE[] =
        "Unable to partial resync with replica 127.0.0.1:2 for lack of backlog (Replica "
        "request was ab:15, and I can only reply with the range [20, 31]).";
    static const char *const VALUES[] = {"127.0.0.1:2", "ab", "15", "20", "31"};
    static struct word_table table;
    word_table_init(&table);
    struct said said = word_table_find(&table, LINE, strlen(LINE));
    ck_assert_int_eq(said.word, WORD_OUT_OF_RANGE);
    ck_assert_int_eq(said.count, 5);
    for (int i = 0; i < 5; i++) {
        ck_assert_uint_eq(said.values[i].len, strlen(VALUES[i]));
        ck_assert_mem_eq(said.values[i].at, VALUES[i], said.values[i].len);
    }
    ck_assert_int_eq(piece_number(said.values[3], -1), 20);
    ck_assert_int_eq(piece_number(said.values[1], -1), -1);
}
