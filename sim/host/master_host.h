/* The master's machine over real sockets: a listener, the replicas that come, one RDB for all of
 * them, and a stream whose bytes are kept as long as the backlog (models/server/backlog.h) or a
 * replica's output buffer holds them. What is decided about a replica is decided there and in
 * models/psync; this file moves bytes. */
#ifndef PSYNCSIM_HOST_MASTER_HOST_H
#define PSYNCSIM_HOST_MASTER_HOST_H

#include <uv.h>
#include "models/psync/master.h"
#include "models/server/config.h"
#include "sim/host/address.h"
#include "sim/host/host_event.h"

#define MASTER_PEERS_MAX 64

struct master_host_config {
    const struct profile *profile;
    const struct places *places; /* where to listen: the first that can be had; port 0: any */
    struct config config;        /* backlog_bytes, timeout_s, ping_period_s, diskless_sync and limit
                                    count; a diskless save has no delay here */
    char id[REPLID_SIZE];
    int64_t offset;       /* of the last byte before its start */
    bool has_backlog;     /* from the start, as one that had replicas before */
    int64_t save_ns;      /* how long a save takes */
    const char *rdb;      /* the payload, borrowed */
    int64_t rdb_bytes;    /* > 0 */
    const char *user;     /* asked for; "" for the default user */
    const char *password; /* "" for none */
    size_t read_max;      /* bytes taken from a socket at a time; 0: TCP_CONN_READ_MAX */
    host_event_listener *listener;
    void *listener_user;
};

struct master_host;

/* `config` is copied, what it points to borrowed; the loop is borrowed, or NULL: an own one, for
 * master_host_turn. */
struct master_host *master_host_new(const struct master_host_config *config, uv_loop_t *loop);
void master_host_free(struct master_host *host);

/* Listens and begins to tick each second. NULL, or what the system says, static. */
const char *master_host_start(struct master_host *host);
int master_host_port(const struct master_host *host);

/* Appends to the stream. Nothing happens as long as there is neither backlog nor replica: a master
 * alone has no stream. master_host_set puts a SELECT before it where one is due; both texts have at
 * most MASTER_SET_MAX bytes together. */
#define MASTER_SET_MAX 1048576
void master_host_produce(struct master_host *host, const char *bytes, size_t len);
void master_host_set(struct master_host *host, const char *key, const char *value);

/* Closes all connections; while it is away, none can be made. */
void master_host_drop(struct master_host *host, bool is_away);
/* Listens again: NULL, or what the system says, static. */
const char *master_host_back(struct master_host *host);

/* As a replica that has lost its own master, it refuses to synchronise anybody. */
void master_host_refuse(struct master_host *host, bool refuses);

/* From now on saves go to the sockets (with an end mark), or to disk (with a length). */
void master_host_save_as(struct master_host *host, bool is_diskless);

/* As one that was promoted: the old id is the second one from now on. */
void master_host_shift(struct master_host *host, const char *new_id);

/* The one-second cron, out of turn. */
void master_host_tick(struct master_host *host);

/* Waits until something happens, `wait_ms` at most, and does what is to be done. */
void master_host_turn(struct master_host *host, int wait_ms);

/* A place is in use while its connection stands. peer < MASTER_PEERS_MAX. */
bool master_host_has(const struct master_host *host, int32_t peer);
const struct master *master_host_master(const struct master_host *host, int32_t peer);
const char *master_host_peer_address(const struct master_host *host, int32_t peer);
int64_t master_host_buffer(const struct master_host *host,
                           int32_t peer);                             /* bytes, as INFO has it */
bool master_host_flows(const struct master_host *host, int32_t peer); /* gets the stream */
int32_t master_host_replicas(const struct master_host *host);         /* that are past PSYNC */

const struct history *master_host_history(const struct master_host *host);
struct backlog_range master_host_backlog(const struct master_host *host);
int64_t master_host_now(const struct master_host *host);

#endif
