/* Traces are read strictly and exactly, and two of them differ by what the protocol
 * decided, not by when, how often and under which ids. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/compare/compare.h"
#include "sim/compare/trace_read.h"
#include "sim/text/humanize.h"
#include "tests/unit/suite.h"

#define HEADER                                                                                     \
    "{\"format\":\"psyncsim-trace\",\"format_version\":2,\"scenario\":\"a.yaml\",\"seed\":1,"      \
    "\"nodes\":[{\"node\":\"m\"},{\"node\":\"r\",\"master\":\"m\"}]}\n"
#define SUMMARY "{\"t\":99,\"event\":\"summary\"}\n"

/* Events by their short forms; a story is a list of them. */
#define LINE(t, event, node, rest)                                                                 \
    "{\"t\":" #t ",\"event\":\"" event "\",\"node\":\"" node "\"" rest "}\n"
#define ASK(t, id)                                                                                 \
    LINE(t, "ask", "r", ",\"master\":\"m\",\"asked_id\":\"" id "\",\"asked_offset\":100")
#define ANSWER(t, kind, reason)                                                                    \
    LINE(t, "answer", "m",                                                                         \
         ",\"replica\":\"r\",\"kind\":\"" kind "\",\"reason\":\"" reason                           \
         "\",\"asked_id\":\"x\",\"asked_offset\":100,\"offset\":149,\"backlog_first\":90")
#define RESYNC(t, kind, outcome)                                                                   \
    LINE(t, "resync", "r",                                                                         \
         ",\"master\":\"m\",\"kind\":\"" kind "\",\"reason\":\"accepted\",\"outcome\":\"" outcome  \
         "\",\"asked_id\":\"x\",\"asked_ns\":10,\"answered_ns\":15,\"online_ns\":" #t)
#define REPLICA_DROP(t, why)                                                                       \
    LINE(t, "drop", "r", ",\"peer\":\"m\",\"why\":\"" why "\",\"phase\":\"online\"")
#define MASTER_DROP(t, why)                                                                        \
    LINE(t, "drop", "m",                                                                           \
         ",\"peer\":\"r\",\"why\":\"" why "\",\"phase\":\"online\",\"buffer_bytes\":0")
#define REFUSED_DIAL(t) LINE(t, "connect_failed", "r", ",\"master\":\"m\",\"why\":\"refused\"")
#define PING(t)         LINE(t, "ping", "m", ",\"offset\":1")
#define PARTIAL(t)      ASK(t, "x") ANSWER(t, "partial", "accepted") RESYNC(t, "partial", "online")

/* ---- reading ---- */

static struct trace_read *read_whole(const char *text)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct trace_read *trace = trace_read_text("t.jsonl", text, strlen(text), diagnostics);
    if (trace == NULL) {
        char *first = diagnostics_text(diagnostics, 0);
        ck_abort_msg("%s in:\n%s", first, text);
    }
    diagnostics_free(diagnostics);
    return trace;
}

static struct trace_read *read_events(const char *events)
{
    char *text = g_strconcat(HEADER, events, SUMMARY, NULL);
    struct trace_read *trace = read_whole(text);
    g_free(text);
    return trace;
}

static const struct {
    const char *text;
    bool is_good;
    int64_t value;
} NUMBERS[] = {
    {"0", true, 0},
    {"9007199254740993", true, INT64_C(9007199254740993)}, /* 2^53 + 1 is no double */
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"-9223372036854775807", true, -INT64_MAX},
    {"-9223372036854775809", false, 0},
    {"1.0", false, 0},
    {"1e3", false, 0},
    {"99999999999999999999999", false, 0},
};

TEST_LOOP(whole_numbers_are_read_exactly_or_not_at_all, 0, G_N_ELEMENTS(NUMBERS))
{
    struct diagnostics *diagnostics = diagnostics_new();
    char *text = g_strdup_printf(HEADER "{\"t\":%s,\"event\":\"role\",\"node\":\"m\"}\n" SUMMARY,
                                 NUMBERS[_i].text);
    struct trace_read *trace = trace_read_text("t.jsonl", text, strlen(text), diagnostics);
    ck_assert_msg((trace != NULL) == NUMBERS[_i].is_good, "%s", NUMBERS[_i].text);
    if (trace != NULL)
        ck_assert_int_eq(trace_read_event(trace, 0)->t, NUMBERS[_i].value);
    trace_read_free(trace);
    diagnostics_free(diagnostics);
    g_free(text);
}

