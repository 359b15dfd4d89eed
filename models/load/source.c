/* The layers of one source, forwards and backwards. Times of commands are first rounded up to the
 * tick, then shifted; so a question's time is first shifted back, then rounded down. */
#include "models/load/source.h"
#include <assert.h>
#include "sim/engine/time.h"

#define BULK_OVERHEAD                                                                              \
    40 /* bytes of a SET beside its value: array and bulk headers, name, a short key */

static int64_t shape_time(const struct source *source, int64_t t)
{
    int64_t at = t - source->shift_ns;
    if (source->tick_ns > 0 && at > 0)
        at -= at % source->tick_ns;
    return at;
}

int64_t source_bulk(int64_t command_bytes)
{
    return command_bytes > BULK_OVERHEAD ? command_bytes - BULK_OVERHEAD : 1;
}

void source_init_derived(struct source *source, const struct source *parent, int64_t ttl_ns,
                         int64_t del_bytes)
{
    assert(ttl_ns > 0 && !parent->is_derived);
    *source = *parent;
    source->is_derived = true;
    source->shift_ns = ttl_ns;
    source->largest_piece = source_bulk(del_bytes);
    deck_init_constant(&source->deck, del_bytes);
}

void source_clear(struct source *source)
{
    deck_clear(&source->deck);
    if (source->is_derived)
        return;
    shape_clear(&source->shape);
    if (source->is_poisson)
        poisson_clear(&source->poisson);
}

int64_t source_commands(const struct source *source, int64_t t)
{
    int64_t at = shape_time(source, t);
    if (!source->is_poisson)
        return shape_count(&source->shape, at);
    return poisson_count(&source->poisson, shape_mark(&source->shape, at));
}

int64_t source_bytes(const struct source *source, int64_t t)
{
    return deck_bytes(&source->deck, source_commands(source, t));
}

int64_t source_when(const struct source *source, int64_t n)
{
    assert(n >= 1);
    wide mark = source->is_poisson ? poisson_mark(&source->poisson, n) : (wide)n << MARK_BITS;
    int64_t at = mark == MARK_NEVER ? TIME_NEVER : shape_when(&source->shape, mark);
    if (at == TIME_NEVER)
        return TIME_NEVER;
    if (source->tick_ns > 0 && at % source->tick_ns > 0)
        at = time_add(at, source->tick_ns - at % source->tick_ns);
    return time_add(at, source->shift_ns);
}

/* commands/s x 1e9, times the mean size; below 2^62 as a rate is at most 1e9/s and a size 2^32. */
static int64_t byte_rate(const struct source *source, int64_t rate)
{
    return mul_div_up(rate, source->deck.total, deck_cards(&source->deck) * NS_PER_S);
}

int64_t source_rate(const struct source *source, int64_t t)
{
    return byte_rate(source, shape_rate(&source->shape, t - source->shift_ns));
}

int64_t source_rate_bound(const struct source *source, int64_t t, int64_t until, bool is_upper)
{
    int64_t shift_ns = source->shift_ns;
    return byte_rate(source,
                     shape_rate_bound(&source->shape, t - shift_ns, until - shift_ns, is_upper));
}

int64_t source_next_edge(const struct source *source, int64_t t)
{
    return time_add(shape_next_edge(&source->shape, t - source->shift_ns), source->shift_ns);
}

int64_t source_next_limit(const struct source *source, int64_t t)
{
    return time_add(shape_next_limit(&source->shape, t - source->shift_ns), source->shift_ns);
}

/* Whether commands at that rate (rounded up, /s x 1e9) or more are never further apart. */
static bool is_steady(const struct source *source, int64_t rate, int64_t gap_ns)
{
    int64_t room = gap_ns - source->tick_ns - 1;
    return rate > 1 && room > 0 && NS_PER_S * NS_PER_S / (rate - 1) < room;
}

int64_t source_steady_until(const struct source *source, int64_t t, int64_t gap_ns)
{
    int64_t limit = source_next_limit(source, t), at = t - source->shift_ns;
    if (source->is_poisson || limit == TIME_NEVER)
        return t;
    if (is_steady(source, shape_rate_bound(&source->shape, at, limit - source->shift_ns, false),
                  gap_ns))
        return limit;
    if (source->shape.kind == SHAPE_RAMP ||
        !is_steady(source, shape_rate(&source->shape, at), gap_ns))
        return t;
    return source_next_edge(source, t);
}

int64_t source_next_large(const struct source *source, int64_t t, int64_t least)
{
    if (source->deck.largest < least)
        return TIME_NEVER;
    return source_when(source, deck_next(&source->deck, source_commands(source, t), least));
}
