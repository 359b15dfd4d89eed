/* See tcp_conn.h. What the socket does not take at once is copied into a request of its own. */
#include "sim/host/tcp_conn.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

struct tcp_conn {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_timer_t later; /* reports a failure of tcp_conn_dial after its return */
    int error;
    int open_handles;
    const struct tcp_conn_hooks *hooks;
    void *user;
    bool is_closed, is_paused; /* paused: nothing is read until all is written */
    bool is_held;              /* nor while it is held */
    size_t read_max;
    size_t pending;
    char room[TCP_CONN_READ_MAX];
};

struct parcel {
    uv_write_t request;
    size_t len;
    char bytes[];
};

static struct tcp_conn *tcp_conn_new(uv_loop_t *loop, size_t read_max,
                                     const struct tcp_conn_hooks *hooks, void *user)
{
    struct tcp_conn *tcp_conn = g_new0(struct tcp_conn, 1);
    assert(read_max > 0 && read_max <= TCP_CONN_READ_MAX);
    *tcp_conn =
        (struct tcp_conn){.hooks = hooks, .user = user, .read_max = read_max, .open_handles = 2};
    uv_tcp_init(loop, &tcp_conn->tcp);
    uv_timer_init(loop, &tcp_conn->later);
    tcp_conn->tcp.data = tcp_conn->later.data = tcp_conn;
    return tcp_conn;
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct tcp_conn *tcp_conn = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(tcp_conn->room, (unsigned)tcp_conn->read_max);
}

static void take_bytes(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct tcp_conn *tcp_conn = stream->data;
    if (got > 0)
        tcp_conn->hooks->bytes(tcp_conn->user, buffer->base, (size_t)got);
    else if (got < 0)
        tcp_conn->hooks->ended(tcp_conn->user, (int)got);
    if (tcp_conn->is_closed || tcp_conn->is_paused || tcp_conn->pending <= TCP_CONN_PENDING_MAX)
        return;
    tcp_conn->is_paused = true;
    uv_read_stop((uv_stream_t *)&tcp_conn->tcp);
}

static void read_on(struct tcp_conn *tcp_conn)
{
    tcp_conn->is_paused = false;
    if (tcp_conn->is_held)
        return;
    uv_read_start((uv_stream_t *)&tcp_conn->tcp, give_room, take_bytes);
}

static void begin(struct tcp_conn *tcp_conn)
{
    uv_tcp_nodelay(&tcp_conn->tcp, 1);
    read_on(tcp_conn);
}

static void report_failure(uv_timer_t *timer)
{
    struct tcp_conn *tcp_conn = timer->data;
    tcp_conn->hooks->failed(tcp_conn->user, tcp_conn->error);
}

static void take_connection(uv_connect_t *connect, int error)
{
    struct tcp_conn *tcp_conn = connect->handle->data;
    if (tcp_conn->is_closed)
        return;
    if (error != 0) {
        tcp_conn->hooks->failed(tcp_conn->user, error);
        return;
    }
    begin(tcp_conn);
    tcp_conn->hooks->opened(tcp_conn->user);
}

struct tcp_conn *tcp_conn_dial(uv_loop_t *loop, const struct sockaddr *address, size_t read_max,
                               const struct tcp_conn_hooks *hooks, void *user)
{
    struct tcp_conn *tcp_conn = tcp_conn_new(loop, read_max, hooks, user);
    tcp_conn->error = uv_tcp_connect(&tcp_conn->connect, &tcp_conn->tcp, address, take_connection);
    if (tcp_conn->error != 0)
        uv_timer_start(&tcp_conn->later, report_failure, 0, 0);
    return tcp_conn;
}

struct tcp_conn *tcp_conn_accept(uv_tcp_t *listener, size_t read_max,
                                 const struct tcp_conn_hooks *hooks, void *user)
{
    struct tcp_conn *tcp_conn = tcp_conn_new(listener->loop, read_max, hooks, user);
    if (uv_accept((uv_stream_t *)listener, (uv_stream_t *)&tcp_conn->tcp) != 0) {
        tcp_conn_close(tcp_conn);
        return NULL;
    }
    begin(tcp_conn);
    return tcp_conn;
}

static void take_written(uv_write_t *request, int error)
{
    struct tcp_conn *tcp_conn = request->handle->data;
    struct parcel *parcel = (struct parcel *)request;
    tcp_conn->pending -= parcel->len;
    g_free(parcel);
    if (tcp_conn->is_paused && tcp_conn->pending == 0 && !tcp_conn->is_closed)
        read_on(tcp_conn);
    if (error == 0 && tcp_conn->pending == 0 && !tcp_conn->is_closed)
        tcp_conn->hooks->drained(tcp_conn->user);
}

void tcp_conn_write(struct tcp_conn *tcp_conn, const char *bytes, size_t len)
{
    uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned)len);
    int taken = tcp_conn->pending > 0 ? 0 : uv_try_write((uv_stream_t *)&tcp_conn->tcp, &buffer, 1);
    size_t at = taken > 0 ? (size_t)taken : 0;
    if (at == len)
        return;
    struct parcel *parcel = g_malloc(sizeof *parcel + len - at);
    parcel->len = len - at;
    memcpy(parcel->bytes, bytes + at, parcel->len);
    buffer = uv_buf_init(parcel->bytes, (unsigned)parcel->len);
    if (uv_write(&parcel->request, (uv_stream_t *)&tcp_conn->tcp, &buffer, 1, take_written) == 0)
        tcp_conn->pending += parcel->len;
    else
        g_free(parcel); /* the peer is gone, which reading will show */
}

void tcp_conn_hold(struct tcp_conn *tcp_conn, bool is_held)
{
    if (is_held == tcp_conn->is_held || tcp_conn->is_closed)
        return;
    tcp_conn->is_held = is_held;
    if (is_held)
        uv_read_stop((uv_stream_t *)&tcp_conn->tcp);
    else if (!tcp_conn->is_paused)
        read_on(tcp_conn);
}

size_t tcp_conn_pending(const struct tcp_conn *tcp_conn)
{
    return tcp_conn->pending;
}

void tcp_conn_peer(const struct tcp_conn *tcp_conn, char *out, size_t size)
{
    struct sockaddr_storage address = {0};
    int len = sizeof address;
    int error = uv_tcp_getpeername(&tcp_conn->tcp, (struct sockaddr *)&address, &len);
    g_strlcpy(out, "unknown", size);
    if (error == 0 && address.ss_family == AF_INET6)
        uv_ip6_name((const struct sockaddr_in6 *)&address, out, size);
    else if (error == 0)
        uv_ip4_name((const struct sockaddr_in *)&address, out, size);
}

static void let_go(uv_handle_t *handle)
{
    struct tcp_conn *tcp_conn = handle->data;
    if (--tcp_conn->open_handles == 0)
        g_free(tcp_conn);
}

void tcp_conn_close(struct tcp_conn *tcp_conn)
{
    assert(!tcp_conn->is_closed);
    tcp_conn->is_closed = true;
    uv_close((uv_handle_t *)&tcp_conn->later, let_go);
    uv_close((uv_handle_t *)&tcp_conn->tcp, let_go);
}
