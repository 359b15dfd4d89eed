/* Where a host is listened for: one port that can be left and taken again. */
#ifndef PSYNCSIM_HOST_LISTENER_H
#define PSYNCSIM_HOST_LISTENER_H

#include <uv.h>
#include "sim/host/address.h"

struct listener;

/* A connection waits: take it with uv_accept. */
typedef void listener_hook(void *user, uv_tcp_t *tcp);

/* Closed at first. `places` is borrowed: the first that can be had is taken; port 0 is any free
 * one, and the same again the next time. */
struct listener *listener_new(uv_loop_t *loop, const struct places *places, listener_hook *hook,
                              void *user);
void listener_free(struct listener *listener);

/* NULL (also when it is open already), or what the system says, static. */
const char *listener_open(struct listener *listener);
void listener_close(struct listener *listener);
int listener_port(const struct listener *listener); /* 0 until it was open once */

#endif
