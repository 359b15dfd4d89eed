/* What a recorded offset says about the rate, and its rows for a scenario. */
#include "sim/study/input/input_series.h"

#include <stdlib.h>
#include "sim/engine/time.h"

#define GAP 3

static struct recorded_sample *at(const struct input_series *series, guint i)
{
    return &g_array_index(series->recorded.samples, struct recorded_sample, i);
}

struct step {
    int64_t ns, rate;
};

static int by_length(gconstpointer a, gconstpointer b)
{
    const struct step *left = a, *right = b;
    return (left->ns > right->ns) - (left->ns < right->ns);
}

static int by_rate(gconstpointer a, gconstpointer b)
{
    const struct step *left = a, *right = b;
    return (left->rate > right->rate) - (left->rate < right->rate);
}

static void measure(struct input_series *series)
{
    guint count = series->recorded.samples->len - 1;
    struct step *steps = g_new(struct step, count);
    for (guint i = 0; i < count; i++) {
        int64_t ns = at(series, i + 1)->t_ns - at(series, i)->t_ns;
        steps[i] = (struct step){
            ns, recorded_series_rate(at(series, i + 1)->bytes - at(series, i)->bytes, ns)};
    }
    int64_t span = at(series, count)->t_ns - at(series, 0)->t_ns, below = 0;
    series->mean = recorded_series_rate(at(series, count)->bytes, span);
    qsort(steps, count, sizeof *steps, by_rate);
    series->peak = steps[count - 1].rate;
    for (guint i = 0; i < count && below < span - span / 100; i++) {
        series->p99 = steps[i].rate;
        below += steps[i].ns;
    }
    qsort(steps, count, sizeof *steps, by_length);
    series->step_ns = steps[count / 2].ns;
    series->longest_ns = steps[count - 1].ns;
    for (guint i = 0; i < count; i++)
        series->gaps += steps[i].ns / GAP > series->step_ns;
    g_free(steps);
}

bool input_series_read(struct input_series *series, const char *name, const char *bytes, size_t len,
                       struct diagnostics *diagnostics)
{
    *series = (struct input_series){0};
    if (!recorded_series_read(&series->recorded, name, bytes, len, diagnostics))
        return false;
    measure(series);
    if (series->mean > 0)
        return true;
    diagnostics_add(diagnostics, (struct place){.source = series->recorded.source},
                    "the offset never rises: nothing is written in that time, or it is no "
                    "master_repl_offset");
    return false;
}

void input_series_clear(struct input_series *series)
{
    recorded_series_clear(&series->recorded);
}

GString *input_series_rows(const struct input_series *series, guint *stride)
{
    guint last = series->recorded.samples->len - 1;
    *stride = (last + INPUT_SERIES_ROWS - 1) / INPUT_SERIES_ROWS;
    GString *out = g_string_new("t_ns,bytes\n");
    for (guint i = 0;; i = MIN(i + *stride, last)) {
        g_string_append_printf(out, "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "\n",
                               at(series, i)->t_ns - at(series, 0)->t_ns, at(series, i)->bytes);
        if (i == last)
            return out;
    }
}
