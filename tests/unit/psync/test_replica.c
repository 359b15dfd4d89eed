/* The replica's machine: the tables of answers, and what its calls say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "models/psync/reply.h"
#include "tests/unit/psync/story.h"
#include "tests/unit/suite.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

enum question { TO_PING, TO_AUTH, TO_REPLCONF, TO_PSYNC, TO_PSYNC_ALL, PREAMBLE };

/* FACTS 1.3 and 7.1. TO_PSYNC_ALL: nothing but "?" was asked. */
static const struct {
    enum question to;
    const char *line;
    enum replica_on on;
    const char *id;
    int64_t offset;
} answers[] = {
    {TO_PING, "+PONG", ON_ACCEPT, "", 0},
    {TO_PING, "+", ON_ACCEPT, "", 0},
    {TO_PING, "-NOAUTH Authentication required.", ON_ACCEPT, "", 0},
    {TO_PING, "-NOPERM this user has no permissions", ON_ACCEPT, "", 0},
    {TO_PING, "-ERR operation not permitted", ON_ACCEPT, "", 0},
    {TO_PING, "-LOADING Redis is loading the dataset in memory", ON_REJECT, "", 0},
    {TO_PING, "-MASTERDOWN Link with MASTER is down", ON_REJECT, "", 0},
    {TO_PING, "-ERR unknown command", ON_REJECT, "", 0},
    {TO_PING, "$4", ON_REJECT, "", 0},
    {TO_PING, "", ON_REJECT, "", 0},
    {TO_AUTH, "+OK", ON_ACCEPT, "", 0},
    {TO_AUTH, "", ON_ACCEPT, "", 0},
    {TO_AUTH, "-ERR Client sent AUTH, but no password is set", ON_REJECT, "", 0},
    {TO_REPLCONF, "+OK", ON_ACCEPT, "", 0},
    {TO_REPLCONF, "what", ON_ACCEPT, "", 0},
    {TO_REPLCONF, "-ERR unknown command", ON_REJECT, "", 0},
    {TO_PSYNC, "", ON_EMPTY, "", 0},
    {TO_PSYNC, "+CONTINUE", ON_CONTINUE, "", 0},
    {TO_PSYNC, "+CONTINUE " A, ON_CONTINUE, A, 0},
    {TO_PSYNC, "+CONTINUE " A "a", ON_CONTINUE, "", 0},
    {TO_PSYNC, "+CONTINUE short", ON_CONTINUE, "", 0},
    {TO_PSYNC, "+CONTINUED", ON_CONTINUE, "", 0},
    {TO_PSYNC_ALL, "+CONTINUE", ON_GARBAGE, "", 0},
    {TO_PSYNC_ALL, "+FULLRESYNC " A " 12", ON_FULL, A, 12},
    {TO_PSYNC, "+FULLRESYNC " A " 0", ON_FULL, A, 0},
    {TO_PSYNC, "+FULLRESYNC", ON_FULL_BAD, "", 0},
    {TO_PSYNC, "+FULLRESYNC " A, ON_FULL_BAD, "", 0},
    {TO_PSYNC, "+FULLRESYNC " A " x", ON_FULL_BAD, "", 0},
    {TO_PSYNC, "+FULLRESYNC short 12", ON_FULL_BAD, "", 0},
    {TO_PSYNC, "-NOMASTERLINK Can't SYNC while not connected with my master", ON_LATER, "", 0},
    {TO_PSYNC, "-LOADING Redis is loading the dataset in memory", ON_LATER, "", 0},
    {TO_PSYNC, "-ERR unknown command", ON_UNKNOWN, "", 0},
    {TO_PSYNC, "-NOAUTH Authentication required.", ON_UNKNOWN, "", 0},
    {TO_PSYNC, "-BUSY", ON_UNKNOWN, "", 0},
    {TO_PSYNC, "+OK", ON_UNKNOWN, "", 0},
    {PREAMBLE, "", ON_EMPTY, "", 0},
    {PREAMBLE, "$187", ON_SIZE, "", 187},
    {PREAMBLE, "$EOF:" A, ON_MARK, A, 0},
    {PREAMBLE, "$EOF:" A "bb", ON_MARK, A, 0},
    {PREAMBLE, "$EOF:short", ON_GARBAGE, "", 0},
    {PREAMBLE, "$0", ON_GARBAGE, "", 0},
    {PREAMBLE, "$-1", ON_GARBAGE, "", 0},
    {PREAMBLE, "$9223372036854775808", ON_GARBAGE, "", 0},
    {PREAMBLE, "-ERR BGSAVE failed, replication can't continue", ON_ABORT, "", 0},
    {PREAMBLE, "+OK", ON_GARBAGE, "", 0},
};

