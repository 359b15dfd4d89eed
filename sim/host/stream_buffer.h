/* The bytes of a stream that may still be asked for, by offset: the front is cut off when the
 * backlog and the slowest replica have no use for it any more. */
#ifndef PSYNCSIM_HOST_STREAM_BUFFER_H
#define PSYNCSIM_HOST_STREAM_BUFFER_H

#include <glib.h>
#include <stdint.h>

struct stream_buffer {
    GByteArray *bytes;
    int64_t first; /* offset of the first byte held, counted from 1 as the protocol counts */
    guint cut;     /* bytes at the front that are gone already */
};

/* Empty; the next byte will be at `first`. */
void stream_buffer_init(struct stream_buffer *stream_buffer, int64_t first);
void stream_buffer_clear(struct stream_buffer *stream_buffer);

void stream_buffer_append(struct stream_buffer *stream_buffer, const char *bytes, size_t len);
void stream_buffer_cut(struct stream_buffer *stream_buffer,
                       int64_t first); /* nothing before it is asked for again */

/* The bytes from `offset` on, *len of them, valid until the buffer changes. Asserts that they are
 * held. */
const char *stream_buffer_read(const struct stream_buffer *stream_buffer, int64_t offset,
                               size_t *len);

#endif
