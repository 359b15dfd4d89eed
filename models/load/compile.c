/* From a scenario's spec to a source: checks, then shape, sizes and Poisson counts. All draws and
 * all memory of a load happen here. */
#include "models/load/source.h"
#include <assert.h>
#include <stddef.h>
#include "sim/engine/time.h"

#define DRAWN_BYTES_MAX (INT64_C(1) << 57) /* of drawn commands, were all as long as the longest */
#define TAIL_MIN        64                 /* and that is this often the mean, or longer */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static const char *check_times(const struct load_spec *spec)
{
    if (spec->from_ns < 0 || spec->from_ns > LOAD_HORIZON_MAX)
        return "a load starts between 0 and 73 years";
    if (spec->to_ns <= spec->from_ns)
        return "a load must end after it starts";
    if (spec->tick_ns < 0 || spec->tick_ns > LOAD_HORIZON_MAX)
        return "a tick is at least 0 and at most 73 years";
    if (spec->ttl_ns < 0 || spec->ttl_ns > LOAD_HORIZON_MAX)
        return "a ttl is at least 0 and at most 73 years";
    if (spec->ttl_ns > 0 && (spec->del_bytes < 1 || spec->del_bytes > DECK_SIZE_MAX))
        return "the DEL that follows a ttl has 1 byte to 4gb";
    return NULL;
}

static const char *check_rates(const struct load_spec *spec)
{
    const int64_t rates[] = {spec->rate, spec->rate_end, spec->rate_off, spec->rate_high};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        if (rates[i] < 0)
            return "a rate cannot be negative";
        if (rates[i] > LOAD_RATE_MAX)
            return "a rate above 1000000000/s is too high";
    }
    return NULL;
}

static const char *check_shape(const struct load_spec *spec)
{
    int shapes = (spec->rate_end != spec->rate) + (spec->on_ns > 0) + (spec->high_mean_ns > 0) +
                 (spec->series_count > 0);
    if (shapes > 1)
        return "a load has one shape: a ramp, bursts, high and low stays, or a series";
    if (spec->on_ns < 0 || spec->off_ns < 0 || spec->on_ns > LOAD_HORIZON_MAX ||
        spec->off_ns > LOAD_HORIZON_MAX)
        return "a burst and its pause last between 0 and 73 years";
    if (spec->high_mean_ns < 0 || spec->high_mean_ns > LOAD_HORIZON_MAX ||
        spec->low_mean_ns > LOAD_HORIZON_MAX)
        return "the mean of a stay is between 0 and 73 years";
    if (spec->high_mean_ns > 0 && spec->low_mean_ns < 1)
        return "a load with high stays needs the mean of the low ones";
    return NULL;
}

static const char *check_series(const struct load_spec *spec)
{
    if (spec->series_count == 0)
        return NULL;
    assert(spec->series_first < spec->series_count && (!spec->series_first || spec->is_repeated));
    if (spec->series_count >= PIECE_COUNT_MAX)
        return "a series has at most 10 million samples";
    int64_t t = spec->from_ns - 1;
    int64_t bytes = 0;
    for (uint32_t i = 0; i < spec->series_count; i++) {
        if (spec->series_ns[i] < spec->from_ns)
            return "a series cannot begin before its load does";
        if (spec->series_ns[i] <= t || spec->series_ns[i] > LOAD_HORIZON_MAX)
            return "the times of a series must increase";
        if (spec->series_bytes[i] < bytes)
            return "the bytes of a series are totals and cannot decrease";
        t = spec->series_ns[i];
        bytes = spec->series_bytes[i];
    }
    if (bytes > LOAD_BYTES_MAX)
        return "this is more than 2^62 bytes";
    return NULL;
}

/* A source ends where the run does: one ns later, as a command may happen at the horizon itself. */
static int64_t end_of(const struct load_spec *spec, int64_t horizon_ns)
{
    return later(earlier(spec->to_ns, horizon_ns + 1), spec->from_ns);
}

/* Of the steps of a series that fall into the run; TIME_NEVER: too many to count. */
static int64_t series_bytes_most(const struct load_spec *spec, int64_t end_ns)
{
    bool has_origin = spec->series_ns[0] == spec->from_ns;
    int64_t last = spec->series_count - 1;
    int64_t bytes = spec->series_bytes[last] - (has_origin ? spec->series_bytes[0] : 0);
    int64_t round_ns = spec->series_ns[last] - spec->from_ns;
    int64_t rounds =
        spec->is_repeated && round_ns > 0 ? (end_ns - spec->from_ns) / round_ns + 1 : 1;
    return mul_div(bytes, rounds, 1);
}

/* Were its rate the highest that it has all the time. */
static int64_t commands_most(const struct load_spec *spec, int64_t end_ns)
{
    int64_t rate = later(later(spec->rate, spec->rate_end), later(spec->rate_off, spec->rate_high));
    if (spec->series_count > 0) /* a command has a byte or more */
        return series_bytes_most(spec, end_ns);
    return mul_div_up(rate, end_ns - spec->from_ns, PIECE_WORK);
}

