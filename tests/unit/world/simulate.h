/* Runs a scenario given as text and keeps every event of it, for tests that compute what must come
 * out. */
#ifndef PSYNCSIM_TESTS_SIMULATE_H
#define PSYNCSIM_TESTS_SIMULATE_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/trace/trace.h"

#define HAPPENING_FIELDS 32

struct happening {
    int64_t t;
    enum event_kind kind;
    int32_t node;
    int64_t number[HAPPENING_FIELDS];   /* in the order of event.def */
    const char *text[HAPPENING_FIELDS]; /* interned */
};

struct simulation {
    struct happening *list;
    size_t count, room;
    uint64_t steps; /* of the world */
};

/* The whole run; fails the test if the text is no scenario or an invariant breaks. Free with
 * simulation_free. */
struct simulation *simulate(const char *text);

/* The same for a scenario that begins with `common`. */
struct simulation *simulate_with(const char *common, const char *format, ...) G_GNUC_PRINTF(2, 3);

void simulation_free(struct simulation *simulation);

/* The first event of `kind` at index `from` or later, NULL if there is none; and its index. */
const struct happening *simulation_find(const struct simulation *simulation, enum event_kind kind,
                                        size_t from);
size_t simulation_index(const struct simulation *simulation, const struct happening *happening);

/* How many events of `kind` happened at or before t. */
int64_t simulation_count(const struct simulation *simulation, enum event_kind kind, int64_t t);

#endif
