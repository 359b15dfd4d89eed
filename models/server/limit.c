/* Output-buffer limits. See limit.h. */
#include "models/server/limit.h"

#include <assert.h>
#include <stdbool.h>

static int64_t raised(int64_t bytes, bool has_floor, int64_t floor)
{
    return bytes != 0 && has_floor && bytes < floor ? floor : bytes;
}

struct output_limit limit_in_force(const struct output_limit *limit, const struct profile *profile,
                                   int64_t backlog_bytes)
{
    return (struct output_limit){
        .hard_bytes = raised(limit->hard_bytes, profile->hard_limit_floor, backlog_bytes),
        .soft_bytes = raised(limit->soft_bytes, profile->soft_limit_floor, backlog_bytes),
        .soft_s = limit->soft_s,
    };
}

enum drop limit_look(struct limit_state *state, const struct output_limit *limit, int64_t usage,
                     int64_t second)
{
    bool is_over = limit->soft_bytes > 0 && usage >= limit->soft_bytes;
    if (!is_over)
        state->soft_since_s = LIMIT_NOT_OVER;
    else if (state->soft_since_s == LIMIT_NOT_OVER)
        state->soft_since_s = second;
    if (limit->hard_bytes > 0 && usage >= limit->hard_bytes)
        return DROP_LIMIT_HARD;
    return is_over && second - state->soft_since_s > limit->soft_s ? DROP_LIMIT_SOFT : DROP_NONE;
}

int64_t limit_soft_strikes_s(const struct limit_state *state, const struct output_limit *limit)
{
    assert(state->soft_since_s != LIMIT_NOT_OVER);
    return state->soft_since_s + limit->soft_s + 1;
}
