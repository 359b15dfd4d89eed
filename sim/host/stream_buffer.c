/* See tape.h. What is cut off stays in memory until it is as much as what is left. */
#include "sim/host/stream_buffer.h"

#include <assert.h>

void tape_init(struct tape *tape, int64_t first)
{
    *tape = (struct tape){.bytes = g_byte_array_new(), .first = first};
}

void tape_clear(struct tape *tape)
{
    g_byte_array_free(tape->bytes, TRUE);
}

void tape_append(struct tape *tape, const char *bytes, size_t len)
{
    g_byte_array_append(tape->bytes, (const guint8 *)bytes, (guint)len);
}

void tape_cut(struct tape *tape, int64_t first)
{
    assert(first >= tape->first);
    tape->cut += (guint)(first - tape->first);
    tape->first = first;
    assert(tape->cut <= tape->bytes->len);
    if (tape->cut < tape->bytes->len - tape->cut)
        return;
    g_byte_array_remove_range(tape->bytes, 0, tape->cut);
    tape->cut = 0;
}

const char *tape_read(const struct tape *tape, int64_t offset, size_t *len)
{
    guint at = tape->cut + (guint)(offset - tape->first);
    assert(offset >= tape->first && at <= tape->bytes->len);
    *len = tape->bytes->len - at;
    return (const char *)tape->bytes->data + at;
}
