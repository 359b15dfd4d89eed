/* See foreign.h. */
#define _DEFAULT_SOURCE /* syscall() */
#include "sim/live/foreign.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool leads_to(int fd, uint16_t port)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    return getpeername(fd, (struct sockaddr *)&address, &size) == 0 &&
           ntohs(address.sin_port) == port;
}

/* Linux takes twice what it is told. */
static bool limit(int fd, uint16_t port, int64_t bytes)
{
    int half = (int)(bytes / 2);
    return leads_to(fd, port) && setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &half, sizeof half) == 0;
}

bool foreign_limit_send_buffer(pid_t pid, int fd, uint16_t port, int64_t bytes)
{
    bool ok = false;
#if defined SYS_pidfd_open && defined SYS_pidfd_getfd
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int copy = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    if (copy >= 0) {
        ok = limit(copy, port, bytes);
        close(copy);
    }
    if (process >= 0)
        close(process);
#else
    (void)pid;
    (void)fd;
    (void)port;
    (void)bytes;
#endif
    return ok;
}
