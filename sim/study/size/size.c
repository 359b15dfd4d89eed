/* The search for an answer. See size.h. */
#include "sim/study/size/size.h"

#include <string.h>
#include "models/load/load.h"
#include "sim/engine/time.h"
#include "sim/study/size/load_window.h"
#include "sim/study/size/size_bounds.h"
#include "sim/study/size/size_fixed.h"
#include "sim/study/size/size_search.h"

#define MB              (INT64_C(1) << 20)
#define LEAST_BACKLOG   MB
#define YEAR_NS         (365 * 86400 * NS_PER_S)
#define FULL_SAMPLES    8
#define LOOKED_AT_NS    (2 * 86400 * NS_PER_S) /* of a load that goes on for longer */
#define LOOKED_AT_BELOW 50 /* the outages looked at reach to this part of the target */
#define LEAST_SHARE     1e-12
#define MOST_SHARE      0.001

/* Looks at how precise the answer is happen after these numbers of samples, and no others. */
static const uint64_t CHECKPOINTS[] = {100, 200, 400, 800, SIZE_SAMPLES};
#define PRECISE 0.05

/* ---- what the scenario says ---- */

static struct size_setting setting_of(const struct config *config)
{
    return (struct size_setting){.backlog_bytes = config->backlog_bytes,
                                 .ttl_s = config->backlog_ttl_s,
                                 .timeout_s = config->timeout_s,
                                 .limit = config->limit,
                                 .kept = config};
}

/* Over the time that the scenario lasts, or as much of it as shows all that the load can be. */
static void measure_load(struct search *search)
{
    const struct scenario *scenario = search->question->scenario;
    struct size_answer *answer = search->answer;
    int64_t horizon = MAX(LOOKED_AT_NS, search->probe.span_ns), last = 0;
    horizon = MAX(MIN(horizon, scenario->duration), NS_PER_S);
    struct load *load = load_new(search->question->seed, 0, horizon);
    for (uint32_t i = 0; i < scenario->load_count; i++)
        if (&scenario->nodes[scenario->loads[i].node] == answer->master)
            (void)load_add(load, &scenario->loads[i].spec);
    for (int64_t s = 1; s <= horizon / NS_PER_S; s++) {
        int64_t bytes = load_bytes(load, s * NS_PER_S);
        answer->peak_rate = MAX(answer->peak_rate, bytes - last);
        last = bytes;
    }
    answer->mean_rate = mul_div(load_bytes(load, horizon), NS_PER_S, horizon);
    load_free(load);
}

static double times_per_year(const struct scenario_fault *fault)
{
    double mean = (double)dist_mean(&fault->every) + (double)dist_mean(&fault->duration);
    return (double)YEAR_NS / mean;
}

bool size_is_story(const struct scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->fault_count; i++)
        if (scenario->faults[i].has_every)
            return false;
    return true;
}

bool size_is_counted(const struct scenario *scenario)
{
    return !size_is_story(scenario) && !size_by_count_is_needless(scenario);
}

static void read_scenario(struct search *search)
{
    const struct scenario *scenario = search->question->scenario;
    struct size_answer *answer = search->answer;
    search->probe = (struct probe){.scenario = scenario,
                                   .seed = search->question->seed,
                                   .span_ns = load_window_span(scenario)};
    search->probe.fault = outage_run_find_fault(scenario, &search->probe.replica);
    answer->is_story = size_is_story(scenario);
    int32_t replica = search->probe.fault < 0 ? -1 : search->probe.replica;
    for (uint32_t i = 0; i < scenario->node_count && replica < 0; i++)
        if (scenario->nodes[i].replicaof >= 0)
            replica = (int32_t)i;
    answer->replica = &scenario->nodes[replica];
    answer->master = &scenario->nodes[answer->replica->replicaof];
    for (uint32_t i = 0; i < scenario->node_count; i++)
        answer->replicas += scenario->nodes[i].replicaof == answer->replica->replicaof;
    answer->is_alone = answer->replicas == 1;
    answer->now = answer->then = setting_of(&answer->master->config);
    measure_load(search);
    answer->slowest_link = full_sync_slowest_link(scenario, answer->replica->replicaof);
    answer->is_counted = size_is_counted(scenario);
    answer->struck = answer->replicas;
    answer->judged = SIZE_COUNT_ALL;
    if (answer->is_story || answer->is_counted)
        return;
    const struct scenario_fault *fault = &scenario->faults[search->probe.fault];
    answer->law = fault->duration;
    answer->struck = scenario->fault_count;
    answer->judged =
        scenario->fault_count < answer->replicas ? search->probe.replica : SIZE_COUNT_ALL;
    answer->per_year = times_per_year(fault);
    answer->share = size_target_share(&search->question->target, answer->per_year, answer->struck);
}

