/* One node as a real server process: in a directory of its own, on a free loopback port, its log
 * read as it writes it, and a connection for commands. */
#ifndef PSYNCSIM_LIVE_RUN_SERVER_PROCESS_H
#define PSYNCSIM_LIVE_RUN_SERVER_PROCESS_H

#include <glib.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>
#include "sim/live/run/reaper.h"
#include "sim/live/run/program.h"
#include "sim/scenario/scenario.h"

#define SERVER_LAST_LINES 12

struct server {
    const struct scenario_node *spec;
    const struct program *program;
    const struct reaper *reaper;
    uv_loop_t *loop;
    struct config config;     /* what a start writes into its file */
    uint16_t port, announced; /* announced: 0, or how its masters know it instead */
    uint16_t master_port;     /* 0: a master */
    char dir[96];
    pid_t pid; /* 0: not running */
    bool is_serving, is_paused;
    bool may_end; /* it was ordered to, or killed by us */
    int log_fd;
    uv_poll_t *log_poll;
    GString *log; /* a line that is not complete yet */
    char *last_lines[SERVER_LAST_LINES];
    int64_t said_at; /* of its last line, by log_time */
    guint line_count;
    uint32_t moves; /* to another port, because its own was taken */
    redisAsyncContext *control;
    void (*said)(struct server *server, const char *line); /* every whole line of its log */
    void *user;
};

/* Sets it up and makes its directory; nothing runs yet. False with errno set. */
bool server_init(struct server *server, const struct reaper *reaper, uv_loop_t *loop,
                 uint16_t port);

/* Starts the process; it serves later, when its log says so. False with errno set. */
bool server_launch(struct server *server);

/* Reads what is in its log now. */
void server_read_log(struct server *server);

/* Its process was waited for: forgets it. */
void server_ended(struct server *server);

/* Opens the command connection (call when it serves). */
bool server_connect(struct server *server);

/* A command by format as redisvAsyncCommand has it; `done` may be NULL. False when there is no
 * connection. */
bool server_command(struct server *server, redisCallbackFn *done, void *user, const char *format,
                    ...);

/* A blocking connection, for set-up; NULL: none. Free with redisFree. */
redisContext *server_talk(const struct server *server);

/* Kills it, with its children, and waits. Its directory stays. */
void server_kill(struct server *server);
void server_signal(struct server *server, int signal);

/* Ends everything. */
void server_clear(struct server *server);

/* The path of its data file. Free with g_free. */
char *server_data_file(const struct server *server);

#endif
