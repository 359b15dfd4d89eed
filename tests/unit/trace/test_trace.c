/* Trace lines to the character, the digest field by field, and the catalogue's names. */
#include "sim/trace/trace.h"
#include "tests/unit/suite.h"
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[] = {"m", "r\"1\"", "other"};

struct written {
    char text[1 << 20];
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
    trace.has_heartbeats = true;
    trace.sink = write_down;
    trace.sink_user = written;
    return trace;
}

TEST(a_line_is_json_with_exact_integers)
{
    struct written written;
    struct trace trace = lines_to(&written);
    TRACE_EMIT(&trace, INT64_C(9223372036854775807), ack, 0, e->replica = 1,
               e->offset = INT64_C(9007199254740993));
    TRACE_EMIT(&trace, 0, down, 2, e->how = "crash", e->saved = false);
    ck_assert_str_eq(written.text,
                     "{\"t\":9223372036854775807,\"event\":\"ack\",\"node\":\"m\","
                     "\"replica\":\"r\\\"1\\\"\",\"offset\":9007199254740993}\n"
                     "{\"t\":0,\"event\":\"down\",\"node\":\"other\",\"how\":\"crash\","
                     "\"saved\":false}\n");
    ck_assert_uint_eq(trace.events, 1); /* an acknowledgement is none */
}

TEST(what_does_not_apply_is_left_out)
{
    struct written written;
    struct trace trace = lines_to(&written);
    TRACE_EMIT(&trace, 5, ack, -1, (void)e);
    TRACE_EMIT(&trace, 6, down, 0, (void)e);
    TRACE_EMIT(&trace, 7, resync, 0, (void)e);
    TRACE_EMIT(&trace, 8, payload, 0, (void)e);
    TRACE_EMIT(&trace, 9, identity, 0, (void)e);
    ck_assert_str_eq(written.text, "{\"t\":5,\"event\":\"ack\"}\n"
                                   "{\"t\":6,\"event\":\"down\",\"node\":\"m\"}\n"
                                   "{\"t\":7,\"event\":\"resync\",\"node\":\"m\"}\n"
                                   "{\"t\":8,\"event\":\"payload\",\"node\":\"m\"}\n"
                                   "{\"t\":9,\"event\":\"identity\",\"node\":\"m\"}\n");
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

TEST(an_enumeration_is_written_as_its_name)
{
    struct written written;
    struct trace trace = lines_to(&written);
    TRACE_EMIT(&trace, 1, answer, 0, e->kind = REASON_KIND_FULL, e->reason = REASON_NO_BACKLOG);
    TRACE_EMIT(&trace, 2, resync, 0, e->outcome = OUTCOME_FAILED, e->failed_by = DROP_LIMIT_HARD);
    TRACE_EMIT(&trace, 3, payload, 0, e->mode = PAYLOAD_EOF);
    TRACE_EMIT(&trace, 4, identity, 0, e->why = ID_BACKLOG_FREED);
    ck_assert_str_eq(written.text,
                     "{\"t\":1,\"event\":\"answer\",\"node\":\"m\",\"kind\":\"full\","
                     "\"reason\":\"no-backlog\"}\n"
                     "{\"t\":2,\"event\":\"resync\",\"node\":\"m\",\"outcome\":\"failed\","
                     "\"failed_by\":\"limit-hard\"}\n"
                     "{\"t\":3,\"event\":\"payload\",\"node\":\"m\",\"mode\":\"eof\"}\n"
                     "{\"t\":4,\"event\":\"identity\",\"node\":\"m\",\"why\":\"backlog-freed\"}\n");
}

enum shape { PLAIN, OTHER, ABSENT };

#define SET_NUMBER(field, absent) (field) = shape == ABSENT ? (absent) : shape == OTHER
#define SET_NODE(field)           SET_NUMBER(field, -1)
#define SET_INT(field)            SET_NUMBER(field, TRACE_ABSENT)
#define SET_BOOL(field)           SET_INT(field)
#define SET_TEXT(field)           (field) = shape == ABSENT ? NULL : shape == OTHER ? "texu" : "text"
#define SET_KIND(field)           SET_NUMBER(field, REASON_KIND_COUNT)
#define SET_REASON(field)         SET_NUMBER(field, REASON_COUNT)
#define SET_DROP(field)           (field) = shape == ABSENT ? DROP_NONE : DROP_LOST + (shape == OTHER)
#define SET_OUTCOME(field)        SET_NUMBER(field, OUTCOME_COUNT)
#define SET_MODE(field)           SET_NUMBER(field, PAYLOAD_MODE_COUNT)
#define SET_ID_CHANGE(field)      SET_NUMBER(field, ID_CHANGE_COUNT)
#define SET_LOSS(field)           SET_NUMBER(field, LOSS_COUNT)

static void set_field(struct event *event, size_t field, enum shape shape)
{
    static const int FIRST[] = {
#define EVENT(NAME, name, what) EVENT_MARK_##name + 1,
#include "sim/trace/event.def"
    };
    switch (FIRST[event->kind] + (int)field) {
#define FIELD(of, type, key, about)                                                                \
    case EVENT_MARK_##of##_##key:                                                                  \
        SET_##type(event->of.key);                                                                 \
        break;
#include "sim/trace/event.def"
    default:
        ck_abort();
    }
}

static struct event plain(enum event_kind kind)
{
    struct event event = {.t = 7, .kind = kind, .node = 1};
    for (size_t i = 0; i < event_field_count(kind); i++)
        set_field(&event, i, PLAIN);
    return event;
}

static struct digest digest_of(const struct event *event)
{
    struct trace trace;
    trace_init(&trace, TRACE_DIGEST, NAMES);
    trace_emit(&trace, event);
    return trace.digest;
}

static void expect_other_digest(const struct event *a, const struct event *b)
{
    struct digest x = digest_of(a), y = digest_of(b);
    ck_assert(x.a != y.a || x.b != y.b);
}

TEST_LOOP(every_single_field_changes_the_digest, 0, EVENT_PING)
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
        other = base;
        set_field(&other, i, OTHER);
        expect_other_digest(&base, &other);
        struct event absent = base;
        set_field(&absent, i, ABSENT);
        expect_other_digest(&base, &absent);
        expect_other_digest(&other, &absent);
    }
}

