/* The replica's machine over a real socket. It holds no data: a payload is counted and thrown away,
 * so that loading takes no time, and the stream is counted.
 *
 * What it sends is what a replica sends, and nothing else: PING, AUTH (if there is a password),
 * REPLCONF listening-port, ip-address (if there is one) and capa, PSYNC, SYNC where PSYNC is not
 * understood, and REPLCONF ACK. None of it writes to the server's data.
 *
 * Over two connections, if the configuration and the master want it, the payload comes on a second one;
 * what the first brings meanwhile is kept in memory, up to a limit; then it is not read any more, and the rest waits in the
 * kernel and at the master.
 *
 * In one thing it is kinder than the real one: an attempt that failed before it came online is
 * repeated with the next tick of the cron, also where the version dials at once, which is as fast
 * as the master refuses. */
#ifndef PSYNCSIM_HOST_REPLICA_HOST_H
#define PSYNCSIM_HOST_REPLICA_HOST_H

#include <uv.h>
#include "models/psync/replica.h"
#include "sim/host/address.h"
#include "sim/host/host_event.h"

struct replica_host_config {
    const struct profile *profile;
    const struct places *places;   /* of the master; tried in turn until one takes the connection */
    struct replica_config replica; /* its texts are borrowed */
    const char *ask_id;            /* the position to ask for at first: the history's id … */
    int64_t ask_offset;            /* … and the first byte that is needed, from 1; NULL: none */
    int64_t kept_max; /* bytes of stream kept beside a payload, before the last that is read */
    size_t read_max;  /* bytes taken from the socket at a time; 0: TCP_CONN_READ_MAX */
    host_event_listener *listener;
    void *listener_user;
};

struct replica_host;

/* `config` is copied, what it points to borrowed; the loop is borrowed, or NULL: an own one, for
 * replica_host_turn. */
struct replica_host *replica_host_new(const struct replica_host_config *config, uv_loop_t *loop);

/* Closes everything and goes round the loop until it is gone. */
void replica_host_free(struct replica_host *host);

/* Dials, and begins to tick each second. */
void replica_host_start(struct replica_host *host);

/* Ends the connection as if it had broken (nothing happens without one). While it is away, no
 * connection can be made. */
void replica_host_drop(struct replica_host *host, bool is_away);

/* The link is whole again: dials. */
void replica_host_back(struct replica_host *host);

/* The one-second cron, out of turn: an ACK goes out at once. */
void replica_host_tick(struct replica_host *host);

/* Waits until something happens, `wait_ms` at most, and does what is to be done. */
void replica_host_turn(struct replica_host *host, int wait_ms);

const struct replica *replica_host_replica(const struct replica_host *host);
const struct history *replica_host_history(const struct replica_host *host);
int64_t replica_host_kept(const struct replica_host *host); /* bytes of stream: most at a time */
bool replica_host_is_away(const struct replica_host *host);
bool replica_host_is_connected(const struct replica_host *host); /* there is a socket */
int64_t replica_host_now(const struct replica_host *host);       /* ns since it was made */

#endif
