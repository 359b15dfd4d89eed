/* The screen of a run: head, table, what happened, expectations, end. See screen.h. */
#include "sim/report/report_text.h"

#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/report/resync_list.h"
#include "sim/report/replica_list.h"
#include "sim/text/humanize.h"

#define OUTCOMES 10 /* expectations listed even when they held */

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

static void print_head(const struct report *report, struct screen screen, GString *out)
{
    const struct scenario *scenario = report->scenario;
    char duration[48], *servers = report_servers(report),
                       *name = g_path_get_basename(scenario->path);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    quantity_print(QUANTITY_DURATION, scenario->duration, duration, sizeof duration);
    GString *title = g_string_new(NULL);
    g_string_printf(title, "%s%s%s%s%s", screen.is_coloured ? BOLD : "", name,
                    screen.is_coloured ? PLAIN : "", scenario->why[0] != '\0' ? ": " : "",
                    scenario->why);
    humanize_wrap(out, title->str, 0, 2);
    g_string_printf(title, "%s, %s, %s of %s time, seed %" G_GUINT64_FORMAT, servers,
                    humanize_count(scenario->node_count, "node").text, duration,
                    report->live == NULL ? "simulated" : "real", report->seed);
    if (report->live != NULL)
        g_string_append_printf(title, "; live on %s", report->live);
    humanize_wrap(out, title->str, 0, 2);
    g_string_append_c(out, '\n');
    g_string_free(title, TRUE);
    g_free(name);
    g_free(servers);
}

static void print_expectations(const struct report *report, struct screen screen, GString *out)
{
    const struct scenario *scenario = report->scenario;
    uint32_t held = scenario->expect_count - report->failed;
    if (scenario->expect_count > 0)
        g_string_append_printf(out, "\nExpectations: %u held, %u failed\n", held, report->failed);
    for (uint32_t i = 0; i < scenario->expect_count; i++) {
        bool is_held = report->results[i].held;
        if (is_held && scenario->expect_count > OUTCOMES)
            continue;
        g_string_append_printf(out, "  %s%s%s  %s", screen.is_coloured ? is_held ? GREEN : RED : "",
                               is_held ? "held  " : "FAILED", screen.is_coloured ? PLAIN : "",
                               scenario->expects[i].text);
        g_string_append_printf(out, is_held ? ", found %s\n" : ", but found %s\n",
                               report->results[i].found);
    }
}

static void print_end(const struct report *report, GString *out)
{
    static const char *const STATES[] = {
        "inconsistent: no replica runs, or one is not online or has what its master does not",
        "consistent: every running replica is online, with a prefix of its master's data",
        "identical: every running replica has all that was written, but for what is on its way"};
    char digest[DIGEST_TEXT_MAX];
    digest_print(&report->trace.digest, digest);
    g_string_append_printf(out, "\nend:    %s\ndigest: %s\n",
                           STATES[expect_final(report->world, NULL)], digest);
}

void report_text_print(const struct report *report, struct screen screen, GString *out)
{
    struct printer printer = {.report = report, .is_coloured = screen.is_coloured};
    print_head(report, screen, out);
    replica_list_print(report, out);
    g_string_append_c(out, '\n');
    log_print(&printer, screen.tells_all, out);
    print_expectations(report, screen, out);
    print_end(report, out);
    humanize_finish(out);
}
