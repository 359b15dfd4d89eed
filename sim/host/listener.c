/* See listener.h. A libuv handle cannot be opened twice, so each opening has one of its own. */
#include "sim/host/listener.h"

#include <glib.h>
#include <netinet/in.h>
#include <string.h>

#define WAITING 64 /* connections that wait to be accepted */

struct listener {
    uv_loop_t *loop;
    const struct places *places;
    listener_hook *hook;
    void *user;
    uv_tcp_t *tcp; /* NULL: closed */
    int port;
};

struct listener *listener_new(uv_loop_t *loop, const struct places *places, listener_hook *hook,
                              void *user)
{
    struct listener *listener = g_new0(struct listener, 1);
    *listener = (struct listener){.loop = loop, .places = places, .hook = hook, .user = user};
    return listener;
}

static void free_handle(uv_handle_t *handle)
{
    g_free(handle);
}

void listener_close(struct listener *listener)
{
    if (listener->tcp != NULL)
        uv_close((uv_handle_t *)listener->tcp, free_handle);
    listener->tcp = NULL;
}

void listener_free(struct listener *listener)
{
    listener_close(listener);
    g_free(listener);
}

static void set_port(struct sockaddr_storage *address, int port)
{
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
}

static int read_port(const uv_tcp_t *tcp)
{
    struct sockaddr_storage address = {0};
    int len = sizeof address;
    uv_tcp_getsockname(tcp, (struct sockaddr *)&address, &len);
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

static void take(uv_stream_t *stream, int error)
{
    struct listener *listener = stream->data;
    if (error == 0)
        listener->hook(listener->user, (uv_tcp_t *)stream);
}

static int open_at(struct listener *listener, struct sockaddr_storage address)
{
    uv_tcp_t *tcp = g_new0(uv_tcp_t, 1);
    uv_tcp_init(listener->loop, tcp);
    tcp->data = listener;
    listener->tcp = tcp;
    if (listener->port != 0)
        set_port(&address, listener->port);
    int error = uv_tcp_bind(tcp, (struct sockaddr *)&address, 0);
    if (error == 0)
        error = uv_listen((uv_stream_t *)tcp, WAITING, take);
    if (error == 0)
        listener->port = read_port(tcp);
    else
        listener_close(listener);
    return error;
}

const char *listener_open(struct listener *listener)
{
    int error = 0;
    for (size_t i = 0; i < listener->places->count && listener->tcp == NULL; i++)
        error = open_at(listener, listener->places->list[i]);
    return error != 0 && listener->tcp == NULL ? uv_strerror(error) : NULL;
}

int listener_port(const struct listener *listener)
{
    return listener->port;
}
