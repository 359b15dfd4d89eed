/* Any bytes are a redis.conf, a dump of INFO, a log of outages and a recorded offset, or are
 * refused with at least one problem: no crash, no leak, no undefined behaviour. */
#include <stdint.h>
#include <stdlib.h>
#include "sim/scenario/input_conf.h"
#include "sim/study/input/input_info.h"
#include "sim/study/input/input_outages.h"
#include "sim/study/input/input_series.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_good, struct diagnostics *diagnostics)
{
    if (is_good != (diagnostics_count(diagnostics) == 0))
        abort();
    for (size_t i = 0; i < diagnostics_count(diagnostics); i++) {
        char *text = diagnostics_text(diagnostics, i);
        if (!g_utf8_validate(text, -1, NULL))
            abort();
        g_free(text);
    }
    diagnostics_free(diagnostics);
}

static void check_outages(const char *bytes, size_t size)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct input_outages outages;
    bool is_good = input_outages_read(&outages, "fuzz", bytes, size, diagnostics);
    g_string_free(input_outages_law(&outages), TRUE);
    if (input_outages_per_year_milli(&outages) < 0)
        abort();
    check(is_good, diagnostics);
    input_outages_clear(&outages);
}

/* The rows never fall and begin at 0: what a scenario takes. */
static void check_series(const char *bytes, size_t size)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct input_series series;
    bool is_good = input_series_read(&series, "fuzz", bytes, size, diagnostics);
    const struct recorded_sample *samples =
        (const struct recorded_sample *)(void *)series.recorded.samples->data;
    for (guint i = 0; is_good && i < series.recorded.samples->len; i++)
        if (i == 0
                ? samples[i].bytes != 0
                : samples[i].bytes < samples[i - 1].bytes || samples[i].t_ns <= samples[i - 1].t_ns)
            abort();
    check(is_good, diagnostics);
    input_series_clear(&series);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct diagnostics *diagnostics = diagnostics_new();
    struct input_conf conf;
    check(input_conf_read(&conf, "fuzz", bytes, size, diagnostics), diagnostics);
    input_conf_clear(&conf);
    struct input_info info;
    diagnostics = diagnostics_new();
    check(input_info_read(&info, "fuzz", bytes, size, diagnostics), diagnostics);
    (void)input_info_rate(&info, NULL);
    (void)input_info_rate(&info, &info);
    check_outages(bytes, size);
    check_series(bytes, size);
    return 0;
}
