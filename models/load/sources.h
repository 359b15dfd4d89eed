/* What a load is inside: for load.c and crossing.c alone. */
#ifndef PSYNCSIM_LOAD_SOURCES_H
#define PSYNCSIM_LOAD_SOURCES_H

#include <stdint.h>
#include "models/load/source.h"

struct load {
    struct source_context context;
    int64_t total_bytes;     /* by the horizon */
    int64_t largest_command; /* bytes, of all but DELs */
    uint32_t count, room;
    struct source *sources; /* in the order of load_add, each one's DELs after it */
};

#endif
