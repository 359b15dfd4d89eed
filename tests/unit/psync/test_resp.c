/* RESP read in pieces and written, and numbers as strict as the server's. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "models/psync/resp.h"
#include "tests/unit/suite.h"

static const struct {
    const char *text;
    bool is_number;
    int64_t value;
} numbers[] = {
    {"0", true, 0},
    {"7", true, 7},
    {"-1", true, -1},
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"-9223372036854775808", true, INT64_MIN},
    {"-9223372036854775809", false, 0},
    {"99999999999999999999", false, 0},
    {"184467440737095516160", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"-0", false, 0},
    {"01", false, 0},
    {"+1", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"1x", false, 0},
};

TEST_LOOP(numbers_are_read_as_strictly_as_the_server_does, 0,
          (int)(sizeof numbers / sizeof numbers[0]))
{
    int64_t value = 42;
    const char *text = numbers[_i].text;
    ck_assert_msg(decimal_read(text, strlen(text), &value) == numbers[_i].is_number, "%s", text);
    ck_assert_int_eq(value, numbers[_i].is_number ? numbers[_i].value : 42);
}

TEST(numbers_are_written_as_they_are_read)
{
    static const int64_t values[] = {0, 9, 10, -1, 1234567890123, INT64_MAX, INT64_MIN};
    char text[DECIMAL_MAX + 1], expected[32];
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        text[decimal_write(text, values[i])] = '\0';
        snprintf(expected, sizeof expected, "%" PRId64, values[i]);
        ck_assert_str_eq(text, expected);
    }
}

TEST(commands_are_written_as_arrays_and_inline)
{
    char text[64];
    const char *argv[] = {"PSYNC", "?", "-1"};
    size_t len = resp_write(text, sizeof text, true, 3, argv);
    ck_assert_mem_eq(text, "*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n", len);
    len = resp_write(text, sizeof text, false, 3, argv);
    ck_assert_mem_eq(text, "PSYNC ? -1\r\n", len);
}

/* The events of a text, one letter each, with the arguments of commands: "C(SET k v)". */
static void read_all(const char *text, size_t len, size_t piece, char *out)
{
    static const char letters[] = {
        [RESP_COMMAND] = 'C', [RESP_EMPTY] = 'e', [RESP_NOTHING] = 'n', [RESP_ERROR] = '!'};
    struct resp_reader reader = {0};
    out[0] = '\0';
    for (size_t at = 0; at < len;) {
        size_t part = len - at < piece ? len - at : piece;
        struct resp_progress progress = resp_read(&reader, text + at, part);
        at += progress.eaten;
        resp_check(&reader);
        if (progress.event == RESP_MORE)
            continue;
        out += sprintf(out, "%c", letters[progress.event]);
        for (int64_t i = 0; progress.event == RESP_COMMAND && i < reader.argc; i++)
            out += sprintf(out, "%c%s", i == 0 ? '(' : ' ', resp_arg(&reader, i));
        if (progress.event == RESP_COMMAND)
            out += sprintf(out, ")");
        if (progress.event == RESP_ERROR) {
            resp_error(&reader, out, 64);
            return;
        }
    }
}

static const struct {
    const char *text;
    const char *events;
} conversations[] = {
    {"*1\r\n$4\r\nPING\r\n", "C(PING)"},
    {"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n", "C(SET k )C(PING)"},
    {"PING\r\nSET  k\t v \n", "C(PING)C(SET k v)"},
    {"\r\n\n  \r\nPING\n", "eeeC(PING)"},
    {"*0\r\n*-1\r\nPING\r\n", "nnC(PING)"},
    {"*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPONG\r\n", "C(PING)C(PONG)"},
    {"*1\r\n$6\r\nA\r\nB\r\n\r\n", "C(A\r\nB\r\n)"},
    {"*2\r\n$3\r\nSET\r\n", ""},
    {"*x\r\n", "!invalid multibulk length"},
    {"*01\r\n", "!invalid multibulk length"},
    {"*\r\n", "!invalid multibulk length"},
    {"*2147483648\r\n", "!invalid multibulk length"},
    {"*99999999999999999999999999\r\n", "!invalid multibulk length"},
    {"*1\r\n+3\r\n", "!expected '$', got '+'"},
    {"*1\r\n$-1\r\n", "!invalid bulk length"},
    {"*1\r\n$x\r\n", "!invalid bulk length"},
};

TEST_LOOP(a_conversation_is_the_same_in_any_pieces, 0,
          (int)(sizeof conversations / sizeof conversations[0]))
{
    static const size_t pieces[] = {1, 2, 3, 7, 1000};
    char events[256];
    const char *text = conversations[_i].text;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        read_all(text, strlen(text), pieces[i], events);
        ck_assert_str_eq(events, conversations[_i].events);
    }
}

TEST(what_does_not_fit_is_counted_and_forgotten)
{
    static char text[200000];
    struct resp_reader reader = {0};
    size_t len = (size_t)sprintf(text, "*40\r\n$100000\r\n");
    memset(text + len, 'x', 100000);
    len += 100000;
    for (int i = 1; i < 40; i++)
        len += (size_t)sprintf(text + len, "%s$2\r\n%02d", i == 1 ? "\r\n" : "\r\n", i);
    len += (size_t)sprintf(text + len, "\r\n");
    struct resp_progress progress = resp_read(&reader, text, len);
    resp_check(&reader);
    ck_assert_int_eq(progress.event, RESP_COMMAND);
    ck_assert_uint_eq(progress.eaten, len);
    ck_assert_int_eq(reader.argc, 40);
    ck_assert_int_eq(resp_arg_len(&reader, 0), 100000);
    ck_assert_uint_eq(strlen(resp_arg(&reader, 0)), RESP_TEXT_MAX - RESP_ARGS_MAX);
    ck_assert_str_eq(resp_arg(&reader, 39), "");
    ck_assert(resp_is_idle(&reader));
}

TEST(an_inline_command_may_not_go_on_for_ever)
{
    static char text[70000];
    struct resp_reader reader = {0};
    memset(text, 'x', sizeof text);
    ck_assert_int_eq(resp_read(&reader, text, sizeof text).event, RESP_ERROR);
    ck_assert_int_eq(resp_read(&reader, text, 1).event, RESP_ERROR);
}

TEST(words_are_compared_in_any_case_and_in_full)
{
    struct resp_reader reader = {0};
    resp_read(&reader, "GetAck *\r\n", 10);
    ck_assert(resp_arg_is(&reader, 0, "getack"));
    ck_assert(!resp_arg_is(&reader, 0, "get"));
    ck_assert(!resp_arg_is(&reader, 0, "getacks"));
    ck_assert(resp_arg_is(&reader, 1, "*"));
    ck_assert(!resp_arg_is(&reader, 2, "*"));
}
