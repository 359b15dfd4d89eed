/* See write_gate.h. */
#include "models/server/write_gate.h"

bool min_replicas_count(const struct config *config)
{
    return config->min_replicas > 0 && config->min_replicas_lag_s > 0;
}

bool min_replicas_refuse(const struct config *config, int64_t good)
{
    return min_replicas_count(config) && good < config->min_replicas;
}

enum write_gate write_gate(const struct write_state *state)
{
    if (!state->is_up || state->refuses || state->is_busy || !state->has_backlog)
        return WRITES_LOST;
    return state->is_loading || state->is_paused || state->is_blocked ? WRITES_WAIT : WRITES_FLOW;
}
