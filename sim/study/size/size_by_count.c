/* Answers by counting: the judge of the conditional way, and the way for whatever that cannot say. See size_search.h.
 *
 * Runs with a backlog that forgets nothing give the smallest backlog of each partial resynchronisation, which makes an estimate for every
 * size. A candidate is then counted as what it is, in the same replications, until the smallest one that meets the target is bracketed. */
#include <math.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/study/size/size_bounds.h"
#include "sim/study/size/size_search.h"

#define MB            (INT64_C(1) << 20)
#define LEAST_BACKLOG MB
#define PRECISE       0.1
#define EVENTS_MAX    INT64_C(4000000)
#define STEPS         8
#define GOOD          0.75 /* of the target: more is not searched for */
#define CLOSE         0.06 /* of a bracket, by its upper end */
#define MANY_CYCLES   50
/* Nobody configures a backlog of more than this and ample(). */
#define SENSIBLE_BYTES (64 * INT64_C(1024) * MB)
#define SENSIBLE_TIMES 16

/* How precise a count is, is looked at after these numbers of runs, and no others. */
static const uint64_t CHECKPOINTS[] = {8, 32, 64, 128, 256, 512, 1024, 2048, 4096};

/* ---- is it needed ---- */

static int32_t replica_of(const struct scenario *scenario, const struct scenario_fault *fault)
{
    const struct scenario_node *nodes = scenario->nodes;
    if (fault->link < 0)
        return fault->kind == FAULT_PAUSE && nodes[fault->node].replicaof >= 0 ? fault->node : -1;
    const struct scenario_link *link = &scenario->links[fault->link];
    bool is_known = fault->kind == FAULT_CUT || fault->kind == FAULT_PARTITION;
    return is_known && nodes[link->lower].replicaof == link->upper ? link->lower : -1;
}

static bool is_alike(const struct scenario_fault *a, const struct scenario_fault *b)
{
    return a->kind == b->kind && a->direction == b->direction && a->side == b->side &&
           a->refuses == b->refuses && a->is_orderly == b->is_orderly &&
           dist_is_same(&a->every, &b->every) && dist_is_same(&a->duration, &b->duration);
}

static bool is_rare_and_steady(const struct scenario *scenario, const struct scenario_fault *fault)
{
    int64_t cycle = time_add(dist_mean(&fault->every), dist_mean(&fault->duration));
    bool is_memoryless = dist_is_exponential(&fault->every);
    return fault->has_every && fault->has_duration && fault->count == 0 &&
           fault->until >= scenario->duration &&
           (is_memoryless || cycle <= scenario->duration / MANY_CYCLES);
}

bool size_by_count_is_needless(const struct scenario *scenario)
{
    bool is_struck[SCENARIO_NODES_MAX] = {false};
    int64_t replicas = 0;
    if (scenario_is_struck_together(scenario))
        return false; /* they share what brings them back */
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        replicas += scenario->nodes[i].replicaof >= 0;
        if (scenario->nodes[i].begin != BEGIN_SYNCED && scenario->nodes[i].replicaof >= 0)
            return false;
        if (scenario->nodes[i].host.apply_rate < HOST_UNLIMITED)
            return false;
    }
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        int32_t replica = replica_of(scenario, fault);
        if (replica < 0 || is_struck[replica] || !is_rare_and_steady(scenario, fault) ||
            !is_alike(fault, &scenario->faults[0]) ||
            scenario->nodes[replica].replicaof !=
                scenario->nodes[replica_of(scenario, &scenario->faults[0])].replicaof)
            return false;
        is_struck[replica] = true;
    }
    return scenario->fault_count == 1 ||
           (scenario->fault_count > 1 && scenario->fault_count == replicas);
}

/* ---- counting ---- */

struct by_count {
    struct search *search;
    double target;  /* full resynchronisations of one replica in a year */
    bool is_of_all; /* the mean of all replicas is what counts, whoever has the most */
    struct size_setting setting;
    GPtrArray *counted; /* of struct size_count: all with this setting but for the backlog */
    struct size_count *endless;     /* the first of them … */
    const struct size_count *exact; /* … and the last */
    uint64_t runs;
};

static struct size_count *new_count(struct search *search, const struct size_setting *setting)
{
    struct size_count *count = g_new(struct size_count, 1);
    size_count_init(count, search->question->scenario, setting, search->question->seed);
    return count;
}

static void free_count(gpointer count)
{
    size_count_clear(count);
    g_free(count);
}

