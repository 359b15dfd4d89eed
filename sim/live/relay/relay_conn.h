/* One connection through a link: the replica's socket at one end, the master's at the other, and in
 * between a lane in each direction. See relay_link.h for the link. */
#ifndef PSYNCSIM_LIVE_RELAY_RELAY_CONN_H
#define PSYNCSIM_LIVE_RELAY_RELAY_CONN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "sim/live/relay/relay_link.h"
#include "sim/live/relay/shaper.h"
#include "sim/live/relay/sniffer.h"

/* A socket in the loop. Allocated, because the loop lets go of it later than we do. */
struct endpoint {
    uv_poll_t poll;
    struct relay_conn
        *relay_conn;   /* NULL: only what is left in it is read until the other side closes */
    GPtrArray *drains; /* then it is in there */
    int fd;
    int events;      /* asked of the loop now */
    bool is_blocked; /* it took no more: wait until it does */
    bool is_dead;    /* kept open, but nothing passes any more */
};

struct relay_conn {
    struct relay_link *link;
    struct endpoint *endpoints[FLOWS]; /* by the flow that ends there: FLOW_DOWN the replica's;
                                  NULL: closed (or, at the master, not dialled yet) */
    struct lane lanes[FLOWS];
    uint64_t delivered[FLOWS];
    struct sniffer sniffer;
    int64_t last_up_leaves; /* handshake: when the last small segment left */
    uint16_t port;          /* of our end at the master: how it knows the replica */
    bool is_dialled, is_over;
    bool is_limited; /* the master's socket has the link's send buffer */
};

/* Closes one that is only read until the other side closes. */
void endpoint_close(struct endpoint *endpoint);

/* Takes the accepted socket `fd`. */
struct relay_conn *relay_conn_new(struct relay_link *link, int fd, int64_t now);
void relay_conn_free(struct relay_conn *relay_conn);

/* Moves what may be moved at `now`; is_over afterwards when nothing is left of it. Returns when it
 * is to be called again at the latest (TIME_NEVER: when a socket is ready). */
int64_t relay_conn_pump(struct relay_conn *relay_conn, int64_t now);

/* Ends of a cut: the sockets on those sides get a reset or an orderly end, a remaining one stands
 * dead. */
struct cut {
    bool at_upper, at_lower, is_orderly;
};
void relay_conn_cut(struct relay_conn *relay_conn, struct cut cut);

#endif
