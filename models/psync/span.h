/* A span: a run of bytes on a replication link, given as text or only counted.
 *
 * The machines read handshake and control lines as real bytes. Payload (the RDB) and stream (the
 * commands) may come either as real bytes, as on a socket, or counted, as in virtual time; both
 * mean the same to the machine. */
#ifndef PSYNCSIM_PSYNC_SPAN_H
#define PSYNCSIM_PSYNC_SPAN_H

#include <stddef.h>
#include <stdint.h>

enum span_kind {
    SPAN_BYTES,   /* text: `bytes` holds len bytes, borrowed for the call */
    SPAN_PAYLOAD, /* len counted bytes of an RDB, the end mark of a $EOF: payload not included (it
                     always comes as text) */
    SPAN_STREAM,  /* len counted bytes of the command stream; the last `tail` of all bytes read so
                     far belong to a command that is not complete yet */
};

struct span {
    enum span_kind kind;
    const char *bytes;
    uint64_t len;
    uint64_t tail;
};

static inline struct span span_bytes(const char *bytes, size_t len)
{
    return (struct span){.kind = SPAN_BYTES, .bytes = bytes, .len = len};
}

static inline struct span span_payload(uint64_t len)
{
    return (struct span){.kind = SPAN_PAYLOAD, .len = len};
}

static inline struct span span_stream(uint64_t len, uint64_t tail)
{
    return (struct span){.kind = SPAN_STREAM, .len = len, .tail = tail};
}

#endif
