/* Continuous laws are drawn by inversion: one number of the stream, one call of portable_log or
 * portable_normal_quantile, and the result is rounded to an integer at once. Doubles never outlive
 * a draw, except the derived parameter of a law. */
#include "sim/engine/dist.h"
#include "sim/engine/portable_math.h"
#include "sim/engine/time.h"
#include <stdlib.h>

#define DRAW_MAX     (INT64_MAX / 4)
#define Z_95         0x1.a515209676abdp+0 /* 1.6448…: P(N > Z_95) = 0.05 */
#define Z_99         0x1.29c5c4630ff0fp+1 /* 2.3263… */
#define INV_SQRT_2PI 0x1.9884533d43651p-2
#define TAIL_NATS    37.0 /* 36.74 and 8.21 are where the last of 53 bits ends */
#define TAIL_SIGMAS  8.3

static const char *const OUT_OF_RANGE = "a value must be from 0 to 2305843009213693951";

static bool in_range(int64_t value)
{
    return value >= 0 && value <= DRAW_MAX;
}

static int64_t to_integer(double value)
{
    if (!(value > 0))
        return 0;
    return value < (double)DRAW_MAX ? (int64_t)(value + 0.5) : DRAW_MAX;
}

static void set_base(struct dist *dist, enum dist_kind kind, int64_t a, int64_t b, double x)
{
    *dist = (struct dist){.base = {.kind = kind, .a = a, .b = b, .x = x}};
}

const char *dist_constant(struct dist *dist, int64_t value)
{
    if (!in_range(value))
        return OUT_OF_RANGE;
    set_base(dist, DIST_CONSTANT, value, 0, 0);
    return NULL;
}

const char *dist_uniform(struct dist *dist, int64_t low, int64_t high)
{
    if (!in_range(low) || !in_range(high))
        return OUT_OF_RANGE;
    if (low > high)
        return "low must not be above high";
    set_base(dist, DIST_UNIFORM, low, high, 0);
    return NULL;
}

const char *dist_exponential(struct dist *dist, int64_t mean)
{
    if (!in_range(mean))
        return OUT_OF_RANGE;
    if (mean == 0)
        return "the mean must be above 0";
    set_base(dist, DIST_EXPONENTIAL, mean, 0, 0);
    return NULL;
}

static const char *lognormal(struct dist *dist, int64_t median, int64_t upper, double z,
                             const char *too_low)
{
    if (!in_range(median) || !in_range(upper))
        return OUT_OF_RANGE;
    if (median == 0)
        return "the median must be above 0";
    if (upper <= median)
        return too_low;
    set_base(dist, DIST_LOGNORMAL, median, upper, portable_log((double)upper / (double)median) / z);
    return NULL;
}

const char *dist_lognormal(struct dist *dist, int64_t median, int64_t p95)
{
    return lognormal(dist, median, p95, Z_95, "p95 must be above the median");
}

const char *dist_lognormal_p99(struct dist *dist, int64_t median, int64_t p99)
{
    return lognormal(dist, median, p99, Z_99, "p99 must be above the median");
}

const char *dist_pareto(struct dist *dist, int64_t low, int64_t mean)
{
    if (!in_range(low) || !in_range(mean))
        return OUT_OF_RANGE;
    if (low == 0)
        return "low must be above 0";
    if (mean <= low)
        return "the mean must be above low";
    set_base(dist, DIST_PARETO, low, mean, (double)mean / (double)(mean - low));
    return NULL;
}

const char *dist_normal(struct dist *dist, int64_t mean, int64_t sd)
{
    if (!in_range(mean) || !in_range(sd))
        return OUT_OF_RANGE;
    if (sd == 0)
        return "sd must be above 0";
    set_base(dist, DIST_NORMAL, mean, sd, 0);
    return NULL;
}

const char *dist_empirical(struct dist *dist, const int64_t *values, uint32_t count)
{
    if (count == 0 || count > DIST_LIST_MAX)
        return "a list must have from 1 to 32 values";
    set_base(dist, DIST_EMPIRICAL, 0, 0, 0);
    dist->count = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!in_range(values[i]))
            return OUT_OF_RANGE;
        dist->list[i] = values[i];
    }
    return NULL;
}

