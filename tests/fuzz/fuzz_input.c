/* Any bytes are a redis.conf, a dump of INFO, a log of outages and a recorded offset, or are
 * refused with at least one problem: no crash, no leak, no undefined behaviour. */
#include <stdint.h>
#include <stdlib.h>
#include "sim/study/input/input_conf.h"
#include "sim/study/input/input_info.h"
#include "sim/study/input/input_outages.h"
#include "sim/study/input/input_series.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_good, struct problems *problems)
{
    if (is_good != (problems_count(problems) == 0))
        abort();
    for (size_t i = 0; i < problems_count(problems); i++) {
        char *text = problems_text(problems, i);
        if (!g_utf8_validate(text, -1, NULL))
            abort();
        g_free(text);
    }
    problems_free(problems);
}

static void check_outages(const char *bytes, size_t size)
{
    struct problems *problems = problems_new();
    struct input_outages outages;
    bool is_good = input_outages_read(&outages, "fuzz", bytes, size, problems);
    g_string_free(input_outages_law(&outages), TRUE);
    if (input_outages_per_year_milli(&outages) < 0)
        abort();
    check(is_good, problems);
    input_outages_clear(&outages);
}

/* The rows never fall and begin at 0: what a scenario takes. */
static void check_series(const char *bytes, size_t size)
{
    struct problems *problems = problems_new();
    struct input_series series;
    bool is_good = input_series_read(&series, "fuzz", bytes, size, problems);
    const struct input_sample *samples = (const struct input_sample *)(void *)series.samples->data;
    for (guint i = 0; is_good && i < series.samples->len; i++)
        if (i == 0
                ? samples[i].bytes != 0
                : samples[i].bytes < samples[i - 1].bytes || samples[i].t_ns <= samples[i - 1].t_ns)
            abort();
    check(is_good, problems);
    input_series_clear(&series);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    struct problems *problems = problems_new();
    struct input_conf conf;
    check(input_conf_read(&conf, "fuzz", bytes, size, problems), problems);
    input_conf_clear(&conf);
    struct input_info info;
    problems = problems_new();
    check(input_info_read(&info, "fuzz", bytes, size, problems), problems);
    (void)input_info_rate(&info, NULL);
    (void)input_info_rate(&info, &info);
    check_outages(bytes, size);
    check_series(bytes, size);
    return 0;
}
