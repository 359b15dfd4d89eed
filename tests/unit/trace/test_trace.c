/* Trace lines to the character, the digest field by field, and the catalogue's names. */
#include "sim/trace/trace.h"
#include "tests/unit/suite.h"
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 40

static const char *const NAMES[] = {"m", "r\"1\"", "other"};

struct written {
    char text[4096];
    size_t len;
    bool goes_on;
};

static bool write_down(void *user, const char *line, size_t len)
{
    struct written *written = user;
    ck_assert_uint_lt(written->len + len, sizeof written->text);
    memcpy(written->text + written->len, line, len);
    written->len += len;
    written->text[written->len] = '\0';
    return written->goes_on;
}

static struct trace lines_to(struct written *written)
{
    struct trace trace;
    *written = (struct written){.goes_on = true};
    trace_init(&trace, TRACE_LINES, NAMES);
    trace.sink = write_down;
    trace.sink_user = written;
    return trace;
}

TEST(a_line_is_json_with_exact_integers)
{
    struct written written;
    struct trace trace = lines_to(&written);
    const struct trace_value ack[] = {TRACE_NUMBER(1), TRACE_NUMBER(INT64_C(9007199254740993))};
    trace_emit(&trace, INT64_C(9223372036854775807), EVENT_ACK, 0, (struct trace_fields){ack, 2});
    const struct trace_value down[] = {TRACE_TEXT("crash"), TRACE_NUMBER(0)};
    trace_emit(&trace, 0, EVENT_DOWN, 2, (struct trace_fields){down, 2});
    ck_assert_str_eq(written.text,
                     "{\"t\":9223372036854775807,\"event\":\"ack\",\"node\":\"m\","
                     "\"replica\":\"r\\\"1\\\"\",\"offset\":9007199254740993}\n"
                     "{\"t\":0,\"event\":\"down\",\"node\":\"other\",\"how\":\"crash\","
                     "\"saved\":false}\n");
    ck_assert_uint_eq(trace.events, 2);
}

TEST(what_does_not_apply_is_left_out)
{
    struct written written;
    struct trace trace = lines_to(&written);
    const struct trace_value ack[] = {TRACE_NUMBER(-1), TRACE_NUMBER(TRACE_ABSENT)};
    trace_emit(&trace, 5, EVENT_ACK, -1, (struct trace_fields){ack, 2});
    const struct trace_value down[] = {TRACE_TEXT(NULL), TRACE_NUMBER(TRACE_ABSENT)};
    trace_emit(&trace, 6, EVENT_DOWN, 0, (struct trace_fields){down, 2});
    ck_assert_str_eq(written.text, "{\"t\":5,\"event\":\"ack\"}\n"
                                   "{\"t\":6,\"event\":\"down\",\"node\":\"m\"}\n");
}

TEST_LOOP(strings_are_escaped, 0, 6)
{
    static const char *const rows[][2] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
        {"\n\t\x01\x1f", "\"\\u000a\\u0009\\u0001\\u001f\""},
        {"\x7f ", "\"\x7f \""},
        {"\xc3\xa9", "\"\xc3\xa9\""},
    };
    char out[100];
    *trace_print_string(out, rows[_i][0]) = '\0';
    ck_assert_str_eq(out, rows[_i][1]);
}

TEST_LOOP(integers_are_printed_to_the_last_digit, 0, 7)
{
    static const int64_t values[] = {0, 1, -1, 10, INT64_C(9007199254740993), INT64_MAX, INT64_MIN};
    char out[30];
    *trace_print_int(out, values[_i]) = '\0';
    ck_assert_int_eq(strtoll(out, NULL, 10), values[_i]);
    ck_assert_uint_le(strlen(out), 20);
    ck_assert(strcmp(out, "0") == 0 || out[out[0] == '-'] != '0');
}

struct event {
    int64_t t;
    enum event_kind kind;
    int32_t node;
    struct trace_value values[FIELDS_MAX];
};

