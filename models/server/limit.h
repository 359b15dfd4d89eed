/* The output-buffer limits of a replica: when the server closes it (FACTS 6.1, 6.3). */
#ifndef PSYNCSIM_SERVER_LIMIT_H
#define PSYNCSIM_SERVER_LIMIT_H

#include <stdint.h>
#include "models/psync/profile.h"
#include "models/psync/reason.h"
#include "models/server/config.h"

#define LIMIT_NOT_OVER (-1)

/* Since which whole second the soft limit has been exceeded without a break; LIMIT_NOT_OVER: it is
 * not. */
struct limit_state {
    int64_t soft_since_s;
};

/* The limits that are in force: those below repl-backlog-size are raised to it where the profile
 * says so; 0 stays none. */
struct output_limit limit_in_force(const struct output_limit *limit, const struct profile *profile,
                                   int64_t backlog_bytes);

/* One look, in whole second `second` of the wall clock, at a buffer of `usage` bytes; `limit` is in
 * force. The first look above the soft limit only starts its clock; it strikes when more than its
 * seconds have passed. Returns DROP_LIMIT_HARD, DROP_LIMIT_SOFT or DROP_NONE. */
enum drop limit_look(struct limit_state *state, const struct output_limit *limit, int64_t usage,
                     int64_t second);

/* The first whole second at which a look may find the soft limit exceeded for too long; asserts
 * that its clock runs. */
int64_t limit_soft_strikes_s(const struct limit_state *state, const struct output_limit *limit);

#endif