const char *dist_mixture(struct dist *dist, const int64_t *weights_ppm, const struct dist *parts,
                         uint32_t count)
{
    if (count == 0 || count > DIST_LIST_MAX)
        return "a mixture must have from 1 to 32 parts";
    set_base(dist, DIST_MIXTURE, 0, 0, 0);
    dist->count = count;
    int64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].base.kind == DIST_EMPIRICAL || parts[i].base.kind == DIST_MIXTURE)
            return "a part of a mixture must be neither a list nor a mixture";
        if (weights_ppm[i] <= 0 || weights_ppm[i] > DRAW_MAX / DIST_LIST_MAX)
            return "a weight must be above 0";
        sum += weights_ppm[i];
        dist->list[i] = sum;
        dist->parts[i] = parts[i].base;
    }
    return NULL;
}

bool dist_is_exponential(const struct dist *dist)
{
    return dist->base.kind == DIST_EXPONENTIAL;
}

static void scale_part(struct dist_part *part, int64_t times, int64_t by)
{
    part->a = min64(mul_div(part->a, times, by), DRAW_MAX);
    part->b = min64(mul_div(part->b, times, by), DRAW_MAX);
}

void dist_scale(struct dist *dist, int64_t times, int64_t by)
{
    scale_part(&dist->base, times, by);
    for (uint32_t i = 0; i < dist->count; i++) {
        if (dist->base.kind == DIST_MIXTURE)
            scale_part(&dist->parts[i], times, by);
        else
            dist->list[i] = min64(mul_div(dist->list[i], times, by), DRAW_MAX);
    }
}

bool dist_is_constant(const struct dist *dist)
{
    return dist->base.kind == DIST_CONSTANT;
}

/* What is derived is the same where the given quantities are, but for the percentile of a sigma. */
static bool part_is_same(const struct dist_part *a, const struct dist_part *b)
{
    return a->kind == b->kind && a->a == b->a && a->b == b->b && !(a->x < b->x) && !(a->x > b->x);
}

bool dist_is_same(const struct dist *a, const struct dist *b)
{
    bool is_same = part_is_same(&a->base, &b->base) && a->count == b->count;
    for (uint32_t i = 0; i < a->count && is_same; i++)
        is_same = a->list[i] == b->list[i] && part_is_same(&a->parts[i], &b->parts[i]);
    return is_same;
}

/* The first part whose summed weight is above a number below the sum of all. */
static const struct dist_part *choose_part(const struct dist *dist, struct random *random)
{
    int64_t ticket = (int64_t)random_below(random, (uint64_t)dist->list[dist->count - 1]);
    uint32_t i = 0;
    while (dist->list[i] <= ticket)
        i++;
    return &dist->parts[i];
}

static double weight(const struct dist *dist, uint32_t part)
{
    int64_t before = part == 0 ? 0 : dist->list[part - 1];
    return (double)(dist->list[part] - before) / (double)dist->list[dist->count - 1];
}

static int64_t draw_part(const struct dist_part *part, struct random *random)
{
    double a = (double)part->a;
    switch (part->kind) {
    case DIST_CONSTANT:
        return part->a;
    case DIST_UNIFORM:
        return part->a + (int64_t)random_below(random, (uint64_t)(part->b - part->a) + 1);
    case DIST_EXPONENTIAL:
        return to_integer(-a * portable_log(1 - random_open_unit(random)));
    case DIST_LOGNORMAL:
        return to_integer(
            a * portable_exp(part->x * portable_normal_quantile(random_open_unit(random))));
    case DIST_PARETO:
        return to_integer(a * portable_exp(-portable_log(1 - random_open_unit(random)) / part->x));
    case DIST_NORMAL:
        return to_integer(a + (double)part->b * portable_normal_quantile(random_open_unit(random)));
    case DIST_EMPIRICAL:
    case DIST_MIXTURE:
        break;
    }
    abort(); /* a list or a mixture is no part */
}

int64_t dist_draw(const struct dist *dist, struct random *random)
{
    if (dist->base.kind == DIST_EMPIRICAL)
        return dist->list[random_below(random, dist->count)];
    if (dist->base.kind == DIST_MIXTURE)
        return draw_part(choose_part(dist, random), random);
    return draw_part(&dist->base, random);
}

int64_t dist_draw_at(const struct dist *dist, uint64_t key, uint64_t index)
{
    if (dist_is_constant(dist))
        return dist->base.a;
    struct random random;
    random_init_at(&random, key, index);
    return dist_draw(dist, &random);
}