static struct event plain(enum event_kind kind)
{
    struct event event = {.t = 7, .kind = kind, .node = 1};
    ck_assert_uint_le(event_field_count(kind), FIELDS_MAX);
    for (size_t i = 0; i < event_field_count(kind); i++)
        event.values[i] =
            event_field(kind, i).type == FIELD_TEXT ? TRACE_TEXT("text") : TRACE_NUMBER(0);
    return event;
}

static struct digest digest_of(const struct event *event)
{
    struct trace trace;
    trace_init(&trace, TRACE_DIGEST, NAMES);
    trace_emit(&trace, event->t, event->kind, event->node,
               (struct trace_fields){event->values, event_field_count(event->kind)});
    return trace.digest;
}

static void expect_other_digest(const struct event *a, const struct event *b)
{
    struct digest x = digest_of(a), y = digest_of(b);
    ck_assert(x.a != y.a || x.b != y.b);
}

TEST_LOOP(every_single_field_changes_the_digest, 0, EVENT_COUNT)
{
    enum event_kind kind = (enum event_kind)_i;
    const struct event base = plain(kind);
    struct event other = base;
    other.t = 8;
    expect_other_digest(&base, &other);
    other = base;
    other.node = 2;
    expect_other_digest(&base, &other);
    for (size_t i = 0; i < event_field_count(kind); i++) {
        bool is_text = event_field(kind, i).type == FIELD_TEXT;
        other = base;
        other.values[i] = is_text ? TRACE_TEXT("texu") : TRACE_NUMBER(1);
        expect_other_digest(&base, &other);
        struct event absent = base;
        absent.values[i] = is_text ? TRACE_TEXT(NULL) : TRACE_NUMBER(TRACE_ABSENT);
        expect_other_digest(&base, &absent);
        expect_other_digest(&other, &absent);
    }
}

TEST(an_empty_text_and_none_have_other_digests)
{
    struct event empty = plain(EVENT_DOWN), absent = empty;
    empty.values[0] = TRACE_TEXT("");
    absent.values[0] = TRACE_TEXT(NULL);
    expect_other_digest(&empty, &absent);
}

TEST(the_digest_is_the_same_with_lines_and_a_sink_that_says_stop_gets_no_more)
{
    struct written written;
    struct trace trace = lines_to(&written);
    struct event ping = plain(EVENT_PING);
    written.goes_on = false;
    trace_emit(&trace, ping.t, ping.kind, ping.node, (struct trace_fields){ping.values, 1});
    struct digest alone = digest_of(&ping);
    ck_assert(trace.digest.a == alone.a && trace.digest.b == alone.b);
    ck_assert(trace.is_broken);
    size_t len = written.len;
    trace_emit(&trace, ping.t, ping.kind, ping.node, (struct trace_fields){ping.values, 1});
    ck_assert_uint_eq(written.len, len);
}

static void expect_column_name(const char *name)
{
    size_t len = strlen(name);
    ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), len);
    ck_assert(len < 3 || strcmp(name + len - 3, "_at") != 0);   /* pandas would read a date */
    ck_assert(len < 5 || strcmp(name + len - 5, "_time") != 0); /* as here */
}

TEST_LOOP(names_and_keys_are_unique_and_safe_to_load, 0, EVENT_COUNT)
{
    enum event_kind kind = (enum event_kind)_i;
    expect_column_name(event_name(kind));
    ck_assert_uint_gt(strlen(event_what(kind)), 0);
    for (int other = 0; other < _i; other++)
        ck_assert_str_ne(event_name(kind), event_name((enum event_kind)other));
    for (size_t i = 0; i < event_field_count(kind); i++) {
        struct field_info field = event_field(kind, i);
        expect_column_name(field.key);
        ck_assert_uint_gt(strlen(field.what), 0);
        ck_assert_str_ne(field.key, "t");
        ck_assert_str_ne(field.key, "event");
        ck_assert_str_ne(field.key, "node");
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(field.key, event_field(kind, j).key);
    }
}