/* The longest command that is dealt. A law with a long tail is cut so that the bytes of the run
 * stay in range whatever comes, but far above its mean. */
static int64_t card_most(const struct load_spec *spec, int64_t commands)
{
    int64_t most = later(earlier(dist_most(&spec->command), DECK_SIZE_MAX), 1);
    bool is_bounded = dist_is_constant(&spec->command) || spec->series_count > 0;
    if (is_bounded || mul_div(commands, most, 1) <= DRAWN_BYTES_MAX)
        return most;
    return later(earlier(DRAWN_BYTES_MAX / commands, most),
                 mul_div(dist_mean(&spec->command), TAIL_MIN, 1));
}

/* Poisson counts scatter around their means; half of the range is left for that. */
static const char *check_totals(const struct load_spec *spec, int64_t end_ns, int64_t *bytes)
{
    int64_t commands = commands_most(spec, end_ns), card = card_most(spec, commands);
    *bytes = spec->series_count > 0 ? commands : mul_div(commands, card, 1);
    if (card > DECK_SIZE_MAX || *bytes > LOAD_BYTES_MAX / 2)
        return "the load has more than 2^61 bytes by the end of the run";
    int64_t dels = spec->ttl_ns > 0 ? mul_div(commands, spec->del_bytes, 1) : 0;
    if (dels > LOAD_BYTES_MAX / 2)
        return "the DELs that follow a ttl have more than 2^61 bytes by the end of the run";
    *bytes += dels;
    return NULL;
}

static const char *check_stays(const struct load_spec *spec, int64_t end_ns)
{
    if (spec->high_mean_ns == 0)
        return NULL;
    int64_t pairs = (end_ns - spec->from_ns) / (spec->high_mean_ns + spec->low_mean_ns);
    if (pairs > STAYS_MAX / 2)
        return "high and low stays this short make more than a billion of them";
    return NULL;
}

/* No deck has a lower mean: half of the draws are longer than four times that. */
static int64_t size_least(const struct dist *size)
{
    int64_t median = 1;
    if (dist_is_constant(size))
        return dist_mean(size);
    while (median < DECK_SIZE_MAX && dist_tail(size, 2 * median) >= 0.5)
        median *= 2;
    return later(median / 4, 1);
}

/* A sample's step is one piece of at most a command in a ns. */
static const char *check_steps(const struct load_spec *spec)
{
    int64_t least = size_least(&spec->command), commands = 0, t = spec->from_ns;
    bool has_origin = spec->series_count > 0 && spec->series_ns[0] == t;
    int64_t base = has_origin ? spec->series_bytes[0] : 0;
    for (uint32_t i = has_origin; i < spec->series_count; i++) {
        int64_t next = (spec->series_bytes[i] - base) / least;
        if (next - commands > spec->series_ns[i] - t)
            return "a series with more than one command per nanosecond is too fast";
        t = spec->series_ns[i];
        commands = next;
    }
    return NULL;
}

const char *load_check(const struct load_spec *spec, int64_t horizon_ns, int64_t *bytes)
{
    *bytes = 0;
    const char *wrong = check_times(spec);
    if (wrong == NULL)
        wrong = check_rates(spec);
    if (wrong == NULL)
        wrong = check_shape(spec);
    if (wrong == NULL)
        wrong = check_series(spec);
    if (wrong == NULL && spec->largest_piece < 0)
        return "the largest piece of a command cannot be negative";
    if (wrong != NULL)
        return wrong;
    int64_t end_ns = end_of(spec, horizon_ns);
    int64_t size = dist_mean(&spec->command);
    if (dist_is_constant(&spec->command) && (size < 1 || size > DECK_SIZE_MAX))
        return "a command has 1 byte to 4gb";
    wrong = check_stays(spec, end_ns);
    if (wrong == NULL)
        wrong = check_steps(spec);
    return wrong != NULL ? wrong : check_totals(spec, end_ns, bytes);
}

static void init_deck(struct deck *deck, const struct load_spec *spec,
                      const struct source_context *context)
{
    struct random random;
    random_init(&random, context->seed, context->replication, spec->name, "size");
    int64_t most = card_most(spec, commands_most(spec, end_of(spec, context->horizon_ns)));
    if (dist_is_constant(&spec->command))
        deck_init_constant(deck, dist_draw(&spec->command, &random));
    else
        deck_init_drawn(deck, &spec->command, most, &random);
}

static void init_stays(struct shape *shape, const struct load_spec *spec,
                       const struct source_context *context, int64_t end_ns)
{
    struct random random;
    random_init(&random, context->seed, context->replication, spec->name, "markov");
    shape_init_stays(shape, spec->from_ns, end_ns,
                     (struct stay_law){.high_mean_ns = spec->high_mean_ns,
                                       .low_mean_ns = spec->low_mean_ns,
                                       .rate_high = spec->rate_high,
                                       .rate_low = spec->rate},
                     &random);
}