static int64_t most_of_part(const struct dist_part *part)
{
    double a = (double)part->a;
    switch (part->kind) {
    case DIST_CONSTANT:
        return part->a;
    case DIST_UNIFORM:
        return part->b;
    case DIST_EXPONENTIAL:
        return to_integer(a * TAIL_NATS);
    case DIST_LOGNORMAL:
        return to_integer(a * portable_exp(part->x * TAIL_SIGMAS));
    case DIST_PARETO:
        return to_integer(a * portable_exp(TAIL_NATS / part->x));
    case DIST_NORMAL:
        return to_integer(a + (double)part->b * TAIL_SIGMAS);
    case DIST_EMPIRICAL:
    case DIST_MIXTURE:
        break;
    }
    abort(); /* a list or a mixture is no part */
}

int64_t dist_most(const struct dist *dist)
{
    if (dist->base.kind != DIST_EMPIRICAL && dist->base.kind != DIST_MIXTURE)
        return most_of_part(&dist->base);
    int64_t most = 0;
    for (uint32_t i = 0; i < dist->count; i++) {
        bool is_list = dist->base.kind == DIST_EMPIRICAL;
        int64_t value = is_list ? dist->list[i] : most_of_part(&dist->parts[i]);
        most = value > most ? value : most;
    }
    return most;
}

/* Of max(0, N(mean, sd)). */
static double mean_of_normal(double mean, double sd)
{
    double z = mean / sd;
    return mean * portable_normal_tail(-z) + sd * INV_SQRT_2PI * portable_exp(-0.5 * z * z);
}

static double mean_of_part(const struct dist_part *part)
{
    double a = (double)part->a;
    double b = (double)part->b;
    switch (part->kind) {
    case DIST_CONSTANT:
    case DIST_EXPONENTIAL:
        return a;
    case DIST_UNIFORM:
        return a + (b - a) / 2;
    case DIST_LOGNORMAL:
        return a * portable_exp(part->x * part->x / 2);
    case DIST_PARETO:
        return b;
    case DIST_NORMAL:
        return mean_of_normal(a, b);
    case DIST_EMPIRICAL:
    case DIST_MIXTURE:
        break;
    }
    abort(); /* a list or a mixture is no part */
}

int64_t dist_mean(const struct dist *dist)
{
    if (dist_is_constant(dist))
        return dist->base.a;
    double mean = 0;
    if (dist->base.kind == DIST_EMPIRICAL)
        for (uint32_t i = 0; i < dist->count; i++)
            mean += (double)dist->list[i] / dist->count;
    else if (dist->base.kind == DIST_MIXTURE)
        for (uint32_t i = 0; i < dist->count; i++)
            mean += weight(dist, i) * mean_of_part(&dist->parts[i]);
    else
        mean = mean_of_part(&dist->base);
    return mean < 0x1p63 ? (int64_t)(mean + 0.5) : INT64_MAX;
}

static double tail_of_part(const struct dist_part *part, int64_t value)
{
    double a = (double)part->a;
    double v = (double)value;
    switch (part->kind) {
    case DIST_CONSTANT:
        return part->a > value;
    case DIST_UNIFORM:
        if (value < part->a)
            return 1;
        return value < part->b ? (double)(part->b - value) / (double)(part->b - part->a + 1) : 0;
    case DIST_EXPONENTIAL:
        return portable_exp(-v / a);
    case DIST_LOGNORMAL:
        return value == 0 ? 1 : portable_normal_tail(portable_log(v / a) / part->x);
    case DIST_PARETO:
        return value <= part->a ? 1 : portable_exp(-part->x * portable_log(v / a));
    case DIST_NORMAL:
        return portable_normal_tail((v - a) / (double)part->b);
    case DIST_EMPIRICAL:
    case DIST_MIXTURE:
        break;
    }
    abort(); /* a list or a mixture is no part */
}

double dist_tail(const struct dist *dist, int64_t value)
{
    if (value < 0)
        return 1;
    if (dist->base.kind != DIST_EMPIRICAL && dist->base.kind != DIST_MIXTURE)
        return tail_of_part(&dist->base, value);
    double tail = 0;
    for (uint32_t i = 0; i < dist->count; i++)
        if (dist->base.kind == DIST_MIXTURE)
            tail += weight(dist, i) * tail_of_part(&dist->parts[i], value);
        else
            tail += (dist->list[i] > value ? 1.0 : 0.0) / dist->count;
    return tail;
}
