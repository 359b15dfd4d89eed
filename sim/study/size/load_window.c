/* See load_window.h. */
#include "sim/study/size/load_window.h"

#include <glib.h>
#include "models/load/load.h"
#include "sim/engine/time.h"
#include "sim/study/size/outage_run.h"

#define STEPS     64 /* of a window, between two begins that are looked at */
#define LOOKS_MAX 200000
#define RANDOM_NS (86400 * NS_PER_S)

int64_t load_window_span(const struct scenario *scenario)
{
    int64_t span = 10 * NS_PER_S;
    for (uint32_t i = 0; i < scenario->load_count; i++) {
        const struct load_spec *spec = &scenario->loads[i].spec;
        int64_t own = spec->on_ns + spec->off_ns;
        if (spec->series_count > 0)
            own = spec->series_ns[spec->series_count - 1] - spec->from_ns;
        else if (spec->high_mean_ns > 0)
            own = RANDOM_NS;
        else if (spec->rate_end != spec->rate && spec->to_ns < scenario->duration)
            own = spec->to_ns - spec->from_ns;
        if (spec->from_ns > 0) /* it begins later than others */
            own += spec->from_ns;
        span = MAX(span, own);
    }
    return span;
}

struct load_window load_window_find(const struct scenario *scenario, uint64_t seed,
                                    uint64_t replication, int64_t window_ns)
{
    int64_t span = MIN(load_window_span(scenario), scenario->duration);
    int64_t horizon = span + window_ns;
    struct load *load = load_new(seed, replication, horizon);
    for (uint32_t i = 0; i < scenario->load_count; i++) {
        struct load_spec spec = outage_run_load(scenario, i, horizon);
        (void)load_add(load, &spec);
    }
    int64_t step = MAX(MAX(window_ns / STEPS, span / LOOKS_MAX), NS_PER_MS);
    struct load_window best = {0, load_bytes(load, window_ns)};
    for (int64_t begins = step; begins <= span; begins += step) {
        int64_t bytes = load_bytes(load, begins + window_ns) - load_bytes(load, begins);
        if (bytes > best.bytes)
            best = (struct load_window){begins, bytes};
    }
    load_free(load);
    return best;
}
