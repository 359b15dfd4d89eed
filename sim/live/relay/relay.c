/* See proxy.h. */
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
    struct proxy *proxy = poll->data;
    (void)status;
    (void)events;
    for (;;) {
        int fd = socket_accept(proxy->listener);
        if (fd < 0)
            break;
        if (proxy->accepted != NULL)
            proxy->accepted(proxy->user, proxy, socket_peer_port(fd));
        g_ptr_array_add(proxy->passages, passage_new(proxy, fd, clock_now()));
    }
    proxy_pump(proxy);
}

static bool start_listening(struct proxy *proxy)
{
    proxy->listener = socket_listen(proxy->port, proxy->receive_buffer);
    if (proxy->listener < 0)
        return false;
    proxy->listener_poll = g_new0(uv_poll_t, 1);
    uv_poll_init(proxy->loop, proxy->listener_poll, proxy->listener);
    proxy->listener_poll->data = proxy;
    uv_poll_start(proxy->listener_poll, UV_READABLE, listener_event);
    return true;
}

static void stop_listening(struct proxy *proxy)
{
    if (proxy->listener < 0)
        return;
    uv_poll_stop(proxy->listener_poll);
    uv_close((uv_handle_t *)proxy->listener_poll, poll_freed);
    close(proxy->listener);
    proxy->listener = -1;
    proxy->listener_poll = NULL;
}

static void listen_as_due(struct proxy *proxy)
{
    bool listens = proxy->serves && proxy->cuts == 0;
    if (listens && proxy->listener < 0)
        start_listening(proxy);
    else if (!listens)
        stop_listening(proxy);
}

/* ---- life ---- */

static void rang(void *user)
{
    proxy_pump(user);
}

bool proxy_open(struct proxy *proxy, const struct scenario_link *spec, uv_loop_t *loop,
                uint16_t port)
{
    *proxy = (struct proxy){.spec = spec, .loop = loop, .port = port, .listener = -1};
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++)
        dist_constant(&proxy->shapers[flow].jitter, 0);
    proxy->receive_buffer = RECEIVE_BUFFER;
    proxy->passages = g_ptr_array_new_with_free_func((GDestroyNotify)passage_free);
    proxy->drains = g_ptr_array_new_with_free_func((GDestroyNotify)plug_close);
    if (proxy->port == 0 || !alarm_open(&proxy->alarm, loop, rang, proxy))
        return false;
    /* a port that nobody listens on can be taken by others: it is held from here on, as far as it
     * can be */
    if (!start_listening(proxy))
        return false;
    listen_as_due(proxy);
    return true;
}

void proxy_close(struct proxy *proxy)
{
    if (proxy->passages == NULL)
        return;
    stop_listening(proxy);
    g_ptr_array_free(proxy->passages, TRUE);
    g_ptr_array_free(proxy->drains, TRUE);
    alarm_close(&proxy->alarm);
    proxy->passages = NULL;
}

void proxy_shape(struct proxy *proxy, uint64_t seed)
{
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        struct shaper *shaper = &proxy->shapers[flow];
        shaper->bandwidth = proxy->spec->bandwidth;
        shaper->latency = proxy->spec->latency;
        shaper->jitter = proxy->spec->jitter;
        random_init(&shaper->draws, seed, 0, proxy->spec->name,
                    flow == FLOW_DOWN ? "jitter" : "jitter up");
    }
    proxy_pump(proxy);
}

void proxy_serve(struct proxy *proxy, bool serves)
{
    proxy->serves = serves;
    listen_as_due(proxy);
}

/* ---- moving ---- */

void proxy_pump(struct proxy *proxy)
{
    int64_t now = clock_now(), wake = TIME_NEVER;
    if (proxy->is_pumping || proxy->passages == NULL)
        return;
    proxy->is_pumping = true;
    for (guint i = 0; i < proxy->passages->len;) {
        struct passage *passage = proxy->passages->pdata[i];
        int64_t one = passage_pump(passage, now);
        if (passage->is_over) {
            g_ptr_array_remove_index(proxy->passages, i);
            continue;
        }
        wake = one < wake ? one : wake;
        i++;
    }
    proxy->is_pumping = false;
    alarm_set(&proxy->alarm, wake);
}

int64_t proxy_window(const struct proxy *proxy, enum flow flow)
{
    return proxy->spec->window > 0 ? proxy->spec->window : shaper_window(&proxy->shapers[flow]);
}

int64_t proxy_resumes(const struct proxy *proxy, enum flow flow, int64_t due)
{
    if (proxy->silences[flow] > 0)
        return TIME_NEVER;
    return due > proxy->resumes_at[flow] ? due : proxy->resumes_at[flow];
}

bool proxy_is_silent(const struct proxy *proxy, enum flow flow, int64_t now)
{
    return proxy_resumes(proxy, flow, now) > now;
}

struct passage *proxy_find(const struct proxy *proxy, uint16_t port)
{
    for (guint i = 0; i < proxy->passages->len; i++) {
        struct passage *passage = proxy->passages->pdata[i];
        if (passage->port == port && port != 0)
            return passage;
    }
    return NULL;
}

/* ---- faults ---- */

void proxy_cut(struct proxy *proxy, struct cut cut, bool refuses)
{
    proxy->cuts += refuses;
    listen_as_due(proxy);
    for (guint i = 0; i < proxy->passages->len; i++)
        passage_cut(proxy->passages->pdata[i], cut);
    proxy_pump(proxy);
}

void proxy_uncut(struct proxy *proxy)
{
    proxy->cuts -= proxy->cuts > 0;
    listen_as_due(proxy);
}

void proxy_silence(struct proxy *proxy, enum flow flow)
{
    if (proxy->silences[flow]++ == 0)
        proxy->silent_since[flow] = clock_now();
}

void proxy_unsilence(struct proxy *proxy, enum flow flow)
{
    if (proxy->silences[flow] == 0 || --proxy->silences[flow] > 0)
        return;
    /* On TCP what was lost goes on at its next retransmission. The first lost segment is taken to
     * be one of the moment in which the silence began: heartbeats and writes are frequent. */
    if (proxy->spec->kind == LINK_TCP)
        proxy->resumes_at[flow] =
            tcp_resumes(proxy->silent_since[flow], clock_now(), 2 * proxy->shapers[flow].latency);
    proxy_pump(proxy);
}

void proxy_change(struct proxy *proxy, int64_t bandwidth, int64_t latency)
{
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        struct shaper *shaper = &proxy->shapers[flow];
        shaper->bandwidth = bandwidth >= 0 ? bandwidth : shaper->bandwidth;
        shaper->latency = latency >= 0 ? latency : shaper->latency;
        shaper->free_at = 0;
    }
    proxy_pump(proxy);
}

void proxy_heal(struct proxy *proxy)
{
    proxy->cuts = 0;
    listen_as_due(proxy);
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        if (proxy->silences[flow] > 1)
            proxy->silences[flow] = 1;
        proxy_unsilence(proxy, flow);
    }
    proxy_change(proxy, proxy->spec->bandwidth, proxy->spec->latency);
}
