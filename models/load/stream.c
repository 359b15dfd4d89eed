/* A master's stream as sections of load and control items. See stream.h. */
#include "models/load/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"

/* One part of a section: from its item number `item` on. */
struct place {
    uint32_t section;
    int64_t item;
};

static int64_t offset_in(const struct stream_section *part, int64_t t)
{
    if (!part->flows || part->load == NULL || t < part->t)
        return part->offset;
    return part->offset + load_bytes(part->load, t) - part->base;
}

static int64_t time_of(const struct stream_section *section, int64_t item)
{
    return section->t + item * section->step_ns;
}

/* The offset before that item. */
static int64_t begin_of(const struct stream_section *section, int64_t item)
{
    return offset_in(section, time_of(section, item)) + (item - 1) * section->item_bytes;
}

/* That part as a section of its own. */
static struct stream_section part_of(const struct stream_section *section, int64_t item)
{
    struct stream_section part = *section;
    part.items = 1;
    if (item == 0)
        return part;
    part.t = time_of(section, item);
    part.offset = begin_of(section, item) + section->item_bytes;
    if (section->flows && section->load != NULL)
        part.base = load_bytes(section->load, part.t);
    return part;
}

static struct stream_section part_at(const struct stream *stream, struct place place)
{
    return part_of(&stream->sections[place.section], place.item);
}

static struct place last_place(const struct stream *stream)
{
    int64_t items = stream->sections[stream->count - 1].items;
    return (struct place){stream->count - 1, items > 1 ? items - 1 : 0};
}

/* The part in force at t: the last that begins at or before it. */
static struct place place_at(const struct stream *stream, int64_t t)
{
    if (stream->last.t <= t)
        return last_place(stream);
    uint32_t low = 0, high = stream->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (stream->sections[middle].t <= t)
            low = middle;
        else
            high = middle;
    }
    const struct stream_section *section = &stream->sections[low];
    if (section->items <= 1 || t <= section->t)
        return (struct place){low, 0};
    int64_t item = (t - section->t) / section->step_ns;
    return (struct place){low, item < section->items ? item : section->items - 1};
}

/* The last item of a section that begins before `offset`; the first does. Guesses in proportion,
 * which is near for a steady load, and in the middle in turn. */
static int64_t item_before(const struct stream_section *section, int64_t offset)
{
    int64_t low = 0, high = section->items - 1;
    int64_t low_offset = begin_of(section, low), high_offset = begin_of(section, high);
    if (high_offset < offset)
        return high;
    for (bool is_even = true; high - low > 1; is_even = !is_even) {
        int64_t guess = low + (high - low) / 2;
        if (is_even)
            guess = low + mul_div(high - low, offset - low_offset, high_offset - low_offset);
        guess = guess <= low ? low + 1 : guess >= high ? high - 1 : guess;
        int64_t begins = begin_of(section, guess);
        if (begins < offset) {
            low = guess;
            low_offset = begins;
        } else {
            high = guess;
            high_offset = begins;
        }
    }
    return low;
}

