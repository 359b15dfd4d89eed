/* See handover.h. */
#include "models/server/handover.h"

#include <assert.h>
#include "sim/engine/time.h"

bool handover_has_all(bool is_online, int64_t acked, int64_t offset)
{
    return is_online && acked == offset;
}

bool shutdown_may_wait(const struct profile *profile, const struct config *config, bool is_loading)
{
    return profile->graceful_shutdown && config->shutdown_timeout_s > 0 && !is_loading;
}

int64_t shutdown_deadline(const struct config *config, int64_t now)
{
    assert(config->shutdown_timeout_s > 0);
    return now + config->shutdown_timeout_s * NS_PER_S;
}

bool shutdown_goes_on(bool all_have_all, int64_t now, int64_t deadline)
{
    return all_have_all || now >= deadline;
}

bool failover_is_accepted(const struct profile *profile, bool is_replica, bool is_under_way)
{
    return profile->failover_command && !is_replica && !is_under_way;
}

bool failover_takes(int32_t wanted, int32_t replica, bool has_all)
{
    assert(replica >= 0);
    return has_all && (wanted < 0 || wanted == replica);
}
