/* The write workload of one node as a function of time: how many stream bytes by t, when byte k,
 * where commands end.
 *
 * There is no event per write. A load is a sum of sources; a source is compiled once, before the
 * run, into straight pieces, a ramp or on/off bursts, with commands spread evenly or as a Poisson
 * process along it, so that every question is answered exactly and in O(log pieces), for any time
 * in any order. All answers are pure functions: asking changes nothing. Command i of a source has
 * the i-th size of a deck dealt in turn (sizes drawn once per run).
 *
 * Command i of an even source happens at the first ns by which its rate has made i commands, so
 * that the commands of [from, to) lie in (from, to]: 2000/s from 0 gives the first at 500 us and
 * 7200000 by 1 h. What is less than a command is carried over exactly. */
#ifndef PSYNCSIM_LOAD_LOAD_H
#define PSYNCSIM_LOAD_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/engine/dist.h"

#define LOAD_HORIZON_MAX  ((INT64_C(1) << 61) - 1)     /* 73 years */
#define LOAD_RATE_MAX     INT64_C(1000000000000000000) /* 1e9 commands/s */
#define LOAD_COMMANDS_MAX (INT64_C(1) << 40)           /* of one source by the horizon */
#define LOAD_BYTES_MAX    (INT64_C(1) << 62)           /* of all sources */

struct load;

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

    struct dist command;   /* stream bytes of one command; draws are kept within 1 .. 2^32 */
    int64_t largest_piece; /* bytes of its largest bulk string, 0: its largest size less 40 */
    int64_t tick_ns;       /* > 0: commands leave only at multiples of tick_ns (a client that sends
                              in ticks): times are rounded up */
    bool adds_keys;        /* its commands count in load_adding_commands */
    int64_t ttl_ns;        /* > 0: every command is followed after ttl_ns by one DEL of del_bytes */
    int64_t del_bytes;
};

/* A new empty load; free with load_free. horizon_ns: no question beyond it will be asked (run
 * duration), which is asserted for counts; below 2^61. Sources that start later are empty. */
struct load *load_new(uint64_t seed, uint64_t replication, int64_t horizon_ns);
void load_free(struct load *load);

/* Adds a source. Returns NULL or a static sentence: what is wrong. Aborts when memory runs out. */
const char *load_add(struct load *load, const struct load_spec *spec);

/* Stream bytes of all commands that happened at or before t. Commands are atomic. 0 before the
 * first. */
int64_t load_bytes(const struct load *load, int64_t t);

/* Commands that happened at or before t. */
int64_t load_commands(const struct load *load, int64_t t);

/* Those of them that come from sources with adds_keys. */
int64_t load_adding_commands(const struct load *load, int64_t t);

/* The earliest t with load_bytes(t) >= bytes >= 1; TIME_NEVER if never within the horizon. */
int64_t load_when(const struct load *load, int64_t bytes);

/* The largest command boundary <= bytes: load bytes up to the end of the last complete command.
 * Commands of several sources at one instant follow each other in the order of the sources. 0 <=
 * bytes <= load_bytes(horizon). */
int64_t load_boundary(const struct load *load, int64_t bytes);

/* Time of the last command at or before t; -1 if there was none. */
int64_t load_last(const struct load *load, int64_t t);

/* Time of the first command after t; TIME_NEVER if there is none. */
int64_t load_next(const struct load *load, int64_t t);

/* Mean bytes per second at t: the pieces' own, not of single commands; rounded up for each source,
 * so never too low and less than one byte per second and source too high. */
int64_t load_rate(const struct load *load, int64_t t);

/* The first time >= t at which load_rate exceeds (above) or no longer exceeds (below) `limit` bytes
 * per second; TIME_NEVER if it never does within the horizon. A ramp is cut where it crosses, to
 * the nanosecond. (A rising and a falling ramp that cancel to within the rounding of load_rate: at
 * one of the crossings that the rounding makes.) */
int64_t load_rate_above(const struct load *load, int64_t t, int64_t limit);
int64_t load_rate_below(const struct load *load, int64_t t, int64_t limit);

/* Bytes of the largest command, DELs aside; the time of the first command after t that has at least
 * `least` bytes, TIME_NEVER if there is none. */
int64_t load_largest_command(const struct load *load);
int64_t load_next_large(const struct load *load, int64_t t, int64_t least);

/* Bytes of the largest bulk string in any source: it shapes the blocks of a shared buffer
 * (FACTS 5.3). */
int64_t load_largest_piece(const struct load *load);

#endif
