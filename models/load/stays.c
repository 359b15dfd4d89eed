/* See stays.h. */
#include "models/load/stays.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include "sim/engine/portable_math.h"
#include "sim/engine/time.h"

#define BLOCKS_KEPT 8      /* the writer's now, those who are behind it, what is looked ahead */
#define SUM_MAX     0x1p61 /* no run ends later, and two of them behind it are a time still */

struct stay_block {
    uint64_t number;                             /* from 1; 0: none yet */
    struct stay_mark stays[2 * STAYS_PAIRS + 1]; /* with where it ends */
};

/* ---- sums ---- */

/* The sum of STAYS_PAIRS exponential times of mean 1: Gamma's law, by Marsaglia's and Tsang's
 * rejection (2000). */
static double draw_sum(struct random *random)
{
    const double d = STAYS_PAIRS - 1.0 / 3.0, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = portable_normal_quantile(random_open_unit(random));
        double root = 1 + c * x, v = root * root * root;
        double u = random_open_unit(random);
        if (root > 0 && portable_log(u) < x * x / 2 + d - d * v + d * portable_log(v))
            return d * v;
    }
}

static int64_t draw_total(struct random *random, int64_t mean_ns)
{
    double sum = draw_sum(random) * (double)mean_ns;
    return sum < SUM_MAX ? max64((int64_t)sum, 1) : (int64_t)SUM_MAX;
}

static void make_room(struct stays *stays)
{
    if (stays->count + 1 < stays->room)
        return;
    stays->room = 2 * stays->room + 2;
    stays->marks = realloc(stays->marks, stays->room * sizeof *stays->marks);
    if (stays->marks == NULL)
        abort();
}

static void draw_blocks(struct stays *stays, struct random *random)
{
    make_room(stays);
    stays->marks[0] = (struct stay_mark){.t0 = stays->from_ns};
    while (stays->marks[stays->count].t0 < stays->to_ns) {
        make_room(stays);
        const struct stay_mark *mark = &stays->marks[stays->count++];
        int64_t high_ns = draw_total(random, stays->law.high_mean_ns);
        int64_t low_ns = draw_total(random, stays->law.low_mean_ns);
        stays->marks[stays->count] =
            (struct stay_mark){mark->t0 + high_ns + low_ns, mark->high_ns + high_ns};
    }
}

void stays_init(struct stays *stays, struct stay_law law, struct random *random, int64_t from_ns,
                int64_t to_ns)
{
    assert(law.high_mean_ns > 0 && law.low_mean_ns > 0 && from_ns <= to_ns);
    uint64_t both_ns = (uint64_t)law.high_mean_ns + (uint64_t)law.low_mean_ns;
    *stays = (struct stays){.law = law, .from_ns = from_ns, .to_ns = to_ns};
    stays->begins_high = random_below(random, both_ns) < (uint64_t)law.high_mean_ns;
    stays->key = random_u64(random);
    stays->blocks = calloc(BLOCKS_KEPT, sizeof *stays->blocks);
    if (stays->blocks == NULL)
        abort();
    draw_blocks(stays, random);
}

void stays_clear(struct stays *stays)
{
    free(stays->marks);
    free(stays->blocks);
    *stays = (struct stays){0};
}

/* ---- shares ---- */

/* ends[i]: where the i-th of them ends, from the beginning of the first. */
static void share_out(struct random *random, int64_t total_ns, int64_t *ends)
{
    double sums[STAYS_PAIRS], sum = 0;
    for (uint32_t i = 0; i < STAYS_PAIRS; i++) {
        sum -= portable_log(random_open_unit(random));
        sums[i] = sum;
    }
    for (uint32_t i = 0; i + 1 < STAYS_PAIRS; i++)
        ends[i] = min64((int64_t)(sums[i] / sum * (double)total_ns), total_ns);
    ends[STAYS_PAIRS - 1] = total_ns;
}