static void count_event(void *user, const struct event *event)
{
    *(uint64_t *)user += event->kind < EVENT_COUNT;
}

TEST(heartbeats_have_lines_where_they_are_asked_for_and_are_counted_anyway)
{
    struct event ping = plain(EVENT_PING), ack = plain(EVENT_ACK), down = plain(EVENT_DOWN);
    for (int asks = 0; asks <= 1; asks++) {
        struct written written;
        struct trace trace = lines_to(&written);
        trace.has_heartbeats = asks == 1;
        trace_emit(&trace, &ping);
        trace_emit(&trace, &ack);
        trace_emit(&trace, &ack);
        ck_assert_uint_eq(written.len > 0, trace.has_heartbeats);
        ck_assert_uint_eq(trace_hears_heartbeats(&trace), trace.has_heartbeats);
        size_t before = written.len;
        trace_emit(&trace, &down);
        ck_assert_uint_gt(written.len, before);
        ck_assert_uint_eq(trace.events, 1);
        ck_assert_uint_eq(trace.pings, 1);
        ck_assert_uint_eq(trace.acks, 2);
    }
}

TEST(a_watcher_hears_heartbeats_and_a_digest_needs_none)
{
    struct trace trace;
    uint64_t heard = 0;
    trace_init(&trace, TRACE_DIGEST, NAMES);
    trace.has_heartbeats = true; /* there are no lines for them */
    ck_assert(!trace_hears_heartbeats(&trace));
    trace.watcher = count_event;
    trace.watcher_user = &heard;
    ck_assert(trace_hears_heartbeats(&trace));
    trace.watches_all = false;
    ck_assert(!trace_hears_heartbeats(&trace));
}

TEST_LOOP(details_are_lines_but_in_no_digest_and_no_count, EVENT_PING, EVENT_COUNT)
{
    struct written written;
    struct trace trace = lines_to(&written);
    struct digest before = trace.digest;
    struct event detail = plain((enum event_kind)_i);
    trace_emit(&trace, &detail);
    ck_assert(trace.digest.a == before.a && trace.digest.b == before.b);
    ck_assert_uint_eq(trace.events, 0);
    ck_assert_uint_gt(written.len, 0);
}

TEST(an_empty_text_and_none_have_other_digests)
{
    struct event empty = plain(EVENT_DOWN), absent = empty;
    empty.down.how = "";
    absent.down.how = NULL;
    expect_other_digest(&empty, &absent);
}

