/* A replica that applies the stream no faster than its host's `apply`.
 *
 *      master -> socket -> path -> receive buffer -> reader -> applied
 *
 * The reader is a pipe without latency whose source is what has arrived. What it leaves lies in the receive buffer; when that
 * is full, the path carries no more than is read, and the rest waits in the sender's socket, then in the output buffer
 * (receive_buffer.h). A connection whose replica has no such bound is not paced, and reads what arrives. `source` is what the
 * master of conn has. */
#ifndef PSYNCSIM_WORLD_READER_H
#define PSYNCSIM_WORLD_READER_H

#include "sim/world/world_state.h"

/* The replica of conn applies the stream from where it is: paced from now on, if its host has a bound. */
void reader_begin(struct world *world, struct conn *conn);

/* Plans what a paced one reads; returns when to do so again. */
int64_t reader_replan(struct conn *conn, const struct source *source, int64_t now);

/* The position up to which the replica has read by t, and when it has read so far. */
int64_t reader_at(const struct conn *conn, const struct source *source, int64_t t);
int64_t reader_when(const struct conn *conn, const struct source *source, int64_t position,
                    int64_t now);

/* Whether all that arrives is read at once at t, as far as is planned. */
bool reader_follows(const struct conn *conn, int64_t t);

/* Whether it reads more than `limit` bytes a second now, where it does not follow. */
bool reader_runs_above(const struct conn *conn, int64_t limit);

#endif
