/* What one source of a load is to do, and the bounds of all of them. */
#ifndef PSYNCSIM_LOAD_LOAD_SPEC_H
#define PSYNCSIM_LOAD_LOAD_SPEC_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/engine/dist.h"

#define LOAD_HORIZON_MAX ((INT64_C(1) << 61) - 1)     /* 73 years */
#define LOAD_RATE_MAX    INT64_C(1000000000000000000) /* 1e9 commands/s */
#define LOAD_BYTES_MAX   (INT64_C(1) << 62)           /* of all sources */

/* One entry of a scenario's `load`, in engine units. Borrowed during load_add only. */
struct load_spec {
    const char *name;       /* names its random streams, e.g. "load-0" */
    int64_t from_ns, to_ns; /* active in [from, to) */

    int64_t rate;     /* commands per second x 1e9 (QUANTITY_RATE) at `from` */
    int64_t rate_end; /* at `to`, linear in between; equal to rate for a constant one */
    bool is_poisson;  /* commands at random instants of that rate, not evenly */

    /* On/off bursts when on_ns > 0: `rate` for on_ns, rate_off for off_ns, repeated. */
    int64_t on_ns, off_ns;
    int64_t rate_off;

    /* Two-state Markov modulation when high_mean_ns > 0: exponential stays, rate_high in the high
     * state, `rate` in the low one; it starts in its steady state. */
    int64_t high_mean_ns, low_mean_ns;
    int64_t rate_high;

    /* A recorded series when series_count > 0: stream bytes series_bytes[i] in all by series_ns[i]
     * (times increasing, bytes non-decreasing, from from_ns on). A sample at from_ns itself is the
     * origin and its bytes are not sent; without one the origin is 0 bytes at from_ns. Command
     * sizes still apply: commands = bytes / mean size. */
    const int64_t *series_ns;
    const int64_t *series_bytes;
    uint32_t series_count;
    bool is_repeated;      /* after its last sample it begins again; each round loses less than a
                              command to rounding */
    uint32_t series_first; /* of a repeated one: it begins with the step behind that sample */

    struct dist command;   /* stream bytes of one command; draws are kept within 1 .. 2^32 (where a
                              load has over 2^25 commands: 2^57 by their number) */
    int64_t largest_piece; /* bytes of its largest bulk string, 0: its largest size less 40 */
    int64_t tick_ns;       /* > 0: commands leave only at multiples of tick_ns (a client that sends
                              in ticks): times are rounded up */
    bool adds_keys;        /* its commands count in load_adding_commands */
    int64_t ttl_ns;        /* > 0: every command is followed after ttl_ns by one DEL of del_bytes */
    int64_t del_bytes;     /* a master deletes, and writes that it did (FACTS 11) */
};

/* Whether such a source can be built for a run of that length, whatever is drawn (compile.c). Returns
 * NULL and the bytes that it is held to have at most (those of its highest rate all the time), or a
 * static sentence: what is wrong. Sources whose bytes are up to LOAD_BYTES_MAX / 2 together are
 * never refused by load_add. */
const char *load_check(const struct load_spec *spec, int64_t horizon_ns, int64_t *bytes);

#endif
