/* What a run reports: what led to each resynchronisation, the summary in JSON, and text that fits a
 * screen. */
#include <cjson/cJSON.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/report/report.h"
#include "sim/world/run_once.h"
#include "sim/report/report_text.h"
#include "sim/report/report_json.h"
#include "sim/text/humanize.h"
#include "tests/unit/read_scenario.h"
#include "tests/unit/suite.h"

#define TWO                                                                                        \
    "duration: 5min\nserver: redis-7.0\nnodes: { m: { dataset: 100mb }, r1: { replicaof: m } }\n"
#define LOAD "load: [ { node: m, rate: 1000/s } ]\n"

/* ---- JSON ---- */

static void run(struct report *report)
{
    char *broken = run_once(&(struct run_once){.scenario = report->scenario,
                                               .seed = report->seed,
                                               .is_checked = true,
                                               .trace = &report->trace});
    ck_assert_msg(broken == NULL, "%s", broken);
    report_check(report);
}

TEST(the_summary_is_json_and_says_what_the_events_said)
{
    struct scenario *scenario =
        read_good(TWO LOAD "faults: [ { at: 60s, cut: m-r1, for: 500ms } ]\n"
                           "waits: [ { node: m } ]\nexpect: { r1: { partial: 1 } }\n");
    struct report *report = report_new(scenario, 7, "1.2.3");
    run(report);
    GString *out = g_string_new(NULL);
    report_json_print(report, out);
    cJSON *json = cJSON_Parse(out->str);
    ck_assert_ptr_nonnull(json);
    ck_assert_str_eq(cJSON_GetObjectItem(json, "version")->valuestring, "1.2.3");
    ck_assert_int_eq(cJSON_GetObjectItem(json, "seed")->valueint, 7);
    const cJSON *replica = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "replicas"), 0);
    ck_assert_int_eq(cJSON_GetObjectItem(replica, "full")->valueint, 1);
    ck_assert_int_eq(cJSON_GetObjectItem(replica, "partial")->valueint, 1);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "resyncs")), 2);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "masters")), 1);
    ck_assert_int_eq(cJSON_GetArraySize(cJSON_GetObjectItem(json, "waits")), 1);
    const cJSON *partial = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "resyncs"), 1);
    ck_assert_str_eq(cJSON_GetObjectItem(partial, "reason")->valuestring, "accepted");
    ck_assert_str_eq(cJSON_GetObjectItem(partial, "lost_by")->valuestring, "lost");
    ck_assert_uint_eq(strlen(cJSON_GetObjectItem(partial, "asked_id")->valuestring), 40);
    cJSON_Delete(json);
    g_string_free(out, TRUE);
    report_free(report);
    scenario_free(scenario);
}

/* ---- the causes ---- */

TEST(a_resynchronisation_knows_what_led_to_it)
{
    struct scenario *scenario = read_good(TWO LOAD "faults: [ { at: 60s, cut: m-r1, for: 5s } ]\n");
    struct report *report = report_new(scenario, 1, "test");
    run(report);
    ck_assert_uint_eq(report->record.resyncs->len, 2);
    const struct resync *first = run_record_resync(&report->record, 0),
                        *second = run_record_resync(&report->record, 1);
    ck_assert_int_eq(first->drop.why, DROP_NONE);
    ck_assert_uint_eq(first->dials, 1);
    ck_assert_int_eq(second->drop.why, DROP_LOST);
    ck_assert_int_eq(first->fault, -1);
    ck_assert_int_eq(second->fault, 0);
    ck_assert_int_eq(second->fault_began, 60 * NS_PER_S);
    ck_assert_uint_gt(second->failures, 2);
    ck_assert_int_eq(second->failure, DROP_REFUSED);
    ck_assert_uint_eq(second->dials, second->failures + 1);
    ck_assert(second->gap_ns > 5 * NS_PER_S && second->gap_ns < 7 * NS_PER_S);
    report_free(report);
    scenario_free(scenario);
}

