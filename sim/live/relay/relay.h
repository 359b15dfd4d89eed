/* A link of the scenario as a relay on a loopback port: which a replica takes for its master's
 * address. Faults of links are done here; sockets of servers are never touched otherwise.
 *
 * It behaves as the relay that made the project's recordings: a dialler is accepted at once and its
 * first byte goes on after a round trip; in the handshake a second small segment waits for one too;
 * silence holds what is inside and lets it go at the heal; where the server above is down, or the
 * link is cut, connecting is refused at once. */
#ifndef PSYNCSIM_LIVE_RELAY_RELAY_H
#define PSYNCSIM_LIVE_RELAY_RELAY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "sim/live/relay/relay_conn.h"
#include "sim/live/relay/relay_link.h"
#include "sim/live/relay/timer.h"
#include "sim/scenario/scenario.h"

struct relay {
    struct relay_link link;
    uint16_t port; /* where replicas connect */
    int listener;  /* -1: connecting is refused */
    uv_poll_t *listener_poll;
    bool serves; /* the server above is up */
    uint32_t cuts;
    GPtrArray *relay_conns;
    struct timer timer;
    bool is_pumping;
    /* called when a replica has connected, with link.user; may be NULL */
    void (*accepted)(void *user, const struct relay *relay, uint16_t peer_port);
};

/* In its place, without limits until relay_shape. False with errno set. Pair with relay_close. */
bool relay_open(struct relay *relay, const struct scenario_link *spec, uv_loop_t *loop,
                uint16_t port);
void relay_close(struct relay *relay);

/* The link takes the scenario's shape, with the jitter that this seed gives. */
void relay_shape(struct relay *relay, uint64_t seed);

/* The server above is up (listens on link.upper_port), or not. */
void relay_serve(struct relay *relay, bool serves);

/* Faults. -1: as it is. */
void relay_cut(struct relay *relay, struct cut cut, bool refuses);
void relay_uncut(struct relay *relay);
void relay_silence(struct relay *relay, enum flow flow);
void relay_unsilence(struct relay *relay, enum flow flow);
void relay_change(struct relay *relay, int64_t bandwidth, int64_t latency);
void relay_heal(struct relay *relay);

/* The connection whose end at the master has that port; NULL: none. */
struct relay_conn *relay_find(const struct relay *relay, uint16_t port);

#endif
