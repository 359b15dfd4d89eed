/* Tabulating, inverting and averaging. See size_curve.h. */
#include "sim/study/size/size_curve.h"

#include <assert.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "models/load/load.h"
#include "sim/engine/portable_math.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"

#define GRID        18
#define SHORTEST_NS (NS_PER_S / 2)
/* What happens does not change any more after so long, but that the stream grows. */
#define SETTLED_NS (1800 * NS_PER_S)
/* A pair of neighbours whose needs grow faster than their outages by this is looked into … */
#define JUMP 1.15
/* … until the outages are this near. */
#define NEAR        1.002
#define JUMPS_FIRST 8
/* Runs of a sample; the other points follow the load between them … */
#define RUNS 48
/* … until stretches are this short, and needs or outages this near. */
#define SHORT      1.02
#define FILLED     1.005
#define LEAST_NEED (64 * 1024)
/* What comes after an outage: how far a replica's next attempt may be. */
#define ATTEMPT_NS (300 * NS_PER_S)

/* ---- intervals ---- */

struct risk risk_of(const struct sample *sample, double confidence)
{
    double mean = sample->mean;
    struct risk risk = {.share = mean, .count = sample->count, .low = 0, .high = 1, .half = 1};
    if (sample->count < 2)
        return risk;
    risk.half = sample_reach(sample, confidence);
    if (sample->squares == 0 && (mean == 0 || mean == 1)) /* all alike: the rule of three */
        risk.half = 3 / (double)sample->count;
    risk.low = MAX(0, mean - risk.half);
    risk.high = MIN(1, mean + risk.half);
    return risk;
}

struct risk risk_of_values(const double *values, uint64_t count, double confidence)
{
    struct sample sample = {0};
    for (uint64_t i = 0; i < count; i++)
        sample_add(&sample, values[i]);
    return risk_of(&sample, confidence);
}

/* ---- tabulating ---- */

