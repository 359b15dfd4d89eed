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
#include "sim/live/relay/timer.h"
#include "sim/live/observe/observations.h"
#include "sim/live/relay/relay_conn.h"
#include "sim/live/relay/shaper.h"
#include "sim/scenario/scenario.h"

struct relay {
    const struct scenario_link *spec;
    uv_loop_t *loop;
    struct observations *observations;
    uint16_t port, upper_port; /* where replicas connect; of the real server */
    int receive_buffer;        /* bytes, of our sockets */
    int listener;              /* -1: connecting is refused */
    uv_poll_t *listener_poll;
    bool serves; /* the server above is up */
    uint32_t cuts, silences[FLOWS];
    int64_t silent_since[FLOWS], resumes_at[FLOWS];
    struct shaper shapers[FLOWS];
    GPtrArray *relay_conns;
    GPtrArray *drains; /* struct endpoint: ended by us, but the other side has not closed yet */
    struct timer timer;
    bool is_pumping;
    /* called before bytes of a handshake are read, and when a request goes up, and when a replica
     * has connected; may be NULL */
    void (*before_handshake)(void *user, int32_t upper, int32_t lower);
    void (*asks)(void *user, int32_t upper);
    void (*accepted)(void *user, const struct relay *relay, uint16_t peer_port);
    void *user;
};

/* In its place, without limits until relay_shape. False with errno set. Pair with relay_close. */
bool relay_open(struct relay *relay, const struct scenario_link *spec, uv_loop_t *loop,
                uint16_t port);
void relay_close(struct relay *relay);

/* The link takes the scenario's shape, with the jitter that this seed gives. */
void relay_shape(struct relay *relay, uint64_t seed);

/* The server above is up (listens on upper_port), or not. */
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

/* For relay_conn. */
void relay_pump(struct relay *relay);
int64_t relay_window(const struct relay *relay, enum flow flow);
bool relay_is_silent(const struct relay *relay, enum flow flow, int64_t now);
/* When what is due then goes on, silence considered; TIME_NEVER: not before the heal. */
int64_t relay_resumes(const struct relay *relay, enum flow flow, int64_t due);

#endif
