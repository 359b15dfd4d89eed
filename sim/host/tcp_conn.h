/* One TCP connection of a host, over libuv: bytes come in, bytes go out, and it ends once.
 *
 * Hooks are never called from within a call of this header, and none after tcp_conn_close; there
 * the connection frees itself when libuv lets go of it, so that a hook may close its own. */
#ifndef PSYNCSIM_HOST_TCP_CONN_H
#define PSYNCSIM_HOST_TCP_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <uv.h>

#define TCP_CONN_READ_MAX 65536

/* Bytes that may wait for the socket. While more do, the peer, who does not read, is not read
 * either: its own socket fills, and what it may ask for is bounded. A stream waits by itself
 * (tcp_conn_pending) and stays far below. */
#define TCP_CONN_PENDING_MAX (1 << 20)

struct tcp_conn;

struct tcp_conn_hooks {
    void (*opened)(void *user);            /* of tcp_conn_dial: the connection stands */
    void (*failed)(void *user, int error); /* of tcp_conn_dial: it does not; a libuv error */
    void (*bytes)(void *user, const char *bytes, size_t len); /* at most read_max of them */
    void (*ended)(void *user, int error);                     /* by the peer: UV_EOF, or reset */
    void (*drained)(void *user); /* all that was written is in the socket */
};

/* hooks is borrowed for the life of the connection, the address for the call. read_max: 1 to
 * TCP_CONN_READ_MAX. NULL and *error (a libuv error) when there is no socket to be had. */
struct tcp_conn *tcp_conn_dial(uv_loop_t *loop, const struct sockaddr *address, size_t read_max,
                               const struct tcp_conn_hooks *hooks, void *user);

/* Takes the connection that waits at the listener; NULL when it is gone again. */
struct tcp_conn *tcp_conn_accept(uv_tcp_t *listener, size_t read_max,
                                 const struct tcp_conn_hooks *hooks, void *user);

/* Everything is sent in order, at once if the socket takes it, else later. */
void tcp_conn_write(struct tcp_conn *tcp_conn, const char *bytes, size_t len);

/* While it is held nothing is read, not even its end: what comes waits in the kernel, then at the peer. */
void tcp_conn_hold(struct tcp_conn *tcp_conn, bool is_held);

/* Bytes that the socket did not take yet; the hook `drained` is called when it becomes 0. */
size_t tcp_conn_pending(const struct tcp_conn *tcp_conn);

/* The peer's address, without its port, for people. size >= 46. */
void tcp_conn_peer(const struct tcp_conn *tcp_conn, char *out, size_t size);

void tcp_conn_close(struct tcp_conn *tcp_conn);

#endif
