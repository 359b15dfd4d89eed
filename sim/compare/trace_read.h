/* A trace that `psyncsim run --trace` or a live run wrote, read back from its JSON lines.
 *
 * Every line is checked in full. Events are kept in order of time (of one instant, as they stand in
 * the file). Details (--heartbeats, --positions, --messages) are checked and passed over. Fields that
 * this version does not know are passed over, events of an unknown kind are counted. A trace without
 * its last line is refused: what is missing would look like a difference. */
#ifndef PSYNCSIM_COMPARE_TRACE_READ_H
#define PSYNCSIM_COMPARE_TRACE_READ_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "sim/compare/trace_unfold.h"
#include "sim/trace/trace.h"
#include "sim/text/diagnostic.h"

#define TRACE_READ_OLDEST 1 /* version of the format */

struct trace_read {
    const char *scenario, *version, *server; /* "": not said */
    const char *fingerprint;                 /* of the scenario; NULL: not said */
    int64_t seed, duration;                  /* ns; TRACE_ABSENT: not said */
    bool is_live;
    GPtrArray *names;   /* of nodes: as the first line has them, then as they appear */
    GArray *masters;    /* int32_t, by node: its master by the first line; -1: none */
    GArray *events;     /* struct trace_read_event */
    uint64_t all;       /* events in the file that its summary counts */
    int64_t counted;    /* by the last line; TRACE_ABSENT: not said */
    GPtrArray *unknown; /* names of events that this version does not know, each once */
    uint64_t unknown_count;
    GArray *values; /* struct trace_value, all events' */
    GHashTable *indices;
    GStringChunk *texts; /* what all texts above are in */
};

/* NULL after adding to `problems`. "-" is stdin. Pair with trace_read_free. */
struct trace_read *trace_read_file(const char *path, struct diagnostics *diagnostics);
struct trace_read *trace_read_text(const char *name, const char *bytes, size_t len,
                                   struct diagnostics *diagnostics);
void trace_read_free(struct trace_read *trace);

const struct trace_read_event *trace_read_event(const struct trace_read *trace, size_t index);

/* The field-th value of an event, as event_field() numbers them: TEXT and NODE in .text (NULL:
 * absent), NODE (-1), INT and BOOL (TRACE_ABSENT) in .number. */
struct trace_value trace_read_value(const struct trace_read *trace,
                                    const struct trace_read_event *event, size_t field);

/* The master that the first line gives a node; -1: none. */
int32_t trace_read_master(const struct trace_read *trace, int32_t node);

const char *trace_read_name(const struct trace_read *trace, int32_t node);

#endif
