/* When the faults of a scenario happen, drawn from their own random streams: the same for whoever
 * carries them out, in virtual time or on real servers. */
#ifndef PSYNCSIM_SCENARIO_FAULT_SCHEDULE_H
#define PSYNCSIM_SCENARIO_FAULT_SCHEDULE_H

#include "sim/engine/random.h"
#include "sim/scenario/scenario.h"

struct fault_state {
    struct random when; /* draws of `every` and `for` */
    uint32_t done;      /* of the listed times */
};

/* Of the scenario's fault of that index: the same draws for all that strike together. */
void fault_state_init(struct fault_state *state, const struct scenario *scenario, uint32_t index,
                      uint64_t seed, uint64_t replication);

/* When it begins next, asked at `now` at the start and whenever it is over; TIME_NEVER: not again.
 * Not before `now`. */
int64_t fault_next(const struct scenario_fault *fault, struct fault_state *state, int64_t now);

/* Whether one that begins ends by itself; then fault_ends, called once, returns when. */
bool fault_ends_itself(const struct scenario_fault *fault);

/* It is a command of a client, which a server reads when it runs. */
bool fault_is_command(enum fault_kind kind);
int64_t fault_ends(const struct scenario_fault *fault, struct fault_state *state, int64_t now);

/* How long a FAILOVER may wait for its target, drawn from the fault's own stream; TIME_NEVER: for
 * ever. */
int64_t fault_patience(const struct scenario_fault *fault, struct fault_state *state);

const char *fault_name(enum fault_kind kind);
/* The link's or node's name; "" for none. */
const char *fault_target(const struct scenario *scenario, const struct scenario_fault *fault);
/* All that is struck at once: "rack", "3 links"; NULL: this one alone. */
const char *fault_of(const struct scenario_fault *fault);

/* The same fault as it affects the twin of its link, seen from the other end. */
struct scenario_fault fault_mirrored(const struct scenario_fault *fault);

#endif