/* The section that holds byte `offset`: the last whose beginning (item included) lies before it. */
static uint32_t section_with(const struct stream *stream, int64_t offset)
{
    uint32_t low = 0, high = stream->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        const struct stream_section *section = &stream->sections[middle];
        if (section->offset - section->item_bytes < offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct stream_section part_with(const struct stream *stream, int64_t offset)
{
    if (stream->last.offset - stream->last.item_bytes < offset)
        return stream->last;
    const struct stream_section *section = &stream->sections[section_with(stream, offset)];
    if (section->items <= 1 || section->offset - section->item_bytes >= offset)
        return part_of(section, 0);
    return part_of(section, item_before(section, offset));
}

/* Commands of a section up to so many bytes of its load. */
static int64_t commands_in(const struct stream_section *section, int64_t bytes)
{
    if (!section->flows || section->load == NULL || bytes <= section->base)
        return 0;
    return load_commands_to(section->load, bytes) - load_commands_to(section->load, section->base);
}

/* Commands of a section that another one follows. */
static int64_t commands_before(const struct stream_section *section,
                               const struct stream_section *next)
{
    int64_t items = section->items > 1 ? (section->items - 1) * section->item_bytes : 0;
    int64_t bytes = next->offset - next->item_bytes - section->offset - items;
    return commands_in(section, section->base + bytes);
}

static void add_section(struct stream *stream, struct stream_section section)
{
    assert(stream->count == 0 || section.t >= stream->last.t);
    if (stream->count > 0) {
        const struct stream_section *before = &stream->sections[stream->count - 1];
        section.commands = before->commands + commands_before(before, &section);
    }
    if (stream->count == stream->room) {
        stream->room = stream->room == 0 ? 16 : 2 * stream->room;
        stream->sections = realloc(stream->sections, stream->room * sizeof *stream->sections);
        if (stream->sections == NULL)
            abort();
    }
    stream->sections[stream->count++] = stream->last = section;
}

void stream_init(struct stream *stream, int64_t t, int64_t offset)
{
    memset(stream, 0, sizeof *stream);
    add_section(stream, (struct stream_section){.t = t, .offset = offset});
}

void stream_clear(struct stream *stream)
{
    free(stream->sections);
    memset(stream, 0, sizeof *stream);
}

void stream_flow(struct stream *stream, int64_t t, const struct load *load, bool keep_waiting)
{
    struct stream_section last = stream->last;
    bool continues = keep_waiting && !last.flows && last.load == load && load != NULL;
    int64_t base = load == NULL ? 0 : continues ? last.base : load_bytes(load, t);
    add_section(
        stream,
        (struct stream_section){
            .t = t, .offset = offset_in(&last, t), .base = base, .load = load, .flows = true});
}

void stream_hold(struct stream *stream, int64_t t)
{
    struct stream_section last = stream->last;
    int64_t base = last.load == NULL || !last.flows ? last.base : load_bytes(last.load, t);
    add_section(stream,
                (struct stream_section){
                    .t = t, .offset = offset_in(&last, t), .base = base, .load = last.load});
}

bool stream_item_joins(const struct stream *stream, int64_t t, int64_t bytes)
{
    const struct stream_section *section = &stream->sections[stream->count - 1];
    int64_t gap = t - stream->last.t;
    return section->item_bytes == bytes && gap > 0 &&
           (section->items == 1 || gap == section->step_ns);
}

void stream_item(struct stream *stream, int64_t t, int64_t bytes)
{
    assert(bytes > 0);
    struct stream_section last = stream->last;
    struct stream_section next = last;
    next.t = t;
    next.offset = offset_in(&last, t) + bytes;
    next.item_bytes = bytes;
    next.items = 1;
    if (last.flows && last.load != NULL)
        next.base = load_bytes(last.load, t);
    if (!stream_item_joins(stream, t, bytes)) {
        add_section(stream, next);
        return;
    }
    struct stream_section *section = &stream->sections[stream->count - 1];
    section->items++;
    section->step_ns = t - last.t;
    stream->last = next;
}

void stream_items(struct stream *stream, int64_t t, int64_t step_ns, int64_t bytes, int64_t count)
{
    const struct stream_section *section;
    assert(step_ns > 0);
    do {
        if (count-- <= 0)
            return;
        stream_item(stream, t, bytes);
        t += step_ns;
        section = &stream->sections[stream->count - 1];
    } while (section->items == 1 || section->step_ns != step_ns);
    stream->sections[stream->count - 1].items += count;
    stream->last = part_at(stream, last_place(stream));
}

int64_t stream_commands(const struct stream *stream, int64_t offset)
{
    uint32_t low = section_with(stream, offset);
    struct stream_section part = part_with(stream, offset);
    const struct stream_section *section = &stream->sections[low];
    return section->commands + commands_in(section, part.base + max64(0, offset - part.offset));
}

void stream_forget(struct stream *stream, int64_t offset, int64_t t)
{
    uint32_t keep = 0;
    while (keep + 1 < stream->count && stream->sections[keep + 1].t < t &&
           stream->sections[keep + 1].offset - stream->sections[keep + 1].item_bytes < offset)
        keep++;
    if (keep == 0)
        return;
    stream->count -= keep;
    memmove(stream->sections, stream->sections + keep, stream->count * sizeof *stream->sections);
}

int64_t stream_offset(const struct stream *stream, int64_t t)
{
    if (stream->last.t <= t)
        return offset_in(&stream->last, t);
    struct place place = place_at(stream, t);
    const struct stream_section *section = &stream->sections[place.section];
    return offset_in(section, t) + place.item * section->item_bytes;
}

int64_t stream_when(const struct stream *stream, int64_t offset)
{
    struct stream_section part = part_with(stream, offset);
    if (offset <= part.offset)
        return part.t;
    if (!part.flows || part.load == NULL)
        return TIME_NEVER;
    int64_t t = load_when(part.load, part.base + offset - part.offset);
    return t < part.t ? part.t : t;
}

int64_t stream_boundary(const struct stream *stream, int64_t offset)
{
    struct stream_section part = part_with(stream, offset);
    if (offset < part.offset) /* inside the item, or before all that is known */
        return offset > part.offset - part.item_bytes ? part.offset - part.item_bytes : offset;
    if (!part.flows || part.load == NULL)
        return offset;
    return part.offset + load_boundary(part.load, part.base + offset - part.offset) - part.base;
}

/* Goes to the part before; false if there is none. */
static bool step_back(const struct stream *stream, struct place *place)
{
    if (place->item > 0) {
        place->item--;
        return true;
    }
    if (place->section == 0)
        return false;
    place->section--;
    int64_t items = stream->sections[place->section].items;
    place->item = items > 1 ? items - 1 : 0;
    return true;
}

int64_t stream_last(const struct stream *stream, int64_t t)
{
    struct place place = place_at(stream, t);
    for (struct stream_section part = part_at(stream, place);; part = part_at(stream, place)) {
        int64_t last = -1;
        if (part.flows && part.load != NULL)
            last = load_last(part.load, t);
        if (last > part.t)
            return last;
        if (part.flows && part.load != NULL && offset_in(&part, t) > part.offset)
            return part.t; /* what had waited came at once */
        if (part.item_bytes > 0 || !step_back(stream, &place))
            return part.t;
        t = part.t;
        /* the bytes that a resumed stream brings at once belong to its beginning */
        struct stream_section before = part_at(stream, place);
        if (part.offset > offset_in(&before, t - 1))
            return part.t;
    }
}

static struct stream_section part_in_force(const struct stream *stream, int64_t t)
{
    return part_at(stream, place_at(stream, t));
}

int64_t stream_rate(const struct stream *stream, int64_t t)
{
    struct stream_section part = part_in_force(stream, t);
    return part.flows && part.load != NULL ? load_rate(part.load, t) : 0;
}

int64_t stream_rate_above(const struct stream *stream, int64_t t, int64_t limit)
{
    struct stream_section part = part_in_force(stream, t);
    if (!part.flows || part.load == NULL)
        return TIME_NEVER;
    return load_rate_above(part.load, t, limit);
}

int64_t stream_rate_below(const struct stream *stream, int64_t t, int64_t limit)
{
    struct stream_section part = part_in_force(stream, t);
    if (!part.flows || part.load == NULL)
        return t;
    return load_rate_below(part.load, t, limit);
}