static int64_t exceeded_with(const struct dist *law, double share)
{
    int64_t low = SHORTEST_NS, high = CURVE_LONGEST_NS;
    while (high - low > NS_PER_MS) {
        int64_t middle = low + (high - low) / 2;
        if (dist_tail(law, middle) > share)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static bool is_alone(const struct probe *probe)
{
    const struct scenario *scenario = probe->scenario;
    uint32_t count = 0;
    for (uint32_t i = 0; i < scenario->node_count; i++)
        count += scenario->nodes[i].replicaof == scenario->nodes[probe->replica].replicaof;
    return count == 1;
}

void curve_init(struct curve *curve, const struct probe *probe, const struct size_setting *setting,
                const struct dist *law, double share)
{
    int64_t most = exceeded_with(law, share);
    *curve = (struct curve){.probe = probe,
                            .setting = *setting,
                            .law = *law,
                            .least_ns = SHORTEST_NS,
                            .most_ns = MAX(most, 2 * SHORTEST_NS),
                            .settled_ns = SETTLED_NS};
    if (is_alone(probe)) /* without other replicas the ttl frees the backlog later */
        curve->settled_ns += setting->ttl_s * NS_PER_S;
    curve->setting.backlog_bytes = OUTAGE_RUN_ENDLESS_BYTES;
}

void curve_clear(struct curve *curve)
{
    g_free(curve->samples);
}

/* One sample in the making. */
struct making {
    const struct curve *curve;
    uint64_t index;
    struct load *load; /* of the replica's master */
    int64_t begins;
    struct curve_sample *sample;
    struct curve_point settled; /* of the outage beyond which only the stream grows; 0: no run */
};

static struct load *load_of_master(const struct curve *curve, uint64_t sample, int64_t horizon)
{
    const struct scenario *scenario = curve->probe->scenario;
    struct load *load = load_new(curve->probe->seed, sample, horizon);
    for (uint32_t i = 0; i < scenario->load_count; i++) {
        struct load_spec spec = outage_run_load(scenario, i, horizon);
        if (scenario->loads[i].node != scenario->nodes[curve->probe->replica].replicaof)
            continue;
        const char *wrong = load_add(load, &spec);
        assert(!wrong);
        (void)wrong;
    }
    return load;
}

/* Bytes that the master writes between two times of the outage. */
static int64_t written(const struct making *making, int64_t from, int64_t to)
{
    return load_bytes(making->load, making->begins + to) -
           load_bytes(making->load, making->begins + from);
}

static struct outage_run_result run(struct making *making, int64_t outage)
{
    const struct curve *curve = making->curve;
    struct curve_sample *out = making->sample;
    struct outage_run_result result =
        outage_run_run(curve->probe, &curve->setting, making->index, outage);
    out->is_limited = out->is_limited || result.is_limited;
    if (result.is_full)
        out->reason = result.reason;
    if (result.broken[0] != '\0')
        g_strlcpy(out->broken, result.broken, sizeof out->broken);
    out->runs++;
    return result;
}

/* Outages too long to be worth a run each: one run up to where all is settled, and the load. */
static struct curve_point look_far(struct making *making, int64_t outage)
{
    int64_t settled = making->curve->settled_ns;
    if (making->settled.outage_ns == 0)
        making->settled = (struct curve_point){settled, settled, run(making, settled).need_bytes};
    struct curve_point point = {outage, outage, making->settled.need_bytes};
    if (point.need_bytes != OUTAGE_RUN_NEED_NONE)
        point.need_bytes += written(making, settled, outage);
    return point;
}

static struct curve_point look(struct making *making, int64_t outage)
{
    if (outage > making->curve->settled_ns)
        return look_far(making, outage);
    struct outage_run_result result = run(making, outage);
    return (struct curve_point){outage, outage + MAX(result.ask_ns, 0), result.need_bytes};
}

static void insert(struct curve_sample *sample, uint32_t at, struct curve_point point)
{
    memmove(&sample->points[at + 1], &sample->points[at],
            (sample->count - at) * sizeof sample->points[0]);
    sample->points[at] = point;
    sample->count++;
}

static double ratio(int64_t upper, int64_t lower)
{
    return (double)upper / (double)MAX(lower, 1);
}

static struct curve_point before(const struct curve_sample *sample, uint32_t i)
{
    return i > 0 ? sample->points[i - 1] : (struct curve_point){0};
}

/* How much a run between point i - 1 and i adds; 0: nothing. Between attempts that are far
 * apart, and where needs grow faster than outages, a straight line would be wrong. */
static double worth(const struct curve_sample *sample, uint32_t i)
{
    struct curve_point upper = sample->points[i], lower = before(sample, i);
    double outages = ratio(upper.outage_ns, MAX(lower.until_ns, SHORTEST_NS / 8));
    int64_t step = MAX(upper.until_ns - upper.outage_ns, lower.until_ns - lower.outage_ns);
    if (upper.need_bytes <= lower.need_bytes || outages < NEAR)
        return 0;
    bool is_jump = ratio(upper.need_bytes, lower.need_bytes) >= JUMP * outages;
    if (is_jump)
        return 1 + (outages - 1) * JUMPS_FIRST;
    return step > upper.outage_ns / 50 ? outages : 0;
}

/* How far from a straight line the load may run between point i - 1 and i; 0: not far. Several
 * bursts in one stretch look straight: stretches are short first of all. */
static double worth_filling(const struct curve_sample *sample, uint32_t i)
{
    struct curve_point upper = sample->points[i], lower = before(sample, i);
    double needs = ratio(upper.need_bytes, MAX(lower.need_bytes, LEAST_NEED));
    double outages = ratio(upper.outage_ns, MAX(lower.until_ns, SHORTEST_NS));
    if (upper.need_bytes == OUTAGE_RUN_NEED_NONE || needs < FILLED || outages < NEAR)
        return 0;
    double bent = needs > outages ? needs / outages : outages / needs;
    return MAX(bent > FILLED ? bent : 0, outages > SHORT ? outages : 0);
}

typedef double worth_of(const struct curve_sample *sample, uint32_t i);

/* The point before which something is most worth while; count: none. */
static uint32_t most_worth(const struct curve_sample *sample, worth_of *of)
{
    uint32_t best = sample->count;
    double most = 0;
    for (uint32_t i = 0; i < sample->count; i++) {
        double here = of(sample, i);
        best = here > most ? i : best;
        most = here > most ? here : most;
    }
    return best;
}

static void refine(struct making *making)
{
    struct curve_sample *sample = making->sample;
    while (sample->count < RUNS) {
        uint32_t at = most_worth(sample, worth);
        if (at == sample->count)
            return;
        int64_t from = before(sample, at).until_ns;
        insert(sample, at, look(making, from + (sample->points[at].outage_ns - from) / 2));
    }
}

/* Between two runs the need grows as the stream does, in bursts: the attempt that ends an outage in
 * the middle lies in the middle of theirs. */
static void fill(struct making *making)
{
    struct curve_sample *sample = making->sample;
    int64_t attempts[CURVE_POINTS + 1] = {0}; /* that of the point before the first, and so on */
    for (uint32_t i = 0; i < sample->count; i++)
        attempts[i + 1] = sample->points[i].until_ns;
    while (sample->count < CURVE_POINTS) {
        uint32_t at = most_worth(sample, worth_filling);
        if (at == sample->count)
            return;
        struct curve_point upper = sample->points[at], lower = before(sample, at);
        int64_t middle = lower.until_ns + (upper.outage_ns - lower.until_ns) / 2;
        int64_t attempt = attempts[at] + (attempts[at + 1] - attempts[at]) / 2;
        int64_t all = written(making, attempts[at], attempts[at + 1]);
        int64_t grown = upper.need_bytes - lower.need_bytes;
        int64_t part =
            all > 0 ? mul_div(grown, written(making, attempts[at], attempt), all) : grown / 2;
        memmove(&attempts[at + 2], &attempts[at + 1], (sample->count - at) * sizeof attempts[0]);
        attempts[at + 1] = attempt;
        insert(sample, at, (struct curve_point){middle, middle, lower.need_bytes + part});
    }
}

/* A PING more or less, which one attempt sees and the next does not, is no fall. */
static bool is_rising(const struct curve_sample *sample)
{
    for (uint32_t i = 1; i < sample->count; i++) {
        int64_t lower = sample->points[i - 1].need_bytes;
        if (sample->points[i].need_bytes < lower - lower / 1000)
            return false;
    }
    return true;
}

/* Outages evenly spread in the logarithm, and the grid itself anywhere. */
void curve_make(const struct curve *curve, uint64_t index, struct curve_sample *sample)
{
    *sample = (struct curve_sample){.reason = REASON_COUNT};
    struct making making = {.curve = curve,
                            .index = index,
                            .begins = outage_run_begins(curve->probe, index),
                            .sample = sample};
    making.load = load_of_master(curve, index, making.begins + curve->most_ns + ATTEMPT_NS);
    struct random random;
    random_init(&random, curve->probe->seed, index, "outage", "grid");
    double step =
        portable_log((double)curve->most_ns / (double)curve->least_ns) / (double)(GRID - 1);
    double shift = random_unit(&random);
    for (uint32_t i = 0; i < GRID; i++) {
        double up = i + 1 < GRID ? ((double)i + shift) * step : (double)(GRID - 1) * step;
        int64_t outage = (int64_t)((double)curve->least_ns * portable_exp(up));
        sample->points[sample->count++] = look(&making, outage);
    }
    refine(&making);
    fill(&making);
    sample->is_rising = is_rising(sample);
    load_free(making.load);
}

static void make_sample(void *user, uint64_t index, void *record)
{
    curve_make(user, index, record);
}

void curve_extend(struct curve *curve, struct worker_pool *pool, uint64_t count)
{
    if (count <= curve->count)
        return;
    curve->samples = g_renew(struct curve_sample, curve->samples, count);
    uint64_t before = curve->count;
    struct worker_pool_task task = {
        .work = make_sample, .user = curve, .record_size = sizeof(struct curve_sample)};
    if (curve->made)
        memcpy(curve->samples + before, curve->made + before, (count - before) * task.record_size);
    else
        worker_pool_map(pool, &task, before, count - before, curve->samples + before);
    curve->count = count;
}

/* ---- inverting ---- */

static bool covers(const struct curve_sample *sample, uint32_t i, int64_t backlog)
{
    return before(sample, i + 1).need_bytes <= backlog;
}

/* The outage between point i - 1 and i at which the need crosses the backlog, up or down. */
static int64_t crossing(const struct curve_sample *sample, uint32_t i, int64_t backlog)
{
    struct curve_point upper = sample->points[i], lower = before(sample, i);
    int64_t from = MIN(lower.until_ns, upper.outage_ns), gap = upper.outage_ns - from;
    if (upper.need_bytes == OUTAGE_RUN_NEED_NONE || lower.need_bytes == OUTAGE_RUN_NEED_NONE)
        return from + gap / 2;
    return from + mul_div(gap, llabs(backlog - lower.need_bytes),
                          llabs(upper.need_bytes - lower.need_bytes));
}

int64_t curve_outage(const struct curve_sample *sample, int64_t backlog)
{
    for (uint32_t i = 0; i < sample->count; i++)
        if (!covers(sample, i, backlog))
            return crossing(sample, i, backlog);
    return sample->points[sample->count - 1].outage_ns;
}

double curve_share(const struct curve *curve, const struct curve_sample *sample, int64_t backlog)
{
    double share = 0;
    bool is_full = false;
    for (uint32_t i = 0; i < sample->count; i++) {
        if (covers(sample, i, backlog) != is_full)
            continue;
        double tail = dist_tail(&curve->law, crossing(sample, i, backlog));
        share += is_full ? -tail : tail;
        is_full = !is_full;
    }
    /* what was not looked at counts as full */
    return is_full ? share
                   : share + dist_tail(&curve->law, sample->points[sample->count - 1].outage_ns);
}

struct risk curve_risk(const struct curve *curve, int64_t backlog)
{
    double *shares = g_new(double, curve->count + 1);
    for (uint64_t i = 0; i < curve->count; i++)
        shares[i] = curve_share(curve, &curve->samples[i], backlog);
    struct risk risk = risk_of_values(shares, curve->count, 0.95);
    g_free(shares);
    return risk;
}
