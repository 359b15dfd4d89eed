/* What a replica says to its master before the stream: exact bytes of FACTS 1.2, as arrays or
 * inline, in one burst or one by one, as the profile has it. */
#ifndef PSYNCSIM_PSYNC_HANDSHAKE_H
#define PSYNCSIM_PSYNC_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include "models/psync/replica.h"

#define HANDSHAKE_MAX 2048 /* room to give to the functions below */

/* The question whose answer is awaited in the state `waits` (AUTH_REPLY to CAPA_REPLY) is
 * configured at all. */
bool handshake_is_asked(const struct profile *profile, const struct replica_config *config,
                        enum replica_state waits);

/* What is sent when the state `waits` is entered: its question, or for a burst everything at
 * AUTH_REPLY and nothing later. Returns the length, which may be 0. */
size_t handshake_ask(const struct profile *profile, const struct replica_config *config,
                     enum replica_state waits, char *out);

size_t handshake_ping(const struct profile *profile, char *out);

/* PSYNC id offset [FAILOVER] */
size_t handshake_psync(const struct profile *profile, const char *id, int64_t offset, bool failover,
                       char *out);

/* The first words on the second connection: AUTH if there is a password, and one REPLCONF. main_id:
 * what the offer said. */
size_t handshake_second(const struct profile *profile, const struct replica_config *config,
                        int64_t main_id, char *out);

/* Asks for the payload on the second connection. */
size_t handshake_payload(const struct profile *profile, char *out);

/* Says on the first connection which payload its stream belongs to. */
size_t handshake_join(const struct profile *profile, int64_t payload_id, char *out);

#endif
