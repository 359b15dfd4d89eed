/* See relay.h. */
#include "sim/live/relay/relay.h"

#include <errno.h>
#include <unistd.h>
#include "sim/engine/time.h"
#include "sim/live/relay/socket.h"

/* Less than five segments, so that a sender's congestion window never grows beyond its first ten:
 * then Linux leaves its send buffer at 85 kB, which is what a simulated relayed link has. */
#define RECEIVE_BUFFER 7000

static int64_t clock_now(void)
{
    return (int64_t)uv_hrtime();
}

/* ---- moving ---- */

static void pump(void *user)
{
    struct relay *relay = user;
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
            relay->accepted(relay->link.user, relay, socket_peer_port(fd));
        g_ptr_array_add(relay->relay_conns, relay_conn_new(&relay->link, fd, clock_now()));
    }
    pump(relay);
}

static bool start_listening(struct relay *relay)
{
    relay->listener = socket_listen(relay->port, relay->link.receive_buffer);
    if (relay->listener < 0)
        return false;
    relay->listener_poll = g_new0(uv_poll_t, 1);
    uv_poll_init(relay->link.loop, relay->listener_poll, relay->listener);
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

bool relay_open(struct relay *relay, const struct scenario_link *spec, uv_loop_t *loop,
                uint16_t port)
{
    *relay = (struct relay){.port = port, .listener = -1};
    relay->link = (struct relay_link){.spec = spec, .loop = loop, .wake = pump, .waker = relay};
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++)
        dist_constant(&relay->link.shapers[flow].jitter, 0);
    relay->link.receive_buffer = RECEIVE_BUFFER;
    relay->relay_conns = g_ptr_array_new_with_free_func((GDestroyNotify)relay_conn_free);
    relay->link.drains = g_ptr_array_new_with_free_func((GDestroyNotify)endpoint_close);
    if (relay->port == 0 || !timer_open(&relay->timer, loop, pump, relay))
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
    g_ptr_array_free(relay->link.drains, TRUE);
    timer_close(&relay->timer);
    relay->relay_conns = NULL;
}

void relay_shape(struct relay *relay, uint64_t seed)
{
    relay_link_shape(&relay->link, seed);
    pump(relay);
}

void relay_serve(struct relay *relay, bool serves)
{
    relay->serves = serves;
    listen_as_due(relay);
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
    pump(relay);
}

void relay_uncut(struct relay *relay)
{
    relay->cuts -= relay->cuts > 0;
    listen_as_due(relay);
}

void relay_silence(struct relay *relay, enum flow flow)
{
    relay_link_silence(&relay->link, flow, clock_now());
}

void relay_unsilence(struct relay *relay, enum flow flow)
{
    if (relay_link_unsilence(&relay->link, flow, clock_now()))
        pump(relay);
}

void relay_change(struct relay *relay, int64_t bandwidth, int64_t latency)
{
    relay_link_change(&relay->link, bandwidth, latency);
    pump(relay);
}

void relay_heal(struct relay *relay)
{
    relay->cuts = 0;
    listen_as_due(relay);
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        if (relay->link.silences[flow] > 1)
            relay->link.silences[flow] = 1;
        relay_unsilence(relay, flow);
    }
    relay_change(relay, relay->link.spec->bandwidth, relay->link.spec->latency);
}
