/* What a live run saw, put in by hand, and the events and accounts that are made of it. */
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/live/observe/reconstruction.h"
#include "sim/scenario/scenario_read.h"
#include "tests/unit/suite.h"

#define ID     "0123456789abcdef0123456789abcdef01234567"
#define ZERO   (1000 * NS_PER_S)
#define MASTER 0
#define SLOW   1

static const char SCENARIO[] = "duration: 60s\n"
                               "config: { repl-backlog-size: 100kb, client-output-buffer-limit: "
                               "replica 1mb 300kb 10 }\n"
                               "nodes: { m: {}, r: { replicaof: m, begin: synced } }\n"
                               "load: [ { node: m, rate: 1/s } ]\n";

struct run {
    struct scenario *scenario;
    struct report *report;
    struct observations observations;
    GString *lines;
};

static bool keep_line(void *user, const char *line, size_t len)
{
    g_string_append_len(user, line, (gssize)len);
    return true;
}

static void set_up(struct run *run)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario_options options = {0};
    run->scenario =
        scenario_read_text("test", SCENARIO, sizeof SCENARIO - 1, &options, diagnostics);
    ck_assert_ptr_nonnull(run->scenario);
    diagnostics_free(diagnostics);
    run->report = report_new(run->scenario, 1, "test");
    run->lines = g_string_new(NULL);
    run->report->trace.mode = TRACE_LINES;
    run->report->trace.sink = keep_line;
    run->report->trace.sink_user = run->lines;
    observations_init(&run->observations);
}

static void tear_down(struct run *run)
{
    report_free(run->report);
    scenario_free(run->scenario);
    observations_clear(&run->observations);
    g_string_free(run->lines, TRUE);
}

static void see(struct run *run, int64_t ms, struct observation observation)
{
    observation.t = ZERO + ms * NS_PER_MS;
    observations_add(&run->observations, observation);
}

#define OF_REPLICA(what, ...)                                                                      \
    ((struct observation){.kind = what, .node = SLOW, .peer = MASTER, __VA_ARGS__})
#define OF_MASTER(what, ...)                                                                       \
    ((struct observation){.kind = what, .node = MASTER, .peer = SLOW, __VA_ARGS__})

static void online_before(struct run *run)
{
    see(run, -900, OF_REPLICA(SEEN_DIALS, 0));
    see(run, -800, OF_REPLICA(SEEN_ASK, .text = ID, .a = 1));
    see(run, -700, OF_REPLICA(SEEN_CONTINUED, 0));
    see(run, 0, OF_MASTER(SEEN_UP, 0));
    see(run, 0, OF_REPLICA(SEEN_UP, 0));
}

static void comes_back(struct run *run, int64_t ms)
{
    see(run, ms, OF_REPLICA(SEEN_DIALS, 0));
    see(run, ms + 10, OF_REPLICA(SEEN_ASK, .text = ID, .a = 101));
    see(run, ms + 11, OF_MASTER(SEEN_RANGE, .text = ID, .a = 300, .b = 51, .c = 250));
    see(run, ms + 12, OF_MASTER(SEEN_GRANTS, .a = 200, .b = 101));
    see(run, ms + 13, OF_REPLICA(SEEN_REPLY, .text = "+CONTINUE " ID, .a = 0));
    see(run, ms + 14, OF_REPLICA(SEEN_ANSWERED, .text = "+CONTINUE " ID));
    see(run, ms + 15, OF_REPLICA(SEEN_CONTINUED, 0));
}

TEST(what_was_seen_late_stands_where_it_happened)
{
    struct run run;
    set_up(&run);
    online_before(&run);
    comes_back(&run, 5000);
    see(&run, 2000, OF_REPLICA(SEEN_LOST_MASTER, 0));
    reconstruction_emit(run.report, &run.observations, ZERO);
    const struct node_record *node = &run.report->record.nodes[SLOW];
    ck_assert_int_eq(node->partial, 1);
    ck_assert_int_eq(node->full, 0);
    ck_assert_int_eq(node->drops[DROP_LOST], 1);
    ck_assert_int_eq(node->reasons[REASON_ACCEPTED], 1);
    ck_assert_int_eq(node->down, 3015 * NS_PER_MS);
    ck_assert_uint_eq(run.report->record.resyncs->len, 1);
    const struct resync *resync = run_record_resync(&run.report->record, 0);
    ck_assert_int_eq(resync->event.owed_bytes, 200);
    ck_assert_int_eq(resync->event.backlog_first, 51);
    ck_assert_int_eq(resync->event.answered_ns, 5014 * NS_PER_MS);
    ck_assert_ptr_nonnull(strstr(run.lines->str,
                                 "{\"t\":2000000000,\"event\":\"drop\",\"node\":\"r\","
                                 "\"peer\":\"m\",\"why\":\"lost\",\"phase\":\"online\"}"));
    ck_assert_ptr_null(strstr(run.lines->str, "\"t\":-"));
    tear_down(&run);
}

/* _i: the buffer in bytes, in steps of 400 kB: below the hard limit it was the soft one. */
TEST_LOOP(the_bytes_show_which_limit_was_exceeded, 2, 4)
{
    struct run run;
    set_up(&run);
    online_before(&run);
    see(&run, 3000, OF_MASTER(SEEN_DROPS_FULL, .a = _i * 400000));
    see(&run, 3001, OF_MASTER(SEEN_LOST_REPLICA, 0));
    see(&run, 3500, OF_REPLICA(SEEN_LOST_MASTER, 0));
    reconstruction_emit(run.report, &run.observations, ZERO);
    const struct node_record *node = &run.report->record.nodes[SLOW];
    ck_assert_int_eq(node->drops[DROP_LIMIT_SOFT], _i < 3);
    ck_assert_int_eq(node->drops[DROP_LIMIT_HARD], _i == 3);
    ck_assert_int_eq(node->drops[DROP_LOST], 1);
    ck_assert_int_eq(node->end.buffer_peak_bytes, _i * 400000);
    ck_assert_int_eq(node->end.buffer_limit_bytes, 1 << 20);
    ck_assert_int_eq(run_record_final(&run.report->record, NULL), FINAL_INCONSISTENT);
    tear_down(&run);
}

TEST_LOOP(lack_of_backlog_has_three_causes, 0, 4)
{
    static const struct {
        int64_t offset, first, bytes, asked;
        enum reason reason;
    } CASES[] = {{300, 251, 50, 101, REASON_BACKLOG_PASSED},
                 {300, -1, -1, 101, REASON_NO_BACKLOG},
                 {300, 251, 50, 302, REASON_OFFSET_AHEAD},
                 {300, 251, 50, 301, REASON_BACKLOG_PASSED}};
    struct run run;
    set_up(&run);
    online_before(&run);
    see(&run, 1000, OF_REPLICA(SEEN_LOST_MASTER, 0));
    see(&run, 2000, OF_REPLICA(SEEN_ASK, .text = ID, .a = CASES[_i].asked));
    see(&run, 2001,
        OF_MASTER(SEEN_RANGE, .text = ID, .a = CASES[_i].offset, .b = CASES[_i].first,
                  .c = CASES[_i].bytes));
    see(&run, 2002, OF_MASTER(SEEN_DECIDES, .a = REASON_BACKLOG_PASSED, .b = CASES[_i].asked));
    reconstruction_emit(run.report, &run.observations, ZERO);
    ck_assert_int_eq(run.report->record.nodes[SLOW].reasons[CASES[_i].reason], 1);
    tear_down(&run);
}
