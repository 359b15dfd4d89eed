/* The risk curve's plain ways: runs with the very backlog. See size_curve.h. */
#include <glib.h>
#include <string.h>
#include "sim/engine/random.h"
#include "sim/engine/time.h"
#include "sim/study/size/size_curve.h"

/* Points of a table that are run anew, besides those at which its answer changes. */
#define EDGES 64

struct plain {
    const struct curve *curve;
    struct size_setting setting;
    uint64_t count;
};

static bool is_full(const struct plain *plain, uint64_t sample, int64_t outage)
{
    return outage_run_run(plain->curve->probe, &plain->setting, sample, outage).is_full;
}

/* The last outage, to the millisecond, that ends as the one of `low` does; that of `high` does not.
 */
static int64_t edge_between(const struct plain *plain, uint64_t sample, int64_t low, int64_t high)
{
    bool below = low > 0 && is_full(plain, sample, low);
    while (high - low > NS_PER_MS) {
        int64_t middle = low + (high - low) / 2;
        if (is_full(plain, sample, middle) == below)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int64_t bisect(const struct plain *plain, uint64_t sample)
{
    const struct curve *curve = plain->curve;
    int64_t low = 0, high = curve->most_ns;
    if (sample < curve->count) { /* begin where the table says, and widen */
        int64_t guess = curve_outage(&curve->samples[sample], plain->setting.backlog_bytes);
        int64_t step = MAX(guess / 64, NS_PER_S);
        if (guess + step > curve->settled_ns) /* too long for a run each */
            return guess;
        low = MAX(0, guess - step);
        high = MIN(curve->most_ns, guess + step);
    }
    for (int64_t step = NS_PER_S; low > 0 && is_full(plain, sample, low); step *= 4) {
        high = low;
        low = MAX(0, low - step);
    }
    for (int64_t step = NS_PER_S; high < curve->most_ns && !is_full(plain, sample, high);
         step *= 4) {
        low = high;
        high = MIN(curve->most_ns, high + step);
    }
    if (high == curve->most_ns && !is_full(plain, sample, high))
        return high;
    return edge_between(plain, sample, low, high);
}

/* Where a longer outage may need less there is more than one edge: all of the table's points are
 * run, or enough of them, and each change between neighbours is bisected. */
static double share_of_edges(const struct plain *plain, const struct curve_sample *sample,
                             uint64_t index)
{
    double share = 0;
    int64_t before = 0;
    bool was_full = false;
    uint32_t stride = MAX(1, sample->count / EDGES);
    for (uint32_t i = 0; i < sample->count; i++) {
        int64_t outage = sample->points[i].outage_ns;
        bool is_last = i + 1 == sample->count;
        bool is_new =
            i == 0 || (sample->points[i].need_bytes <= plain->setting.backlog_bytes) !=
                          (sample->points[i - 1].need_bytes <= plain->setting.backlog_bytes);
        if (!is_new && !is_last && i % stride != 0)
            continue;
        bool is_far = outage > plain->curve->settled_ns;
        bool is_full_here = is_far ? sample->points[i].need_bytes > plain->setting.backlog_bytes
                                   : is_full(plain, index, outage);
        if (is_full_here != was_full) {
            int64_t edge = is_far ? outage : edge_between(plain, index, before, outage);
            double tail = dist_tail(&plain->curve->law, edge);
            share += is_full_here ? tail : -tail;
        }
        before = outage;
        was_full = is_full_here;
    }
    return was_full ? share : share + dist_tail(&plain->curve->law, before);
}

static void bisect_work(void *user, uint64_t index, void *record)
{
    const struct plain *plain = user;
    const struct curve *curve = plain->curve;
    double share = index < curve->count && !curve->samples[index].is_rising
                       ? share_of_edges(plain, &curve->samples[index], index)
                       : dist_tail(&curve->law, bisect(plain, index));
    memcpy(record, &share, sizeof share);
}

static void crude_work(void *user, uint64_t index, void *record)
{
    const struct plain *plain = user;
    struct random random;
    random_init(&random, plain->curve->probe->seed, index, "outage", "length");
    int64_t outage = MAX(1, dist_draw(&plain->curve->law, &random));
    double full = is_full(plain, index, MIN(outage, CURVE_LONGEST_NS)) ? 1 : 0;
    memcpy(record, &full, sizeof full);
}

static struct risk mean_of(const struct plain *plain, struct worker_pool *pool,
                           worker_pool_work *work)
{
    double *values = g_new0(double, plain->count + 1);
    struct worker_pool_task task = {
        .work = work, .user = (void *)plain, .record_size = sizeof(double)};
    worker_pool_map(pool, &task, 0, plain->count, values);
    struct risk risk = risk_of_values(values, plain->count, 0.95);
    g_free(values);
    return risk;
}

static struct plain plainly(const struct curve *curve, int64_t backlog, uint64_t count)
{
    struct plain plain = {.curve = curve, .setting = curve->setting, .count = count};
    plain.setting.backlog_bytes = backlog;
    return plain;
}

struct risk curve_bisect(const struct curve *curve, struct worker_pool *pool, int64_t backlog)
{
    struct plain plain = plainly(curve, backlog, curve->count);
    return mean_of(&plain, pool, bisect_work);
}

struct risk curve_crude(const struct curve *curve, struct worker_pool *pool, int64_t backlog,
                        uint64_t count)
{
    struct plain plain = plainly(curve, backlog, count);
    return mean_of(&plain, pool, crude_work);
}

int64_t curve_bisect_one(const struct curve *curve, uint64_t sample, int64_t backlog)
{
    struct plain plain = plainly(curve, backlog, curve->count);
    return bisect(&plain, sample);
}
