/* See fault_schedule.h. */
#include "sim/scenario/fault_schedule.h"

#include <stdio.h>
#include "sim/engine/time.h"

static const char *const NAMES[] = {
#define FAULT(name, text, args, what) text,
#include "sim/scenario/fault.def"
#undef FAULT
};

void fault_state_init(struct fault_state *state, const struct scenario *scenario, uint32_t index,
                      uint64_t seed, uint64_t replication)
{
    char name[32];
    snprintf(name, sizeof name, "fault-%u", index - (uint32_t)scenario->faults[index].behind);
    random_init(&state->when, seed, replication, name, "when");
    state->done = 0;
}

int64_t fault_next(const struct scenario_fault *fault, struct fault_state *state, int64_t now)
{
    int64_t at = TIME_NEVER;
    if (state->done < fault->count)
        at = fault->at[state->done++];
    else if (fault->has_every)
        at = time_add(now, dist_draw(&fault->every, &state->when));
    if (fault->has_every && fault->until != 0 && at >= fault->until)
        at = TIME_NEVER;
    return at > now ? at : now;
}

bool fault_ends_itself(const struct scenario_fault *fault)
{
    return fault->has_duration && fault->kind != FAULT_FAILOVER;
}

bool fault_is_command(enum fault_kind kind)
{
    switch (kind) {
    case FAULT_PROMOTE:
    case FAULT_REPLICAOF:
    case FAULT_FAILOVER:
    case FAULT_CONFIG_SET:
    case FAULT_FLUSH:
    case FAULT_BGSAVE:
    case FAULT_PAUSE_WRITES:
    case FAULT_RDB_CLIENT:
        return true;
    default:
        return false;
    }
}

int64_t fault_ends(const struct scenario_fault *fault, struct fault_state *state, int64_t now)
{
    return time_add(now, dist_draw(&fault->duration, &state->when));
}

int64_t fault_patience(const struct scenario_fault *fault, struct fault_state *state)
{
    return fault->has_duration ? dist_draw(&fault->duration, &state->when) : TIME_NEVER;
}

const char *fault_name(enum fault_kind kind)
{
    return NAMES[kind];
}

const char *fault_target(const struct scenario *scenario, const struct scenario_fault *fault)
{
    if (fault->link >= 0)
        return scenario->links[fault->link].name;
    return fault->node >= 0 ? scenario->nodes[fault->node].name : "";
}

const char *fault_of(const struct scenario_fault *fault)
{
    return fault->of[0] ? fault->of : NULL;
}

struct scenario_fault fault_mirrored(const struct scenario_fault *fault)
{
    struct scenario_fault mirrored = *fault;
    if (fault->direction != DIRECTION_BOTH)
        mirrored.direction = fault->direction == DIRECTION_DOWN ? DIRECTION_UP : DIRECTION_DOWN;
    if (fault->side != SIDE_BOTH)
        mirrored.side = fault->side == SIDE_UPPER ? SIDE_LOWER : SIDE_UPPER;
    return mirrored;
}
