/* See relay.h. */
#include "sim/live/relay/relay.h"

#include <errno.h>
#include <unistd.h>
#include "models/net/tcp.h"
#include "sim/engine/time.h"
#include "sim/live/relay/socket.h"

/* Less than five segments, so that a sender's congestion window never grows beyond its first ten:
 * then Linux leaves its send buffer at 85 kB, which is what a simulated relayed link has. */
#define RECEIVE_BUFFER 7000

static int64_t clock_now(void)
{
    return (int64_t)uv_hrtime();
}

/* ---- listening ---- */

static void poll_freed(uv_handle_t *handle)
{
    g_free(handle);
}

static void listener_event(uv_poll_t *poll, int status, int events)
{
    struct relay *relay = poll->data;
    (void)status;
    (void)events;
    for (;;) {
        int fd = socket_accept(relay->listener);
        if (fd < 0)
            break;
        if (relay->accepted != NULL)
            relay->accepted(relay->user, relay, socket_peer_port(fd));
        g_ptr_array_add(relay->relay_conns, relay_conn_new(relay, fd, clock_now()));
    }
    relay_pump(relay);
}

static bool start_listening(struct relay *relay)
{
    relay->listener = socket_listen(relay->port, relay->receive_buffer);
    if (relay->listener < 0)
        return false;
    relay->listener_poll = g_new0(uv_poll_t, 1);
    uv_poll_init(relay->loop, relay->listener_poll, relay->listener);
    relay->listener_poll->data = relay;
    uv_poll_start(relay->listener_poll, UV_READABLE, listener_event);
    return true;
}

static void stop_listening(struct relay *relay)
{
    if (relay->listener < 0)
        return;
    uv_poll_stop(relay->listener_poll);
    uv_close((uv_handle_t *)relay->listener_poll, poll_freed);
    close(relay->listener);
    relay->listener = -1;
    relay->listener_poll = NULL;
}

static void listen_as_due(struct relay *relay)
{
    bool listens = relay->serves && relay->cuts == 0;
    if (listens && relay->listener < 0)
        start_listening(relay);
    else if (!listens)
        stop_listening(relay);
}

/* ---- life ---- */

static void rang(void *user)
{
    relay_pump(user);
}

bool relay_open(struct relay *relay, const struct scenario_link *spec, uv_loop_t *loop,
                uint16_t port)
{
    *relay = (struct relay){.spec = spec, .loop = loop, .port = port, .listener = -1};
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++)
        dist_constant(&relay->shapers[flow].jitter, 0);
    relay->receive_buffer = RECEIVE_BUFFER;
    relay->relay_conns = g_ptr_array_new_with_free_func((GDestroyNotify)relay_conn_free);
    relay->drains = g_ptr_array_new_with_free_func((GDestroyNotify)endpoint_close);
    if (relay->port == 0 || !timer_open(&relay->timer, loop, rang, relay))
        return false;
    /* a port that nobody listens on can be taken by others: it is held from here on, as far as it
     * can be */
    if (!start_listening(relay))
        return false;
    listen_as_due(relay);
    return true;
}

void relay_close(struct relay *relay)
{
    if (relay->relay_conns == NULL)
        return;
    stop_listening(relay);
    g_ptr_array_free(relay->relay_conns, TRUE);
    g_ptr_array_free(relay->drains, TRUE);
    timer_close(&relay->timer);
    relay->relay_conns = NULL;
}

void relay_shape(struct relay *relay, uint64_t seed)
{
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        struct shaper *shaper = &relay->shapers[flow];
        shaper->bandwidth = relay->spec->bandwidth;
        shaper->latency = relay->spec->latency;
        shaper->jitter = relay->spec->jitter;
        random_init(&shaper->draws, seed, 0, relay->spec->name,
                    flow == FLOW_DOWN ? "jitter" : "jitter up");
    }
    relay_pump(relay);
}

void relay_serve(struct relay *relay, bool serves)
{
    relay->serves = serves;
    listen_as_due(relay);
}

/* ---- moving ---- */

void relay_pump(struct relay *relay)
{
    int64_t now = clock_now(), wake = TIME_NEVER;
    if (relay->is_pumping || relay->relay_conns == NULL)
        return;
    relay->is_pumping = true;
    for (guint i = 0; i < relay->relay_conns->len;) {
        struct relay_conn *relay_conn = relay->relay_conns->pdata[i];
        int64_t one = relay_conn_pump(relay_conn, now);
        if (relay_conn->is_over) {
            g_ptr_array_remove_index(relay->relay_conns, i);
            continue;
        }
        wake = one < wake ? one : wake;
        i++;
    }
    relay->is_pumping = false;
    timer_set(&relay->timer, wake);
}

int64_t relay_window(const struct relay *relay, enum flow flow)
{
    return relay->spec->window > 0 ? relay->spec->window : shaper_window(&relay->shapers[flow]);
}

int64_t relay_resumes(const struct relay *relay, enum flow flow, int64_t due)
{
    if (relay->silences[flow] > 0)
        return TIME_NEVER;
    return due > relay->resumes_at[flow] ? due : relay->resumes_at[flow];
}

bool relay_is_silent(const struct relay *relay, enum flow flow, int64_t now)
{
    return relay_resumes(relay, flow, now) > now;
}

struct relay_conn *relay_find(const struct relay *relay, uint16_t port)
{
    for (guint i = 0; i < relay->relay_conns->len; i++) {
        struct relay_conn *relay_conn = relay->relay_conns->pdata[i];
        if (relay_conn->port == port && port != 0)
            return relay_conn;
    }
    return NULL;
}

/* ---- faults ---- */

void relay_cut(struct relay *relay, struct cut cut, bool refuses)
{
    relay->cuts += refuses;
    listen_as_due(relay);
    for (guint i = 0; i < relay->relay_conns->len; i++)
        relay_conn_cut(relay->relay_conns->pdata[i], cut);
    relay_pump(relay);
}

void relay_uncut(struct relay *relay)
{
    relay->cuts -= relay->cuts > 0;
    listen_as_due(relay);
}

void relay_silence(struct relay *relay, enum flow flow)
{
    if (relay->silences[flow]++ == 0)
        relay->silent_since[flow] = clock_now();
}

void relay_unsilence(struct relay *relay, enum flow flow)
{
    if (relay->silences[flow] == 0 || --relay->silences[flow] > 0)
        return;
    /* On TCP what was lost goes on at its next retransmission. The first lost segment is taken to
     * be one of the time at which the silence began: heartbeats and writes are frequent. */
    if (relay->spec->kind == LINK_TCP)
        relay->resumes_at[flow] =
            tcp_resumes(relay->silent_since[flow], clock_now(), 2 * relay->shapers[flow].latency);
    relay_pump(relay);
}

void relay_change(struct relay *relay, int64_t bandwidth, int64_t latency)
{
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        struct shaper *shaper = &relay->shapers[flow];
        shaper->bandwidth = bandwidth >= 0 ? bandwidth : shaper->bandwidth;
        shaper->latency = latency >= 0 ? latency : shaper->latency;
        shaper->free_at = 0;
    }
    relay_pump(relay);
}

void relay_heal(struct relay *relay)
{
    relay->cuts = 0;
    listen_as_due(relay);
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        if (relay->silences[flow] > 1)
            relay->silences[flow] = 1;
        relay_unsilence(relay, flow);
    }
    relay_change(relay, relay->spec->bandwidth, relay->spec->latency);
}