TEST(an_event_has_what_its_line_says)
{
    struct trace_read *trace =
        read_events(LINE(630720000000000001, "resync", "r",
                         ",\"master\":\"m\",\"kind\":\"full\",\"reason\":\"requested\","
                         "\"new\":{\"deep\":[1,{}]},\"owed_bytes\":9007199254740993"));
    const struct trace_read_event *event = trace_read_event(trace, 0);
    ck_assert_int_eq(trace->events->len, 1);
    ck_assert_int_eq(event->t, INT64_C(630720000000000001));
    ck_assert_str_eq(trace_read_name(trace, event->node), "r");
    ck_assert_int_eq(trace_read_master(trace, event->node), 0);
    for (size_t i = 0; i < event_field_count(EVENT_RESYNC); i++) {
        struct trace_value value = trace_read_value(trace, event, i);
        const char *key = event_field(EVENT_RESYNC, i).key;
        if (strcmp(key, "owed_bytes") == 0)
            ck_assert_int_eq(value.number, INT64_C(9007199254740993));
        else if (strcmp(key, "kind") == 0)
            ck_assert_str_eq(value.text, "full");
        else if (strcmp(key, "down_ns") == 0)
            ck_assert_int_eq(value.number, TRACE_ABSENT);
    }
    trace_read_free(trace);
}

#define DIAL(t) LINE(t, "connect", "r", ",\"master\":\"m\"")
#define REFUSED(t, asked, answered, ends)                                                          \
    DIAL(t) ASK(asked, "x") ANSWER(answered, "error", "no-master-link") REPLICA_DROP(ends, "lost")
#define REPEATED(t, rest) LINE(t, "repeated", "r", ",\"attempts\":" rest)

TEST(attempts_that_a_trace_has_as_one_event_are_the_same_as_written_out)
{
    struct trace_read *folded = read_events(
        REFUSED(0, 2, 4, 10) REFUSED(10, 12, 14, 20)
            REPEATED(45, "3,\"first_ns\":20,\"last_ns\":40,\"goes_on\":true,\"asked_ns\":42")
                ANSWER(45, "partial", "accepted") RESYNC(50, "partial", "online"));
    struct trace_read *whole =
        read_events(REFUSED(0, 2, 4, 10) REFUSED(10, 12, 14, 20) REFUSED(20, 22, 24, 30)
                        REFUSED(30, 32, 34, 40) DIAL(40) ASK(42, "x")
                            ANSWER(45, "partial", "accepted") RESYNC(50, "partial", "online"));
    ck_assert_uint_eq(folded->events->len, whole->events->len + 1); /* `repeated` is kept */
    for (guint i = 0, at = 0; i < folded->events->len; i++) {
        const struct trace_read_event *event = trace_read_event(folded, i);
        if (event->kind == EVENT_REPEATED)
            continue;
        ck_assert_int_eq(event->t, trace_read_event(whole, at)->t);
        ck_assert_int_eq(event->kind, trace_read_event(whole, at++)->kind);
    }
    trace_read_free(folded);
    trace_read_free(whole);
}

static const char *const NOT_REPEATED[] = {
    REPEATED(45, "3,\"first_ns\":20,\"last_ns\":40"),
    DIAL(0) REPEATED(45, "0,\"first_ns\":20,\"last_ns\":40"),
    DIAL(0) REPEATED(45, "3,\"first_ns\":40,\"last_ns\":20"),
    DIAL(0) REPEATED(45, "3,\"first_ns\":20,\"last_ns\":46"),
    DIAL(0) REPEATED(45, "3"),
    DIAL(0) REPEATED(45, "9223372036854775807,\"first_ns\":20,\"last_ns\":40"),
};

