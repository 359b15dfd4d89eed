/* Ramps and bursts are closed forms over x = t - from, in work units of 1e-18 commands, exact in
 * 128 bits; so is the work of stays, once it is known how long it was high.
 *
 * A ramp's work is low * x + rise(x) * x / 2, where rise(x) = rise * x / length is rounded down to
 * 1e-9 commands/s. All terms grow with x, so the work never decreases, and at x = length it is the
 * exact integral. A falling ramp is the same triangle read from its end. */
#include "models/load/shape.h"
#include <assert.h>
#include <math.h>
#include "sim/engine/time.h"

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static wide climb(const struct ramp *ramp, int64_t x)
{
    uint64_t span_ns = (uint64_t)x;
    uint64_t rise = (uint64_t)mul_div(ramp->rise, x, ramp->length_ns);
    return (wide)(uint64_t)ramp->low * span_ns + (wide)rise * span_ns / 2;
}

static wide ramp_work(const struct ramp *ramp, int64_t x)
{
    if (!ramp->is_falling)
        return climb(ramp, x);
    return climb(ramp, ramp->length_ns) - climb(ramp, ramp->length_ns - x);
}

static int64_t ramp_rate(const struct ramp *ramp, int64_t x)
{
    int64_t at = ramp->is_falling ? ramp->length_ns - x : x;
    return ramp->low + mul_div_up(ramp->rise, at, ramp->length_ns);
}

/* About when the work reaches the target: the root of low * x + rise * x * x / (2 * length). */
static int64_t ramp_about(const struct ramp *ramp, wide target)
{
    double work = (double)(ramp->is_falling ? climb(ramp, ramp->length_ns) - target : target);
    double low = (double)ramp->low, slope = (double)ramp->rise / (double)ramp->length_ns;
    double speed = low + sqrt(low * low + 2 * slope * work);
    int64_t x = speed > 0 ? (int64_t)(2 * work / speed) : 0;
    return ramp->is_falling ? ramp->length_ns - x : x;
}

/* The first x in (0, span] whose work reaches the target; the caller knows that there is one. It is
 * sought from the root, which rounding has moved, in steps that double. */
