/* Looks and messages change nothing: digest, count of events and summary are the same with and
 * without them, over the gallery. And they say what events and records say by other ways. */
#include <glib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/report/report.h"
#include "sim/report/report_json.h"
#include "sim/scenario/scenario_read.h"
#include "sim/world/run_once.h"
#include "tests/unit/suite.h"

#define LONG_NS (10 * 60 * NS_PER_S) /* a look every 300 ms of days would take minutes */

struct heard {
    struct run_record *record;
    GHashTable *on_way; /* message -> who shall receive it, + 1 */
    int64_t sent, received, looks, t;
    int64_t looked; /* a sum over all looks, by which two runs can be compared */
    int64_t offset[SCENARIO_NODES_MAX]; /* at the last look */
    int64_t behind[SCENARIO_NODES_MAX];
};

static void hear_message(struct heard *heard, const struct event *event)
{
    if (event->kind == EVENT_SEND) {
        void *key = GINT_TO_POINTER((int)event->send.message);
        ck_assert_int_ge(event->send.leaves_ns, event->t);
        ck_assert(g_hash_table_insert(heard->on_way, key, GINT_TO_POINTER(event->send.to + 1)));
        heard->sent++;
    }
    if (event->kind == EVENT_RECEIVE) {
        void *key = GINT_TO_POINTER((int)event->receive.message);
        ck_assert_int_eq(GPOINTER_TO_INT(g_hash_table_lookup(heard->on_way, key)), event->node + 1);
        ck_assert(g_hash_table_remove(heard->on_way, key));
        heard->received++;
    }
}

static void hear(void *user, const struct event *event)
{
    struct heard *heard = user;
    ck_assert(event->kind == EVENT_END || event->t >= heard->t);
    heard->t =
        event->kind < EVENT_COUNT
            ? event->t
            : heard
                  ->t; /* an end is no event of the trace, and a stale time comes when it is over */
    hear_message(heard, event);
    if (event->kind == EVENT_POSITION) {
        heard->looks++;
        heard->looked += event->t % 1000003 * (event->position.offset % 1000003 + event->node);
        heard->offset[event->node] = event->position.offset;
        heard->behind[event->node] = event->position.behind_bytes;
    }
    run_record_take(heard->record, event);
}

enum taps { NOTHING, LOOKS, LOOKS_AND_MESSAGES };

static struct report *run(const struct scenario *scenario, struct heard *heard, enum taps taps)
{
    struct report *report = report_new(scenario, 1, "test");
    int64_t every = scenario->duration <= LONG_NS ? 300 * NS_PER_MS : scenario->duration / 400;
    heard->record = &report->record;
    heard->on_way = g_hash_table_new(NULL, NULL);
    report->trace.watcher = hear;
    report->trace.watcher_user = heard;
    char *broken = run_once(&(struct run_once){.scenario = scenario,
                                               .seed = 1,
                                               .trace = &report->trace,
                                               .positions = taps >= LOOKS ? every : 0,
                                               .has_messages = taps == LOOKS_AND_MESSAGES});
    ck_assert_msg(broken == NULL, "%s: %s", scenario->path, broken);
    report_check(report);
    g_hash_table_destroy(heard->on_way);
    return report;
}

static void check_scenario(const struct scenario *scenario)
{
    struct heard silent = {0}, told = {0}, skipped = {0};
    struct report *plain = run(scenario, &silent, NOTHING);
    struct report *tapped = run(scenario, &told, LOOKS_AND_MESSAGES);
    report_free(run(scenario, &skipped, LOOKS)); /* quiet stretches are skipped, up to the looks */
    ck_assert_int_eq(skipped.looks, told.looks);
    ck_assert_mem_eq(skipped.offset, told.offset, sizeof told.offset);
    ck_assert_int_eq(skipped.looked, told.looked);
    GString *a = g_string_new(NULL), *b = g_string_new(NULL);
    report_json_print(plain, a);
    report_json_print(tapped, b);
    ck_assert_msg(g_string_equal(a, b), "%s:\n%s\n%s", scenario->path, a->str, b->str);
    ck_assert_int_eq(silent.sent + silent.looks, 0);
    ck_assert_int_gt(told.received, 0);
    ck_assert_int_ge(told.sent, told.received);
    ck_assert_int_ge(told.looks,
                     scenario->duration <= LONG_NS ? scenario->duration / (300 * NS_PER_MS) : 400);
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        const struct event_end *end = &tapped->record.nodes[i].end;
        if (end->is_up && scenario->duration % (300 * NS_PER_MS) == 0) {
            ck_assert_int_eq(told.offset[i], end->offset); /* the last look is at the end */
            ck_assert_int_eq(told.behind[i], end->behind);
        }
    }
    g_string_free(a, TRUE);
    g_string_free(b, TRUE);
    report_free(plain);
    report_free(tapped);
}

TEST(the_gallery_is_the_same_with_looks_and_messages)
{
    GDir *directory = g_dir_open("scenarios", 0, NULL);
    const char *name;
    int found = 0;
    while ((name = g_dir_read_name(directory)) != NULL) {
        if (!g_str_has_suffix(name, ".yaml") && !g_str_has_suffix(name, ".json"))
            continue;
        struct diagnostics *diagnostics = diagnostics_new();
        char *path = g_build_filename("scenarios", name, NULL);
        struct scenario *scenario = scenario_read(path, NULL, diagnostics);
        if (scenario != NULL && scenario->duration <= 24 * 60 * 60 * NS_PER_S)
            check_scenario(scenario);
        found += scenario != NULL;
        scenario_free(scenario);
        g_free(path);
        diagnostics_free(diagnostics);
    }
    g_dir_close(directory);
    ck_assert_int_gt(found, 40);
}