TEST_LOOP(attempts_that_cannot_be_written_out_are_refused, 0, G_N_ELEMENTS(NOT_REPEATED))
{
    struct diagnostics *diagnostics = diagnostics_new();
    char *text = g_strconcat(HEADER, NOT_REPEATED[_i], SUMMARY, NULL);
    ck_assert_ptr_null(trace_read_text("t.jsonl", text, strlen(text), diagnostics));
    diagnostics_free(diagnostics);
    g_free(text);
}

TEST(events_of_a_later_version_are_counted_and_passed_over)
{
    struct trace_read *trace =
        read_events("{\"t\":1,\"event\":\"new\"}\n{\"t\":2,\"event\":\"new\"}\n" PING(3));
    ck_assert_uint_eq(trace->unknown_count, 2);
    ck_assert_int_eq(trace->unknown->len, 1);
    ck_assert_uint_eq(trace->all, 2);
    ck_assert_int_eq(trace->events->len, 0);
    trace_read_free(trace);
}

TEST(heartbeats_are_events_in_format_version_1_alone)
{
    static const char *const HEADERS[] = {"{\"format\":\"psyncsim-trace\",\"format_version\":1}\n",
                                          "{\"format\":\"psyncsim-trace\",\"format_version\":2}\n"};
    static const uint64_t EVENTS[] = {3, 1};
    for (int i = 0; i < 2; i++) {
        char *text = g_strconcat(HEADERS[i], PING(1), LINE(2, "ack", "m", ""),
                                 LINE(3, "up", "m", ""), SUMMARY, NULL);
        struct diagnostics *diagnostics = diagnostics_new();
        struct trace_read *trace = trace_read_text("t.jsonl", text, strlen(text), diagnostics);
        ck_assert_ptr_nonnull(trace);
        ck_assert_uint_eq(trace->all, EVENTS[i]);
        ck_assert_int_eq(trace->events->len, 1);
        trace_read_free(trace);
        diagnostics_free(diagnostics);
        g_free(text);
    }
}

TEST(events_come_in_order_of_time)
{
    struct trace_read *trace =
        read_events(REFUSED_DIAL(7) REFUSED_DIAL(5) REFUSED_DIAL(7) REFUSED_DIAL(6));
    static const uint32_t LINES[] = {3, 5, 2, 4};
    for (size_t i = 0; i < G_N_ELEMENTS(LINES); i++)
        ck_assert_int_eq(trace_read_event(trace, i)->line, LINES[i]);
    trace_read_free(trace);
}

TEST(what_a_terminal_would_obey_is_not_kept)
{
    struct trace_read *trace = read_events(LINE(1, "role", "r", ",\"role\":\"a\\u001b[31mb\\n\""));
    ck_assert_str_eq(trace_read_value(trace, trace_read_event(trace, 0), 0).text, "a?[31mb?");
    trace_read_free(trace);
}

