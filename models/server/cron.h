/* What a master's cron decides in its rounds, one a second: PINGs, and the end of a backlog that
 * nobody uses. */
#ifndef PSYNCSIM_SERVER_CRON_H
#define PSYNCSIM_SERVER_CRON_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/profile.h"

/* Whether PINGs go into the stream at all as things stand: there is a backlog to hold them and, in
 * most versions, a replica to hear them (FACTS 4.6; redis 7.0.15 replicationCron). A replica never
 * sends any. */
bool cron_pings(const struct profile *profile, bool has_backlog, int64_t replicas);

/* Whether this round has a PING: each repl-ping-replica-period rounds or, where the profile says
 * so, after that many seconds without a stream byte (FACTS 4.6). */
bool cron_ping_is_due(const struct profile *profile, int64_t period_s, int64_t round,
                      int64_t idle_ns);

/* Whether a master's backlog has been without replicas for more than repl-backlog-ttl, in whole
 * seconds of the wall clock; a ttl of 0 is none (FACTS 5.1; redis 7.0.15 replicationCron). */
bool cron_backlog_expires(int64_t ttl_s, int64_t idle_s, int64_t replicas);

#endif
