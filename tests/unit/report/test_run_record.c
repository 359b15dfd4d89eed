/* The record of a run from events that nobody but the test emits: what counts, and on whose word. */
#include "sim/report/run_record.h"
#include "sim/trace/attempt.h"
#include "tests/unit/suite.h"

#define MASTER  0
#define REPLICA 1

static struct scenario_node nodes[] = {
    {.name = "m", .replicaof = -1},
    {.name = "r", .replicaof = MASTER},
};
static struct scenario_fault faults[] = {
    {.kind = FAULT_CRASH, .node = MASTER, .link = -1},
    {.kind = FAULT_RESUME, .node = REPLICA, .link = -1},
    {.kind = FAULT_CRASH, .node = REPLICA, .link = -1},
};
static const struct scenario SCENARIO = {
    .nodes = nodes, .node_count = 2, .faults = faults, .fault_count = 3};

struct run {
    struct trace trace;
    struct run_record record;
    const struct node_record *replica;
};

static void set_up(struct run *run)
{
    trace_init(&run->trace, TRACE_OFF, NULL);
    run_record_init(&run->record, &SCENARIO, true);
    run_record_watch(&run->record, &run->trace);
    run->replica = &run->record.nodes[REPLICA];
}

static void come_up(struct run *run, int64_t t, bool is_linked)
{
    TRACE_EMIT(&run->trace, t, up, REPLICA, e->master = MASTER, e->is_linked = is_linked);
}

static void drop(struct run *run, int64_t t, bool is_at_master, enum drop why)
{
    TRACE_EMIT(&run->trace, t, drop, is_at_master ? MASTER : REPLICA,
               e->peer = is_at_master ? REPLICA : MASTER, e->why = why,
               e->is_at_master = is_at_master);
}

static void resynchronise(struct run *run, int64_t t, enum reason reason)
{
    struct attempt attempt;
    attempt_init(&attempt);
    attempt_ask(&attempt, t, MASTER, "?", -1);
    attempt_decided(&attempt, reason_kind(reason), reason);
    TRACE_EMIT(&run->trace, t, ask, REPLICA, e->master = MASTER);
    TRACE_EMIT(&run->trace, t, answer, MASTER, e->replica = REPLICA, e->kind = reason_kind(reason),
               e->reason = reason);
    attempt_online(&attempt, &run->trace, t, REPLICA);
}

TEST(it_is_down_from_its_start_or_a_loss_until_it_is_online)
{
    struct run run;
    set_up(&run);
    come_up(&run, 10, false);
    ck_assert_int_eq(run_record_down(&run.record, REPLICA, 15), 5);
    resynchronise(&run, 30, REASON_FULL_REQUESTED);
    ck_assert_int_eq(run.replica->down, 20);
    drop(&run, 100, false, DROP_LOST);
    drop(&run, 101, false, DROP_LOST);
    resynchronise(&run, 107, REASON_ACCEPTED);
    ck_assert_int_eq(run_record_down(&run.record, REPLICA, 500), 27);
    ck_assert_int_eq(run.replica->full, 1);
    ck_assert_int_eq(run.replica->partial, 1);
    ck_assert_int_eq(run.replica->first_resync, 30);
    ck_assert_int_eq(run.replica->first_drop, 100);
    ck_assert_int_eq(run.replica->last_online, 107);
    run_record_clear(&run.record);
}

TEST(who_is_online_before_the_run_is_not_down_when_it_begins)
{
    struct run run;
    set_up(&run);
    come_up(&run, 0, true);
    ck_assert_int_eq(run_record_down(&run.record, REPLICA, 50), 0);
    ck_assert(run.replica->has_data);
    run_record_clear(&run.record);
}

TEST(a_masters_lost_counts_only_where_replicas_are_not_heard)
{
    for (int hears_masters_only = 0; hears_masters_only < 2; hears_masters_only++) {
        struct run run;
        set_up(&run);
        run.record.hears_masters_only = hears_masters_only;
        come_up(&run, 0, true);
        drop(&run, 10, true, DROP_LOST);
        drop(&run, 20, true, DROP_LIMIT_HARD);
        ck_assert_int_eq(run.replica->drops[DROP_LOST], hears_masters_only);
        ck_assert_int_eq(run.replica->drops[DROP_LIMIT_HARD], 1);
        ck_assert_int_eq(run_record_down(&run.record, REPLICA, 50), hears_masters_only ? 40 : 0);
        run_record_clear(&run.record);
    }
}

