/* What --explain says of what is no resynchronisation: it was so, its cause is named, and what was not so is not said. */
#include <glib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/report/report.h"
#include "sim/report/report_text.h"
#include "sim/world/run_once.h"
#include "tests/unit/read_scenario.h"
#include "tests/unit/suite.h"

#define NODES                                                                                      \
    "nodes: { m: { dataset: 100mb }, r1: { replicaof: m, begin: synced } }\n"                      \
    "load: [ { node: m, rate: 1000/s } ]\n"

static struct scenario *scenario;

static struct report *run(const char *text)
{
    scenario = read_good(text);
    struct report *report = report_new(scenario, 1, "1.2.3");
    char *broken = run_once(&(struct run_once){
        .scenario = scenario, .seed = 1, .is_checked = true, .trace = &report->trace});
    ck_assert_msg(broken == NULL, "%s", broken);
    report_check(report);
    return report;
}

static void end(struct report *report)
{
    report_free(report);
    scenario_free(scenario);
}

/* The story on one line, so that no line break comes between its words. */
static char *story(const struct report *report)
{
    GString *out = g_string_new(NULL);
    report_text_print(report, (struct screen){.tells_all = true}, out);
    char **words = g_regex_split_simple("\\s+", out->str, 0, 0);
    char *line = g_strjoinv(" ", words);
    g_strfreev(words);
    g_string_free(out, TRUE);
    return line;
}

static void says(const struct report *report, const char *words, bool is_so)
{
    char *text = story(report);
    ck_assert_msg((strstr(text, words) != NULL) == is_so, "'%s' is %s:\n%s", words,
                  is_so ? "missing" : "said", text);
    g_free(text);
}

static const struct period *first(const struct report *report, enum period_kind kind)
{
    const struct periods *periods = &report->record.periods;
    for (guint i = 0; i < periods->list->len; i++)
        if (periods_at(periods, i)->kind == kind)
            return periods_at(periods, i);
    ck_abort_msg("nothing of kind %d", kind);
    return NULL;
}

TEST(a_silence_that_no_connection_noticed_is_told_with_the_age_of_the_data)
{
    struct report *report =
        run("duration: 3min\n" NODES "faults: [ { at: 60s, partition: m-r1, for: 30s } ]\n");
    const struct period *stale = first(report, PERIOD_STALE);
    ck_assert_int_eq(stale->amount, report->record.nodes[1].end.stale_max_ns);
    ck_assert_int_ge(stale->amount, 51 * NS_PER_S);
    ck_assert_int_ge(stale->begins, 61 * NS_PER_S);
    ck_assert_int_le(stale->begins, 62 * NS_PER_S);
    says(report, "because partition of m-r1 at 1:00.000, for 30 s. No connection broke", true);
    says(report, "TCP tries again at growing intervals", true);
    says(report, "goes quiet too", false);
    end(report);
}

