/* Cells have a mean of 256 commands, or more where that would take over 2^17 of them; no
 * cell has over 2^63 marks.
 *
 * The point of a command is a whole mark v within its cell; it has happened when the mark exceeds
 * v. */
#include "models/load/poisson.h"
#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include "models/load/piece.h"
#include "sim/engine/portable_math.h"

#define CELL_MEAN_BITS  8
#define CELLS_MAX       (1 << 17)
#define CELL_BITS_MAX   63
#define TABLE_MEAN_BITS 12
#define TABLE_SIZE      2048 /* the mean, and 15 standard deviations to either side */
#define COIN_MAX        4096 /* tosses counted one by one; above, a normal approximation */

/* P(count <= first + i), all of the mass that doubles can distinguish from 0 and 1. */
struct table {
    int64_t first;
    uint32_t count;
    double cumulative[TABLE_SIZE];
};

static double unit_inside(uint64_t bits)
{
    return ((double)(bits >> 11) + 0.5) * 0x1p-53;
}

static int64_t clamp(double value, int64_t high)
{
    if (value <= 0)
        return 0;
    return value >= (double)high ? high : (int64_t)value;
}

/* Weights relative to the mean's own, by p(k) = p(k - 1) * mean / k: no exp, and no underflow that
 * matters. */
static void table_init(struct table *table, uint32_t mean_bits)
{
    int64_t mean = INT64_C(1) << mean_bits;
    int64_t reach = 15 * (int64_t)sqrt((double)mean) + 1;
    int64_t first = mean > reach ? mean - reach : 0;
    table->first = first;
    table->count = (uint32_t)(mean + reach - first + 1);
    assert(table->count <= TABLE_SIZE);
    double *weight = table->cumulative;
    uint32_t middle = (uint32_t)(mean - first);
    weight[middle] = 1;
    for (uint32_t i = middle; i > 0; i--)
        weight[i - 1] = weight[i] * (double)(first + (int64_t)i) / (double)mean;
    for (uint32_t i = middle + 1; i < table->count; i++)
        weight[i] = weight[i - 1] * (double)mean / (double)(first + (int64_t)i);
    double total = 0;
    for (uint32_t i = 0; i < table->count; i++)
        total += weight[i];
    double sum = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        sum += weight[i];
        table->cumulative[i] = sum / total;
    }
}

static int64_t table_draw(const struct table *table, struct random *random)
{
    double u = random_unit(random);
    uint32_t low = 0, high = table->count - 1; /* the answer is in [low, high] */
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (u < table->cumulative[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return table->first + low;
}

int64_t poisson_draw_large(uint32_t mean_bits, struct random *random)
{
    double mean = (double)(UINT64_C(1) << mean_bits);
    double z = portable_normal_quantile(unit_inside(random_u64(random)));
    double value = mean + sqrt(mean) * z + (z * z - 1) / 6;
    return clamp(value + 0.5, INT64_MAX / 2);
}

static uint32_t cell_mean_bits(wide mark_end)
{
    uint32_t bits = CELL_MEAN_BITS;
    while (mark_end >> (MARK_BITS + bits) >= CELLS_MAX && MARK_BITS + bits < CELL_BITS_MAX)
        bits++;
    return bits;
}

void poisson_init(struct poisson *poisson, struct random *random, wide mark_end)
{
    assert(mark_end <= (wide)1 << 83);
    uint32_t mean_bits = cell_mean_bits(mark_end);
    poisson->key = random_u64(random);
    poisson->cell_bits = MARK_BITS + mean_bits;
    poisson->cells = (uint32_t)(mark_end >> poisson->cell_bits) + 1;
    poisson->before = malloc((poisson->cells + (size_t)1) * sizeof *poisson->before);
    if (poisson->before == NULL)
        abort();
    bool is_exact = mean_bits <= TABLE_MEAN_BITS;
    struct table table;
    if (is_exact)
        table_init(&table, mean_bits);
    poisson->before[0] = 0;
    for (uint32_t i = 0; i < poisson->cells; i++) {
        int64_t count =
            is_exact ? table_draw(&table, random) : poisson_draw_large(mean_bits, random);
        poisson->before[i + 1] = poisson->before[i] + count;
    }
}

void poisson_clear(struct poisson *poisson)
{
    free(poisson->before);
    poisson->before = NULL;
}

/* Without the instruction for it, compilers call a function that looks up bytes. */
static int64_t ones(uint64_t bits)
{
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (int64_t)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* How many of n coins fall heads at this node of a cell. */
static int64_t split(int64_t n, uint64_t cell_key, uint64_t node)
{
    uint64_t bits = random_at(cell_key, node);
    if (n <= 64)
        return ones(bits >> (64 - n));
    if (n > COIN_MAX) {
        double z = portable_normal_quantile(unit_inside(bits));
        return clamp((double)n / 2 + sqrt((double)n) / 2 * z + 0.5, n);
    }
    int64_t heads = 0;
    uint64_t word = 0;
    for (; n > 64; n -= 64)
        heads += ones(random_at(bits, word++));
    return heads + ones(random_at(bits, word) >> (64 - n));
}

int64_t poisson_count(const struct poisson *poisson, wide mark)
{
    uint64_t cell = (uint64_t)(mark >> poisson->cell_bits);
    assert(cell < poisson->cells);
    uint64_t key = random_at(poisson->key, cell);
    uint64_t half = UINT64_C(1) << (poisson->cell_bits - 1);
    uint64_t rest = (uint64_t)mark & (2 * half - 1);
    int64_t count = poisson->before[cell];
    int64_t n = poisson->before[cell + 1] - count;
    uint64_t node = 1;
    for (; n > 0 && rest > 0; half /= 2) {
        int64_t left = split(n, key, node);
        node *= 2;
        if (rest < half) {
            n = left;
            continue;
        }
        count += left;
        n -= left;
        rest -= half;
        node++;
    }
    return count;
}

/* The cell that holds command n: the last with fewer than n before it. */
static uint32_t find_cell(const struct poisson *poisson, int64_t n)
{
    uint32_t low = 0, high = poisson->cells;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (poisson->before[middle] < n)
            low = middle;
        else
            high = middle;
    }
    return low;
}

wide poisson_mark(const struct poisson *poisson, int64_t n)
{
    assert(n >= 1);
    if (n > poisson->before[poisson->cells])
        return MARK_NEVER;
    uint32_t cell = find_cell(poisson, n);
    uint64_t key = random_at(poisson->key, cell);
    int64_t rank = n - poisson->before[cell];
    int64_t among = poisson->before[cell + 1] - poisson->before[cell];
    wide mark = (wide)cell << poisson->cell_bits;
    uint64_t node = 1;
    for (uint64_t half = UINT64_C(1) << (poisson->cell_bits - 1); half > 0; half /= 2) {
        int64_t left = split(among, key, node);
        node *= 2;
        if (rank <= left) {
            among = left;
            continue;
        }
        rank -= left;
        among -= left;
        mark += half;
        node++;
    }
    return mark + 1;
}
