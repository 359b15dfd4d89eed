/* Tabulating, inverting and averaging. See size_curve.h. */
#include "sim/study/size_curve.h"

#include <assert.h>
#include <glib.h>
#include <math.h>
#include <string.h>
#include "models/load/load.h"
#include "sim/engine/portable_math.h"
#include "sim/engine/random.h"
#include "sim/engine/time.h"

#define GRID        18
#define SHORTEST_NS (NS_PER_S / 2)
#define LONGEST_NS  (30 * 86400 * NS_PER_S)
/* What happens does not change any more after so long, but that the stream grows. */
#define SETTLED_NS (1800 * NS_PER_S)
/* A pair of neighbours whose needs grow faster than their outages by this is looked into … */
#define JUMP 1.15
/* … until the outages are this near. */
#define NEAR        1.002
#define JUMPS_FIRST 8

/* ---- intervals ---- */

/* Student's t from the normal quantile (Cornish-Fisher; within 0.1 % from 20 values on): GSL's
 * rests on the machine's libm. */
static double student(double confidence, uint64_t count)
{
    double z = portable_normal_quantile(0.5 + confidence / 2), n = (double)(count - 1);
    return z + (z * z * z + z) / (4 * n) +
           (5 * z * z * z * z * z + 16 * z * z * z + 3 * z) / (96 * n * n);
}

struct risk risk_of(double mean, double squares, uint64_t count, double confidence)
{
    struct risk risk = {.share = mean, .count = count, .low = 0, .high = 1, .half = 1};
    if (count < 2)
        return risk;
    double n = (double)count;
    risk.half = student(confidence, count) * sqrt(squares / (n - 1) / n);
    if (squares == 0 && (mean == 0 || mean == 1)) /* all alike: the rule of three */
        risk.half = 3 / n;
    risk.low = MAX(0, mean - risk.half);
    risk.high = MIN(1, mean + risk.half);
    return risk;
}

/* Welford's way, so that a mean of 1e-9 keeps its digits. */
struct sums {
    double mean, squares;
    uint64_t count;
};

static void add(struct sums *sums, double value)
{
    double before = value - sums->mean;
    sums->count++;
    sums->mean += before / (double)sums->count;
    sums->squares += before * (value - sums->mean);
}

/* ---- tabulating ---- */

static int64_t exceeded_with(const struct dist *law, double share)
{
    int64_t low = SHORTEST_NS, high = LONGEST_NS;
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
    curve->setting.backlog_bytes = PROBE_ENDLESS_BYTES;
}

void curve_clear(struct curve *curve)
{
    g_free(curve->samples);
}

/* Bytes that the replica's master writes in the sample between two times of the outage. */
static int64_t written_between(const struct curve *curve, uint64_t sample, int64_t from,
                               int64_t outage)
{
    const struct scenario *scenario = curve->probe->scenario;
    int64_t begins = probe_begins(curve->probe, sample), bytes = 0;
    struct load *load = load_new(curve->probe->seed, sample, begins + outage);
    for (uint32_t i = 0; i < scenario->load_count; i++) {
        const struct scenario_load *writer = &scenario->loads[i];
        if (writer->node != scenario->nodes[curve->probe->replica].replicaof)
            continue;
        const char *wrong = load_add(load, &writer->spec);
        assert(!wrong);
        (void)wrong;
    }
    bytes = load_bytes(load, begins + outage) - load_bytes(load, begins + from);
    load_free(load);
    return bytes;
}

static struct probe_result run(const struct curve *curve, uint64_t sample, int64_t outage,
                               struct curve_sample *out)
{
    struct probe_result result = probe_run(curve->probe, &curve->setting, sample, outage);
    out->is_limited = out->is_limited || result.is_limited;
    if (result.is_full)
        out->reason = result.reason;
    if (result.broken[0] != '\0')
        g_strlcpy(out->broken, result.broken, sizeof out->broken);
    out->runs++;
    return result;
}