static const struct {
    const char *text, *line, *what;
} BAD[] = {
    {"", "t.jsonl", "empty, expected a trace"},
    {"duration: 5s\n", "t.jsonl:1", "not a trace"},
    {"{\"t\":1,\"event\":\"ask\"}\n", "t.jsonl:1", "not a trace"},
    {"{\"format\":\"psyncsim-trace\"}\n", "t.jsonl:1", "'format_version' is missing"},
    {"{\"format\":\"psyncsim-trace\",\"format_version\":3}\n", "t.jsonl:1",
     "found format version 3, this program reads 1 to 2"},
    {"{\"format\":\"psyncsim-trace\",\"format_version\":0}\n", "t.jsonl:1",
     "found format version 0, this program reads 1 to 2"},
    {HEADER, "t.jsonl:1", "ends here without its last line"},
    {HEADER PING(1), "t.jsonl:2", "ends here without its last line"},
    {HEADER "{\"t\":1,\"eve", "t.jsonl:2:11", "ends here, within a line"},
    {HEADER "{\"t\":1,\"eve\n", "t.jsonl:2:11", "premature end of input near '\"eve'"},
    {HEADER SUMMARY PING(1), "t.jsonl:3", "goes on after its summary"},
    {HEADER "\n" SUMMARY, "t.jsonl:2", "unexpected token near end of file"},
    {HEADER "[]\n" SUMMARY, "t.jsonl:2", "expected an object"},
    {HEADER "{}\n" SUMMARY, "t.jsonl:2", "an event needs 'event'"},
    {HEADER "{\"event\":\"ping\"}\n" SUMMARY, "t.jsonl:2", "an event needs 't'"},
    {HEADER "{\"t\":1.5,\"event\":\"ping\"}\n" SUMMARY, "t.jsonl:2",
     "'t': found 1.5, expected a whole number of 64 bits"},
    {HEADER "{\"t\":\"1\",\"event\":\"ping\"}\n" SUMMARY, "t.jsonl:2",
     "'t': expected a whole number"},
    {HEADER "{\"t\":1,\"event\":\"ping\"}}\n" SUMMARY, "t.jsonl:2:23",
     "end of file expected near '}'"},
    {HEADER LINE(1, "ping", "m", ",\"offset\":1,\"offset\":2") SUMMARY, "t.jsonl:2:52",
     "duplicate object key near '\"offset\"'"},
    {HEADER LINE(1, "ask", "r", "") SUMMARY, "t.jsonl:2", "an event 'ask' needs 'master'"},
    {HEADER "{\"t\":1,\"event\":\"role\"}\n" SUMMARY, "t.jsonl:2", "an event 'role' needs 'node'"},
    {HEADER LINE(1, "role", "r", ",\"role\":true") SUMMARY, "t.jsonl:2", "'role': expected a text"},
    {HEADER LINE(1, "role", "r", ",\"role\":\"\\ud800x\"") SUMMARY, "t.jsonl:2",
     "invalid Unicode '\\uD800'"},
    {HEADER LINE(1, "role", "r", ",\"role\":\"\xff\"") SUMMARY, "t.jsonl:2:41",
     "unable to decode byte 0xff"},
};

TEST_LOOP(what_is_no_trace_is_refused_with_its_line, 0, G_N_ELEMENTS(BAD))
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct trace_read *trace =
        trace_read_text("t.jsonl", BAD[_i].text, strlen(BAD[_i].text), diagnostics);
    ck_assert_ptr_null(trace);
    ck_assert_uint_eq(diagnostics_count(diagnostics), 1);
    char *text = diagnostics_text(diagnostics, 0);
    ck_assert_msg(g_str_has_prefix(text, BAD[_i].line), "%s is not at %s", text, BAD[_i].line);
    ck_assert_msg(strstr(text, BAD[_i].what) != NULL, "%s does not say: %s", text, BAD[_i].what);
    g_free(text);
    diagnostics_free(diagnostics);
}

TEST(json_nests_as_deep_as_the_library_follows_and_no_deeper)
{
    for (int depth = 2046; depth <= 2048; depth++) {
        struct diagnostics *diagnostics = diagnostics_new();
        char *open = g_strnfill((gsize)depth, '['), *close = g_strnfill((gsize)depth, ']');
        char *text = g_strdup_printf(HEADER "{\"t\":1,\"event\":\"new\",\"deep\":%s%s}\n" SUMMARY,
                                     open, close);
        struct trace_read *trace = trace_read_text("t.jsonl", text, strlen(text), diagnostics);
        ck_assert_msg((trace != NULL) == (depth < 2048), "%d", depth);
        trace_read_free(trace);
        diagnostics_free(diagnostics);
        g_free(text);
        g_free(open);
        g_free(close);
    }
}

/* ---- stories ---- */

/* The rows of node r as diff -y marks them, and whether the stories are the same. */
static char *marks(const char *a, const char *b)
{
    struct trace_read *left = read_events(a), *right = read_events(b);
    struct compare *compare = compare_new(left, right, (struct compare_tolerance){0});
    GString *out = g_string_new(compare->is_same ? "same " : "parted ");
    for (guint i = 0; i < compare->nodes->len; i++) {
        const struct compare_node *node = compare_node_at(compare, i);
        for (guint j = 0; j < node->rows->len; j++) {
            const struct compare_row *row = compare_row_at(node, j);
            g_string_append_c(out, row->is_same     ? '='
                                   : row->a == NULL ? '>'
                                   : row->b == NULL ? '<'
                                                    : '|');
        }
    }
    compare_free(compare);
    trace_read_free(left);
    trace_read_free(right);
    return g_string_free(out, FALSE);
}

