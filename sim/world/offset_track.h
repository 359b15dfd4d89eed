/* What offset a node is at, as a function of time: what it produced as a master, or applied as a
 * replica.
 *
 * It is a short list of pieces: in each the offset is constant (HOLD), follows the stream that the
 * node writes (STREAM), or what arrives on its connection to its master (CONN), cut to whole
 * commands. Questions about the recent past (a latency ago) are answered too. */
#ifndef PSYNCSIM_WORLD_OFFSET_TRACK_H
#define PSYNCSIM_WORLD_OFFSET_TRACK_H

#include "sim/world/world_state.h"

int64_t offset_track_at(const struct world *world, const struct node *node, int64_t t);
int64_t offset_track_when(const struct world *world, const struct node *node, int64_t offset,
                          int64_t now);
/* Time of the last byte at or before t. */
int64_t offset_track_last(const struct world *world, const struct node *node, int64_t t);

/* Begins a new piece now. */
void offset_track_hold(struct world *world, struct node *node, int64_t offset);
/* Constant at `offset` of another history. What is on its way from a moment before is still asked
 * for; when an offset is reached, no longer. */
void offset_track_reset(struct world *world, struct node *node, int64_t offset);
void offset_track_stream(struct world *world, struct node *node);
void offset_track_conn(struct world *world, struct node *node, int32_t conn);

/* The bytes that conn's master has for its pipe, as positions (payload, then stream). */
struct source offset_track_source(const struct world *world, const struct conn *conn);

/* The usual case, which is cheap: the replica of conn has read up to here by t, and to the end of a
 * command, for all that the top master writes comes straight down. -1: it is not that simple, ask
 * the others. */
int64_t offset_track_followed(const struct world *world, const struct conn *conn, int64_t t);

/* Stream offset up to which the replica of conn has read (not yet cut to whole commands), and when
 * the last byte came. */
int64_t offset_track_read(const struct world *world, const struct conn *conn, int64_t t);
int64_t offset_track_read_last(const struct world *world, const struct conn *conn, int64_t t);

/* The end of the last whole command at or before `offset` in the history that ends with
 * `timeline`. */
int64_t offset_track_boundary(const struct world *world, int32_t timeline, int64_t offset);

/* When the byte at `offset` of that history was written by the top master. */
int64_t offset_track_written(const struct world *world, int32_t timeline, int64_t offset);

/* Drops the sections of all streams that nobody can ask for any more. */
void offset_track_forget_streams(struct world *world);

#endif
