/* Loopback sockets that do not block. */
#ifndef PSYNCSIM_LIVE_RELAY_SOCKET_H
#define PSYNCSIM_LIVE_RELAY_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#define SOCKET_SEGMENT 1448 /* as on Ethernet: with the loopback's own, buffers are megabytes */

/* A port that was free a moment ago, and that no connection gets by itself; 0 with errno set when
 * there is none. *cursor: where to look next; 0 at first. */
uint16_t socket_free_port(uint32_t *cursor);

/* Listens there, with small segments, a small send buffer and a receive buffer of that size, which
 * the accepted ones get too; 0: all as the system has it. -1 with errno set. */
int socket_listen(uint16_t port, int receive_buffer);
int socket_accept(int listener);

/* Begins to connect; -1 when that is refused at once. */
int socket_dial(uint16_t port, int receive_buffer);

/* The socket's own port, and the other side's; 0 when it has none. */
uint16_t socket_port(int fd);
uint16_t socket_peer_port(int fd);

/* Closes it so that the other side gets a reset. */
void socket_abort(int fd);

#endif