static int64_t ramp_when(const struct ramp *ramp, int64_t span_ns, wide target)
{
    int64_t high = earlier(later(ramp_about(ramp, target), 1), span_ns), low = high - 1;
    for (int64_t step = 1; low > 0 && ramp_work(ramp, low) >= target; step *= 2) {
        high = low;
        low = later(0, low - step);
    }
    for (int64_t step = 1; ramp_work(ramp, high) < target; step *= 2) {
        low = high;
        high = earlier(span_ns, high + step);
    }
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (ramp_work(ramp, middle) >= target)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static wide burst_work(const struct bursts *bursts, int64_t x)
{
    int64_t on_ns = earlier(x, bursts->on_ns);
    return (wide)on_ns * (wide)bursts->rate_on + (wide)(x - on_ns) * (wide)bursts->rate_off;
}

static wide bursts_work(const struct bursts *bursts, int64_t x)
{
    wide whole = burst_work(bursts, bursts->period_ns);
    return (wide)(x / bursts->period_ns) * whole + burst_work(bursts, x % bursts->period_ns);
}

/* The first x whose work reaches the target > 0; some period does work. */
static int64_t bursts_when(const struct bursts *bursts, wide target)
{
    wide whole = burst_work(bursts, bursts->period_ns);
    wide periods = (target - 1) / whole;
    wide work = target - periods * whole;
    wide while_on = burst_work(bursts, bursts->on_ns);
    int64_t start = (int64_t)periods * bursts->period_ns;
    if (work <= while_on)
        return start + (int64_t)wide_div_up(work, (wide)bursts->rate_on);
    return start + bursts->on_ns + (int64_t)wide_div_up(work - while_on, (wide)bursts->rate_off);
}

static wide shape_work(const struct shape *shape, int64_t t)
{
    if (shape->kind == SHAPE_STAYS)
        return stays_work(&shape->stays, t);
    int64_t x = earlier(t, shape->to_ns) - shape->from_ns;
    return shape->kind == SHAPE_RAMP ? ramp_work(&shape->ramp, x) : bursts_work(&shape->bursts, x);
}

void shape_init_pieces(struct shape *shape, int64_t from_ns)
{
    *shape = (struct shape){.kind = SHAPE_PIECES, .from_ns = from_ns, .to_ns = from_ns};
    pieces_init(&shape->pieces, from_ns);
}

void shape_finish(struct shape *shape, int64_t to_ns, bool is_repeated)
{
    assert(shape->kind == SHAPE_PIECES);
    const struct pieces *pieces = &shape->pieces;
    pieces_finish(&shape->pieces, to_ns, is_repeated);
    shape->to_ns = to_ns;
    shape->rate_max = shape->rate_min = piece_rate(&pieces->list[0]);
    for (uint32_t i = 1; i < pieces->count; i++) {
        int64_t rate = piece_rate(&pieces->list[i]);
        shape->rate_max = later(shape->rate_max, rate);
        shape->rate_min = earlier(shape->rate_min, rate);
    }
}

void shape_init_ramp(struct shape *shape, int64_t from_ns, int64_t to_ns, struct ramp ramp)
{
    assert(0 <= from_ns && from_ns <= to_ns && to_ns - from_ns <= ramp.length_ns);
    assert(ramp.low >= 0 && ramp.rise >= 0 && ramp.low + ramp.rise <= PIECE_WORK);
    *shape = (struct shape){.kind = SHAPE_RAMP,
                            .from_ns = from_ns,
                            .to_ns = to_ns,
                            .rate_max = ramp.low + ramp.rise,
                            .rate_min = ramp.low,
                            .ramp = ramp};
}

void shape_init_bursts(struct shape *shape, int64_t from_ns, int64_t to_ns, struct bursts bursts)
{
    assert(0 <= from_ns && from_ns <= to_ns);
    assert(0 < bursts.on_ns && bursts.on_ns <= bursts.period_ns);
    *shape = (struct shape){.kind = SHAPE_BURSTS,
                            .from_ns = from_ns,
                            .to_ns = to_ns,
                            .rate_max = later(bursts.rate_on, bursts.rate_off),
                            .rate_min = earlier(bursts.rate_on, bursts.rate_off),
                            .bursts = bursts};
}

void shape_init_stays(struct shape *shape, int64_t from_ns, int64_t to_ns, struct stay_law law,
                      struct random *random)
{
    assert(0 <= from_ns && from_ns <= to_ns);
    *shape = (struct shape){.kind = SHAPE_STAYS,
                            .from_ns = from_ns,
                            .to_ns = to_ns,
                            .rate_max = later(law.rate_high, law.rate_low),
                            .rate_min = earlier(law.rate_high, law.rate_low)};
    stays_init(&shape->stays, law, random, from_ns, to_ns);
}

void shape_clear(struct shape *shape)
{
    if (shape->kind == SHAPE_PIECES)
        pieces_clear(&shape->pieces);
    else if (shape->kind == SHAPE_STAYS)
        stays_clear(&shape->stays);
}

int64_t shape_count(const struct shape *shape, int64_t t)
{
    if (t <= shape->from_ns)
        return 0;
    if (shape->kind == SHAPE_PIECES)
        return pieces_count(&shape->pieces, t);
    return (int64_t)(shape_work(shape, t) / (wide)PIECE_WORK);
}

wide shape_mark(const struct shape *shape, int64_t t)
{
    if (t <= shape->from_ns)
        return 0;
    if (shape->kind == SHAPE_PIECES)
        return pieces_mark(&shape->pieces, t);
    wide work = shape_work(shape, t), one = (wide)PIECE_WORK;
    return ((work / one) << MARK_BITS) + ((work % one) << MARK_BITS) / one;
}

int64_t shape_when(const struct shape *shape, wide mark)
{
    assert(mark >= 1);
    if (shape->kind == SHAPE_PIECES)
        return pieces_when(&shape->pieces, mark);
    wide part = mark & (((wide)1 << MARK_BITS) - 1);
    wide target = (mark >> MARK_BITS) * (wide)PIECE_WORK +
                  wide_div_up(part * (wide)PIECE_WORK, (wide)1 << MARK_BITS);
    if (target > shape_work(shape, shape->to_ns))
        return TIME_NEVER;
    if (shape->kind == SHAPE_STAYS)
        return stays_when(&shape->stays, target);
    if (shape->kind == SHAPE_BURSTS)
        return shape->from_ns + bursts_when(&shape->bursts, target);
    return shape->from_ns + ramp_when(&shape->ramp, shape->to_ns - shape->from_ns, target);
}

int64_t shape_rate(const struct shape *shape, int64_t t)
{
    if (t < shape->from_ns || t >= shape->to_ns)
        return 0;
    int64_t x = t - shape->from_ns;
    const struct bursts *bursts = &shape->bursts;
    switch (shape->kind) {
    case SHAPE_PIECES:
        return pieces_rate(&shape->pieces, t);
    case SHAPE_RAMP:
        return ramp_rate(&shape->ramp, x);
    case SHAPE_BURSTS:
        return x % bursts->period_ns < bursts->on_ns ? bursts->rate_on : bursts->rate_off;
    case SHAPE_STAYS:
        return stays_rate(&shape->stays, t);
    }
    assert(false);
    return 0;
}

int64_t shape_next_limit(const struct shape *shape, int64_t t)
{
    if (t < shape->from_ns)
        return shape->from_ns;
    return t < shape->to_ns ? shape->to_ns : TIME_NEVER;
}

int64_t shape_next_edge(const struct shape *shape, int64_t t)
{
    if (t < shape->from_ns || t >= shape->to_ns || shape->kind == SHAPE_RAMP)
        return shape_next_limit(shape, t);
    if (shape->kind == SHAPE_PIECES)
        return pieces_next(&shape->pieces, t);
    if (shape->kind == SHAPE_STAYS)
        return stays_next(&shape->stays, t);
    const struct bursts *bursts = &shape->bursts;
    int64_t x = (t - shape->from_ns) % bursts->period_ns;
    int64_t to_edge_ns = (x < bursts->on_ns ? bursts->on_ns : bursts->period_ns) - x;
    return earlier(time_add(t, to_edge_ns), shape->to_ns);
}

int64_t shape_rate_bound(const struct shape *shape, int64_t t, int64_t until, bool is_upper)
{
    if (t < shape->from_ns || t >= shape->to_ns)
        return 0;
    if (shape->kind != SHAPE_RAMP)
        return is_upper ? shape->rate_max : shape->rate_min;
    int64_t first = shape_rate(shape, t);
    int64_t last = shape_rate(shape, until - 1);
    return is_upper ? later(first, last) : earlier(first, last);
}
