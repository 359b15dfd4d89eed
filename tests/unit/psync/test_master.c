/* The master's machine: the decisions in their order, and what its calls say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/unit/psync/story.h"
#include "tests/unit/suite.h"

/* The master holds 51..100 of <a>, and had <b> until 80. */
static const struct {
    const char *asks;
    const char *expected;
} requests[] = {
    {"PSYNC <a> 50", "    m: want backlog-passed <a> 50\n"},
    {"PSYNC <a> 51", "    m: send +CONTINUE <a>\\r\\n\n    m: grant accepted <a> 51\n"},
    {"psync <A> 101", "    m: send +CONTINUE <a>\\r\\n\n    m: grant accepted <A> 101\n"},
    {"PSYNC <a> 102", "    m: want offset-ahead <a> 102\n"},
    {"PSYNC <b> 81", "    m: send +CONTINUE <a>\\r\\n\n    m: grant accepted-second-id <b> 81\n"},
    {"PSYNC <b> 82", "    m: want second-offset <b> 82\n"},
    {"PSYNC <c> 60", "    m: want id-mismatch <c> 60\n"},
    {"PSYNC ? -1", "    m: want requested ? -1\n"},
    {"PSYNC ?abc 60", "    m: want requested ?abc 60\n"},
    {"PSYNC <a> 60 nonsense", "    m: send +CONTINUE <a>\\r\\n\n    m: grant accepted <a> 60\n"},
    {"SYNC", "    m: want sync-command -1\n"},
};

TEST_LOOP(each_request_gets_its_answer, 0, (int)(sizeof requests / sizeof requests[0]))
{
    char text[512];
    snprintf(text, sizeof text,
             "m history <a> 100\nm second <b> 81\nm backlog 51 50\nm accept\n"
             "m text REPLCONF capa psync2\\r\\n\n    m: send +OK\\r\\n\n"
             "m text %s\\r\\n\n%s",
             requests[_i].asks, requests[_i].expected);
    story_expect(requests[_i].asks, text, NULL, NULL);
}

TEST(psync_behind_an_answer_that_is_still_to_be_sent_is_refused)
{
    struct story *story = malloc(sizeof *story);
    const char *text = "m accept\n"
                       "m text PING\\r\\nPSYNC ? -1\\r\\n\n"
                       "    m: send +PONG\\r\\n\n"
                       "    m: send -ERR SYNC and PSYNC are invalid with pending output\\r\\n\n"
                       "    m: refuse pending-output\n";
    story_init(story, 0);
    story_run(story, text);
    ck_assert_str_eq(story->heard.out, text);
    free(story);
}

static void receive(struct story *story, const char *bytes, size_t len)
{
    struct span span = span_bytes(bytes, len);
    master_receive(&story->master, &story->site, &span, &story->acts);
}

/* Both ways of reading an ACK agree on what is one. */
static const char *const acks[] = {
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$4\r\n1052\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$1\r\n0\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$2\r\n-1\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$19\r\n9223372036854775807\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$19\r\n9223372036854775808\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$2\r\n07\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$02\r\n17\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$0\r\n\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$2\r\n1052\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$99999999999999999999999\r\n7\r\n",
    "*5\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$1\r\n7\r\n$4\r\nFACK\r\n$1\r\n7\r\n",
};

TEST_LOOP(an_acknowledgement_in_one_piece_means_what_it_means_in_many, 0,
          (int)(sizeof acks / sizeof acks[0]))
{
    struct story *whole = malloc(sizeof *whole), *split = malloc(sizeof *split);
    const char *setting =
        "m history <a> 100\nm backlog 51 50\nm accept\nm text PSYNC <a> 101\\r\\n\n";
    const char *ack = acks[_i];
    story_init(whole, 0);
    story_init(split, 0);
    story_run(whole, setting);
    story_run(split, setting);
    receive(whole, ack, strlen(ack));
    for (const char *at = ack; *at != '\0' && split->master.state != MASTER_CLOSED; at++)
        receive(split, at, 1);
    ck_assert_int_eq(whole->master.state, split->master.state);
    ck_assert_int_eq(whole->master.ack_offset, split->master.ack_offset);
    ck_assert_int_eq(whole->master.last_row, split->master.last_row);
    free(whole);
    free(split);
}

TEST(control_items_of_the_stream_have_their_lengths)
{
    ck_assert_uint_eq(strlen(stream_ping), STREAM_PING_BYTES);
    ck_assert_uint_eq(strlen(stream_getack), STREAM_GETACK_BYTES);
}

TEST(the_rows_of_a_call_come_in_the_order_in_which_it_fired_them_each_once)
{
    struct story *story = malloc(sizeof *story);
    char rows[256] = "";
    story_init(story, 0);
    story_run(story, "m history <a> 100\nm backlog 51 50\nm accept\n"
                     "m text \\r\\nPING\\r\\nREPLCONF capa psync2\\r\\n\n");
    for (uint32_t row = 0; row < story->acts.row_count; row++) {
        snprintf(rows + strlen(rows), sizeof rows - strlen(rows), "%s ",
                 master_row_info(story->acts.rows[row]).on);
    }
    ck_assert_str_eq(rows, "sign answer ");
    free(story);
}