/* Whether a setting's backlog becomes that of all nodes, whichever it is. */
static bool has_one_backlog(const struct scenario *scenario)
{
    for (uint32_t i = 1; i < scenario->node_count; i++)
        if (scenario->nodes[i].config.backlog_bytes != scenario->nodes[0].config.backlog_bytes)
            return false;
    return true;
}

static bool has_budget(const struct size_count *count, uint64_t next)
{
    int64_t events = size_count_events(count);
    return events / (int64_t)count->count * (int64_t)next <= EVENTS_MAX;
}

static bool is_precise(const struct risk *risk, double target)
{
    return risk->half <= PRECISE * risk->share || risk->half <= PRECISE * target ||
           risk->low > 1.5 * target;
}

/* Until the rate with that backlog is known well enough. */
static void count_until_precise(struct size_count *count, struct worker_pool *pool, double target,
                                int64_t backlog)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CHECKPOINTS); i++) {
        if (i > 0 && !has_budget(count, CHECKPOINTS[i]))
            return;
        size_count_extend(count, pool, CHECKPOINTS[i]);
        if (i == 0 && has_budget(count, CHECKPOINTS[1]))
            continue; /* so few say little of their own error */
        struct risk risk = size_count_rate(count, SIZE_COUNT_ALL, backlog);
        if (is_precise(&risk, target) || size_count_is_endless(count))
            return;
    }
}

static double target_rate(const struct search *search, double outages)
{
    const struct size_target *target = &search->question->target;
    if (target->is_per_outage)
        return target->share * outages;
    return size_target_share(target, 1, search->answer->struck);
}

/* Per outage, as answers have it. */
static struct risk per_outage(struct risk rate, double outages)
{
    return (struct risk){rate.share / outages, rate.low / outages, rate.high / outages,
                         rate.half / outages, rate.count};
}

static int32_t judged(const struct by_count *by, const struct size_count *count, int64_t backlog)
{
    return by->is_of_all ? SIZE_COUNT_ALL : size_count_worst(count, backlog);
}

static struct risk estimate(const struct by_count *by, int64_t backlog)
{
    return size_count_rate(by->endless, judged(by, by->endless, backlog), backlog);
}

static void count_causes(const struct size_count *count, double *causes)
{
    for (int i = 0; i < SIZE_CAUSE_COUNT; i++)
        causes[i] = size_count_cause(count, (enum size_cause)i);
}

static bool is_now_but_for_backlog(const struct size_answer *answer)
{
    return answer->now.timeout_s == answer->then.timeout_s &&
           answer->now.ttl_s == answer->then.ttl_s &&
           memcmp(&answer->now.limit, &answer->then.limit, sizeof answer->now.limit) == 0;
}

static void note_broken(struct size_answer *answer, const struct size_count *count)
{
    if (size_count_broken(count)[0] != '\0')
        g_strlcpy(answer->broken, size_count_broken(count), sizeof answer->broken);
}

/* By what is in force everywhere, be it the same at all nodes or not. `known` differs in the backlog alone, or is NULL. */
static void count_now(struct search *search, double target, int32_t node, struct risk *risk,
                      const GPtrArray *known)
{
    struct size_answer *answer = search->answer;
    struct size_count now;
    size_count_init(&now, search->question->scenario, NULL, search->question->seed);
    now.known = known;
    count_until_precise(&now, search->pool, target, OUTAGE_RUN_ENDLESS_BYTES);
    *risk = size_count_rate(&now, node, OUTAGE_RUN_ENDLESS_BYTES);
    answer->mean_now = size_count_rate(&now, SIZE_COUNT_ALL, OUTAGE_RUN_ENDLESS_BYTES);
    answer->is_endless_now = size_count_is_endless(&now);
    count_causes(&now, answer->causes_now);
    note_broken(answer, &now);
    size_count_clear(&now);
}

/* ---- the backlog ---- */

