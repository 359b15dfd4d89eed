/* The sum of a node's sources. One source is answered by its own inverses; several by a search over
 * time that steps from command to command. */
#include "models/load/load.h"
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include "models/load/sources.h"
#include "sim/engine/time.h"

#define FEW_COMMANDS 16 /* from here a search steps from command to command */

struct load *load_new(uint64_t seed, uint64_t replication, int64_t horizon_ns)
{
    assert(horizon_ns >= 0 && horizon_ns <= LOAD_HORIZON_MAX);
    struct load *load = malloc(sizeof *load);
    if (load == NULL)
        abort();
    *load = (struct load){
        .context = {.seed = seed, .replication = replication, .horizon_ns = horizon_ns}};
    return load;
}

void load_free(struct load *load)
{
    if (load == NULL)
        return;
    for (uint32_t i = 0; i < load->count; i++)
        source_clear(&load->sources[i]);
    free(load->sources);
    free(load);
}

static void make_room(struct load *load, uint32_t more)
{
    if (load->count + more <= load->room)
        return;
    load->room = load->room * 2 + more;
    load->sources = realloc(load->sources, load->room * sizeof *load->sources);
    if (load->sources == NULL)
        abort();
}

static int64_t total_bytes(const struct load *load, const struct source *source)
{
    return source_bytes(source, load->context.horizon_ns);
}

const char *load_add(struct load *load, const struct load_spec *spec)
{
    make_room(load, 2);
    struct source *source = &load->sources[load->count];
    const char *wrong = source_init(source, spec, &load->context);
    if (wrong != NULL)
        return wrong;
    int64_t bytes = total_bytes(load, source);
    uint32_t added = 1;
    if (spec->ttl_ns > 0) {
        source_init_derived(&source[1], source, spec->ttl_ns, spec->del_bytes);
        bytes += total_bytes(load, &source[1]);
        added = 2;
    }
    if (bytes > LOAD_BYTES_MAX - load->total_bytes) {
        source_clear(source);
        return "the loads of a node have at most 2^62 bytes by the end of the run";
    }
    if (source->deck.largest > load->largest_command)
        load->largest_command = source->deck.largest;
    load->total_bytes += bytes;
    load->count += added;
    return NULL;
}

int64_t load_bytes(const struct load *load, int64_t t)
{
    assert(t <= load->context.horizon_ns);
    int64_t bytes = 0;
    for (uint32_t i = 0; i < load->count; i++)
        bytes += source_bytes(&load->sources[i], t);
    return bytes;
}

int64_t load_commands(const struct load *load, int64_t t)
{
    assert(t <= load->context.horizon_ns);
    int64_t commands = 0;
    for (uint32_t i = 0; i < load->count; i++)
        commands += source_commands(&load->sources[i], t);
    return commands;
}

int64_t load_adding_commands(const struct load *load, int64_t t)
{
    assert(t <= load->context.horizon_ns);
    int64_t commands = 0;
    for (uint32_t i = 0; i < load->count; i++)
        if (load->sources[i].adds_keys)
            commands += source_commands(&load->sources[i], t);
    return commands;
}

int64_t load_last(const struct load *load, int64_t t)
{
    assert(t <= load->context.horizon_ns);
    int64_t last = -1;
    for (uint32_t i = 0; i < load->count; i++) {
        int64_t n = source_commands(&load->sources[i], t);
        int64_t at = n > 0 ? source_when(&load->sources[i], n) : -1;
        if (at > last)
            last = at;
    }
    return last;
}

int64_t load_next(const struct load *load, int64_t t)
{
    assert(t <= load->context.horizon_ns);
    int64_t next = TIME_NEVER;
    for (uint32_t i = 0; i < load->count; i++) {
        int64_t n = source_commands(&load->sources[i], t);
        int64_t at = source_when(&load->sources[i], n + 1);
        if (at < next)
            next = at;
    }
    return next > load->context.horizon_ns ? TIME_NEVER : next;
}

int64_t load_steady_until(const struct load *load, int64_t t, int64_t gap_ns)
{
    int64_t until = t;
    for (uint32_t i = 0; i < load->count; i++)
        until = max64(until, source_steady_until(&load->sources[i], t, gap_ns));
    return until;
}

