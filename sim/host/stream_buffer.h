/* The bytes of a stream that may still be asked for, by offset: the front is cut off when the
 * backlog and the slowest replica have no use for it any more. */
#ifndef PSYNCSIM_LIVE_TAPE_H
#define PSYNCSIM_LIVE_TAPE_H

#include <glib.h>
#include <stdint.h>

struct tape {
    GByteArray *bytes;
    int64_t first; /* offset of the first byte held, counted from 1 as the protocol counts */
    guint cut;     /* bytes at the front that are gone already */
};

/* Empty; the next byte will be at `first`. */
void tape_init(struct tape *tape, int64_t first);
void tape_clear(struct tape *tape);

void tape_append(struct tape *tape, const char *bytes, size_t len);
void tape_cut(struct tape *tape, int64_t first); /* nothing before it is asked for again */

/* The bytes from `offset` on, *len of them, valid until the tape changes. Asserts that they are
 * held. */
const char *tape_read(const struct tape *tape, int64_t offset, size_t *len);

#endif