/* The smallest size whose estimate, at the upper end, is within the target; endless if none is. */
static int64_t guess(const struct by_count *by, double target)
{
    int64_t low = 0, high = LEAST_BACKLOG;
    while (high < OUTAGE_RUN_ENDLESS_BYTES && estimate(by, high).high > target) {
        low = high;
        high *= 2;
    }
    while (high - low > MAX(1024, high / 100)) {
        int64_t middle = low + (high - low) / 2;
        if (estimate(by, middle).high > target)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* Counts `backlog` itself. */
static struct risk count_exactly(struct by_count *by, int64_t backlog)
{
    by->setting.backlog_bytes = backlog;
    struct size_count *count = new_count(by->search, &by->setting);
    count->known = has_one_backlog(by->search->question->scenario) ? by->counted : NULL;
    size_count_extend(count, by->search->pool, by->runs);
    g_ptr_array_add(by->counted, count);
    by->exact = count;
    return size_count_rate(by->exact, judged(by, by->exact, OUTAGE_RUN_ENDLESS_BYTES),
                           OUTAGE_RUN_ENDLESS_BYTES);
}

/* The geometric mean. */
static int64_t between(int64_t low, int64_t high)
{
    return (int64_t)(sqrt((double)MAX(low, MB)) * sqrt((double)high));
}

/* A bracket: the largest size that was counted and fails, the smallest one that does not; 0: none yet. */
struct bracket {
    int64_t fails, holds;
};

/* As far off as the estimate was at the size just counted, so far it is taken to be at others. */
static int64_t next_guess(const struct by_count *by, const struct bracket *bracket, int64_t at,
                          double high)
{
    double estimated = estimate(by, at).high, off = estimated > 0 ? high / estimated : 1;
    int64_t next = guess(by, by->target / MAX(off, 0.05));
    bool is_within = next > bracket->fails && (bracket->holds == 0 || next < bracket->holds);
    if (is_within && next < OUTAGE_RUN_ENDLESS_BYTES / 2)
        return next;
    return bracket->holds == 0 ? 2 * bracket->fails : between(bracket->fails, bracket->holds);
}

static void settle(struct by_count *by, int64_t first)
{
    struct size_answer *answer = by->search->answer;
    struct bracket bracket = {0, 0};
    int64_t next = size_bounded(answer, first);
    for (int step = 0; step < STEPS; step++) {
        struct risk risk = count_exactly(by, next);
        bool holds = risk.high <= by->target;
        *(holds ? &bracket.holds : &bracket.fails) = next;
        bool is_least =
            holds && (next <= size_bounded(answer, 0) || risk.share > GOOD * by->target);
        bool is_close = (double)(bracket.holds - bracket.fails) <= CLOSE * (double)bracket.holds;
        if (is_least || (bracket.holds > 0 && is_close) || (!holds && next == answer->most_bytes))
            break;
        next = size_bounded(answer, next_guess(by, &bracket, next, risk.high));
        if (next == bracket.fails || next == bracket.holds || next > OUTAGE_RUN_ENDLESS_BYTES / 2)
            break;
    }
    answer->is_met = bracket.holds > 0 && answer->can_finish;
    answer->is_capped = !answer->is_met && by->setting.backlog_bytes == answer->most_bytes;
    if (bracket.holds > 0 && by->setting.backlog_bytes != bracket.holds)
        (void)count_exactly(by, bracket.holds);
    answer->then.backlog_bytes = by->setting.backlog_bytes;
}

/* Many times the data and what is written until a loss is noticed. */
static int64_t ample(const struct size_answer *answer)
{
    int64_t bytes = MAX(answer->master->dataset_bytes, answer->floor_bytes);
    return MIN(bytes, OUTAGE_RUN_ENDLESS_BYTES / SENSIBLE_TIMES) * SENSIBLE_TIMES;
}

static int64_t sensible(const struct size_answer *answer)
{
    return MAX(SENSIBLE_BYTES, ample(answer));
}

/* Where no size meets the target, or none below `most`: the one beyond which little is gained, by all of them together. */
static void settle_for_less(struct by_count *by, int64_t most)
{
    bool is_of_all = by->is_of_all;
    by->is_of_all = true;
    struct risk best = estimate(by, most);
    int64_t backlog = guess(by, best.high + MAX(best.share / 20, by->target / 20));
    by->is_of_all = is_of_all;
    by->search->answer->then.backlog_bytes = size_bounded(by->search->answer, backlog);
    (void)count_exactly(by, by->search->answer->then.backlog_bytes);
}

/* ---- what is around it ---- */

static void add_row(const struct by_count *by, struct size_row *row, const char *name,
                    int64_t backlog)
{
    const struct size_answer *answer = by->search->answer;
    struct risk risk = size_count_rate(by->endless, answer->judged, backlog);
    *row = (struct size_row){name, backlog, per_outage(risk, answer->per_year)};
}

static void add_tables(const struct by_count *by)
{
    struct size_answer *answer = by->search->answer;
    struct size_formula formulas[SIZE_FORMULA_ROWS];
    answer->formula_count = size_formulas(answer, answer->mean_outage_s, formulas);
    for (uint32_t i = 0; i < answer->formula_count; i++)
        add_row(by, &answer->formulas[i], formulas[i].name, (int64_t)formulas[i].bytes);
    double most = MAX(600.0 * (double)answer->mean_rate, 64.0 * (double)LEAST_BACKLOG),
           size = (double)LEAST_BACKLOG / 4;
    most = MAX(most, 4 * (double)answer->then.backlog_bytes);
    for (; answer->curve_count < SIZE_CURVE_ROWS && size <= most; size *= 1.4142135623730951)
        add_row(by, &answer->curve[answer->curve_count++], NULL, (int64_t)size);
    int64_t backlog = MAX(answer->master->dataset_bytes / MB * MB, LEAST_BACKLOG);
    answer->is_beyond_data = answer->is_met &&
                             answer->then.backlog_bytes > answer->master->dataset_bytes &&
                             backlog < answer->then.backlog_bytes && backlog >= answer->floor_bytes;
}

/* Counted, as it is advised; after all that is asked of `exact`. */
static void count_at_data(struct by_count *by)
{
    struct size_answer *answer = by->search->answer;
    int64_t backlog = MAX(answer->master->dataset_bytes / MB * MB, LEAST_BACKLOG);
    if (!answer->is_beyond_data)
        return;
    struct risk risk = per_outage(count_exactly(by, backlog), answer->per_year);
    answer->at_data = (struct size_row){NULL, backlog, risk};
    answer->is_beyond_data = risk.share > answer->share;
}

/* Of the faults that have a length, by how often they come. */
static double mean_outage(const struct scenario *scenario)
{
    double sum = 0, weights = 0;
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        if (!fault->has_every || !fault->has_duration)
            continue;
        double lasts = (double)dist_mean(&fault->duration) / (double)NS_PER_S;
        double weight = 1 / MAX((double)dist_mean(&fault->every) / (double)NS_PER_S + lasts, 1e-9);
        sum += weight * lasts;
        weights += weight;
    }
    return weights > 0 ? sum / weights : 0;
}

static void add_endless(struct by_count *by)
{
    by->endless = new_count(by->search, &by->setting);
    by->endless->has_needs = true;
    size_count_extend(by->endless, by->search->pool, CHECKPOINTS[0]);
    g_ptr_array_add(by->counted, by->endless);
}

static void begin_endless(struct by_count *by)
{
    struct size_answer *answer = by->search->answer;
    struct size_setting *setting = &by->setting;
    *setting = answer->then;
    setting->backlog_bytes = OUTAGE_RUN_ENDLESS_BYTES;
    add_endless(by);
    if (has_budget(by->endless, CHECKPOINTS[1]))
        size_count_extend(by->endless, by->search->pool, CHECKPOINTS[1]);
    if (size_count_cause(by->endless, SIZE_CAUSE_TTL) >
        0) { /* the backlog is gone when it is needed */
        answer->then.ttl_s = setting->ttl_s = 0;
        g_ptr_array_set_size(by->counted, 0);
        add_endless(by);
    }
    answer->per_year = size_count_outages(by->endless);
    if (answer->per_year <= 0)
        answer->per_year = 1;
    by->target = target_rate(by->search, answer->per_year);
}

/* A backlog below the least one is no answer: what the least one leaves is few, which may come together, so that the rate near the
 * target must be known half as well all the same. */
static bool is_known(const struct by_count *by, int64_t backlog)
{
    int64_t least = by->search->answer->floor_bytes;
    struct risk risk = size_count_rate(by->endless, SIZE_COUNT_ALL, backlog);
    if (backlog >= least)
        return is_precise(&risk, by->target);
    struct risk then = size_count_rate(by->endless, SIZE_COUNT_ALL, least);
    risk.half /= 2;
    return is_precise(&risk, by->target) && is_precise(&then, by->target);
}

/* As many runs as the rate near the target needs, with a backlog that may be the answer. */
static int64_t count_endless(struct by_count *by)
{
    int64_t backlog = OUTAGE_RUN_ENDLESS_BYTES;
    for (size_t i = 0; i < G_N_ELEMENTS(CHECKPOINTS); i++) {
        if (i > 0 && !has_budget(by->endless, CHECKPOINTS[i]))
            break;
        size_count_extend(by->endless, by->search->pool, CHECKPOINTS[i]);
        if (i == 0 && has_budget(by->endless, CHECKPOINTS[1]))
            continue;
        backlog = guess(by, by->target);
        if (is_known(by, backlog))
            break;
    }
    by->runs = by->endless->count;
    return backlog;
}

void size_by_count(struct search *search)
{
    struct size_answer *answer = search->answer;
    struct by_count by = {.search = search,
                          .is_of_all = search->question->target.is_in_all,
                          .counted = g_ptr_array_new_with_free_func(free_count)};
    answer->is_counted = true;
    answer->struck = 0;
    for (uint32_t i = 0; i < search->question->scenario->node_count; i++)
        answer->struck += search->question->scenario->nodes[i].replicaof >= 0;
    answer->curve_count = answer->formula_count = 0;
    answer->is_met = answer->is_beyond_data = false;
    answer->mean_outage_s = mean_outage(search->question->scenario);
    begin_endless(&by);
    answer->share = by.target / answer->per_year;
    int64_t backlog = count_endless(&by);
    if (backlog >= OUTAGE_RUN_ENDLESS_BYTES / 2) {
        settle_for_less(&by, ample(answer));
    } else if (backlog > sensible(answer) && answer->memory_limit == 0) {
        settle_for_less(&by, sensible(answer));
        struct risk risk = size_count_rate(by.exact, SIZE_COUNT_ALL, OUTAGE_RUN_ENDLESS_BYTES);
        answer->is_met = risk.high <= by.target && answer->can_finish;
        if (risk.share > by.target) /* else it is not shown, no more */
            answer->senseless_bytes = size_round_up(backlog);
    } else {
        settle(&by, backlog);
    }
    answer->judged = judged(&by, by.exact, OUTAGE_RUN_ENDLESS_BYTES);
    struct risk then = size_count_rate(by.exact, answer->judged, OUTAGE_RUN_ENDLESS_BYTES), now;
    struct risk best = size_count_rate(by.endless, answer->judged, OUTAGE_RUN_ENDLESS_BYTES);
    answer->best = per_outage(best, answer->per_year);
    answer->risk_then = answer->counted = per_outage(then, answer->per_year);
    answer->mean_then = size_count_rate(by.exact, SIZE_COUNT_ALL, OUTAGE_RUN_ENDLESS_BYTES);
    count_causes(by.exact, answer->causes_then);
    bool is_like_now =
        has_one_backlog(search->question->scenario) && is_now_but_for_backlog(answer);
    count_now(search, by.target, answer->judged, &now, is_like_now ? by.counted : NULL);
    answer->risk_now = per_outage(now, answer->per_year);
    answer->samples = answer->runs = by.runs;
    note_broken(answer, by.exact);
    note_broken(answer, by.endless);
    add_tables(&by);
    count_at_data(&by);
    g_ptr_array_free(by.counted, TRUE);
}

/* ---- the judge ---- */

/* Within three halves of the interval, which is 99.7 %, or a twentieth. */
static bool agrees(const struct risk *counted, double expected)
{
    double difference = counted->share - expected, reach = 1.5 * counted->half;
    difference = difference < 0 ? -difference : difference;
    return difference <= reach || difference <= expected / 20;
}

/* From a share of the outages of those that are struck: of all replicas, in a year. */
static struct risk of_all(const struct size_answer *answer, struct risk share)
{
    return per_outage(share, (double)answer->replicas / (double)answer->struck / answer->per_year);
}

bool size_by_count_judge(struct search *search)
{
    struct size_answer *answer = search->answer;
    struct size_count then;
    struct risk now;
    double target = answer->share * answer->per_year;
    size_count_init(&then, search->question->scenario, &answer->then, search->question->seed);
    count_until_precise(&then, search->pool, target, OUTAGE_RUN_ENDLESS_BYTES);
    struct risk counted = size_count_rate(&then, answer->judged, OUTAGE_RUN_ENDLESS_BYTES);
    count_causes(&then, answer->causes_then);
    answer->counted = per_outage(counted, answer->per_year);
    answer->mean_then = of_all(answer, answer->risk_then);
    bool is_good = agrees(&counted, answer->risk_then.share * answer->per_year);
    size_count_clear(&then);
    count_now(search, target, answer->judged, &now, NULL);
    if (!is_now_but_for_backlog(answer) || answer->is_endless_now ||
        !agrees(&now, answer->risk_now.share * answer->per_year))
        answer->risk_now = per_outage(now, answer->per_year);
    else
        answer->mean_now = of_all(answer, answer->risk_now);
    return is_good;
}
