/* One TCP connection of a host, over libuv: bytes come in, bytes go out, and it ends once.
 *
 * Hooks are never called from within a call of this header, and none after cable_close; there the
 * cable frees itself when libuv lets go of it, so that a hook may close its own cable. */
#ifndef PSYNCSIM_LIVE_CABLE_H
#define PSYNCSIM_LIVE_CABLE_H

#include <stddef.h>
#include <sys/socket.h>
#include <uv.h>

#define CABLE_READ_MAX 65536

struct cable;

struct cable_hooks {
    void (*opened)(void *user);            /* of cable_dial: the connection stands */
    void (*failed)(void *user, int error); /* of cable_dial: it does not; a libuv error */
    void (*bytes)(void *user, const char *bytes, size_t len); /* at most read_max of them */
    void (*ended)(void *user, int error);                     /* by the peer: UV_EOF, or reset */
    void (*drained)(void *user); /* all that was written is in the socket */
};

/* hooks is borrowed for the life of the cable, the address for the call. read_max: 1 to
 * CABLE_READ_MAX. NULL and *error (a libuv error) when there is no socket to be had. */
struct cable *cable_dial(uv_loop_t *loop, const struct sockaddr *address, size_t read_max,
                         const struct cable_hooks *hooks, void *user);

/* Takes the connection that waits at the listener; NULL when it is gone again. */
struct cable *cable_accept(uv_tcp_t *listener, size_t read_max, const struct cable_hooks *hooks,
                           void *user);

/* Everything is sent in order, at once if the socket takes it, else later. */
void cable_write(struct cable *cable, const char *bytes, size_t len);

/* Bytes that the socket did not take yet; the hook `drained` is called when it becomes 0. */
size_t cable_pending(const struct cable *cable);

/* The peer's address, without its port, for people. size >= 46. */
void cable_peer(const struct cable *cable, char *out, size_t size);

void cable_close(struct cable *cable);

#endif