TEST(what_a_master_said_explains_what_the_replica_saw)
{
    struct scenario *scenario =
        read_good(TWO LOAD "config: { client-output-buffer-limit: replica 1mb 0 0 }\n"
                           "links: { default: { bandwidth: 100mbit/s } }\n");
    struct report *report = report_new(scenario, 1, "test");
    run(report);
    ck_assert_uint_gt(report->record.resyncs->len, 3);
    const struct resync *resync = run_record_resync(&report->record, 0);
    ck_assert_int_eq(resync->event.outcome, OUTCOME_FAILED);
    ck_assert_int_eq(resync->event.failed_by, DROP_LOST);
    ck_assert_int_eq(resync->after_ask.why, DROP_LIMIT_HARD);
    ck_assert_int_ge(resync->after_ask.buffer_bytes, 1 << 20);
    report_free(report);
    scenario_free(scenario);
}

/* Nothing wider than a screen, whatever happened; and no more than a page unless all is asked for.
 */
static const char *const STORIES[] = {
    "duration: 1min\nnodes: { m: {} }\n",
    TWO,
    TWO LOAD "faults: [ { every: 5s, cut: m-r1, for: 1s } ]\n",
    TWO LOAD "faults: [ { at: 100s, partition: m-r1 } ]\n",
    TWO LOAD "faults: [ { at: 100s, crash: m } ]\n",
    TWO LOAD "faults: [ { at: 100s, crash: r1, for: 10s }, { at: 200s, promote: r1 } ]\n",
    TWO LOAD "config: { client-output-buffer-limit: replica 1mb 0 0 }\n"
             "links: { default: { bandwidth: 100mbit/s } }\n",
};

TEST_LOOP(a_summary_fits_a_screen, 0, 2 * G_N_ELEMENTS(STORIES))
{
    struct scenario *scenario = read_good(STORIES[_i / 2]);
    struct report *report = report_new(scenario, 1, "test");
    run(report);
    GString *out = g_string_new(NULL);
    bool shows_all = _i % 2 == 1;
    report_text_print(report, (struct screen){.tells_all = shows_all}, out);
    char **lines = g_strsplit(out->str, "\n", -1);
    guint count = g_strv_length(lines);
    ck_assert_msg(shows_all || count <= 50, "%u lines:\n%s", count, out->str);
    for (guint i = 0; i < count; i++)
        ck_assert_msg(humanize_width(lines[i]) <= HUMANIZE_WIDTH &&
                          !strchr(lines[i], HUMANIZE_JOIN[0]),
                      "%s", lines[i]);
    g_strfreev(lines);
    g_string_free(out, TRUE);
    report_free(report);
    scenario_free(scenario);
}

TEST(sixty_replicas_fit_a_screen_too)
{
    GString *text = g_string_new("duration: 2min\nnodes:\n  m: { dataset: 10mb }\n"),
            *out = g_string_new(NULL);
    for (int i = 0; i < 60; i++)
        g_string_append_printf(
            text, "  replica_with_a_long_name_%d: { replicaof: m, begin: synced }\n", i);
    g_string_append(text, LOAD "faults:\n");
    for (int i = 0; i < 60; i++)
        g_string_append_printf(
            text, "  - { at: 30s, cut: m-replica_with_a_long_name_%d, for: %ds }\n", i, 1 + i % 9);
    struct scenario *scenario = read_good(text->str);
    struct report *report = report_new(scenario, 1, "test");
    run(report);
    report_text_print(report, (struct screen){0}, out);
    char **lines = g_strsplit(out->str, "\n", -1);
    ck_assert_uint_le(g_strv_length(lines), 50);
    for (char **line = lines; *line; line++)
        ck_assert_msg(humanize_width(*line) <= HUMANIZE_WIDTH, "%s", *line);
    g_strfreev(lines);
    g_string_free(out, TRUE);
    g_string_free(text, TRUE);
    report_free(report);
    scenario_free(scenario);
}