TEST(the_open_way_goes_quiet_only_where_TCP_lacks_its_acknowledgements)
{
    static const struct {
        const char *links, *way;
        bool is_quiet;
    } CASES[] = {{"", "r1->m", true},
                 {"", "m->r1", false},
                 {"", "m-r1", false},
                 {"links: { default: { kind: relayed, latency: 1ms } }\n", "r1->m", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(CASES); i++) {
        char *text = g_strdup_printf("duration: 4min\n" NODES "%s"
                                     "faults: [ { at: 30s, partition: '%s', for: 90s } ]\n",
                                     CASES[i].links, CASES[i].way);
        struct report *report = run(text);
        says(report, "The open way m->r1 goes quiet too", CASES[i].is_quiet);
        says(report, "(only the way", CASES[i].way[2] == '>' || CASES[i].way[3] == '>');
        end(report);
        g_free(text);
    }
}

TEST(both_sides_that_give_up_a_connection_are_named_the_earlier_one_first)
{
    struct report *report =
        run("duration: 4min\n" NODES "faults: [ { at: 30s, partition: 'r1->m', for: 90s } ]\n");
    const struct resync *resync = run_record_resync(&report->record, 0);
    ck_assert_int_eq(resync->event.lost_by, DROP_TIMEOUT_MASTER);
    ck_assert_int_eq(resync->after_drop.why, DROP_TIMEOUT_REPLICA);
    ck_assert_int_gt(resync->after_drop.t, resync->event.lost_ns);
    says(report, "m gave that connection up as well, at 1:3", true);
    end(report);
}

TEST(refused_writes_are_told_with_their_number_and_who_was_missing)
{
    struct report *report = run("duration: 2min\nconfig: { min-replicas-to-write: 1 }\n" NODES
                                "faults: [ { at: 30s, pause: r1, for: 30s }, "
                                "{ at: 90s, pause: r1, for: 20s } ]\n");
    const struct periods *periods = &report->record.periods;
    int64_t sum = 0, count = 0;
    for (guint i = 0; i < periods->list->len; i++) {
        bool is_refusal = periods_at(periods, i)->kind == PERIOD_REFUSED;
        sum += is_refusal ? periods_at(periods, i)->amount : 0;
        count += is_refusal;
    }
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(sum, report->record.nodes[0].end.refused_writes);
    says(report, "because the process of r1 stood still at 0:30.000, for 30 s; so 0 replicas were",
         true);
    says(report, "the process of r1 stood still at 1:30.000, for 20 s; so 0 replicas were", true);
    says(report, "older than a second", false);
    end(report);
}

TEST(writes_that_are_still_refused_at_the_end_are_counted)
{
    struct report *report = run("duration: 1min\nconfig: { min-replicas-to-write: 1 }\n" NODES
                                "faults: [ { at: 30s, crash: r1 } ]\n");
    const struct period *refused = first(report, PERIOD_REFUSED);
    ck_assert_int_eq(refused->amount, report->record.nodes[0].end.refused_writes);
    ck_assert_int_ge(refused->amount, 29000);
    says(report, "m refused writes (NOREPLICAS) to the end of the run", true);
    says(report, "because r1 did not run (crash) at 0:30.000, to the end of the run; so 0", true);
    end(report);
}

TEST(writes_refused_for_a_bad_save_are_no_lack_of_replicas)
{
    struct report *report = run("duration: 2min\n" NODES
                                "faults: [ { at: 30s, bgsave: m }, { at: 30s, fail-save: m } ]\n");
    says(report, "m refused writes (MISCONF)", true);
    says(report, "its last save to disk had failed", true);
    says(report, "NOREPLICAS", false);
    end(report);
}

TEST(WAITs_that_came_back_short_are_told_with_what_kept_the_replica)
{
    struct report *report = run(
        "duration: 2min\n" NODES "waits: [ { node: m, timeout: 500ms, every: 1s } ]\n"
        "faults: [ { at: 30s, partition: m-r1, for: 20s }, { at: 80s, pause: r1, for: 5s } ]\n");
    const struct periods *periods = &report->record.periods;
    const struct wait_sum *waits = &report->record.nodes[0].waits;
    int64_t sum = 0, count = 0;
    for (guint i = 0; i < periods->list->len; i++) {
        bool is_short = periods_at(periods, i)->kind == PERIOD_SHORT_WAITS;
        sum += is_short ? periods_at(periods, i)->amount : 0;
        count += is_short;
    }
    ck_assert_int_eq(count, 2);
    ck_assert_int_eq(sum, waits->count - waits->met);
    says(report, "with 0 replicas at the least because partition of m-r1 at 0:30.000, for 20 s",
         true);
    says(report, "because the process of r1 stood still at 1:20.000, for 5 s", true);
    end(report);
}

TEST(a_replica_that_answers_nobody_while_it_loads_is_told_and_why_it_sees_its_end_late)
{
    struct report *report =
        run("duration: 8min\n"
            "config: { repl-diskless-sync: no, repl-timeout: 20, repl-backlog-size: 1mb }\n"
            "hosts: { default: { flush: 20mb/s, load: 20mb/s, save: 1gb/s } }\n"
            "nodes: { m: { dataset: 2gb, keys: 20000 }, r1: { replicaof: m, begin: synced } }\n"
            "load: [ { node: m, rate: 400kb/s } ]\n"
            "faults: [ { at: 20s, cut: m-r1, for: 5s } ]\n");
    says(report, "r1 served no client until 3:", true);
    says(report, "in which it looked at no socket, and loaded for", true);
    says(report, "its master dropped it meanwhile", true);
    says(report, "Until then it was taking in a payload, and read nothing", true);
    says(report, "a repl-timeout of the master longer than the replica is deaf", true);
    end(report);
}

TEST(what_was_at_work_while_a_full_synchronisation_failed_is_named)
{
    struct report *report =
        run("duration: 5min\nconfig: { repl-diskless-sync: no, repl-timeout: 10 }\n"
            "links: { default: { bandwidth: 50m/s } }\n"
            "nodes: { m: { dataset: 1g }, r1: { replicaof: m, start-after: 1s } }\n"
            "faults: [ { at: 15s, partition: m-r1, for: 20s } ]\n");
    says(report, "at work partition of m-r1 at 0:15.000, for 20 s avoided by", true);
    says(report, "avoided by a repl-timeout longer than the silence", true);
    end(report);
}

TEST(a_cause_is_looked_for_at_the_master_of_that_time)
{
    struct report *report =
        run("duration: 2min\n" NODES "faults: [ { at: 30s, partition: m-r1, for: 20s }, "
            "{ at: 40s, promote: r1 }, { at: 50s, replicaof: m, to: r1 } ]\n");
    says(report,
         "the data of r1 were older than a second until 0:40.000, at most 10 s because "
         "partition of m-r1 at 0:30.000, for 20 s",
         true);
    says(report, "more was written than came down", false);
    end(report);
}

TEST(who_waits_for_a_save_that_it_cannot_join_is_told)
{
    static const char COMMON[] =
        "duration: 2min\nconfig: { repl-diskless-sync: no }\n"
        "hosts: { default: { save: 1mb/s } }\n"
        "nodes: { m: { dataset: 10mb }, r1: { replicaof: m, start-after: 5s },"
        " r2: { replicaof: m, start-after: 8s } }\n";
    static const char WORDS[] = "a save that began at 0:03.000 was under way, which it could not "
                                "join, until 0:13.";
    char *text = g_strdup_printf("%sfaults: [ { at: 3s, rdb-client: m } ]\n", COMMON);
    struct report *report = run(text);
    says(report, WORDS, true);
    end(report);
    report = run(COMMON); /* r2 joins the save for r1 */
    says(report, "which it could not join", false);
    end(report);
    g_free(text);
}

TEST(of_a_quiet_run_nothing_is_said)
{
    struct report *report = run("duration: 10min\n" NODES);
    says(report, "What clients saw", false);
    end(report);
}

TEST(what_ended_in_a_quiet_stretch_ended_when_it_did)
{
    struct report *report =
        run("duration: 60min\n"
            "nodes: { m: { dataset: 100mb }, r1: { replicaof: m, begin: synced } }\n"
            "load: [ { node: m, rate: 1000/s, to: 40s } ]\n"
            "faults: [ { at: 30s, partition: m-r1, for: 20s } ]\n");
    const struct period *stale = first(report, PERIOD_STALE);
    ck_assert_int_ge(stale->ends, 50 * NS_PER_S);
    ck_assert_int_le(stale->ends, 90 * NS_PER_S);
    end(report);
}

/* Of all causes that are at work, no one began after its effect was over. */
TEST(causes_come_before_effects)
{
    struct report *report =
        run("duration: 10min\nconfig: { min-replicas-to-write: 1 }\n" NODES
            "waits: [ { node: m, timeout: 500ms, every: 1s } ]\n"
            "faults:\n  - { every: { exponential: 20s }, cut: m-r1, for: { exponential: 5s } }\n"
            "  - { every: { exponential: 30s }, pause: r1, for: { exponential: 10s } }\n");
    const struct periods *periods = &report->record.periods;
    int64_t effects = 0;
    for (guint i = 0; i < periods->list->len; i++) {
        const struct period *effect = periods_at(periods, i);
        if (effect->kind != PERIOD_STALE && effect->kind != PERIOD_REFUSED)
            continue;
        bool has_cause = false;
        for (guint j = 0; j < periods->list->len; j++) {
            const struct period *cause = periods_at(periods, j);
            has_cause = has_cause ||
                        (cause->kind < PERIOD_CAUSES && cause->begins <= effect->begins &&
                         period_overlaps(cause, effect->begins - 2 * NS_PER_S, effect->begins));
        }
        ck_assert(has_cause);
        ck_assert(effect->ends == TRACE_ABSENT || effect->ends >= effect->begins);
        effects++;
    }
    ck_assert_int_gt(effects, 10);
    end(report);
}
