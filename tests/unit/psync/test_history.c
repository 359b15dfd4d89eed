/* The decision between partial and full, at each of its edges (FACTS 2.2), and what each event does
 * to the ids (2.4). */
#include <stdlib.h>
#include <string.h>
#include "models/psync/history.h"
#include "tests/unit/suite.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define Z "0000000000000000000000000000000000000000"

/* A holds bytes 51..100; B was left at 80: its second offset is 81. */
static const struct {
    const char *what;
    const char *id;
    int64_t offset;
    enum reason reason;
} edges[] = {
    {"the byte before the oldest has left", A, 50, REASON_BACKLOG_PASSED},
    {"the oldest byte is there", A, 51, REASON_ACCEPTED},
    {"the last byte is there", A, 100, REASON_ACCEPTED},
    {"the next byte is no gap at all", A, 101, REASON_ACCEPTED},
    {"the byte after the next is ahead", A, 102, REASON_OFFSET_AHEAD},
    {"the second id counts up to its bound", B, 81, REASON_ACCEPTED_SECOND_ID},
    {"the second id does not count beyond", B, 82, REASON_SECOND_OFFSET},
    {"the second id has the oldest byte", B, 51, REASON_ACCEPTED_SECOND_ID},
    {"the second id needs the backlog too", B, 50, REASON_BACKLOG_PASSED},
    {"the case of letters does not count", "AAAAAAAAAAAAAAAAAAAAaaaaaaaaaaaaaaaaaaaa", 60,
     REASON_ACCEPTED},
    {"the case does not count in the second id", "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB", 60,
     REASON_ACCEPTED_SECOND_ID},
    {"a question mark asks for all", "?", -1, REASON_FULL_REQUESTED},
    {"what follows a question mark does not count", "?abc", 60, REASON_FULL_REQUESTED},
    {"another id is another history", C, 60, REASON_ID_MISMATCH},
    {"a shorter id is another one", "aaaa", 60, REASON_ID_MISMATCH},
    {"a longer id is another one", A "a", 60, REASON_ID_MISMATCH},
    {"no id is another one", "", 60, REASON_ID_MISMATCH},
    {"a negative offset has left", A, INT64_MIN, REASON_BACKLOG_PASSED},
    {"the largest offset is ahead", A, INT64_MAX, REASON_OFFSET_AHEAD},
};

static struct history two_histories(void)
{
    struct history history = {.id = A, .id2 = B, .second_offset = 81, .offset = 100};
    return history;
}

TEST_LOOP(each_edge_of_the_backlog_and_the_second_id_is_where_the_server_has_it, 0,
          (int)(sizeof edges / sizeof edges[0]))
{
    struct history history = two_histories();
    struct backlog_range backlog = {true, 51, 50};
    enum reason reason = history_decide(&history, &backlog, edges[_i].id, edges[_i].offset);
    ck_assert_msg(reason == edges[_i].reason, "%s: %s", edges[_i].what, reason_name(reason));
}

TEST(without_a_backlog_nothing_is_partial)
{
    struct history history = two_histories();
    struct backlog_range backlog = {false, 101, 0};
    ck_assert_int_eq(history_decide(&history, &backlog, A, 101), REASON_NO_BACKLOG);
    ck_assert_int_eq(history_decide(&history, &backlog, B, 81), REASON_NO_BACKLOG);
    ck_assert_int_eq(history_decide(&history, &backlog, C, 101), REASON_ID_MISMATCH);
}

TEST(an_empty_backlog_accepts_exactly_the_next_byte)
{
    struct history history = two_histories();
    struct backlog_range backlog = {true, 101, 0};
    ck_assert_int_eq(history_decide(&history, &backlog, A, 100), REASON_BACKLOG_PASSED);
    ck_assert_int_eq(history_decide(&history, &backlog, A, 101), REASON_ACCEPTED);
    ck_assert_int_eq(history_decide(&history, &backlog, A, 102), REASON_OFFSET_AHEAD);
}

TEST(a_node_without_a_second_id_has_no_second_history)
{
    struct history history;
    struct backlog_range backlog = {true, 1, 0};
    history_init(&history, A);
    ck_assert_str_eq(history.id2, Z);
    ck_assert_int_eq(history.second_offset, -1);
    ck_assert_int_eq(history_decide(&history, &backlog, Z, 1), REASON_SECOND_OFFSET);
}

TEST(a_promotion_makes_the_old_id_the_second_one)
{
    struct history history;
    history_init(&history, A);
    history.offset = 100;
    history_shift(&history, B);
    ck_assert_str_eq(history.id, B);
    ck_assert_str_eq(history.id2, A);
    ck_assert_int_eq(history.second_offset, 101);
    ck_assert_int_eq(history.offset, 100);
}

TEST(continuing_under_a_new_id_keeps_the_cached_one_as_the_second)
{
    struct history history;
    history_init(&history, A);
    history.offset = 100;
    history_continue_as(&history, C, B);
    ck_assert_str_eq(history.id, B);
    ck_assert_str_eq(history.id2, C);
    ck_assert_int_eq(history.second_offset, 101);
}

TEST(a_full_synchronisation_and_a_new_backlog_forget_the_second_id)
{
    struct history history = two_histories();
    history_replace(&history, C, 7);
    ck_assert_str_eq(history.id, C);
    ck_assert_str_eq(history.id2, Z);
    ck_assert_int_eq(history.offset, 7);
    ck_assert_int_eq(history.second_offset, -1);
    history = two_histories();
    history_renew(&history, C);
    ck_assert_str_eq(history.id, C);
    ck_assert_str_eq(history.id2, Z);
    ck_assert_int_eq(history.offset, 100);
}

TEST(every_reason_and_drop_has_a_name_and_a_sentence)
{
    for (enum reason reason = (enum reason)0; reason < REASON_COUNT; reason++) {
        ck_assert_uint_gt(strlen(reason_name(reason)), 0);
        ck_assert_uint_gt(strlen(reason_why(reason)), 10);
    }
    for (enum drop drop = (enum drop)0; drop < DROP_COUNT; drop++) {
        ck_assert_uint_gt(strlen(drop_name(drop)), 0);
        ck_assert_uint_gt(strlen(drop_why(drop)), 10);
    }
}
