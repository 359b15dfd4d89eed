/* See size_weight.h. */
#include "sim/study/size/size_weight.h"

#include <stdlib.h>
#include "sim/engine/time.h"

#define NO_BACKLOG 0

struct scale {
    int64_t times, by; /* so many times as large, divided by that */
};

static int64_t scaled(int64_t value, struct scale scale)
{
    return mul_div(value, scale.times, scale.by);
}

const char *size_figure_name(enum size_figure figure)
{
    static const char *const NAMES[] = {[SIZE_FIGURE_RATE] = "write rate",
                                        [SIZE_FIGURE_FAULTS] = "faults in a year",
                                        [SIZE_FIGURE_LENGTH] = "length of outages",
                                        [SIZE_FIGURE_DATASET] = "dataset",
                                        [SIZE_FIGURE_TIMEOUT] = "repl-timeout"};
    return NAMES[figure];
}

/* ---- one figure ---- */

/* Larger commands at the same times: so a recorded series is scaled as a rate is. */
static void scale_load(struct load_spec *spec, struct scale scale)
{
    int64_t *bytes = (int64_t *)spec->series_bytes; /* the scenario's own */
    for (uint32_t i = 0; i < spec->series_count; i++)
        bytes[i] = scaled(bytes[i], scale);
    spec->rate = scaled(spec->rate, scale);
    spec->rate_end = scaled(spec->rate_end, scale);
    spec->rate_off = scaled(spec->rate_off, scale);
    spec->rate_high = scaled(spec->rate_high, scale);
}

static void scale_node(struct scenario_node *node, enum size_figure figure, struct scale scale)
{
    if (figure == SIZE_FIGURE_TIMEOUT) {
        node->config.timeout_s = max64(scaled(node->config.timeout_s, scale), 1);
        return;
    }
    node->dataset_bytes = scaled(node->dataset_bytes, scale);
    node->keys = scaled(node->keys, scale);
}

static void scale_figure(struct scenario *scenario, enum size_figure figure, struct scale scale)
{
    struct scale inverse = {scale.by, scale.times};
    for (uint32_t i = 0; figure == SIZE_FIGURE_RATE && i < scenario->load_count; i++)
        scale_load(&scenario->loads[i].spec, scale);
    for (uint32_t i = 0; figure == SIZE_FIGURE_FAULTS && i < scenario->fault_count; i++)
        dist_scale(&scenario->faults[i].every, inverse.times, inverse.by);
    for (uint32_t i = 0; figure == SIZE_FIGURE_LENGTH && i < scenario->fault_count; i++)
        dist_scale(&scenario->faults[i].duration, scale.times, scale.by);
    if (figure == SIZE_FIGURE_DATASET || figure == SIZE_FIGURE_TIMEOUT)
        for (uint32_t i = 0; i < scenario->node_count; i++)
            scale_node(&scenario->nodes[i], figure, scale);
}

/* ---- all of them ---- */

/* False: an invariant broke. */
static bool answer_with(const struct size_case *at, struct worker_pool *pool,
                        enum size_figure figure, struct scale scale, int64_t *bytes)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct record_file_head head = size_case_head(at, 1, 1);
    struct size_case *copy = size_case_from_head(&head, diagnostics);
    g_free((char *)head.about);
    diagnostics_free(diagnostics);
    if (copy == NULL)
        return false;
    scale_figure(copy->scenario, figure, scale);
    copy->question.checks = 0;
    struct size_answer *answer = size_answer_new(&copy->question, pool);
    bool is_good = answer->broken[0] == '\0';
    *bytes = answer->is_met ? answer->then.backlog_bytes : NO_BACKLOG;
    size_answer_free(answer);
    size_case_free(copy);
    return is_good;
}

/* By how many times the two backlogs differ, in thousandths; what needs an endless one differs
 * most. */
static int64_t weight_of(const struct size_weight *weight)
{
    if (weight->half_bytes == NO_BACKLOG || weight->twice_bytes == NO_BACKLOG)
        return weight->half_bytes == weight->twice_bytes ? 0 : INT64_MAX;
    int64_t low = max64(min64(weight->half_bytes, weight->twice_bytes), 1);
    return mul_div(max64(weight->half_bytes, weight->twice_bytes), 1000, low);
}

static int by_weight(const void *a, const void *b)
{
    const struct size_weight *left = a, *right = b;
    int64_t of_left = weight_of(left), of_right = weight_of(right);
    if (of_left != of_right)
        return of_left > of_right ? -1 : 1;
    return (left->figure > right->figure) - (left->figure < right->figure);
}

bool size_weigh(const struct size_case *at, struct worker_pool *pool, struct size_weight *weights)
{
    static const struct scale HALF = {1, 2}, TWICE = {2, 1};
    bool is_good = true;
    for (int i = 0; i < SIZE_FIGURE_COUNT && is_good; i++) {
        weights[i].figure = (enum size_figure)i;
        is_good = answer_with(at, pool, weights[i].figure, HALF, &weights[i].half_bytes) &&
                  answer_with(at, pool, weights[i].figure, TWICE, &weights[i].twice_bytes);
    }
    if (is_good)
        qsort(weights, SIZE_FIGURE_COUNT, sizeof *weights, by_weight);
    return is_good;
}
