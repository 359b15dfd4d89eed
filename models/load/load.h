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
#include "models/load/load_spec.h"

struct load;

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

/* How many commands end at or before that boundary; the same bounds. */
int64_t load_commands_to(const struct load *load, int64_t bytes);

/* Time of the last command at or before t; -1 if there was none. */
int64_t load_last(const struct load *load, int64_t t);

/* Time of the first command after t; TIME_NEVER if there is none. */
int64_t load_next(const struct load *load, int64_t t);

/* Up to when at least one command comes in every gap_ns from t on, as far as the rates say; t: they
 * do not. */
int64_t load_steady_until(const struct load *load, int64_t t, int64_t gap_ns);

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
