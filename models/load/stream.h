/* The command stream of one master: the load's commands and the control items (PING, SELECT,
 * GETACK) between them, as a function of time.
 *
 * A stream is a list of sections. In each the offset is either constant or grows as the load does:
 *
 *      offset(t) = section.offset + (flows ? load_bytes(load, t) - section.base : 0)
 *
 * A control item ends a section and is the first thing in the next. Items of one size that come at
 * even steps while nothing else changes (the PINGs of a quiet year) stand in one section, which has
 * a part for each:
 *
 *      item   commands    item   commands    item   commands
 *      |14|---------------|14|---------------|14|-----------...
 *      t                  t + step           t + 2 step
 *
 * All answers are exact and, apart from growing the list, nothing is kept: asking changes nothing.
 * Time never goes back between changes. */
#ifndef PSYNCSIM_LOAD_STREAM_H
#define PSYNCSIM_LOAD_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include "models/load/load.h"

struct stream_section {
    int64_t t;               /* begins here */
    int64_t offset;          /* offset at t, the item included */
    int64_t base;            /* load_bytes at which this section's commands begin */
    int64_t item_bytes;      /* control item at (offset - item_bytes, offset]; 0: none */
    int64_t commands;        /* of the load in all sections before it */
    int64_t items, step_ns;  /* how many of them, each so long after the one before */
    const struct load *load; /* NULL: nobody writes */
    bool flows;
};

struct stream {
    struct stream_section *sections;
    uint32_t count, room;
    struct stream_section last; /* the last part of the last section, by itself */
};

/* A stream whose offset is constant at `offset` from t on. Pair with stream_clear. */
void stream_init(struct stream *stream, int64_t t, int64_t offset);
void stream_clear(struct stream *stream);

/* From t on the commands of `load` flow (NULL: none). keep_waiting: those that happened while the
 * stream was held come at once, as they do when a stopped process continues; else they were
 * never accepted. */
void stream_flow(struct stream *stream, int64_t t, const struct load *load, bool keep_waiting);

/* From t on nothing is added (the process is stopped, refuses writes, or ended). */
void stream_hold(struct stream *stream, int64_t t);

/* A control item of `bytes` at t, after the commands of that instant; `count` of them, the first at
 * t, as if they had been added one by one. */
void stream_item(struct stream *stream, int64_t t, int64_t bytes);
void stream_items(struct stream *stream, int64_t t, int64_t step_ns, int64_t bytes, int64_t count);

/* Whether such an item needs no section of its own. */
bool stream_item_joins(const struct stream *stream, int64_t t, int64_t bytes);

/* Forgets sections that end before `offset` and before time t; answers below them are undefined. */
void stream_forget(struct stream *stream, int64_t offset, int64_t t);

int64_t stream_offset(const struct stream *stream, int64_t t);

/* The earliest t with stream_offset(t) >= offset as things stand; TIME_NEVER if that never comes.
 */
int64_t stream_when(const struct stream *stream, int64_t offset);

/* The end of the last whole command or item at or before `offset`. */
int64_t stream_boundary(const struct stream *stream, int64_t offset);

/* Whole commands of the load at or before `offset` since the stream began; its items are none. Below what
 * stream_forget kept: too many. */
int64_t stream_commands(const struct stream *stream, int64_t offset);

/* When the last byte at or before t came; the beginning of the stream if none did. */
int64_t stream_last(const struct stream *stream, int64_t t);

/* Bytes per second at t; the first time from t on at which that is above (not above) `limit`. */
int64_t stream_rate(const struct stream *stream, int64_t t);
int64_t stream_rate_above(const struct stream *stream, int64_t t, int64_t limit);
int64_t stream_rate_below(const struct stream *stream, int64_t t, int64_t limit);

#endif
