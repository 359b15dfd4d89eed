/* Another process' socket. */
#ifndef PSYNCSIM_LIVE_RUN_PEER_SOCKET_H
#define PSYNCSIM_LIVE_RUN_PEER_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The socket `fd` of the process `pid`, our child, if its other end has `port`: its kernel keeps at
 * most about `bytes` that were not acknowledged, from now on. Servers leave that to Linux, whose
 * buffers grow to megabytes where nothing is lost, and what they swallow is not in the output
 * buffer. False where it cannot be had: then buffers are as large as they are. */
bool peer_socket_limit_send_buffer(pid_t pid, int fd, uint16_t port, int64_t bytes);

/* The socket of that process whose own port is `own_port` and whose other end is `port`: its kernel
 * takes at most about `bytes` that the process has not read, from now on. False as above. */
bool peer_socket_limit_receive_buffer(pid_t pid, uint16_t own_port, uint16_t port, int64_t bytes);

#endif