TEST(the_digest_is_the_same_with_lines_and_a_sink_that_says_stop_gets_no_more)
{
    struct written written;
    struct trace trace = lines_to(&written);
    struct event down = plain(EVENT_DOWN);
    written.goes_on = false;
    trace_emit(&trace, &down);
    struct digest alone = digest_of(&down);
    ck_assert(trace.digest.a == alone.a && trace.digest.b == alone.b);
    ck_assert(trace.is_broken);
    size_t len = written.len;
    trace_emit(&trace, &down);
    ck_assert_uint_eq(written.len, len);
}

static void refuse_attempt(struct trace *trace, int64_t t, int64_t ends)
{
    TRACE_EMIT(trace, t, connect, 1, e->master = 0);
    TRACE_EMIT(trace, t + 1, ask, 1, e->master = 0, e->asked_id = "?", e->asked_offset = -1);
    TRACE_EMIT(trace, t + 2, ping, 0, e->offset = t);
    TRACE_EMIT(trace, t + 3, answer, 0, e->replica = 1, e->kind = REASON_KIND_ERROR,
               e->reason = REASON_NO_MASTER_LINK, e->offset = t);
    TRACE_EMIT(trace, ends, drop, 1, e->peer = 0, e->why = DROP_PAYLOAD_ERROR, e->phase = "sync",
               e->is_at_master = false);
}

static void accept_attempt(struct trace *trace, int64_t t)
{
    TRACE_EMIT(trace, t, connect, 1, e->master = 0);
    TRACE_EMIT(trace, t + 1, ask, 1, e->master = 0, e->asked_id = "?", e->asked_offset = -1);
    TRACE_EMIT(trace, t + 3, answer, 0, e->replica = 1, e->kind = REASON_KIND_FULL,
               e->reason = REASON_FULL_REQUESTED);
}

static uint32_t lines_of(const struct written *written)
{
    uint32_t lines = 0;
    for (size_t i = 0; i < written->len; i++)
        lines += written->text[i] == '\n';
    return lines;
}

TEST(refused_attempts_without_a_pause_are_written_twice_and_then_as_one_event)
{
    struct written written;
    struct trace trace = lines_to(&written);
    uint64_t heard = 0;
    trace.watcher = count_event;
    trace.watcher_user = &heard;
    for (int64_t t = 0; t < 50000; t += 10)
        refuse_attempt(&trace, t, t + 10);
    size_t before = written.len;
    accept_attempt(&trace, 50000);
    ck_assert_str_eq(written.text + before,
                     "{\"t\":50003,\"event\":\"repeated\",\"node\":\"r\\\"1\\\"\","
                     "\"attempts\":4999,\"first_ns\":20,\"last_ns\":50000,\"goes_on\":true,"
                     "\"asked_ns\":50001}\n"
                     "{\"t\":50003,\"event\":\"answer\",\"node\":\"m\",\"replica\":\"r\\\"1\\\"\","
                     "\"kind\":\"full\",\"reason\":\"requested\"}\n");
    ck_assert_uint_eq(heard, 5000 * 5 + 3);
    ck_assert_uint_eq(trace.events, 2 * 4 + 2);
    ck_assert_uint_eq(trace.pings, 5000); /* of others, they go on meanwhile */
}

TEST(attempts_with_a_pause_or_of_another_kind_are_all_written)
{
    struct written written;
    struct trace trace = lines_to(&written);
    for (int64_t t = 0; t < 40; t += 10)
        refuse_attempt(&trace, t, t + 9);
    ck_assert_uint_eq(lines_of(&written), 4 * 5);
    for (int64_t t = 40; t < 80; t += 10)
        accept_attempt(&trace, t);
    ck_assert_uint_eq(lines_of(&written), 4 * 5 + 4 * 3);
}

TEST(attempts_that_are_held_back_when_the_run_ends_are_written_then)
{
    struct written written;
    struct trace trace = lines_to(&written);
    for (int64_t t = 0; t < 50; t += 10)
        refuse_attempt(&trace, t, t + 10);
    size_t before = written.len;
    trace_end(&trace, 60, 1, &(struct event_end){0});
    ck_assert_str_eq(written.text + before,
                     "{\"t\":60,\"event\":\"repeated\",\"node\":\"r\\\"1\\\"\",\"attempts\":3,"
                     "\"first_ns\":20,\"last_ns\":40,\"goes_on\":false}\n");
    before = written.len;
    trace_end(&trace, 60, 1, &(struct event_end){0});
    ck_assert_uint_eq(written.len, before);
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
