#include "tests/wire/server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERVERS_MAX 4

static struct server *running[SERVERS_MAX];

/* The environment's REDIS_SERVER names another one. */
static const char *program(void)
{
    const char *named = getenv("REDIS_SERVER");
    return named != NULL ? named : "/usr/bin/redis-server";
}

static void stop_all(void)
{
    for (size_t i = 0; i < SERVERS_MAX; i++) {
        if (running[i] != NULL)
            server_stop(running[i]);
    }
}

void give_up(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("FAILED: ", stdout);
    vprintf(format, args);
    fputc('\n', stdout);
    va_end(args);
    exit(EXIT_FAILURE);
}

bool server_exists(void)
{
    const char *ci = getenv("CI");
    if (access(program(), X_OK) == 0)
        return true;
    printf("SKIPPED: there is no %s, so nothing was held against a real server\n", program());
    if (ci != NULL && strcmp(ci, "true") == 0)
        give_up("and CI must not skip it");
    return false;
}

const char *server_two_connections(struct server *server)
{
    if (strcmp(server_ask(server, "CONFIG SET repl-rdb-channel yes"), "OK") == 0)
        return "redis-8.0";
    if (strcmp(server_ask(server, "CONFIG SET dual-channel-replication-enabled yes"), "OK") == 0)
        return "valkey-8.1";
    return NULL;
}

int64_t wire_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool wire_wait(int fd, short events, int timeout_ms)
{
    struct pollfd item = {.fd = fd, .events = events};
    int ready = poll(&item, 1, timeout_ms);
    require(ready >= 0 || errno == EINTR, "poll: %s", strerror(errno));
    return ready > 0;
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void set_nonblocking(int fd)
{
    int one = 1;
    require(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl: %s", strerror(errno));
    require(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0, "fcntl: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

int wire_dial(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    require(fd >= 0, "socket: %s", strerror(errno));
    set_nonblocking(fd);
    int result = connect(fd, (struct sockaddr *)&address, sizeof address);
    require(result == 0 || errno == EINPROGRESS || errno == ECONNREFUSED, "connect: %s",
            strerror(errno));
    return fd;
}

int wire_listen(int *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    require(fd >= 0, "socket: %s", strerror(errno));
    set_nonblocking(fd);
    require(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind: %s",
            strerror(errno));
    require(listen(fd, 8) == 0, "listen: %s", strerror(errno));
    require(getsockname(fd, (struct sockaddr *)&address, &size) == 0, "getsockname");
    *port = ntohs(address.sin_port);
    return fd;
}

void wire_write(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = send(fd, bytes, len, MSG_NOSIGNAL);
        if (written < 0 && errno == EAGAIN) {
            require(wire_wait(fd, POLLOUT, WAIT_MS), "the peer does not read");
            continue;
        }
        if (written < 0)
            return;
        bytes += written;
        len -= (size_t)written;
    }
}

/* Starting and stopping */

_Noreturn static void become_server(const struct server *server, pid_t parent)
{
    char port[16];
    snprintf(port, sizeof port, "%d", server->port);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0); /* its saving children end with it */
    if (getppid() != parent || freopen("/dev/null", "w", stdout) == NULL)
        _exit(1);
    execl(program(), program(), "--port", port, "--bind", "127.0.0.1", "--dir", server->dir,
          "--save", "", "--appendonly", "no", "--logfile", "server.log",
          "--repl-ping-replica-period", "3600", "--repl-diskless-sync-delay", "0",
          "--rdbcompression", "no", "--repl-backlog-size", "16384", (char *)NULL);
    _exit(1);
}

/* True when it answers; false when it ended, as when another has taken its port. */
static bool comes_up(struct server *server)
{
    int64_t limit = wire_now() + (int64_t)WAIT_MS * 1000000;
    while (wire_now() < limit) {
        int status = 0;
        int error = 0;
        socklen_t size = sizeof error;
        if (waitpid(server->pid, &status, WNOHANG) == server->pid)
            return false;
        server->control = wire_dial(server->port);
        bool is_done = wire_wait(server->control, POLLOUT, 1000);
        getsockopt(server->control, SOL_SOCKET, SO_ERROR, &error, &size);
        if (is_done && error == 0 && strcmp(server_ask(server, "PING"), "PONG") == 0)
            return true;
        close(server->control);
        poll(NULL, 0, 10);
    }
    give_up("the server does not come up");
}

static void launch(struct server *server)
{
    pid_t parent = getpid();
    close(wire_listen(&server->port));
    fflush(stdout);
    server->pid = fork();
    require(server->pid >= 0, "fork: %s", strerror(errno));
    if (server->pid == 0)
        become_server(server, parent);
}

void server_start(struct server *server)
{
    static bool is_registered;
    size_t slot = 0;
    if (!is_registered)
        atexit(stop_all);
    is_registered = true;
    while (slot < SERVERS_MAX && running[slot] != NULL)
        slot++;
    require(slot < SERVERS_MAX, "too many servers");
    snprintf(server->dir, sizeof server->dir, "/tmp/psyncsim-wire-XXXXXX");
    require(mkdtemp(server->dir) != NULL, "mkdtemp: %s", strerror(errno));
    running[slot] = server;
    for (int attempt = 0; attempt < 5; attempt++) {
        launch(server);
        if (comes_up(server))
            return;
    }
    server->pid = 0;
    give_up("%s ends at once", program());
}

static void empty_dir(const char *path)
{
    char name[512];
    DIR *dir = opendir(path);
    if (dir == NULL)
        return;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(name);
    }
    closedir(dir);
}

/* A child that is just dying may still add a file. */
static void remove_dir(const char *path)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        empty_dir(path);
        if (rmdir(path) == 0 || errno == ENOENT)
            return;
        poll(NULL, 0, 10);
    }
}

