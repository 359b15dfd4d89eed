/* A replica that applies the stream no faster than its host's `apply`.
 *
 *      master -> socket -> path -> receive buffer -> reader -> applied
 *
 * The reader is a pipe without latency whose source is what has arrived. What it leaves lies in the receive buffer; when that
 * is full, the path carries no more than is read, and the rest waits in the sender's socket, then in the output buffer. A
 * connection whose replica has no such bound is not paced, and reads what arrives. */
#ifndef PSYNCSIM_WORLD_READER_H
#define PSYNCSIM_WORLD_READER_H

#include "sim/world/world.h"

/* The replica of conn applies the stream from where it is: paced from now on, if its host has a bound. */
void reader_begin(struct world *world, struct conn *conn);

/* The position up to which the replica has read by t, and when it has read so far. */
int64_t reader_at(const struct conn *conn, const struct source *source, int64_t t);
int64_t reader_when(const struct conn *conn, const struct source *source, int64_t position,
                    int64_t now);

/* Whether all that arrives is read at once at t, as far as is planned. */
bool reader_follows(const struct conn *conn, int64_t t);

/* Whether it reads more than `limit` bytes a second now, where it does not follow. */
bool reader_runs_above(const struct conn *conn, int64_t limit);

/* Before the path of conn is planned: whether the receive buffer is full. After: what the reader does, and when to look again. */
void reader_look(struct world *world, struct conn *conn, const struct source *source);
void reader_plan(struct world *world, struct conn *conn, const struct source *source);

#endif