/* Keeps bytes(low) < bytes <= bytes(high). Guesses in proportion, which is near for a steady load,
 * and in the middle in turn, which halves whatever the load is. Once few commands are left, each
 * guess is moved to a command, so that the gaps between them cost nothing. */
static int64_t search_when(const struct load *load, int64_t bytes)
{
    int64_t low = -1, low_bytes = 0;
    int64_t high = load->context.horizon_ns, high_bytes = load->total_bytes;
    int64_t few_bytes = FEW_COMMANDS * load->largest_command;
    for (bool is_even = true; high - low > 1; is_even = !is_even) {
        int64_t guess = low + (high - low) / 2;
        if (is_even)
            guess = low + mul_div(high - low, bytes - low_bytes, high_bytes - low_bytes);
        if (guess <= low)
            guess = low + 1;
        if (guess >= high)
            guess = high - 1;
        bool is_near = high_bytes - low_bytes <= few_bytes;
        int64_t at = load_bytes(load, guess);
        if (at >= bytes) {
            high = is_near ? load_last(load, guess) : guess;
            high_bytes = at;
            continue;
        }
        low = is_near ? load_next(load, guess) : guess;
        low_bytes = is_near ? load_bytes(load, low) : at;
        if (low_bytes >= bytes)
            return low;
    }
    return high;
}

int64_t load_when(const struct load *load, int64_t bytes)
{
    assert(bytes >= 1);
    if (bytes > load->total_bytes)
        return TIME_NEVER;
    if (load->count > 1)
        return search_when(load, bytes);
    const struct source *source = &load->sources[0];
    return source_when(source, deck_need(&source->deck, bytes));
}

/* Of the complete commands among the first bytes: their number, and the last one's end. */
struct complete {
    int64_t commands;
    int64_t bytes;
};

/* The boundary lies among the commands of one instant: whole sources in their order, then part of
 * one. */
static struct complete complete_in(const struct load *load, int64_t bytes)
{
    if (bytes == 0)
        return (struct complete){0, 0};
    if (load->count == 1) {
        const struct deck *deck = &load->sources[0].deck;
        int64_t n = deck_fit(deck, bytes);
        return (struct complete){n, deck_bytes(deck, n)};
    }
    int64_t t = search_when(load, bytes);
    struct complete in = {load_commands(load, t - 1), load_bytes(load, t - 1)};
    for (uint32_t i = 0; i < load->count; i++) {
        const struct source *source = &load->sources[i];
        int64_t before = source_commands(source, t - 1), n = source_commands(source, t);
        int64_t bytes_before = deck_bytes(&source->deck, before);
        int64_t here = deck_bytes(&source->deck, n) - bytes_before;
        if (in.bytes + here > bytes) {
            n = deck_fit(&source->deck, bytes_before + bytes - in.bytes);
            here = deck_bytes(&source->deck, n) - bytes_before;
            return (struct complete){in.commands + n - before, in.bytes + here};
        }
        in.commands += n - before;
        in.bytes += here;
    }
    assert(in.bytes == bytes);
    return in;
}

int64_t load_boundary(const struct load *load, int64_t bytes)
{
    assert(bytes >= 0 && bytes <= load->total_bytes);
    return complete_in(load, bytes).bytes;
}

int64_t load_commands_to(const struct load *load, int64_t bytes)
{
    assert(bytes >= 0 && bytes <= load->total_bytes);
    return complete_in(load, bytes).commands;
}

int64_t load_largest_command(const struct load *load)
{
    return load->largest_command;
}

int64_t load_next_large(const struct load *load, int64_t t, int64_t least)
{
    assert(t <= load->context.horizon_ns);
    int64_t next = TIME_NEVER;
    for (uint32_t i = 0; i < load->count; i++)
        next = min64(next, source_next_large(&load->sources[i], t, least));
    return next > load->context.horizon_ns ? TIME_NEVER : next;
}

int64_t load_largest_piece(const struct load *load)
{
    int64_t largest = 0;
    for (uint32_t i = 0; i < load->count; i++)
        if (load->sources[i].largest_piece > largest)
            largest = load->sources[i].largest_piece;
    return largest;
}