/* ---- limits ---- */

static bool is_good(const struct full_sync *full)
{
    return full->online == full->count;
}

static struct full_sync try_full(const struct search *search, const struct size_setting *setting)
{
    const struct scenario *scenario = search->question->scenario;
    return full_sync_try(scenario, setting, search->pool, FULL_SAMPLES,
                         full_sync_horizon(scenario));
}

/* A quarter of room above what was seen. */
static bool has_room(const struct output_limit *limit, int64_t buffer)
{
    int64_t wanted = buffer + buffer / 4;
    return (limit->hard_bytes == 0 || wanted <= limit->hard_bytes) &&
           (limit->soft_bytes == 0 || wanted <= limit->soft_bytes);
}

static void choose_limits(struct search *search)
{
    struct size_answer *answer = search->answer;
    struct size_setting open = answer->now;
    open.limit = (struct output_limit){.soft_s = answer->now.limit.soft_s};
    answer->open = try_full(search, &open);
    while (!is_good(&answer->open) && answer->open.dropped_other > 0 && open.timeout_s < 3600) {
        open.timeout_s *= 2; /* somebody was taken for dead */
        answer->open = try_full(search, &open);
    }
    answer->can_finish = is_good(&answer->open);
    answer->at_now = try_full(search, &answer->now);
    if (!answer->can_finish)
        return;
    answer->then.timeout_s = open.timeout_s;
    int64_t buffer = answer->open.buffer_bytes;
    if (!is_good(&answer->at_now) || !has_room(&answer->now.limit, buffer)) {
        answer->then.limit.hard_bytes =
            MAX(answer->now.limit.hard_bytes, size_round_up(buffer + buffer / 2));
        answer->then.limit.soft_bytes =
            MAX(answer->now.limit.soft_bytes, size_round_up(buffer + buffer / 4));
        if (answer->now.limit.hard_bytes == 0)
            answer->then.limit.hard_bytes = 0;
        if (answer->now.limit.soft_bytes == 0)
            answer->then.limit.soft_bytes = 0;
    }
    answer->at_then = try_full(search, &answer->then);
}

/* ---- the backlog ---- */

/* What is compared with the target. No sample at all means a law without a tail, about which more
 * samples would say no more. */
static double upper_end(struct risk risk)
{
    return risk.share > 0 ? risk.high : 0;
}

/* The smallest size whose risk, at the upper end of its interval, is within the target. */
static int64_t smallest(const struct search *search)
{
    double share = search->answer->share;
    int64_t low = 0, high = LEAST_BACKLOG;
    while (high < OUTAGE_RUN_ENDLESS_BYTES && upper_end(curve_risk(&search->curve, high)) > share) {
        low = high;
        high *= 2;
    }
    while (high - low > MAX(1024, high / 2000)) {
        int64_t middle = low + (high - low) / 2;
        if (upper_end(curve_risk(&search->curve, middle)) > share)
            low = middle;
        else
            high = middle;
    }
    return MAX(high, LEAST_BACKLOG);
}

static bool is_precise(const struct search *search, int64_t backlog)
{
    struct risk risk = curve_risk(&search->curve, backlog);
    return risk.half <= PRECISE * risk.share || risk.half <= PRECISE * search->answer->share;
}

static bool is_reachable(const struct search *search)
{
    return upper_end(curve_risk(&search->curve, OUTAGE_RUN_ENDLESS_BYTES)) <= search->answer->share;
}

static int64_t sample_until_precise(struct search *search)
{
    int64_t backlog = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(CHECKPOINTS); i++) {
        curve_extend(&search->curve, search->pool, CHECKPOINTS[i]);
        if (!is_reachable(search))
            return OUTAGE_RUN_ENDLESS_BYTES;
        backlog = smallest(search);
        if (is_precise(search, backlog))
            break;
    }
    return backlog;
}

/* The table may be wrong by what lies between two of its points: runs with the very value decide.
 */
