/* Another process' socket. */
#ifndef PSYNCSIM_LIVE_RUN_PEER_SOCKET_H
#define PSYNCSIM_LIVE_RUN_PEER_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Limits the send buffer of the socket `fd` of our child `pid`, if its other end has `port`: from now
 * on its kernel keeps at most about `bytes` that were not acknowledged. Servers leave the size to
 * Linux, whose buffers grow to megabytes on loopback, and bytes in them are missing from the output
 * buffer. False if the socket cannot be had; then its buffers stay as they are. */
bool peer_socket_limit_send_buffer(pid_t pid, int fd, uint16_t port, int64_t bytes);

/* Limits the receive buffer of the socket of that process from `own_port` to `port`: from now on its
 * kernel takes at most about `bytes` that the process has not read. False as above. */
bool peer_socket_limit_receive_buffer(pid_t pid, uint16_t own_port, uint16_t port, int64_t bytes);

#endif
