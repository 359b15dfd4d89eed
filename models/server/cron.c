/* See cron.h. */
#include "models/server/cron.h"

#include <assert.h>
#include "sim/engine/time.h"

bool cron_pings(const struct profile *profile, bool has_backlog, int64_t replicas)
{
    return has_backlog && (replicas > 0 || !profile->ping_needs_replicas);
}

bool cron_ping_is_due(const struct profile *profile, int64_t period_s, int64_t round,
                      int64_t idle_ns)
{
    assert(period_s > 0 && round >= 0);
    return profile->ping_only_when_idle ? idle_ns >= period_s * NS_PER_S : round % period_s == 0;
}

bool cron_backlog_expires(int64_t ttl_s, int64_t idle_s, int64_t replicas)
{
    assert(ttl_s >= 0 && replicas >= 0);
    return ttl_s > 0 && replicas == 0 && idle_s > ttl_s;
}
