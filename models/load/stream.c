/* A master's stream as sections of load and control items. See stream.h. */
#include "models/load/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"

static const struct stream_section *last_section(const struct stream *stream)
{
    return &stream->sections[stream->count - 1];
}

/* The section in force at t: the last that begins at or before it. */
static const struct stream_section *section_at(const struct stream *stream, int64_t t)
{
    const struct stream_section *last = last_section(stream);
    if (last->t <= t)
        return last;
    uint32_t low = 0, high = stream->count - 1;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (stream->sections[middle].t <= t)
            low = middle;
        else
            high = middle;
    }
    return &stream->sections[low];
}

/* The section that holds byte `offset`: the last whose beginning (item included) lies before it. */
static const struct stream_section *section_of(const struct stream *stream, int64_t offset)
{
    const struct stream_section *last = last_section(stream);
    if (last->offset - last->item_bytes < offset)
        return last;
    uint32_t low = 0, high = stream->count - 1;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        const struct stream_section *section = &stream->sections[middle];
        if (section->offset - section->item_bytes < offset)
            low = middle;
        else
            high = middle;
    }
    return &stream->sections[low];
}

static int64_t offset_in(const struct stream_section *section, int64_t t)
{
    if (!section->flows || section->load == NULL || t < section->t)
        return section->offset;
    return section->offset + load_bytes(section->load, t) - section->base;
}

static struct stream_section *add_section(struct stream *stream, struct stream_section section)
{
    assert(stream->count == 0 || section.t >= last_section(stream)->t);
    if (stream->count == stream->room) {
        stream->room = stream->room == 0 ? 16 : 2 * stream->room;
        stream->sections = realloc(stream->sections, stream->room * sizeof *stream->sections);
        if (stream->sections == NULL)
            abort();
    }
    stream->sections[stream->count++] = section;
    return &stream->sections[stream->count - 1];
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
    struct stream_section last = *last_section(stream);
    bool continues = keep_waiting && !last.flows && last.load == load && load != NULL;
    int64_t base = load == NULL ? 0 : continues ? last.base : load_bytes(load, t);
    add_section(
        stream,
        (struct stream_section){
            .t = t, .offset = offset_in(&last, t), .base = base, .load = load, .flows = true});
}

void stream_hold(struct stream *stream, int64_t t)
{
    struct stream_section last = *last_section(stream);
    int64_t base = last.load == NULL || !last.flows ? last.base : load_bytes(last.load, t);
    add_section(stream,
                (struct stream_section){
                    .t = t, .offset = offset_in(&last, t), .base = base, .load = last.load});
}

void stream_item(struct stream *stream, int64_t t, int64_t bytes)
{
    struct stream_section last = *last_section(stream);
    struct stream_section next = last;
    next.t = t;
    next.offset = offset_in(&last, t) + bytes;
    next.item_bytes = bytes;
    if (last.flows && last.load != NULL)
        next.base = load_bytes(last.load, t);
    add_section(stream, next);
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
    return offset_in(section_at(stream, t), t);
}

int64_t stream_when(const struct stream *stream, int64_t offset)
{
    const struct stream_section *section = section_of(stream, offset);
    if (offset <= section->offset)
        return section->t;
    if (!section->flows || section->load == NULL)
        return TIME_NEVER;
    int64_t t = load_when(section->load, section->base + offset - section->offset);
    return t < section->t ? section->t : t;
}

int64_t stream_boundary(const struct stream *stream, int64_t offset)
{
    const struct stream_section *section = section_of(stream, offset);
    if (offset < section->offset) /* inside the item, or before all that is known */
        return offset > section->offset - section->item_bytes
                   ? section->offset - section->item_bytes
                   : offset;
    if (!section->flows || section->load == NULL)
        return offset;
    return section->offset +
           load_boundary(section->load, section->base + offset - section->offset) - section->base;
}

int64_t stream_last(const struct stream *stream, int64_t t)
{
    for (const struct stream_section *section = section_at(stream, t);; section--) {
        int64_t last = -1;
        if (section->flows && section->load != NULL)
            last = load_last(section->load, t);
        if (last > section->t)
            return last;
        if (section->flows && section->load != NULL && offset_in(section, t) > section->offset)
            return section->t; /* what had waited came at once */
        if (section == stream->sections || section->item_bytes > 0)
            return section->t;
        t = section->t;
        /* the bytes that a resumed stream brings at once belong to its beginning */
        if (section->offset > offset_in(section - 1, t - 1))
            return section->t;
    }
}

int64_t stream_rate(const struct stream *stream, int64_t t)
{
    const struct stream_section *section = section_at(stream, t);
    return section->flows && section->load != NULL ? load_rate(section->load, t) : 0;
}

int64_t stream_rate_above(const struct stream *stream, int64_t t, int64_t limit)
{
    const struct stream_section *section = section_at(stream, t);
    if (!section->flows || section->load == NULL)
        return TIME_NEVER;
    return load_rate_above(section->load, t, limit);
}

int64_t stream_rate_below(const struct stream *stream, int64_t t, int64_t limit)
{
    const struct stream_section *section = section_at(stream, t);
    if (!section->flows || section->load == NULL)
        return t;
    return load_rate_below(section->load, t, limit);
}
