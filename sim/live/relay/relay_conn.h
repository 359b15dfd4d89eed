/* One connection through a link: the replica's socket at one end, the master's at the other, and in
 * between a lane in each direction. See proxy.h for the link. */
#ifndef PSYNCSIM_LIVE_PASSAGE_H
#define PSYNCSIM_LIVE_PASSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "sim/live/relay/shaper.h"
#include "sim/live/relay/sniffer.h"

struct proxy;

/* A socket in the loop. Allocated, because the loop lets go of it later than we do. */
struct plug {
    uv_poll_t poll;
    struct passage *passage; /* NULL: only what is left in it is read until the other side closes */
    GPtrArray *drains;       /* then it is in there */
    int fd;
    int events;      /* asked of the loop now */
    bool is_blocked; /* it took no more: wait until it does */
    bool is_dead;    /* kept open, but nothing passes any more */
};

struct passage {
    struct proxy *proxy;
    struct plug *plugs[FLOWS]; /* by the flow that ends there: FLOW_DOWN the replica's; NULL: closed
                                  (or, at the master, not dialled yet) */
    struct lane lanes[FLOWS];
    uint64_t delivered[FLOWS];
    struct watch watch;
    int64_t last_up_leaves; /* handshake: when the last small segment left */
    uint16_t port;          /* of our end at the master: how it knows the replica */
    bool is_dialled, is_over;
    bool is_limited; /* the master's socket has the link's send buffer */
};

/* Closes one that is only read until the other side closes. */
void plug_close(struct plug *plug);

/* Takes the accepted socket `fd`. */
struct passage *passage_new(struct proxy *proxy, int fd, int64_t now);
void passage_free(struct passage *passage);

/* Moves what may be moved at `now`; is_over afterwards when nothing is left of it. Returns when it
 * is to be called again at the latest (TIME_NEVER: a socket will tell). */
int64_t passage_pump(struct passage *passage, int64_t now);

/* Ends of a cut: the sockets on those sides get a reset or an orderly end, a remaining one stands
 * dead. */
struct cut {
    bool at_upper, at_lower, is_orderly;
};
void passage_cut(struct passage *passage, struct cut cut);

#endif
