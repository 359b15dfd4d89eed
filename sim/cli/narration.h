/* A run line by line, in the words of the sessions (sim/host/session/narrate.h): every message with its meaning, and what each
 * node decides and notices. A message that does not arrive is marked; what is only repeated is counted.
 *
 *      narration_new -> narration_watch(trace), after the record's watcher -> the run -> narration_print
 */
#ifndef PSYNCSIM_CLI_NARRATION_H
#define PSYNCSIM_CLI_NARRATION_H

#include <stdbool.h>
#include <stdio.h>
#include "sim/trace/trace.h"

struct narration;

/* `names` of the nodes, NULL at the end; borrowed. Free with narration_free. */
struct narration *narration_new(const char *const *names);
void narration_free(struct narration *self);

/* Hears all that the trace is given, before its watcher does. */
void narration_watch(struct narration *self, struct trace *trace);

void narration_print(const struct narration *self, FILE *out, bool is_coloured);

#endif