#define LATER(t) ASK(t, "x") ANSWER(t, "error", "no-master-link")

static const struct {
    const char *why, *a, *b, *marks;
} STORIES[] = {
    {"nothing happened", "", "", "same "},
    {"ids, times, pings and refused dials are circumstance",
     PARTIAL(1) REPLICA_DROP(2, "lost") MASTER_DROP(2, "lost"),
     PING(1) ASK(5, "y") ANSWER(5, "partial", "accepted") RESYNC(6, "partial", "online")
         REPLICA_DROP(7, "lost") REFUSED_DIAL(7) MASTER_DROP(8, "lost"),
     "same =="},
    {"what was asked", ASK(1, "?") ANSWER(1, "full", "requested"),
     ASK(1, "x") ANSWER(1, "full", "requested"), "parted |"},
    {"the kind of the answer", ASK(1, "x") ANSWER(1, "full", "accepted"),
     ASK(1, "x") ANSWER(1, "partial", "accepted"), "parted |"},
    {"its reason", ASK(1, "x") ANSWER(1, "full", "no-backlog"),
     ASK(1, "x") ANSWER(1, "full", "id-mismatch"), "parted |"},
    {"an answer that never came", ASK(1, "x"), ASK(1, "x") ANSWER(1, "full", "x"), "parted |"},
    {"the outcome", ASK(1, "x") ANSWER(1, "full", "x") RESYNC(2, "full", "online"),
     ASK(1, "x") ANSWER(1, "full", "x") RESYNC(2, "full", "failed"), "parted |"},
    {"an end in the replica's words", PARTIAL(1) REPLICA_DROP(2, "lost") MASTER_DROP(2, "lost"),
     PARTIAL(1) REPLICA_DROP(2, "timeout-master") MASTER_DROP(2, "lost"), "parted =|"},
    {"an end in the master's words", PARTIAL(1) REPLICA_DROP(2, "lost") MASTER_DROP(2, "lost"),
     PARTIAL(1) REPLICA_DROP(2, "lost") MASTER_DROP(2, "limit-hard"), "parted =|"},
    {"an end that one side never noticed", PARTIAL(1) REPLICA_DROP(2, "lost"),
     PARTIAL(1) REPLICA_DROP(2, "lost") MASTER_DROP(2, "lost"), "parted =|"},
    {"a reason that was not seen agrees with any",
     ASK(1, "x") LINE(1, "answer", "m", ",\"replica\":\"r\",\"kind\":\"full\""),
     ASK(1, "x") ANSWER(1, "full", "no-backlog"), "same ="},
    {"an id that was not seen agrees with any", LINE(1, "ask", "r", ",\"master\":\"m\""),
     ASK(1, "?"), "same ="},
    {"... and so it does here", LINE(1, "ask", "r", ",\"master\":\"m\""), ASK(1, "x"), "same ="},
    {"who notices first is circumstance",
     PARTIAL(1) MASTER_DROP(2, "timeout-replica") REPLICA_DROP(3, "timeout-master"),
     PARTIAL(1) REPLICA_DROP(2, "timeout-master") MASTER_DROP(3, "timeout-replica"), "same =="},
    {"a master's late word is of the older connection",
     PARTIAL(1) REPLICA_DROP(2, "timeout-master") MASTER_DROP(3, "timeout-replica") PARTIAL(4),
     PARTIAL(1) REPLICA_DROP(2, "timeout-master") PARTIAL(4) MASTER_DROP(5, "timeout-replica"),
     "same ==="},
    {"question and answer of nearly one instant",
     ASK(10, "x") ANSWER(10, "partial", "accepted") RESYNC(12, "partial", "online"),
     ANSWER(10, "partial", "accepted") ASK(11, "x") RESYNC(12, "partial", "online"), "same ="},
    {"how often a master says later", LATER(1) LATER(2) LATER(3) PARTIAL(4), LATER(1) PARTIAL(4),
     "same =="},
    {"a connection from before the run, its end and a change of the role",
     LINE(1, "role", "r", ",\"role\":\"master\"") REPLICA_DROP(2, "role-changed")
         MASTER_DROP(3, "lost"),
     REPLICA_DROP(1, "role-changed") LINE(2, "role", "r", ",\"role\":\"master\"")
         MASTER_DROP(3, "lost"),
     "same =="},
    {"a master whose process ended has no word for its connections",
     LINE(1, "role", "r", ",\"role\":\"replica\"") PARTIAL(2) LINE(3, "down", "m", "") PARTIAL(4)
         MASTER_DROP(5, "lost"),
     LINE(1, "role", "r", ",\"role\":\"replica\"") PARTIAL(2) PARTIAL(4) MASTER_DROP(5, "lost"),
     "parted ==<=>"},
    {"whose it becomes", LINE(1, "role", "r", ",\"role\":\"replica\",\"master\":\"m\""),
     LINE(1, "role", "r", ",\"role\":\"replica\",\"master\":\"n\""), "parted |"},
    {"one more resynchronisation in the middle",
     PARTIAL(1) REPLICA_DROP(2, "lost") PARTIAL(3) REPLICA_DROP(4, "cut") PARTIAL(5),
     PARTIAL(1) REPLICA_DROP(2, "lost") PARTIAL(3) REPLICA_DROP(3, "protocol") PARTIAL(3)
         REPLICA_DROP(4, "cut") PARTIAL(5),
     "parted ===>>=="},
    {"nothing but resync events", RESYNC(1, "full", "failed") RESYNC(2, "partial", "online"),
     RESYNC(3, "full", "failed") RESYNC(4, "partial", "online"), "same =="},
    {"one that is there in A alone", PARTIAL(1), "", "parted <"},
    {"a connection that ended before its PSYNC",
     LINE(1, "drop", "r", ",\"peer\":\"m\",\"why\":\"timeout-connect\",\"phase\":\"sync\"")
         PARTIAL(2),
     PARTIAL(2), "same ="},
};