static struct reply understand(enum question to, const char *line)
{
    switch (to) {
    case TO_PING:
        return reply_to_ping(line);
    case TO_AUTH:
        return reply_to_auth(line);
    case TO_REPLCONF:
        return reply_to_replconf(line);
    case PREAMBLE:
        return reply_preamble(line);
    default:
        return reply_to_psync(line, to == TO_PSYNC, true);
    }
}

TEST_LOOP(a_line_means_what_the_server_takes_it_for, 0, (int)(sizeof answers / sizeof answers[0]))
{
    struct reply reply = understand(answers[_i].to, answers[_i].line);
    ck_assert_msg(reply.on == answers[_i].on, "\"%s\" is event %d", answers[_i].line, reply.on);
    ck_assert_str_eq(reply.id, answers[_i].id);
    if (reply.on == ON_FULL || reply.on == ON_SIZE)
        ck_assert_int_eq(reply.offset, answers[_i].offset);
}

TEST(versions_before_psync2_take_try_later_for_an_unknown_answer)
{
    ck_assert_int_eq(reply_to_psync("-NOMASTERLINK", true, false).on, ON_UNKNOWN);
    ck_assert_int_eq(reply_to_psync("-LOADING", true, false).on, ON_UNKNOWN);
}

TEST(the_longest_handshake_fits_into_one_burst)
{
    struct story *story = malloc(sizeof *story);
    char line[1024], word[256];
    story_init(story, 0);
    memset(word, 'u', 255);
    word[255] = '\0';
    snprintf(line, sizeof line, "config masteruser %s\nconfig masterauth %s\n", word, word);
    story_run(story, line);
    snprintf(line, sizeof line, "config announce-ip %s\n", word);
    story_run(story, line);
    story_run(story, "r boot -\nr connected\nr text +PONG\\r\\n\n");
    ck_assert_ptr_nonnull(strstr(story->heard.out, "psync2"));
    free(story);
}

/* A 64 KB read of nothing but GETACK is more than the acts of one call can hold: the rest is left
 * and given again. */
TEST(an_acknowledgement_is_as_long_as_it_says)
{
    char text[ACK_MAX];
    for (int64_t offset = 1; offset > 0 && offset < INT64_MAX / 10; offset *= 10)
        for (int64_t d = -1; d <= 1; d++)
            ck_assert_uint_eq(replica_ack_len(offset + d), replica_write_ack(text, offset + d));
    ck_assert_uint_eq(replica_ack_len(INT64_MAX), replica_write_ack(text, INT64_MAX));
}

TEST(no_acknowledgement_is_lost_however_many_are_asked_for_at_once)
{
    struct story *story = malloc(sizeof *story);
    size_t answered = 0;
    story_init(story, 0);
    story_run(story, "r history <a> 0\nr boot <a> 0\nr connected\n"
                     "r text +PONG\\r\\n+OK\\r\\n+OK\\r\\n+CONTINUE\\r\\n\n");
    for (int i = 0; i < 100; i++)
        story_run(story,
                  "m write *3\\r\\n$8\\r\\nREPLCONF\\r\\n$6\\r\\nGETACK\\r\\n$1\\r\\n*\\r\\n\n");
    story->queues[TO_MASTER].len = 0;
    story_run(story, "deliver\nr show\n");
    for (const char *at = story->heard.out; (at = strstr(at, "$3\\r\\nACK")) != NULL; at++)
        answered++;
    ck_assert_uint_eq(answered, 100);
    ck_assert_ptr_nonnull(strstr(story->heard.out, "applied 3700 read 3700"));
    free(story);
}

TEST(the_rows_of_a_call_come_in_the_order_in_which_it_fired_them)
{
    static const struct {
        const char *commands, *rows;
    } calls[] = {
        {"r boot -\nr connected\nr text +PONG\\r\\n+OK\\r\\n+OK\\r\\n",
         "ping-reply auth-reply port-reply ip-reply capa-reply "},
        {"r history <a> 0\nr boot <a> 0\nr connected\n"
         "r text +PONG\\r\\n+OK\\r\\n+OK\\r\\n+CONTINUE\\r\\n\nr lost",
         "connected connect "},
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct story *story = malloc(sizeof *story);
        char rows[256] = "";
        story_init(story, 0);
        story_run(story, calls[i].commands);
        story_run(story, "\n");
        for (uint32_t row = 0; row < story->acts.row_count; row++) {
            snprintf(rows + strlen(rows), sizeof rows - strlen(rows), "%s ",
                     replica_row_info(story->acts.rows[row]).state);
        }
        ck_assert_str_eq(rows, calls[i].rows);
        free(story);
    }
}
