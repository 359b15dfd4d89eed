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
    uint64_t number;                                               /* from 1; 0: none yet */
    int64_t t0[2 * STAYS_PAIRS + 1], high_ns[2 * STAYS_PAIRS + 1]; /* with where it ends */
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
        block->high_ns[i] = mark->high_ns + was_high_ns;
        block->t0[i] = mark->t0 + was_high_ns + (lows > 0 ? low[lows - 1] : 0);
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

static bool is_high(const struct stays *stays, uint32_t stay)
{
    return stays->begins_high != (stay % 2 == 1);
}

/* One stay of a block. */
struct stay {
    const struct stay_block *block;
    uint32_t index;
};

/* The stay that t falls into. */
static struct stay stay_at(const struct stays *stays, int64_t t)
{
    assert(t >= stays->from_ns && t < stays->to_ns);
    uint64_t first = 0, behind = stays->count;
    while (behind - first > 1) {
        uint64_t middle = first + (behind - first) / 2;
        if (stays->marks[middle].t0 <= t)
            first = middle;
        else
            behind = middle;
    }
    const struct stay_block *block = block_at(stays, first);
    uint32_t low = 0, high = 2 * STAYS_PAIRS;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (block->t0[middle] <= t)
            low = middle;
        else
            high = middle;
    }
    return (struct stay){block, low};
}

wide stays_work(const struct stays *stays, int64_t t)
{
    int64_t last = min64(t, stays->to_ns) - 1; /* to_ns itself is in no stay */
    if (last < stays->from_ns)
        return 0;
    struct stay at = stay_at(stays, last);
    int64_t high_ns = at.block->high_ns[at.index];
    if (is_high(stays, at.index))
        high_ns += last + 1 - at.block->t0[at.index];
    return work_of(stays, last + 1, high_ns);
}

/* The target lies in the last stay before which less was done, for before the next one there was as
 * much or more. */
int64_t stays_when(const struct stays *stays, wide target)
{
    assert(target > 0 && target <= stays_work(stays, stays->to_ns));
    uint64_t first = 0, behind = stays->count;
    while (behind - first > 1) {
        uint64_t middle = first + (behind - first) / 2;
        const struct stay_mark *mark = &stays->marks[middle];
        if (work_of(stays, mark->t0, mark->high_ns) < target)
            first = middle;
        else
            behind = middle;
    }
    const struct stay_block *block = block_at(stays, first);
    uint32_t low = 0, high = 2 * STAYS_PAIRS;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (work_of(stays, block->t0[middle], block->high_ns[middle]) < target)
            low = middle;
        else
            high = middle;
    }
    int64_t rate = is_high(stays, low) ? stays->law.rate_high : stays->law.rate_low;
    wide left = target - work_of(stays, block->t0[low], block->high_ns[low]);
    return block->t0[low] + (int64_t)wide_div_up(left, (wide)rate);
}

int64_t stays_rate(const struct stays *stays, int64_t t)
{
    bool is_now_high = is_high(stays, stay_at(stays, t).index);
    return is_now_high ? stays->law.rate_high : stays->law.rate_low;
}

int64_t stays_next(const struct stays *stays, int64_t t)
{
    struct stay at = stay_at(stays, t);
    return min64(at.block->t0[at.index + 1], stays->to_ns);
}
