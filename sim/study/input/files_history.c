/* What a recorded offset, a log of outages and servers' logs say of a case. See input_files.h. */
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/study/input/input.h"
#include "sim/study/input/input_files.h"
#include "sim/study/input/input_outages.h"
#include "sim/study/input/input_series.h"

#define SHORT_LOG   (INT64_C(30) * 86400 * NS_PER_S)
#define COARSE_STEP (INT64_C(60) * NS_PER_S)

struct words {
    char text[32];
};

static struct words words_of(enum quantity_kind kind, int64_t value)
{
    struct words words = {0};
    quantity_print_short(kind, value, words.text, sizeof words.text);
    return words;
}

/* ---- recorded offset ---- */

static void remark_series(const struct input *input, const char *path,
                          const struct input_series *series, guint stride)
{
    if (series->recorded.resets > 0)
        provenance_remark(input->provenance,
                          "%s: the offset goes back %" G_GINT64_FORMAT
                          " time%s (another master, or a restart); what was written there is taken "
                          "to be the mean",
                          path, series->recorded.resets, series->recorded.resets > 1 ? "s" : "");
    if (series->gaps > 0)
        provenance_remark(input->provenance,
                          "%s: %" G_GINT64_FORMAT
                          " gap%s, the longest %s: what was written is spread evenly there",
                          path, series->gaps, series->gaps > 1 ? "s" : "",
                          words_of(QUANTITY_DURATION, series->longest_ns).text);
    if (stride > 1)
        provenance_remark(input->provenance,
                          "%s has more samples than a scenario takes: every %u. one is used, which "
                          "flattens bursts",
                          path, stride);
    else if (series->step_ns >= COARSE_STEP)
        provenance_remark(input->provenance,
                          "%s has a sample in %s: shorter bursts than that are not seen", path,
                          words_of(QUANTITY_DURATION, series->step_ns).text);
}

static void note_series(const struct input *input, const char *path,
                        const struct input_series *series)
{
    guint count = series->recorded.samples->len, stride = 0;
    const struct recorded_sample *samples =
        (const struct recorded_sample *)(void *)series->recorded.samples->data;
    char *value = g_strdup_printf(
        "mean %s/s, p99 %s/s, peak %s/s", words_of(QUANTITY_SIZE, series->mean).text,
        words_of(QUANTITY_SIZE, series->p99).text, words_of(QUANTITY_SIZE, series->peak).text);
    input_note(&input->figures->write_rate, value,
               g_strdup_printf(
                   "%s: %u samples, %s apart, %s in all, repeated", path, count,
                   words_of(QUANTITY_DURATION, series->step_ns).text,
                   words_of(QUANTITY_DURATION, samples[count - 1].t_ns - samples[0].t_ns).text));
    input->figures->rows = input_series_rows(series, &stride);
    remark_series(input, path, series, stride);
    g_free(value);
}

void input_take_series(const struct input *input)
{
    size_t len = 0;
    const char *path = input->options->series;
    char *bytes = path ? input_load(input, path, &len) : NULL;
    if (!bytes)
        return;
    struct input_series series;
    if (input_series_read(&series, path, bytes, len, input->diagnostics))
        note_series(input, path, &series);
    input_series_clear(&series);
    g_free(bytes);
}

/* ---- outages ---- */

static void note_frequency(const struct input *input, const char *path,
                           const struct input_outages *outages)
{
    int64_t span = outages->end_ns - outages->first_ns,
            milli = input_outages_per_year_milli(outages);
    struct words days = words_of(QUANTITY_DURATION, span);
    guint links = MAX(g_hash_table_size(outages->links), 1);
    if (milli == 0) {
        input_note(&input->figures->per_year, NULL,
                   g_strdup_printf("assumed: %s lists %s, so no frequency can be derived", path,
                                   outages->end_ns > 0 ? "a single outage" : "durations alone"));
        return;
    }
    char *value = g_strdup_printf("%" G_GINT64_FORMAT ".%03d", MAX(milli, 10) / 1000,
                                  (int)(MAX(milli, 10) % 1000));
    input_note(&input->figures->per_year, value,
               g_strdup_printf("%s: %u in %s from first start to last end, of %u link%s", path,
                               outages->durations_ns->len, days.text, links, links > 1 ? "s" : ""));
    if (span < SHORT_LOG && !input->options->per_year)
        provenance_remark(input->provenance,
                          "%s spans %s only: how often outages come in a year (%s of each replica) "
                          "is extrapolated; --outages-per-year replaces it",
                          path, days.text, value);
    g_free(value);
}

