/* Straight pieces: counting needs one 64 x 64 bit product and no division.
 *
 * x * step >> 64 falls short of phase/den + x * num/den by less than 2.5: less than 1 for the
 * phase, less than 1 for rounding down, and less than 1/2 for the missing bits of step, as x <
 * 2^63. The remainder from which the rest follows is below 2.5 den < 2^64, so it is exact in 64
 * bits although its terms are not. */
#include "models/load/piece.h"
#include <assert.h>
#include <stdlib.h>
#include "sim/engine/time.h"

static uint64_t step_of(uint64_t num, uint64_t den)
{
    return num == den ? UINT64_MAX : (uint64_t)(((wide)num << 64) / den);
}

static int64_t piece_count(const struct piece *piece, int64_t t, uint64_t *rest)
{
    uint64_t x = (uint64_t)(t - piece->t0);
    uint64_t n = (uint64_t)((wide)x * piece->step >> 64);
    uint64_t left = piece->phase + x * piece->num - n * piece->den;
    for (; left >= piece->den; left -= piece->den)
        n++;
    *rest = left;
    return piece->n0 + (int64_t)n;
}

static wide mark_of(int64_t count, uint64_t rest, uint64_t den)
{
    return ((wide)count << MARK_BITS) + ((wide)rest << MARK_BITS) / den;
}

static bool starts_before(const struct piece *piece, wide mark)
{
    int64_t count = (int64_t)(mark >> MARK_BITS);
    if (piece->n0 != count)
        return piece->n0 < count;
    return mark_of(piece->n0, piece->phase, piece->den) < mark;
}

void pieces_init(struct pieces *pieces, int64_t from_ns)
{
    *pieces = (struct pieces){.room = 1};
    pieces->list = malloc(sizeof *pieces->list);
    if (pieces->list == NULL)
        abort();
    pieces->list[0] = (struct piece){.t0 = from_ns, .den = PIECE_WORK};
}

void pieces_clear(struct pieces *pieces)
{
    free(pieces->list);
    *pieces = (struct pieces){0};
}

static void make_room(struct pieces *pieces)
{
    if (pieces->count + 2 <= pieces->room)
        return;
    pieces->room = pieces->room * 2;
    pieces->list = realloc(pieces->list, pieces->room * sizeof *pieces->list);
    if (pieces->list == NULL)
        abort();
}

void pieces_add(struct pieces *pieces, int64_t to_ns, uint64_t num, uint64_t den)
{
    assert(pieces->count < PIECE_COUNT_MAX);
    assert(den > 0 && den <= UINT64_C(1) << 62 && num <= den);
    make_room(pieces);
    struct piece *piece = &pieces->list[pieces->count++];
    assert(to_ns > piece->t0);
    assert(piece->phase == 0 || piece->den == den);
    piece->num = num;
    piece->den = den;
    piece->step = step_of(num, den);
    struct piece *end = piece + 1;
    *end = (struct piece){.t0 = to_ns, .den = den};
    end->n0 = piece_count(piece, to_ns, &end->phase);
}

void pieces_finish(struct pieces *pieces, int64_t to_ns, bool is_repeated)
{
    const struct piece *end = &pieces->list[pieces->count];
    assert(is_repeated ? end->phase == 0 && end->t0 > pieces->list[0].t0 : end->t0 == to_ns);
    pieces->to_ns = to_ns;
    if (is_repeated) {
        pieces->round_ns = end->t0 - pieces->list[0].t0;
        pieces->round_count = end->n0;
    }
    int64_t span_ns = pieces->list[pieces->count].t0 - pieces->list[0].t0;
    if (pieces->count > 1)
        pieces->guess = (uint64_t)(((wide)pieces->count << 64) / (wide)(span_ns + 1));
}

/* Pieces are of like length as a rule: the guess is near, and the search doubles its step from
 * there. */
static const struct piece *find(const struct pieces *pieces, int64_t t)
{
    const struct piece *list = pieces->list;
    assert(t >= list[0].t0);
    if (pieces->count <= 1)
        return &list[pieces->count == 1 && t >= list[1].t0];
    if (t >= list[pieces->count].t0)
        return &list[pieces->count];
    uint32_t low = (uint32_t)((wide)(uint64_t)(t - list[0].t0) * pieces->guess >> 64);
    uint32_t high = low + 1; /* the answer is in [low, high) */
    for (uint32_t by = 1; list[low].t0 > t; by *= 2) {
        high = low;
        low = low > by ? low - by : 0;
    }
    for (uint32_t by = 1; list[high].t0 <= t; by *= 2) {
        low = high;
        high = pieces->count - high > by ? high + by : pieces->count;
    }
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (list[middle].t0 <= t)
            low = middle;
        else
            high = middle;
    }
    return &list[low];
}

/* Whole rounds before t; *t becomes the same moment of the first one. */
static int64_t fold(const struct pieces *pieces, int64_t *t)
{
    if (pieces->round_ns == 0)
        return 0;
    int64_t from = pieces->list[0].t0, x = (*t < pieces->to_ns ? *t : pieces->to_ns) - from;
    *t = from + x % pieces->round_ns;
    return x / pieces->round_ns;
}

int64_t pieces_count(const struct pieces *pieces, int64_t t)
{
    uint64_t rest;
    int64_t before = fold(pieces, &t) * pieces->round_count;
    return before + piece_count(find(pieces, t), t, &rest);
}

wide pieces_mark(const struct pieces *pieces, int64_t t)
{
    int64_t before = fold(pieces, &t) * pieces->round_count;
    const struct piece *piece = find(pieces, t);
    uint64_t rest;
    int64_t count = piece_count(piece, t, &rest);
    return mark_of(before + count, rest, piece->den);
}

/* The mark lies in the last piece that starts below it, for the next one starts at or above it. */
static int64_t when_in_list(const struct pieces *pieces, wide mark)
{
    if (starts_before(&pieces->list[pieces->count], mark))
        return TIME_NEVER;
    uint32_t low = 0, high = pieces->count; /* low starts before the mark, high does not */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (starts_before(&pieces->list[middle], mark))
            low = middle;
        else
            high = middle;
    }
    const struct piece *piece = &pieces->list[low];
    wide part = (wide)(mark & (((wide)1 << MARK_BITS) - 1));
    wide work = ((wide)(mark >> MARK_BITS) - (wide)piece->n0) * piece->den +
                wide_div_up(part * piece->den, (wide)1 << MARK_BITS) - piece->phase;
    return piece->t0 + (int64_t)wide_div_up(work, piece->num);
}

int64_t pieces_when(const struct pieces *pieces, wide mark)
{
    assert(mark >= 1);
    if (pieces->round_ns == 0)
        return when_in_list(pieces, mark);
    if (mark > pieces_mark(pieces, pieces->to_ns))
        return TIME_NEVER;
    wide round = (wide)pieces->round_count << MARK_BITS;
    wide rounds = (mark - 1) / round;
    return (int64_t)rounds * pieces->round_ns + when_in_list(pieces, mark - rounds * round);
}

int64_t pieces_rate(const struct pieces *pieces, int64_t t)
{
    fold(pieces, &t);
    return piece_rate(find(pieces, t));
}

int64_t pieces_next(const struct pieces *pieces, int64_t t)
{
    int64_t before_ns = fold(pieces, &t) * pieces->round_ns;
    int64_t next = find(pieces, t)[1].t0 + before_ns;
    return next < pieces->to_ns ? next : pieces->to_ns;
}

int64_t piece_rate(const struct piece *piece)
{
    return (int64_t)wide_div_up((wide)piece->num * (wide)PIECE_WORK, piece->den);
}
