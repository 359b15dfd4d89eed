/* The screen of a run. See screen.h. */
#include "sim/world/screen.h"

void screen_print(const struct report *report, struct screen screen, GString *out)
{
    (void)screen;
    char digest[DIGEST_TEXT_MAX];
    digest_print(&report->trace.digest, digest);
    for (uint32_t i = 0; i < report->scenario->node_count; i++) {
        const struct account *account = &report->world->nodes[i].account;
        if (report_is_replica(report, i))
            g_string_append_printf(out, "%s: %lld full, %lld partial\n", report->names[i],
                                   (long long)account->full, (long long)account->partial);
    }
    for (uint32_t i = 0; i < report->scenario->expect_count; i++)
        g_string_append_printf(out, "%s %s, found %s\n",
                               report->results[i].held ? "held  " : "FAILED",
                               report->scenario->expects[i].text, report->results[i].found);
    g_string_append_printf(out, "digest %s\n", digest);
}