static void note_outages(const struct input *input, const char *path,
                         const struct input_outages *outages)
{
    guint count = outages->durations_ns->len;
    const int64_t *lengths = (const int64_t *)(void *)outages->durations_ns->data;
    char *value = g_strdup_printf(
        "median %s, longest %s",
        words_of(QUANTITY_DURATION, lengths[(count - 1) / 2] / 2 + lengths[count / 2] / 2).text,
        words_of(QUANTITY_DURATION, lengths[count - 1]).text);
    input_note(&input->figures->outages, value,
               g_strdup_printf("%s: %u outage%s", path, count, count > 1 ? "s" : ""));
    input->figures->law = input_outages_law(outages);
    char *number = g_strdup_printf("%u", count);
    provenance_add(input->provenance, PROVENANCE_RECORDED, number, path);
    g_free(number);
    for (guint i = 0; i < count; i++)
        input->figures->outage_mean_s += (double)lengths[i] / (double)NS_PER_S / count;
    provenance_remark(input->provenance,
                      "no outage longer than the longest in %s (%s) is accounted for; of what "
                      "happens less often than once in %u outages the log says nothing",
                      path, words_of(QUANTITY_DURATION, lengths[count - 1]).text, count);
    g_free(value);
}

bool input_is_file(const char *outages)
{
    return outages && (strcmp(outages, "-") == 0 || g_file_test(outages, G_FILE_TEST_EXISTS));
}

void input_take_outages(const struct input *input)
{
    size_t len = 0;
    const char *path = input->options->outages;
    char *bytes = input_is_file(path) ? input_load(input, path, &len) : NULL;
    if (!bytes)
        return;
    struct input_outages outages;
    if (input_outages_read(&outages, path, bytes, len, input->diagnostics)) {
        note_outages(input, path, &outages);
        note_frequency(input, path, &outages);
    }
    input_outages_clear(&outages);
    g_free(bytes);
}

/* ---- servers' logs ---- */

static void note_logged(const struct input *input, struct input_figure *figure, const char *value,
                        const char *how)
{
    if (value)
        input_note(figure, value, g_strdup_printf("%s: %s", input->logs->name, how));
}

/* Logs of an incident begin and end with it: what comes in a week of them says nothing about a year. */
static void note_logged_frequency(const struct input *input, struct input_outages *outages)
{
    const struct input_logs *logs = input->logs;
    outages->first_ns = MIN(outages->first_ns, logs->first_ns);
    outages->end_ns = MAX(outages->end_ns, logs->end_ns);
    int64_t span = outages->end_ns - outages->first_ns;
    if (span >= SHORT_LOG)
        note_frequency(input, logs->name, outages);
    else
        input_note(&input->figures->per_year, NULL,
                   g_strdup_printf("assumed: %s spans %s, too little for a frequency", logs->name,
                                   words_of(QUANTITY_DURATION, span).text));
}

static void read_logged_outages(const struct input *input)
{
    const struct input_logs *logs = input->logs;
    struct input_outages outages;
    if (!logs->outages || input->options->outages)
        return;
    if (input_outages_read(&outages, logs->name, logs->outages->str, logs->outages->len,
                           input->diagnostics)) {
        note_outages(input, logs->name, &outages);
        note_logged_frequency(input, &outages);
    }
    input_outages_clear(&outages);
}

static void read_logged_offsets(const struct input *input)
{
    const struct input_logs *logs = input->logs;
    struct input_series series;
    if (!logs->offsets || input->options->series || input->options->write_rate)
        return;
    if (input_series_read(&series, logs->name, logs->offsets->str, logs->offsets->len,
                          input->diagnostics))
        note_series(input, logs->name, &series);
    input_series_clear(&series);
}

void input_take_logs(const struct input *input)
{
    const struct input_logs *logs = input->logs;
    struct input_figures *figures = input->figures;
    if (!logs)
        return;
    note_logged(input, &figures->server, logs->server, "version");
    note_logged(input, &figures->dataset, logs->dataset, "the largest payload");
    note_logged(input, &figures->replicas, logs->replicas, "replicas that resynchronised");
    note_logged(input, &figures->kind, logs->kind, "how most of the losses were noticed");
    note_logged(input, &figures->fork, logs->fork, "fork, at most, by the payload");
    note_logged(input, &figures->save, logs->save, "the slowest save");
    note_logged(input, &figures->load, logs->load, "the slowest load");
    read_logged_offsets(input);
    read_logged_outages(input);
}
