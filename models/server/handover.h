/* A master that ends in good order waits until its replicas have acknowledged everything: SHUTDOWN
 * for all of them, FAILOVER for the one that takes over. */
#ifndef PSYNCSIM_SERVER_HANDOVER_H
#define PSYNCSIM_SERVER_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/profile.h"
#include "models/server/config.h"

/* Whether a replica's last acknowledgement covers the whole stream. More is not enough:
 * it counts another history. */
bool handover_has_all(bool is_online, int64_t acked, int64_t offset);

/* Whether SHUTDOWN waits if a replica lacks something, and until when (FACTS 8.4; redis 7.0.15
 * prepareForShutdown). */
bool shutdown_may_wait(const struct profile *profile, const struct config *config, bool is_loading);
int64_t shutdown_deadline(const struct config *config, int64_t now);

/* Whether it waits no more: all have everything, or shutdown-timeout is over. */
bool shutdown_goes_on(bool all_have_all, int64_t now, int64_t deadline);

/* Whether FAILOVER is accepted: by a master of a version that knows it, one at a time (FACTS 8.3).
 */
bool failover_is_accepted(const struct profile *profile, bool is_replica, bool is_under_way);

/* Whether `replica` takes over now. wanted: whom FAILOVER TO named, below 0 for any (FACTS 8.3;
 * redis 7.0.15 failoverCron). */
bool failover_takes(int32_t wanted, int32_t replica, bool has_all);

#endif
