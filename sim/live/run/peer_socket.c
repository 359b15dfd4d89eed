/* See peer_socket.h. */
#define _DEFAULT_SOURCE /* syscall() */
#include "sim/live/run/peer_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FDS_MAX 512 /* file descriptors that are looked at */

static uint16_t port_of(int fd, int (*ask)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    if (ask(fd, (struct sockaddr *)&address, &size) != 0 || address.sin_family != AF_INET)
        return 0;
    return ntohs(address.sin_port);
}

static int own_port_name(int fd, struct sockaddr *address, socklen_t *size)
{
    return getsockname(fd, address, size);
}

static int peer_port_name(int fd, struct sockaddr *address, socklen_t *size)
{
    return getpeername(fd, address, size);
}

static int open_process(pid_t pid)
{
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}

static int copy_of(int process, int fd)
{
#ifdef SYS_pidfd_getfd
    return (int)syscall(SYS_pidfd_getfd, process, fd, 0);
#else
    (void)process;
    (void)fd;
    return -1;
#endif
}

static bool set(int fd, int option, int64_t bytes)
{
    int value = (int)bytes;
    return setsockopt(fd, SOL_SOCKET, option, &value, sizeof value) == 0;
}

bool peer_socket_limit_send_buffer(pid_t pid, int fd, uint16_t port, int64_t bytes)
{
    int process = open_process(pid);
    int copy = process < 0 ? -1 : copy_of(process, fd);
    bool ok = copy >= 0 && port_of(copy, peer_port_name) == port &&
              set(copy, SO_SNDBUF, bytes / 2); /* Linux takes twice what is asked for */
    if (copy >= 0)
        close(copy);
    if (process >= 0)
        close(process);
    return ok;
}

/* Of twice what is asked for Linux gives half to what it needs besides the bytes. */
bool peer_socket_limit_receive_buffer(pid_t pid, uint16_t own_port, uint16_t port, int64_t bytes)
{
    int process = open_process(pid);
    bool is_found = false, ok = false;
    for (int fd = 3; fd < FDS_MAX && process >= 0 && !is_found; fd++) {
        int copy = copy_of(process, fd);
        if (copy < 0)
            continue;
        is_found =
            port_of(copy, own_port_name) == own_port && port_of(copy, peer_port_name) == port;
        ok = is_found && set(copy, SO_RCVBUF, bytes);
        close(copy);
    }
    if (process >= 0)
        close(process);
    return ok;
}