static void draw_block(const struct stays *stays, uint64_t index, struct stay_block *block)
{
    const struct stay_mark *mark = &stays->marks[index];
    int64_t high_ns = mark[1].high_ns - mark->high_ns, span_ns = mark[1].t0 - mark->t0;
    int64_t high[STAYS_PAIRS], low[STAYS_PAIRS];
    struct random random;
    random_init_at(&random, stays->key, index);
    share_out(&random, high_ns, high);
    share_out(&random, span_ns - high_ns, low);
    for (uint32_t i = 0; i <= 2 * STAYS_PAIRS; i++) {
        uint32_t firsts = (i + 1) / 2, seconds = i / 2; /* that are over before stay i */
        uint32_t highs = stays->begins_high ? firsts : seconds, lows = i - highs;
        int64_t was_high_ns = highs > 0 ? high[highs - 1] : 0;
        block->stays[i].high_ns = mark->high_ns + was_high_ns;
        block->stays[i].t0 = mark->t0 + was_high_ns + (lows > 0 ? low[lows - 1] : 0);
    }
    block->number = index + 1;
}

static const struct stay_block *block_at(const struct stays *stays, uint64_t index)
{
    assert(index < stays->count);
    struct stay_block *block = &stays->blocks[index % BLOCKS_KEPT];
    if (block->number != index + 1)
        draw_block(stays, index, block);
    return block;
}

/* ---- questions ---- */

static wide work_of(const struct stays *stays, int64_t t, int64_t high_ns)
{
    int64_t low_ns = t - stays->from_ns - high_ns;
    return (wide)high_ns * (wide)stays->law.rate_high + (wide)low_ns * (wide)stays->law.rate_low;
}

/* A stay is sought that begins by a time, or before that much work was done. */
struct asked {
    int64_t t;
    wide work; /* 0: by the time */
};

/* The last of the list that does; the first one does. */
static uint64_t find(const struct stays *stays, const struct stay_mark *list, uint64_t count,
                     const struct asked *asked)
{
    uint64_t low = 0, high = count;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        const struct stay_mark *mark = &list[middle];
        bool does = asked->work > 0 ? work_of(stays, mark->t0, mark->high_ns) < asked->work
                                    : mark->t0 <= asked->t;
        if (does)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* One stay: where it begins, and behind that the next one. */
struct stay {
    const struct stay_mark *mark;
    bool is_high;
};

static struct stay find_stay(const struct stays *stays, struct asked asked)
{
    uint64_t block = find(stays, stays->marks, stays->count, &asked);
    const struct stay_mark *list = block_at(stays, block)->stays;
    uint64_t index = find(stays, list, 2 * STAYS_PAIRS, &asked);
    return (struct stay){&list[index], stays->begins_high != (index % 2 == 1)};
}

/* The stay that t falls into. */
static struct stay stay_at(const struct stays *stays, int64_t t)
{
    assert(t >= stays->from_ns && t < stays->to_ns);
    return find_stay(stays, (struct asked){.t = t});
}

static int64_t rate_of(const struct stays *stays, struct stay stay)
{
    return stay.is_high ? stays->law.rate_high : stays->law.rate_low;
}

wide stays_work(const struct stays *stays, int64_t t)
{
    int64_t last = min64(t, stays->to_ns) - 1; /* to_ns itself is in no stay */
    if (last < stays->from_ns)
        return 0;
    struct stay at = stay_at(stays, last);
    int64_t high_ns = at.mark->high_ns + (at.is_high ? last + 1 - at.mark->t0 : 0);
    return work_of(stays, last + 1, high_ns);
}

/* The target lies in the last stay before which less was done, for before the next one there was as
 * much or more. */
int64_t stays_when(const struct stays *stays, wide target)
{
    assert(target > 0 && target <= stays_work(stays, stays->to_ns));
    struct stay at = find_stay(stays, (struct asked){.work = target});
    wide left = target - work_of(stays, at.mark->t0, at.mark->high_ns);
    return at.mark->t0 + (int64_t)wide_div_up(left, (wide)rate_of(stays, at));
}

int64_t stays_rate(const struct stays *stays, int64_t t)
{
    return rate_of(stays, stay_at(stays, t));
}

int64_t stays_next(const struct stays *stays, int64_t t)
{
    return min64(stay_at(stays, t).mark[1].t0, stays->to_ns);
}
