/* A real redis-server for a test: started on a free loopback port in a directory of its own, ended
 * with the test whatever happens to it. Every wait is bounded; what takes longer ends the test with
 * a message. */
#ifndef PSYNCSIM_TESTS_SERVER_H
#define PSYNCSIM_TESTS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WAIT_MS 10000 /* the longest wait for anything */

struct server {
    pid_t pid;
    int port;
    int control; /* a client connection */
    char dir[64];
    char reply[65536];
};

/* Ends the program with exit code 1 and removes the servers. */
_Noreturn void give_up(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* give_up unless it holds. */
#define require(condition, ...) ((condition) ? (void)0 : give_up(__VA_ARGS__))

/* False when there is no redis-server: says so loudly, and ends the program with failure where
 * CI=true. */
bool server_exists(void);

void server_start(struct server *server);
void server_stop(struct server *server);

/* One command, inline. Returns the reply's text, valid until the next; errors begin with '-'. */
const char *server_ask(struct server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same in two steps, for commands that are answered later. */
void server_send(struct server *server, const char *command);
const char *server_reply(struct server *server);

/* A field of INFO, as text or number. */
void server_info(struct server *server, const char *field, char *out, size_t size);
int64_t server_number(struct server *server, const char *field);

/* Turns on full synchronisations over two connections; the profile that has them as this server
 * does. NULL: the server has one connection only. */
const char *server_two_connections(struct server *server);

int64_t wire_now(void);     /* ns, monotonic */
int wire_dial(int port);    /* begins to connect, does not block */
int wire_listen(int *port); /* on a free loopback port */
bool wire_wait(int fd, short events, int timeout_ms);
void wire_write(int fd, const char *bytes, size_t len); /* all of it, or none if the peer is gone */

#endif