TEST_LOOP(stories_differ_by_what_the_protocol_decided, 0, G_N_ELEMENTS(STORIES))
{
    char *there = marks(STORIES[_i].a, STORIES[_i].b), *back = marks(STORIES[_i].b, STORIES[_i].a);
    ck_assert_msg(strcmp(there, STORIES[_i].marks) == 0, "%s: expected %s, found %s",
                  STORIES[_i].why, STORIES[_i].marks, there);
    ck_assert_msg(g_str_has_prefix(back, "same") == g_str_has_prefix(there, "same"),
                  "%s: the other way round %s", STORIES[_i].why, back);
    g_free(there);
    g_free(back);
}

TEST(a_story_counts_and_measures)
{
    struct trace_read *trace = read_events(
        REFUSED_DIAL(1) REFUSED_DIAL(2) LATER(3) LATER(4) PARTIAL(20) MASTER_DROP(30, "lost")
            REPLICA_DROP(40, "timeout-master") ASK(50, "?") LINE(51, "fork", "m", ""));
    struct compare_story *story = compare_story_new(trace, "r");
    ck_assert_int_eq(story->dials_failed, 2);
    ck_assert_int_eq(story->refused, 2);
    ck_assert_int_eq(story->partial, 1);
    ck_assert_int_eq(story->full, 0);
    ck_assert_int_eq(story->unanswered, 1);
    ck_assert_int_eq(story->steps->len, 4);
    ck_assert_int_eq(compare_story_step(story, 0)->repeats, 2);
    const int64_t *partial = compare_story_step(story, 1)->measures;
    ck_assert_int_eq(compare_story_step(story, 0)->measures[COMPARE_ASKED], 3);
    ck_assert_int_eq(partial[COMPARE_ASKED], TRACE_ABSENT);
    ck_assert_int_eq(partial[COMPARE_ANSWER], 5);
    ck_assert_int_eq(partial[COMPARE_CONTINUED], 5);
    ck_assert_int_eq(partial[COMPARE_BEHIND], 50); /* bytes 100 .. 149 */
    ck_assert_int_eq(partial[COMPARE_SPARE], 10);
    const struct compare_step *end = compare_story_step(story, 2);
    ck_assert_int_eq(end->t, 30);
    ck_assert_int_eq(end->measures[COMPARE_REPLICA_DROP], 40);
    ck_assert_int_eq(end->measures[COMPARE_MASTER_DROP], 30);
    compare_story_free(story);
    story = compare_story_new(trace, "m");
    ck_assert_int_eq(story->forks, 1);
    ck_assert_int_eq(story->steps->len, 0);
    compare_story_free(story);
    trace_read_free(trace);
}

