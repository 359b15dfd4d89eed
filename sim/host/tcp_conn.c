/* See cable.h. What the socket does not take at once is copied into a request of its own. */
#include "sim/host/tcp_conn.h"

#include <assert.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

struct cable {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_timer_t later; /* reports a failure of cable_dial after its return */
    int error;
    int open_handles;
    const struct cable_hooks *hooks;
    void *user;
    bool is_closed;
    size_t read_max;
    size_t pending;
    char room[CABLE_READ_MAX];
};

struct parcel {
    uv_write_t request;
    size_t len;
    char bytes[];
};

static struct cable *cable_new(uv_loop_t *loop, size_t read_max, const struct cable_hooks *hooks,
                               void *user)
{
    struct cable *cable = g_new0(struct cable, 1);
    assert(read_max > 0 && read_max <= CABLE_READ_MAX);
    *cable = (struct cable){.hooks = hooks, .user = user, .read_max = read_max, .open_handles = 2};
    uv_tcp_init(loop, &cable->tcp);
    uv_timer_init(loop, &cable->later);
    cable->tcp.data = cable->later.data = cable;
    return cable;
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct cable *cable = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(cable->room, (unsigned)cable->read_max);
}

static void take_bytes(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct cable *cable = stream->data;
    if (got > 0)
        cable->hooks->bytes(cable->user, buffer->base, (size_t)got);
    else if (got < 0)
        cable->hooks->ended(cable->user, (int)got);
}

static void begin(struct cable *cable)
{
    uv_tcp_nodelay(&cable->tcp, 1);
    uv_read_start((uv_stream_t *)&cable->tcp, give_room, take_bytes);
}

static void tell_failure(uv_timer_t *timer)
{
    struct cable *cable = timer->data;
    cable->hooks->failed(cable->user, cable->error);
}

static void take_connection(uv_connect_t *connect, int error)
{
    struct cable *cable = connect->handle->data;
    if (cable->is_closed)
        return;
    if (error != 0) {
        cable->hooks->failed(cable->user, error);
        return;
    }
    begin(cable);
    cable->hooks->opened(cable->user);
}

struct cable *cable_dial(uv_loop_t *loop, const struct sockaddr *address, size_t read_max,
                         const struct cable_hooks *hooks, void *user)
{
    struct cable *cable = cable_new(loop, read_max, hooks, user);
    cable->error = uv_tcp_connect(&cable->connect, &cable->tcp, address, take_connection);
    if (cable->error != 0)
        uv_timer_start(&cable->later, tell_failure, 0, 0);
    return cable;
}

struct cable *cable_accept(uv_tcp_t *listener, size_t read_max, const struct cable_hooks *hooks,
                           void *user)
{
    struct cable *cable = cable_new(listener->loop, read_max, hooks, user);
    if (uv_accept((uv_stream_t *)listener, (uv_stream_t *)&cable->tcp) != 0) {
        cable_close(cable);
        return NULL;
    }
    begin(cable);
    return cable;
}

static void take_written(uv_write_t *request, int error)
{
    struct cable *cable = request->handle->data;
    struct parcel *parcel = (struct parcel *)request;
    cable->pending -= parcel->len;
    g_free(parcel);
    if (error == 0 && cable->pending == 0 && !cable->is_closed)
        cable->hooks->drained(cable->user);
}

void cable_write(struct cable *cable, const char *bytes, size_t len)
{
    uv_buf_t buffer = uv_buf_init((char *)bytes, (unsigned)len);
    int taken = cable->pending > 0 ? 0 : uv_try_write((uv_stream_t *)&cable->tcp, &buffer, 1);
    size_t at = taken > 0 ? (size_t)taken : 0;
    if (at == len)
        return;
    struct parcel *parcel = g_malloc(sizeof *parcel + len - at);
    parcel->len = len - at;
    memcpy(parcel->bytes, bytes + at, parcel->len);
    buffer = uv_buf_init(parcel->bytes, (unsigned)parcel->len);
    if (uv_write(&parcel->request, (uv_stream_t *)&cable->tcp, &buffer, 1, take_written) == 0)
        cable->pending += parcel->len;
    else
        g_free(parcel); /* the peer is gone, which reading will tell */
}

size_t cable_pending(const struct cable *cable)
{
    return cable->pending;
}

void cable_peer(const struct cable *cable, char *out, size_t size)
{
    struct sockaddr_storage address = {0};
    int len = sizeof address;
    int error = uv_tcp_getpeername(&cable->tcp, (struct sockaddr *)&address, &len);
    g_strlcpy(out, "unknown", size);
    if (error == 0 && address.ss_family == AF_INET6)
        uv_ip6_name((const struct sockaddr_in6 *)&address, out, size);
    else if (error == 0)
        uv_ip4_name((const struct sockaddr_in *)&address, out, size);
}

static void let_go(uv_handle_t *handle)
{
    struct cable *cable = handle->data;
    if (--cable->open_handles == 0)
        g_free(cable);
}

void cable_close(struct cable *cable)
{
    assert(!cable->is_closed);
    cable->is_closed = true;
    uv_close((uv_handle_t *)&cable->later, let_go);
    uv_close((uv_handle_t *)&cable->tcp, let_go);
}
