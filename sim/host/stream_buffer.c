/* See stream_buffer.h. What is cut off stays in memory until it is as much as what is left. */
#include "sim/host/stream_buffer.h"

#include <assert.h>

void stream_buffer_init(struct stream_buffer *stream_buffer, int64_t first)
{
    *stream_buffer = (struct stream_buffer){.bytes = g_byte_array_new(), .first = first};
}

void stream_buffer_clear(struct stream_buffer *stream_buffer)
{
    g_byte_array_free(stream_buffer->bytes, TRUE);
}

void stream_buffer_append(struct stream_buffer *stream_buffer, const char *bytes, size_t len)
{
    g_byte_array_append(stream_buffer->bytes, (const guint8 *)bytes, (guint)len);
}

void stream_buffer_cut(struct stream_buffer *stream_buffer, int64_t first)
{
    assert(first >= stream_buffer->first);
    stream_buffer->cut += (guint)(first - stream_buffer->first);
    stream_buffer->first = first;
    assert(stream_buffer->cut <= stream_buffer->bytes->len);
    if (stream_buffer->cut < stream_buffer->bytes->len - stream_buffer->cut)
        return;
    g_byte_array_remove_range(stream_buffer->bytes, 0, stream_buffer->cut);
    stream_buffer->cut = 0;
}

const char *stream_buffer_read(const struct stream_buffer *stream_buffer, int64_t offset,
                               size_t *len)
{
    guint at = stream_buffer->cut + (guint)(offset - stream_buffer->first);
    assert(offset >= stream_buffer->first && at <= stream_buffer->bytes->len);
    *len = stream_buffer->bytes->len - at;
    return (const char *)stream_buffer->bytes->data + at;
}