/* ---- times ---- */

static const struct {
    int64_t ns, share_ppm, a, b;
    bool is_within;
} TIMES[] = {
    {0, 0, 5, 5, true},
    {0, 0, 5, 6, false},
    {10, 0, 100, 110, true},
    {10, 0, 111, 100, false},
    {0, 100000, 900, 1000, true}, /* 10% of the larger one */
    {0, 100000, 899, 1000, false},
    {10, 100000, 890, 1000, true},
    {10, 100000, 889, 1000, false},
    {0, 0, INT64_MIN, INT64_MAX, false},
    {INT64_MAX, 1000000, -INT64_MAX, INT64_MAX, true},
};

TEST_LOOP(times_are_held_against_a_tolerance, 0, G_N_ELEMENTS(TIMES))
{
    struct compare_tolerance tolerance = {true, TIMES[_i].ns, TIMES[_i].share_ppm};
    ck_assert(compare_is_within(&tolerance, TIMES[_i].a, TIMES[_i].b) == TIMES[_i].is_within);
    ck_assert(compare_is_within(&tolerance, TIMES[_i].b, TIMES[_i].a) == TIMES[_i].is_within);
}

TEST(times_count_only_where_both_have_them)
{
    struct trace_read *a = read_events(PARTIAL(20) REPLICA_DROP(30, "lost"));
    struct trace_read *b = read_events(
        PARTIAL(24) LINE(33, "drop", "r", ",\"peer\":\"m\",\"why\":\"lost\",\"phase\":\"online\""));
    /* first PSYNC and answer to online 4 ns, drop 3 ns, PSYNC to answer 0 */
    static const int64_t BEYOND[] = {3, 3, 3, 2, 0};
    for (int64_t ns = 0; ns < 5; ns++) {
        struct compare *compare = compare_new(a, b, (struct compare_tolerance){true, ns, 0});
        ck_assert(compare->is_same);
        ck_assert_int_eq(compare->times, 4);
        ck_assert_int_eq(compare->times_beyond, BEYOND[ns]);
        compare_free(compare);
    }
    trace_read_free(a);
    trace_read_free(b);
}

/* ---- what comes out ---- */

TEST(a_loop_takes_a_few_lines_that_fit_a_screen)
{
    GString *events = g_string_new(NULL), *out = g_string_new(NULL);
    for (int i = 0; i < 500; i++)
        g_string_append(events,
                        ASK(1, "?") ANSWER(1, "full", "requested") RESYNC(1, "full", "failed")
                            REPLICA_DROP(1, "lost") MASTER_DROP(1, "limit-hard"));
    struct trace_read *trace = read_events(events->str);
    struct compare *compare = compare_new(trace, trace, (struct compare_tolerance){0});
    compare_print(compare, false, out);
    ck_assert(compare->is_same);
    ck_assert_ptr_nonnull(strstr(out->str, "499 times more"));
    char **lines = g_strsplit(out->str, "\n", -1);
    ck_assert_uint_lt(g_strv_length(lines), 40);
    for (char **line = lines; *line != NULL; line++)
        ck_assert_uint_le(humanize_width(*line), HUMANIZE_WIDTH);
    g_strfreev(lines);
    compare_free(compare);
    trace_read_free(trace);
    g_string_free(events, TRUE);
    g_string_free(out, TRUE);
}
