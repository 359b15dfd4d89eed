/* A link of the scenario as a relay on a loopback port: what a replica is told to be its master's
 * address. Faults of links are done here; sockets of servers are never touched otherwise.
 *
 * It behaves as the relay that made the project's recordings: a dialler is accepted at once and its
 * first byte goes on after a round trip; in the handshake a second small segment waits for one too;
 * silence holds what is inside and lets it go at the heal; where the server above is down, or the
 * link is cut, connecting is refused at once. */
#ifndef PSYNCSIM_LIVE_PROXY_H
#define PSYNCSIM_LIVE_PROXY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "sim/live/relay/alarm.h"
#include "sim/live/observe/observations.h"
#include "sim/live/relay/relay_conn.h"
#include "sim/live/relay/shaper.h"
#include "sim/scenario/scenario.h"

struct proxy {
    const struct scenario_link *spec;
    uv_loop_t *loop;
    struct journal *journal;
    uint16_t port, upper_port; /* where replicas connect; of the real server */
    int receive_buffer;        /* bytes, of our sockets */
    int listener;              /* -1: connecting is refused */
    uv_poll_t *listener_poll;
    bool serves; /* the server above is up */
    uint32_t cuts, silences[FLOWS];
    int64_t silent_since[FLOWS], resumes_at[FLOWS];
    struct shaper shapers[FLOWS];
    GPtrArray *passages;
    GPtrArray *drains; /* struct plug: ended by us, but the other side has not closed yet */
    struct alarm alarm;
    bool is_pumping;
    /* called before bytes of a handshake are read, and when a request goes up, and when a replica
     * has connected; may be NULL */
    void (*before_handshake)(void *user, int32_t upper, int32_t lower);
    void (*asks)(void *user, int32_t upper);
    void (*accepted)(void *user, const struct proxy *proxy, uint16_t peer_port);
    void *user;
};

/* In its place, without limits until proxy_shape. False with errno set. Pair with proxy_close. */
bool proxy_open(struct proxy *proxy, const struct scenario_link *spec, uv_loop_t *loop,
                uint16_t port);
void proxy_close(struct proxy *proxy);

/* The link takes the scenario's shape, with the jitter that this seed gives. */
void proxy_shape(struct proxy *proxy, uint64_t seed);

/* The server above is up (listens on upper_port), or not. */
void proxy_serve(struct proxy *proxy, bool serves);

/* Faults. -1: as it is. */
void proxy_cut(struct proxy *proxy, struct cut cut, bool refuses);
void proxy_uncut(struct proxy *proxy);
void proxy_silence(struct proxy *proxy, enum flow flow);
void proxy_unsilence(struct proxy *proxy, enum flow flow);
void proxy_change(struct proxy *proxy, int64_t bandwidth, int64_t latency);
void proxy_heal(struct proxy *proxy);

/* The connection whose end at the master has that port; NULL: none. */
struct passage *proxy_find(const struct proxy *proxy, uint16_t port);

/* For passages. */
void proxy_pump(struct proxy *proxy);
int64_t proxy_window(const struct proxy *proxy, enum flow flow);
bool proxy_is_silent(const struct proxy *proxy, enum flow flow, int64_t now);
/* When what is due then goes on, silence considered; TIME_NEVER: not before the heal. */
int64_t proxy_resumes(const struct proxy *proxy, enum flow flow, int64_t due);

#endif