TEST(the_last_fault_before_the_loss_that_breaks_links_is_kept)
{
    struct run run;
    set_up(&run);
    come_up(&run, 0, true);
    TRACE_EMIT(&run.trace, 5, fault, MASTER, e->index = 0);
    TRACE_EMIT(&run.trace, 6, fault, REPLICA, e->index = 1);
    drop(&run, 7, false, DROP_LOST);
    TRACE_EMIT(&run.trace, 8, fault, REPLICA, e->index = 2);
    resynchronise(&run, 9, REASON_ACCEPTED);
    const struct resync *resync = run_record_resync(&run.record, 0);
    ck_assert_int_eq(resync->fault, 0);
    ck_assert_int_eq(resync->fault_began, 5);
    ck_assert_int_eq(resync->drop.why, DROP_LOST);
    ck_assert_str_eq(resync->asked_id, "?");
    ck_assert_int_eq(run.replica->next.fault, -1);
    run_record_clear(&run.record);
}

TEST(only_what_was_promised_in_full_can_fail)
{
    static const enum reason REASONS[] = {REASON_NO_BACKLOG, REASON_ACCEPTED};
    for (int i = 0; i < 2; i++) {
        struct run run;
        struct attempt attempt;
        set_up(&run);
        attempt_init(&attempt);
        attempt_lost(&attempt, 1, DROP_LOST);
        attempt_ask(&attempt, 3, MASTER, "?", -1);
        ck_assert(!attempt_failed(&attempt, &run.trace, 4, REPLICA, DROP_LOST));
        attempt_decided(&attempt, reason_kind(REASONS[i]), REASONS[i]);
        ck_assert(attempt_failed(&attempt, &run.trace, 5, REPLICA, DROP_LIMIT_SOFT) == (i == 0));
        ck_assert(!attempt_failed(&attempt, &run.trace, 6, REPLICA, DROP_LOST));
        ck_assert_int_eq(run.replica->full_failed, i == 0);
        if (i == 0)
            ck_assert_int_eq(run_record_resync(&run.record, 0)->event.down_ns, 4);
        run_record_clear(&run.record);
    }
}

TEST(the_end_is_complete_where_losses_are_known_and_there_are_none)
{
    for (int i = 0; i < 8; i++) {
        struct run run;
        struct event_end end = {.master = -1,
                                .is_up = true,
                                .is_consistent = true,
                                .is_identical = true,
                                .knows_losses = (i & 1) != 0};
        set_up(&run);
        TRACE_EMIT(&run.trace, 3, lost, MASTER, e->bytes = 14, e->commands = i >> 1 & 1,
                   e->unreplicated = 0, e->data_bytes = i >> 2 & 1);
        for (int32_t node = 0; node < (int32_t)run.record.scenario->node_count; node++)
            trace_end(&run.trace, 9, node, &end);
        ck_assert_int_eq(run_record_final(&run.record, NULL),
                         i == 1 ? FINAL_COMPLETE : FINAL_IDENTICAL);
        run_record_clear(&run.record);
    }
}

TEST(the_worst_node_is_to_blame_for_the_end)
{
    struct run run;
    int32_t why;
    set_up(&run);
    trace_end(&run.trace, 9, MASTER,
              &(struct event_end){
                  .master = -1, .is_up = true, .is_consistent = true, .is_identical = true});
    trace_end(&run.trace, 9, REPLICA,
              &(struct event_end){.master = MASTER, .is_up = true, .is_consistent = true});
    ck_assert_int_eq(run_record_final(&run.record, &why), FINAL_CONSISTENT);
    ck_assert_int_eq(why, REPLICA);
    ck_assert_int_eq(run.record.nodes[MASTER].online, TRACE_ABSENT);
    ck_assert_int_eq(run.replica->online, 0);
    run_record_clear(&run.record);
}
