/* One source of commands: three layers, each non-decreasing and with an exact inverse.
 *
 *     t --(tick, shift)--> t' --shape--> mark --even or Poisson--> commands --deck--> bytes
 *
 * The first command is number 1. A source of DELs is its parent's shape, later by the ttl and with
 * its own size. */
#ifndef PSYNCSIM_LOAD_SOURCE_H
#define PSYNCSIM_LOAD_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include "models/load/deck.h"
#include "models/load/load_spec.h"
#include "models/load/poisson.h"
#include "models/load/shape.h"

struct source {
    struct shape shape;
    struct poisson poisson;
    struct deck deck;
    int64_t tick_ns;  /* 0: none */
    int64_t shift_ns; /* 0 but for DELs */
    int64_t largest_piece;
    bool is_poisson, adds_keys;
    bool is_derived; /* shape and poisson belong to the source before it */
};

/* What the random streams and the end of a source depend on beside the spec. */
struct source_context {
    uint64_t seed, replication;
    int64_t horizon_ns;
};

/* Compiles a spec (compile.c). Returns NULL, or a static sentence that says what is wrong, and
 * then there is nothing to clear. Pair with source_clear. */
const char *source_init(struct source *source, const struct load_spec *spec,
                        const struct source_context *context);

/* The DELs that follow the parent's commands; the parent must outlive it. */
void source_init_derived(struct source *source, const struct source *parent, int64_t ttl_ns,
                         int64_t del_bytes);
void source_clear(struct source *source);

/* The largest bulk string that a command of that size is taken to hold. */
int64_t source_bulk(int64_t command_bytes);

/* Commands at or before any t, and their bytes. */
int64_t source_commands(const struct source *source, int64_t t);
int64_t source_bytes(const struct source *source, int64_t t);

/* When command n >= 1 happens; TIME_NEVER if there are fewer. */
int64_t source_when(const struct source *source, int64_t n);

/* When the first command after t that has at least `least` bytes happens; TIME_NEVER if there is
 * none. */
int64_t source_next_large(const struct source *source, int64_t t, int64_t least);

/* Mean bytes per second at t, rounded up, and where it may jump or bend: as in shape.h. */
int64_t source_rate(const struct source *source, int64_t t);
int64_t source_rate_bound(const struct source *source, int64_t t, int64_t until, bool is_upper);
int64_t source_next_edge(const struct source *source, int64_t t);
int64_t source_next_limit(const struct source *source, int64_t t);

/* Up to when at least one command comes in every gap_ns from t on, as far as the rates say; t:
 * they do not. */
int64_t source_steady_until(const struct source *source, int64_t t, int64_t gap_ns);

#endif