/* Outages too long to be worth a run each: one run up to where all is settled, and the load. */
static struct curve_point look_far(const struct curve *curve, uint64_t sample, int64_t outage,
                                   struct curve_sample *out)
{
    if (out->settled.outage_ns == 0) {
        struct probe_result result = run(curve, sample, curve->settled_ns, out);
        out->settled =
            (struct curve_point){curve->settled_ns, curve->settled_ns, result.need_bytes};
    }
    struct curve_point point = {outage, outage, out->settled.need_bytes};
    if (point.need_bytes != PROBE_NEED_NONE)
        point.need_bytes += written_between(curve, sample, curve->settled_ns, outage);
    return point;
}

static struct curve_point look(const struct curve *curve, uint64_t sample, int64_t outage,
                               struct curve_sample *out)
{
    if (outage > curve->settled_ns)
        return look_far(curve, sample, outage, out);
    struct probe_result result = run(curve, sample, outage, out);
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

/* How much a look between point i - 1 and i would tell; 0: nothing. Between attempts that are far
 * apart, and where needs grow faster than outages, a straight line would be wrong. */
static double worth(const struct curve_sample *sample, uint32_t i)
{
    struct curve_point upper = sample->points[i];
    struct curve_point lower = i > 0 ? sample->points[i - 1] : (struct curve_point){0};
    double outages = ratio(upper.outage_ns, MAX(lower.until_ns, SHORTEST_NS / 8));
    int64_t step = MAX(upper.until_ns - upper.outage_ns, lower.until_ns - lower.outage_ns);
    if (upper.need_bytes <= lower.need_bytes || outages < NEAR)
        return 0;
    bool is_jump = ratio(upper.need_bytes, lower.need_bytes) >= JUMP * outages;
    if (is_jump)
        return 1 + (outages - 1) * JUMPS_FIRST;
    return step > upper.outage_ns / 50 ? outages : 0;
}

static void refine(const struct curve *curve, uint64_t index, struct curve_sample *sample)
{
    while (sample->count < CURVE_POINTS) {
        uint32_t best = 0;
        double most = 0;
        for (uint32_t i = 0; i < sample->count; i++) {
            double here = worth(sample, i);
            best = here > most ? i : best;
            most = here > most ? here : most;
        }
        if (most == 0)
            return;
        int64_t before = best > 0 ? sample->points[best - 1].until_ns : 0;
        int64_t middle = before + (sample->points[best].outage_ns - before) / 2;
        insert(sample, best, look(curve, index, middle, sample));
    }
}

/* Outages evenly spread in the logarithm, and the grid itself anywhere. */
void curve_make(const struct curve *curve, uint64_t index, struct curve_sample *sample)
{
    *sample = (struct curve_sample){.reason = REASON_COUNT, .is_rising = true};
    struct random random;
    random_init(&random, curve->probe->seed, index, "outage", "grid");
    double step =
        portable_log((double)curve->most_ns / (double)curve->least_ns) / (double)(GRID - 1);
    double shift = random_unit(&random);
    for (uint32_t i = 0; i < GRID; i++) {
        double up = i + 1 < GRID ? ((double)i + shift) * step : (double)(GRID - 1) * step;
        int64_t outage = (int64_t)((double)curve->least_ns * portable_exp(up));
        sample->points[sample->count++] = look(curve, index, outage, sample);
    }
    refine(curve, index, sample);
    for (uint32_t i = 1; i < sample->count; i++)
        if (sample->points[i].need_bytes < sample->points[i - 1].need_bytes)
            sample->is_rising = false;
}

static void make_sample(void *user, uint64_t index, void *record)
{
    curve_make(user, index, record);
}

void curve_extend(struct curve *curve, struct crew *crew, uint64_t count)
{
    if (count <= curve->count)
        return;
    curve->samples = g_renew(struct curve_sample, curve->samples, count);
    uint64_t before = curve->count;
    struct crew_task task = {
        .work = make_sample, .user = curve, .record_size = sizeof(struct curve_sample)};
    if (curve->made)
        memcpy(curve->samples + before, curve->made + before, (count - before) * task.record_size);
    else
        crew_map(crew, &task, before, count - before, curve->samples + before);
    curve->count = count;
}

/* ---- inverting ---- */

int64_t curve_outage(const struct curve_sample *sample, int64_t backlog)
{
    uint32_t i = 0;
    while (i < sample->count && sample->points[i].need_bytes <= backlog)
        i++;
    if (i == sample->count)
        return sample->points[i - 1].outage_ns;
    struct curve_point upper = sample->points[i];
    struct curve_point lower = i > 0 ? sample->points[i - 1] : (struct curve_point){0};
    int64_t from = MIN(lower.until_ns, upper.outage_ns), gap = upper.outage_ns - from;
    if (upper.need_bytes == PROBE_NEED_NONE)
        return from + gap / 2;
    return from + mul_div(gap, backlog - lower.need_bytes, upper.need_bytes - lower.need_bytes);
}

struct risk curve_risk(const struct curve *curve, int64_t backlog)
{
    struct sums sums = {0};
    for (uint64_t i = 0; i < curve->count; i++)
        add(&sums, dist_tail(&curve->law, curve_outage(&curve->samples[i], backlog)));
    return risk_of(sums.mean, sums.squares, sums.count, 0.95);
}

/* ---- the plain ways ---- */

struct plain {
    const struct curve *curve;
    struct size_setting setting;
    uint64_t count;
};

static bool is_full(const struct plain *plain, uint64_t sample, int64_t outage)
{
    return probe_run(plain->curve->probe, &plain->setting, sample, outage).is_full;
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
    while (high - low > NS_PER_MS) {
        int64_t middle = low + (high - low) / 2;
        if (is_full(plain, sample, middle))
            high = middle;
        else
            low = middle;
    }
    return low;
}

static void bisect_work(void *user, uint64_t index, void *record)
{
    const struct plain *plain = user;
    double tail = dist_tail(&plain->curve->law, bisect(plain, index));
    memcpy(record, &tail, sizeof tail);
}

static void crude_work(void *user, uint64_t index, void *record)
{
    const struct plain *plain = user;
    struct random random;
    random_init(&random, plain->curve->probe->seed, index, "outage", "length");
    int64_t outage = MAX(1, dist_draw(&plain->curve->law, &random));
    double full = is_full(plain, index, MIN(outage, LONGEST_NS)) ? 1 : 0;
    memcpy(record, &full, sizeof full);
}

static struct risk mean_of(const struct plain *plain, struct crew *crew, crew_work *work)
{
    double *values = g_new0(double, plain->count + 1);
    struct crew_task task = {.work = work, .user = (void *)plain, .record_size = sizeof(double)};
    crew_map(crew, &task, 0, plain->count, values);
    struct sums sums = {0};
    for (uint64_t i = 0; i < plain->count; i++)
        add(&sums, values[i]);
    g_free(values);
    return risk_of(sums.mean, sums.squares, sums.count, 0.95);
}

static struct plain plainly(const struct curve *curve, int64_t backlog, uint64_t count)
{
    struct plain plain = {.curve = curve, .setting = curve->setting, .count = count};
    plain.setting.backlog_bytes = backlog;
    return plain;
}

struct risk curve_bisect(const struct curve *curve, struct crew *crew, int64_t backlog)
{
    struct plain plain = plainly(curve, backlog, curve->count);
    return mean_of(&plain, crew, bisect_work);
}

struct risk curve_crude(const struct curve *curve, struct crew *crew, int64_t backlog,
                        uint64_t count)
{
    struct plain plain = plainly(curve, backlog, count);
    return mean_of(&plain, crew, crude_work);
}

int64_t curve_bisect_one(const struct curve *curve, uint64_t sample, int64_t backlog)
{
    struct plain plain = plainly(curve, backlog, curve->count);
    return bisect(&plain, sample);
}