void server_stop(struct server *server)
{
    if (server->pid > 0) {
        kill(-server->pid, SIGKILL);
        kill(server->pid, SIGKILL);
        waitpid(server->pid, NULL, 0);
        close(server->control);
    }
    server->pid = 0;
    remove_dir(server->dir);
    for (size_t i = 0; i < SERVERS_MAX; i++) {
        if (running[i] == server)
            running[i] = NULL;
    }
}

/* Commands */

static void read_some(struct server *server, size_t *len)
{
    require(wire_wait(server->control, POLLIN, WAIT_MS), "the server does not answer");
    ssize_t got = recv(server->control, server->reply + *len, sizeof server->reply - 1 - *len, 0);
    require(got > 0, "the server closed the control connection");
    *len += (size_t)got;
    server->reply[*len] = '\0';
}

void server_send(struct server *server, const char *command)
{
    wire_write(server->control, command, strlen(command));
    wire_write(server->control, "\r\n", 2);
}

const char *server_reply(struct server *server)
{
    size_t len = 0;
    char *end = NULL;
    while (end == NULL) {
        read_some(server, &len);
        end = strstr(server->reply, "\r\n");
    }
    if (server->reply[0] != '$' || server->reply[1] == '-') {
        *end = '\0';
        return server->reply + (server->reply[0] == '-' || server->reply[0] == '$' ? 0 : 1);
    }
    size_t size = strtoul(server->reply + 1, NULL, 10);
    size_t head = (size_t)(end - server->reply) + 2;
    while (len < head + size + 2)
        read_some(server, &len);
    server->reply[head + size] = '\0';
    return server->reply + head;
}

const char *server_ask(struct server *server, const char *format, ...)
{
    char command[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    server_send(server, command);
    return server_reply(server);
}

void server_info(struct server *server, const char *field, char *out, size_t size)
{
    char key[64];
    const char *text = server_ask(server, "INFO");
    snprintf(key, sizeof key, "\n%s:", field);
    const char *at = strstr(text, key);
    require(at != NULL, "INFO has no %s", field);
    at += strlen(key);
    snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
}

int64_t server_number(struct server *server, const char *field)
{
    char text[64];
    server_info(server, field, text, sizeof text);
    return strtoll(text, NULL, 10);
}
