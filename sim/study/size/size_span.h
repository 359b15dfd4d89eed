/* With which backlogs a run would go exactly as it went: what was counted with one size is the count of many others.
 *
 *      from                         the run's own size                        below
 *      |--------------------------------------x---------------------------------|
 *      the largest backlog that a partial               the smallest backlog with which one that
 *      resynchronisation of it needed                   the backlog had passed would be partial
 *
 * The size of the backlog decides answers, and where it is the floor of an output-buffer limit, kills. A run in which it
 * may have decided anything else (blocks shaped by large values, a limit that came near, CONFIG SET) has its own size only. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_SPAN_H
#define PSYNCSIM_STUDY_SIZE_SIZE_SPAN_H

#include <stdbool.h>
#include <stdint.h>

struct world;
struct event;

struct size_span {
    int64_t from, below; /* bytes; from is in it */
};

/* Every size, or the run's own only. The world is set up. */
struct size_span size_span_begin(const struct world *world);

/* An answer to PSYNC: `need_bytes` is the smallest backlog with which a partial one is partial. */
void size_span_answer(struct size_span *span, const struct world *world, const struct event *event,
                      int64_t need_bytes);

/* At the end of the run: the largest output buffer, and whether a limit closed a connection. */
void size_span_buffers(struct size_span *span, const struct world *world, int64_t peak_bytes,
                       bool is_limited);

/* The run's own size only. */
void size_span_narrow(struct size_span *span, const struct world *world);

bool size_span_holds(const struct size_span *span, int64_t backlog_bytes);

#endif
