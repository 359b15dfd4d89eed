/* See socket.h. */
#include "sim/live/relay/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE       64
#define FIRST_PORT  12000 /* … up to 32000, below those that Linux gives to connections */
#define PORTS       20000
#define SEND_BUFFER 16384 /* of the relay towards a receiver: what is inside a link is counted */

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void prepare(int fd)
{
    int one = 1;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void limit_buffers(int fd, int receive_buffer)
{
    int segment = SOCKET_SEGMENT, send = SEND_BUFFER;
    if (receive_buffer == 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send, sizeof send);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
}

static int closed(int fd)
{
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int socket_listen(uint16_t port, int receive_buffer)
{
    struct sockaddr_in address = loopback(port);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    prepare(fd);
    limit_buffers(fd, receive_buffer);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, QUEUE) != 0)
        return closed(fd);
    return fd;
}

int socket_accept(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0)
        prepare(fd);
    return fd;
}

int socket_dial(uint16_t port, int receive_buffer)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    prepare(fd);
    limit_buffers(fd, receive_buffer);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        return closed(fd);
    return fd;
}

uint16_t socket_port(int fd)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    return ntohs(address.sin_port);
}

uint16_t socket_peer_port(int fd)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    return ntohs(address.sin_port);
}

static bool is_free(uint16_t port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

uint16_t socket_free_port(uint32_t *cursor)
{
    if (*cursor == 0)
        *cursor = (uint32_t)getpid() * 101; /* two runs at once begin elsewhere */
    for (int i = 0; i < PORTS; i++) {
        uint16_t port = (uint16_t)(FIRST_PORT + ++*cursor % PORTS);
        if (is_free(port))
            return port;
    }
    return 0;
}

void socket_abort(int fd)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}
