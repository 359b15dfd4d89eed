/* Output-buffer limits. See limit.h. */
#include "models/server/limit.h"

#include <assert.h>
#include <stdbool.h>

enum drop limit_look(struct limit_state *state, const struct output_limit *limit, int64_t hard,
                     int64_t usage, int64_t second)
{
    bool is_over = limit->soft_bytes > 0 && usage >= limit->soft_bytes;
    if (!is_over)
        state->soft_since_s = LIMIT_NOT_OVER;
    else if (state->soft_since_s == LIMIT_NOT_OVER)
        state->soft_since_s = second;
    if (hard > 0 && usage >= hard)
        return DROP_LIMIT_HARD;
    return is_over && second - state->soft_since_s > limit->soft_s ? DROP_LIMIT_SOFT : DROP_NONE;
}

int64_t limit_soft_strikes_s(const struct limit_state *state, const struct output_limit *limit)
{
    assert(state->soft_since_s != LIMIT_NOT_OVER);
    return state->soft_since_s + limit->soft_s + 1;
}