static void settle_backlog(struct search *search, int64_t backlog)
{
    struct size_answer *answer = search->answer;
    for (int attempt = 0; attempt < 12; attempt++) {
        answer->then.backlog_bytes = size_bounded(answer, backlog);
        answer->risk_then = curve_bisect(&search->curve, search->pool, answer->then.backlog_bytes);
        answer->is_met = answer->can_finish && upper_end(answer->risk_then) <= answer->share;
        answer->is_capped = !answer->is_met && answer->then.backlog_bytes == answer->most_bytes;
        if (answer->is_met || !answer->can_finish || answer->is_capped)
            return;
        backlog = answer->then.backlog_bytes + answer->then.backlog_bytes / 40 + 1;
    }
}

static int compare_outages(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

static int64_t median_outage(const struct curve *curve, int64_t backlog)
{
    int64_t *outages = g_new(int64_t, curve->count);
    for (uint64_t i = 0; i < curve->count; i++)
        outages[i] = curve_outage(&curve->samples[i], backlog);
    qsort(outages, curve->count, sizeof *outages, compare_outages);
    int64_t median = outages[curve->count / 2];
    g_free(outages);
    return median;
}

/* ---- what is around it ---- */

static void gather(struct search *search)
{
    struct size_answer *answer = search->answer;
    const struct curve *curve = &search->curve;
    answer->reason = REASON_COUNT;
    answer->samples = curve->count;
    for (uint64_t i = 0; i < curve->count; i++) {
        const struct curve_sample *sample = &curve->samples[i];
        answer->runs += sample->runs;
        answer->is_limited = answer->is_limited || sample->is_limited;
        answer->falling += !sample->is_rising;
        if (sample->reason != REASON_COUNT)
            answer->reason = sample->reason;
        if (sample->broken[0] != '\0')
            g_strlcpy(answer->broken, sample->broken, sizeof answer->broken);
    }
    if (answer->open.broken[0] != '\0')
        g_strlcpy(answer->broken, answer->open.broken, sizeof answer->broken);
}

uint32_t size_formulas(const struct size_answer *answer, double outage_s,
                       struct size_formula *formulas)
{
    double rate = (double)answer->mean_rate, memory = (double)answer->master->config.maxmemory;
    struct size_formula all[] = {
        {"the old default, 1mb", (double)MB},
        {"write rate x 60 s", 60 * rate},
        {"write rate x mean outage", outage_s * rate},
        {"write rate x mean outage x 2", 2 * outage_s * rate},
        {memory > 0 ? "10% of maxmemory" : "10% of the dataset",
         (memory > 0 ? memory : (double)answer->master->dataset_bytes) / 10}};
    uint32_t count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i].bytes >= 1 && all[i].bytes <= (double)OUTAGE_RUN_ENDLESS_BYTES)
            formulas[count++] = all[i];
    return count;
}

static void add_formulas(struct search *search)
{
    struct size_answer *answer = search->answer;
    struct size_formula formulas[SIZE_FORMULA_ROWS];
    double outage = (double)dist_mean(&answer->law) / (double)NS_PER_S;
    answer->formula_count = size_formulas(answer, outage, formulas);
    for (uint32_t i = 0; i < answer->formula_count; i++) {
        int64_t backlog = (int64_t)formulas[i].bytes;
        answer->formulas[i] =
            (struct size_row){formulas[i].name, backlog, curve_risk(&search->curve, backlog)};
    }
}

/* A full synchronisation sends the data once; a backlog of more costs more than what it spares. */
static void compare_with_data(struct search *search)
{
    struct size_answer *answer = search->answer;
    int64_t backlog = MAX(answer->master->dataset_bytes / MB * MB, LEAST_BACKLOG);
    answer->is_beyond_data = answer->is_met && answer->then.backlog_bytes > backlog &&
                             answer->then.backlog_bytes > answer->master->dataset_bytes;
    if (answer->is_beyond_data)
        answer->at_data = (struct size_row){NULL, backlog, curve_risk(&search->curve, backlog)};
}

/* From a quarter of a megabyte to well beyond the answer and what formulas say, two sizes to a
 * doubling; not further than the outages that were looked at. */
