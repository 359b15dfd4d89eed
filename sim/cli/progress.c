/* The time left is what the items made in this process took, times those that are left: honest as
 * long as items come in no order of their cost. Nothing is promised before enough of them are
 * made. */
#include "sim/cli/progress.h"
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>
#include "sim/text/humanize.h"

#define SHOW_EVERY_US   200000
#define PROMISE_AFTER   10      /* items, and ... */
#define PROMISE_FROM_US 2000000 /* ... time */

struct progress {
    const char *what;
    uint64_t total, before;
    int64_t began_us, shown_us;
    bool is_on;
};

struct progress *progress_new(const char *what, uint64_t total, uint64_t before)
{
    struct progress *progress = g_new0(struct progress, 1);
    progress->what = what;
    progress->total = total;
    progress->before = before;
    progress->began_us = g_get_monotonic_time();
    progress->is_on = isatty(STDERR_FILENO);
    return progress;
}

/* In steps that the estimate deserves. */
static char *time_left(double seconds)
{
    if (seconds < 10)
        return g_strdup("a few seconds left");
    if (seconds < 100)
        return g_strdup_printf("about %.0f s left", 5 * (double)(int64_t)(seconds / 5 + 1));
    if (seconds < 2 * 3600)
        return g_strdup_printf("about %.0f min left", (double)(int64_t)(seconds / 60 + 1));
    if (seconds < 48 * 3600)
        return g_strdup_printf("about %.0f h left", (double)(int64_t)(seconds / 3600 + 1));
    return g_strdup_printf("about %.0f days left", (double)(int64_t)(seconds / 86400 + 1));
}

static void add_share(const struct progress *progress, uint64_t done, int64_t took, GString *line)
{
    uint64_t made = done > progress->before ? done - progress->before : 0;
    char *left = NULL;
    if (made >= PROMISE_AFTER && took >= PROMISE_FROM_US)
        left = time_left((double)took / 1e6 / (double)made * (double)(progress->total - done));
    g_string_append_printf(line, " of %s %s (%s)%s%s",
                           humanize_digits((int64_t)progress->total).text, progress->what,
                           humanize_share((int64_t)done, (int64_t)progress->total).text,
                           left ? ", " : "", left ? left : "");
    g_free(left);
}

void progress_show(struct progress *progress, uint64_t done)
{
    if (!progress->is_on)
        return;
    int64_t now = g_get_monotonic_time(), took = now - progress->began_us;
    if (now - progress->shown_us < SHOW_EVERY_US)
        return;
    progress->shown_us = now;
    GString *line = g_string_new("\r\033[K");
    g_string_append(line, humanize_digits((int64_t)done).text);
    if (progress->total == 0)
        g_string_append_printf(line, " %s", progress->what);
    else
        add_share(progress, done, took, line);
    humanize_finish(line);
    fputs(line->str, stderr);
    fflush(stderr);
    g_string_free(line, TRUE);
}

void progress_free(struct progress *progress)
{
    if (progress->is_on && progress->shown_us > 0)
        fputs("\r\033[K", stderr);
    g_free(progress);
}
