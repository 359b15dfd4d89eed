/* See report.h. */
#include "sim/report/report.h"

struct report *report_new(const struct scenario *scenario, uint64_t seed, const char *version)
{
    struct report *report = g_new0(struct report, 1);
    report->scenario = scenario;
    report->version = version;
    report->seed = seed;
    report->names = g_new0(const char *, scenario->node_count + 1);
    report->results = g_new0(struct expect_result, scenario->expect_count + 1);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        report->names[i] = scenario->nodes[i].name;
    run_record_init(&report->record, scenario, true);
    trace_init(&report->trace, TRACE_DIGEST, report->names);
    run_record_watch(&report->record, &report->trace);
    return report;
}

void report_free(struct report *report)
{
    if (report == NULL)
        return;
    run_record_clear(&report->record);
    g_free(report->results);
    g_free(report->names);
    g_free(report);
}

bool report_asks(const struct report *report)
{
    for (uint32_t i = 0; i < report->scenario->expect_count; i++)
        if (report->scenario->expects[i].is_asked)
            return true;
    return false;
}

void report_check(struct report *report)
{
    const struct scenario *scenario = report->scenario;
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        report->results[i] = expect_check(&report->record, &scenario->expects[i]);
        report->failed += !report->results[i].held;
    }
}

char *report_servers(const struct report *report)
{
    const struct scenario *scenario = report->scenario;
    GString *servers = g_string_new(NULL);
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        const struct profile *profile = scenario->nodes[i].profile;
        uint32_t same = 0;
        while (scenario->nodes[same].profile != profile)
            same++;
        if (same == i && profile != NULL)
            g_string_append_printf(servers, "%s%s", servers->len > 0 ? ", " : "", profile->name);
    }
    return g_string_free(servers, FALSE);
}
