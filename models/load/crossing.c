/* The rate of all sources, and when it next crosses a limit.
 *
 * The search walks windows in which no source starts or ends. A window where even the extremes of
 * all sources together do not reach the limit is skipped whole; in the others it walks the edges
 * (bursts, stays, samples), between which the rate is constant or linear. */
#include <assert.h>
#include <stdbool.h>
#include "models/load/load.h"
#include "models/load/sources.h"
#include "sim/engine/time.h"

static int64_t saturating_sum(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

int64_t load_rate(const struct load *load, int64_t t)
{
    int64_t rate = 0;
    for (uint32_t i = 0; i < load->count; i++)
        rate = saturating_sum(rate, source_rate(&load->sources[i], t));
    return rate;
}

/* What load_rate_above and load_rate_below look for. */
struct crossing {
    int64_t limit;
    bool is_above;
};

static bool is_met(const struct crossing *crossing, int64_t rate)
{
    return crossing->is_above ? rate > crossing->limit : rate <= crossing->limit;
}

static int64_t next_limit(const struct load *load, int64_t t)
{
    int64_t next = load->context.horizon_ns + 1;
    for (uint32_t i = 0; i < load->count; i++) {
        int64_t at = source_next_limit(&load->sources[i], t);
        if (at < next)
            next = at;
    }
    return next;
}

static int64_t next_edge(const struct load *load, int64_t t)
{
    int64_t next = load->context.horizon_ns + 1;
    for (uint32_t i = 0; i < load->count; i++) {
        int64_t at = source_next_edge(&load->sources[i], t);
        if (at < next)
            next = at;
    }
    return next;
}

/* No rate in [t, until) meets it, even if all sources reach their extremes at once. */
static bool is_out_of_reach(const struct load *load, const struct crossing *crossing, int64_t t,
                            int64_t until)
{
    int64_t bound = 0;
    for (uint32_t i = 0; i < load->count; i++)
        bound = saturating_sum(bound,
                               source_rate_bound(&load->sources[i], t, until, crossing->is_above));
    return !is_met(crossing, bound);
}

/* Within [t, until) rates are constant or linear, so if the last ns meets it and the first does
 * not, one crossing lies between. */
static int64_t cross_ramp(const struct load *load, const struct crossing *crossing, int64_t t,
                          int64_t until)
{
    if (is_met(crossing, load_rate(load, t)))
        return t;
    int64_t low = t, high = until - 1;
    if (!is_met(crossing, load_rate(load, high)))
        return TIME_NEVER;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (is_met(crossing, load_rate(load, middle)))
            high = middle;
        else
            low = middle;
    }
    return high;
}

static int64_t find_crossing(const struct load *load, const struct crossing *crossing, int64_t t)
{
    assert(t >= 0);
    int64_t end = load->context.horizon_ns;
    while (t <= end) {
        int64_t limit = next_limit(load, t);
        if (is_out_of_reach(load, crossing, t, limit)) {
            t = limit;
            continue;
        }
        for (int64_t edge; t < limit; t = edge) {
            edge = next_edge(load, t);
            int64_t at = cross_ramp(load, crossing, t, edge);
            if (at != TIME_NEVER)
                return at;
        }
    }
    return TIME_NEVER;
}

int64_t load_rate_above(const struct load *load, int64_t t, int64_t limit)
{
    return find_crossing(load, &(struct crossing){.limit = limit, .is_above = true}, t);
}

int64_t load_rate_below(const struct load *load, int64_t t, int64_t limit)
{
    return find_crossing(load, &(struct crossing){.limit = limit, .is_above = false}, t);
}