/* Commands in all by a sample = bytes in all / mean size, rounded down, so that rounding does not
 * add up. */
static int64_t commands_by(const struct load_spec *spec, const struct deck *deck, int64_t base,
                           uint32_t sample)
{
    return mul_div(spec->series_bytes[sample] - base, deck_cards(deck), deck->total);
}

/* Steps lie between samples; where the first sample is not at from_ns, from there to it. Returns
 * whether the pieces are a round that is to be repeated. */
static bool init_series(struct shape *shape, const struct load_spec *spec, const struct deck *deck,
                        int64_t end_ns)
{
    uint32_t has_origin = spec->series_ns[0] == spec->from_ns;
    uint32_t steps = spec->series_count - has_origin;
    int64_t base = has_origin ? spec->series_bytes[0] : 0, t = spec->from_ns;
    bool is_repeated =
        spec->is_repeated && steps > 0 &&
        end_ns - spec->from_ns > spec->series_ns[spec->series_count - 1] - spec->from_ns;
    for (uint32_t i = 0; t < end_ns && i < steps; i++) {
        uint32_t sample = has_origin + (spec->series_first + i) % steps;
        bool is_first = sample == 0;
        int64_t commands = commands_by(spec, deck, base, sample) -
                           (is_first ? 0 : commands_by(spec, deck, base, sample - 1));
        int64_t span_ns =
            spec->series_ns[sample] - (is_first ? spec->from_ns : spec->series_ns[sample - 1]);
        int64_t to = time_add(t, span_ns);
        pieces_add(&shape->pieces, earlier(to, end_ns), (uint64_t)commands, (uint64_t)span_ns);
        t = to;
    }
    return is_repeated;
}

static void init_pieces(struct source *source, const struct load_spec *spec, int64_t end_ns)
{
    struct shape *shape = &source->shape;
    bool is_repeated = false;
    shape_init_pieces(shape, spec->from_ns);
    if (spec->series_count > 0)
        is_repeated = init_series(shape, spec, &source->deck, end_ns);
    else if (end_ns > spec->from_ns)
        pieces_add(&shape->pieces, end_ns, (uint64_t)spec->rate, (uint64_t)PIECE_WORK);
    const struct piece *end = &shape->pieces.list[shape->pieces.count];
    shape_finish(shape, is_repeated ? end_ns : end->t0, is_repeated);
}

static void init_ramp(struct shape *shape, const struct load_spec *spec, int64_t end_ns)
{
    struct ramp ramp = {.low = earlier(spec->rate, spec->rate_end),
                        .rise =
                            later(spec->rate, spec->rate_end) - earlier(spec->rate, spec->rate_end),
                        .length_ns = spec->to_ns - spec->from_ns,
                        .is_falling = spec->rate_end < spec->rate};
    shape_init_ramp(shape, spec->from_ns, end_ns, ramp);
}

static void init_bursts(struct shape *shape, const struct load_spec *spec, int64_t end_ns)
{
    struct bursts bursts = {.on_ns = spec->on_ns,
                            .period_ns = spec->on_ns + spec->off_ns,
                            .rate_on = spec->rate,
                            .rate_off = spec->rate_off};
    shape_init_bursts(shape, spec->from_ns, end_ns, bursts);
}

static void init_shape(struct source *source, const struct load_spec *spec,
                       const struct source_context *context)
{
    int64_t end_ns = end_of(spec, context->horizon_ns);
    if (spec->on_ns > 0)
        init_bursts(&source->shape, spec, end_ns);
    else if (spec->rate_end != spec->rate)
        init_ramp(&source->shape, spec, end_ns);
    else if (spec->high_mean_ns > 0)
        init_stays(&source->shape, spec, context, end_ns);
    else
        init_pieces(source, spec, end_ns);
}

static void init_poisson(struct source *source, const struct load_spec *spec,
                         const struct source_context *context)
{
    struct random random;
    random_init(&random, context->seed, context->replication, spec->name, "poisson");
    source->is_poisson = true;
    poisson_init(&source->poisson, &random, shape_mark(&source->shape, source->shape.to_ns));
}

const char *source_init(struct source *source, const struct load_spec *spec,
                        const struct source_context *context)
{
    assert(context->horizon_ns >= 0 && context->horizon_ns <= LOAD_HORIZON_MAX);
    int64_t bytes;
    const char *wrong = load_check(spec, context->horizon_ns, &bytes);
    if (wrong != NULL)
        return wrong;
    *source = (struct source){.tick_ns = spec->tick_ns};
    init_deck(&source->deck, spec, context);
    source->adds_keys = spec->adds_keys;
    source->largest_piece =
        spec->largest_piece > 0 ? spec->largest_piece : source_bulk(source->deck.largest);
    init_shape(source, spec, context);
    if (spec->is_poisson)
        init_poisson(source, spec, context);
    return NULL;
}