static void add_curve(struct search *search)
{
    struct size_answer *answer = search->answer;
    double size = (double)LEAST_BACKLOG / 4;
    double most = MAX(600.0 * (double)answer->mean_rate, 64.0 * (double)LEAST_BACKLOG);
    double floor = 1.01 * dist_tail(&answer->law, answer->longest_ns);
    most = MAX(most, answer->is_met ? 4 * (double)answer->then.backlog_bytes : 0x1p40);
    for (uint32_t i = 0; i < answer->formula_count; i++)
        most = MAX(most, 2 * (double)answer->formulas[i].backlog_bytes);
    while (answer->curve_count < SIZE_CURVE_ROWS && size <= most) {
        int64_t backlog = (int64_t)size;
        struct risk risk = curve_risk(&search->curve, backlog);
        if (risk.share <= floor && answer->curve_count > 1 && floor > 0)
            return;
        answer->curve[answer->curve_count++] = (struct size_row){NULL, backlog, risk};
        size *= 1.4142135623730951;
    }
}

static void begin_curve(struct search *search)
{
    struct size_answer *answer = search->answer;
    double least = answer->share / LOOKED_AT_BELOW;
    least = MIN(MAX(least, LEAST_SHARE), MOST_SHARE);
    curve_init(&search->curve, &search->probe, &answer->then, &answer->law, least);
    answer->longest_ns = search->curve.most_ns;
    if (answer->is_alone && answer->longest_ns / NS_PER_S > answer->then.ttl_s / 2) {
        answer->then.ttl_s = 0; /* or the backlog is gone when it is needed most */
        search->curve.setting.ttl_s = 0;
    }
}

static void answer_by_law(struct search *search)
{
    struct size_answer *answer = search->answer;
    begin_curve(search);
    search->curve.made = search->question->samples;
    int64_t backlog = sample_until_precise(search);
    answer->needs_none = answer->share >= 1;
    if (backlog < OUTAGE_RUN_ENDLESS_BYTES)
        settle_backlog(search, backlog);
    else
        answer->risk_then = curve_risk(&search->curve, answer->then.backlog_bytes);
    answer->best = curve_risk(&search->curve, OUTAGE_RUN_ENDLESS_BYTES);
    answer->risk_now = curve_risk(&search->curve, answer->now.backlog_bytes);
    answer->outage_ns = median_outage(&search->curve, answer->then.backlog_bytes);
    if (search->question->checks > 0)
        answer->crude = curve_crude(&search->curve, search->pool, answer->then.backlog_bytes,
                                    search->question->checks);
    compare_with_data(search);
    add_formulas(search);
    add_curve(search);
    gather(search);
    curve_clear(&search->curve);
}

static struct search begin(const struct size_question *question, struct worker_pool *pool)
{
    struct size_answer *answer = g_new0(struct size_answer, 1);
    struct search search = {.question = question, .answer = answer, .pool = pool};
    answer->warnings = g_ptr_array_new_with_free_func(g_free);
    read_scenario(&search);
    return search;
}

bool size_sample(const struct size_question *question, struct worker_pool *pool,
                 struct size_part *part)
{
    struct search search = begin(question, pool);
    choose_limits(&search);
    begin_curve(&search);
    g_strlcpy(part->broken, search.answer->open.broken, sizeof part->broken);
    bool is_good = part->broken[0] == '\0' && size_record_make(&search.curve, pool, part);
    curve_clear(&search.curve);
    size_answer_free(search.answer);
    return is_good;
}

struct size_answer *size_answer_new(const struct size_question *question, struct worker_pool *pool)
{
    struct search search = begin(question, pool);
    struct size_answer *answer = search.answer;
    if (answer->is_story) {
        size_story(question, pool, answer);
    } else {
        choose_limits(&search);
        size_bounds(&search);
        if (!answer->is_counted) {
            answer_by_law(&search);
            answer->is_counted = !size_by_count_judge(&search);
            answer->crude.count = answer->is_counted ? 0 : answer->crude.count;
        }
        if (answer->is_counted)
            size_by_count(&search);
        answer->is_met = answer->is_met && !answer->is_too_small;
        const struct full_sync *full = answer->can_finish ? &answer->at_then : &answer->open;
        size_bill(answer, full);
    }
    size_warn(answer);
    size_warn_of_inputs(answer, question->provenance);
    return answer;
}

void size_answer_free(struct size_answer *answer)
{
    if (!answer)
        return;
    g_ptr_array_free(answer->warnings, TRUE);
    g_free(answer);
}
