/* The record of the run has all of it. */
#include "sim/cli/explain_run.h"

#include "sim/cli/cli.h"
#include "sim/cli/version.h"
#include "sim/report/report.h"
#include "sim/scenario/scenario_read.h"
#include "sim/world/run_once.h"

void explain_run_append(GString *list, const char *kind, const char *reason, const char *outcome)
{
    g_string_append_printf(list, "%s%s [%s] %s", list->len ? ", " : "", kind, reason, outcome);
}

static GArray *collect(const struct report *report)
{
    GArray *nodes = g_array_new(FALSE, FALSE, sizeof(struct node_run));
    for (uint32_t i = 0; i < report->scenario->node_count; i++) {
        const struct node_record *record = &report->record.nodes[i];
        const int64_t *drops = record->drops;
        struct node_run node = {
            .name = g_strdup(report->names[i]),
            .list = g_string_new(NULL),
            .causes = {[SPARE_BACKLOG] = record->reasons[REASON_BACKLOG_PASSED],
                       [SPARE_LIMIT] = drops[DROP_LIMIT_HARD] + drops[DROP_LIMIT_SOFT],
                       [SPARE_TIMEOUT] = drops[DROP_TIMEOUT_CONNECT] + drops[DROP_TIMEOUT_PAYLOAD] +
                                         drops[DROP_TIMEOUT_MASTER] + drops[DROP_TIMEOUT_REPLICA] +
                                         drops[DROP_TIMEOUT_FULL_SYNC]},
            .config = report->scenario->nodes[i].config};
        g_array_append_val(nodes, node);
    }
    for (guint i = 0; i < report->record.resyncs->len; i++) {
        const struct resync *resync = run_record_resync(&report->record, i);
        struct node_run *node = &g_array_index(nodes, struct node_run, (guint)resync->node);
        bool is_partial = resync->event.kind == REASON_KIND_PARTIAL;
        node->away_ns += resync->event.down_ns != TRACE_ABSENT ? resync->event.down_ns : 0;
        explain_run_append(node->list, is_partial ? "partial" : "full",
                           reason_name(resync->event.reason),
                           resync->event.outcome == OUTCOME_FAILED ? "failed" : "online");
    }
    return nodes;
}

GArray *explain_run(const char *path, const GString *text, const char *const *overrides, int *code)
{
    struct scenario_options options = {.overrides = overrides};
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario =
        scenario_read_text(path, text->str, text->len, &options, diagnostics);
    cli_diagnose(diagnostics);
    if (!scenario) {
        *code = cli_fail(EXIT_DIFFERS, "explain: the scenario that was derived does not read");
        return NULL;
    }
    struct report *report = report_new(scenario, scenario->seed, PSYNCSIM_VERSION);
    char *broken = run_once(&(struct run_once){
        .scenario = scenario, .seed = scenario->seed, .is_checked = true, .trace = &report->trace});
    GArray *nodes = broken ? NULL : collect(report);
    if (broken)
        *code = cli_bug(broken, path);
    g_free(broken);
    report_free(report);
    scenario_free(scenario);
    return nodes;
}

void explain_run_free(GArray *nodes)
{
    for (guint i = 0; i < nodes->len; i++) {
        struct node_run *node = &g_array_index(nodes, struct node_run, i);
        g_free(node->name);
        g_string_free(node->list, TRUE);
    }
    g_array_free(nodes, TRUE);
}
