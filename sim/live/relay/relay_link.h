/* What all connections through one relayed link share: its shape, its silences, and whom they
 * notify. */
#ifndef PSYNCSIM_LIVE_RELAY_RELAY_LINK_H
#define PSYNCSIM_LIVE_RELAY_RELAY_LINK_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include "sim/live/observe/observations.h"
#include "sim/live/relay/shaper.h"
#include "sim/live/relay/sniffer.h"
#include "sim/scenario/scenario.h"

struct relay_link {
    const struct scenario_link *spec;
    uv_loop_t *loop;
    struct observations *observations;
    uint16_t upper_port; /* of the real server */
    int receive_buffer;  /* bytes, of our sockets */
    uint32_t silences[FLOWS];
    int64_t silent_since[FLOWS], resumes_at[FLOWS];
    struct shaper shapers[FLOWS];
    GPtrArray *drains; /* struct endpoint: ended by us, but the other side has not closed yet */
    void (*wake)(void *waker); /* a socket is ready: all connections are looked at */
    void *waker;
    /* called before bytes of a handshake are read, and when a request goes up; may be NULL */
    void (*before_handshake)(void *user, int32_t upper, int32_t lower);
    void (*asks)(void *user, int32_t upper);
    void *user;
};

/* The scenario's shape, with the jitter that this seed gives. */
void relay_link_shape(struct relay_link *link, uint64_t seed);

/* -1: as it is. */
void relay_link_change(struct relay_link *link, int64_t bandwidth, int64_t latency);

/* Silences nest. The second returns whether the last one has ended. */
void relay_link_silence(struct relay_link *link, enum flow flow, int64_t now);
bool relay_link_unsilence(struct relay_link *link, enum flow flow, int64_t now);

/* Bytes inside the link, per connection. */
int64_t relay_link_window(const struct relay_link *link, enum flow flow);

/* When what is due then goes on, silence considered; TIME_NEVER: not before the heal. */
int64_t relay_link_resumes(const struct relay_link *link, enum flow flow, int64_t due);
bool relay_link_is_silent(const struct relay_link *link, enum flow flow, int64_t now);

#endif
