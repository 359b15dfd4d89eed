/* Attempts that a trace has as one event, `repeated`: for the story they are what they were, one event after the other. Dials
 * are spread evenly between the first and the last one; the rest comes after each as it did in the attempt that was written. */
#ifndef PSYNCSIM_COMPARE_TRACE_UNFOLD_H
#define PSYNCSIM_COMPARE_TRACE_UNFOLD_H

#include <glib.h>
#include <stdint.h>
#include "sim/trace/trace.h"

#define TRACE_UNFOLD_EVENTS 5000000 /* of one file, at most */

/* An event of a trace that is read. */
struct trace_read_event {
    int64_t t; /* ns */
    enum event_kind kind;
    int32_t node;   /* of names; -1: none */
    uint32_t line;  /* of the file, from 1 */
    uint32_t first; /* of values */
};

/* What is read of a trace: see trace_read.h. */
struct trace_lists {
    GArray *events;   /* struct trace_read_event, in order of time */
    GArray *values;   /* struct trace_value, all events' */
    GPtrArray *names; /* of nodes */
};

/* Adds the events of all of them, behind those that are there. NULL, or the event that cannot be
 * unfolded: there is no such attempt before it, or there are too many. */
const struct trace_read_event *trace_unfold(const struct trace_lists *trace);

#endif
