/* See server_process.h. */
#include "sim/live/run/server_process.h"

#include <errno.h>
#include <fcntl.h>
#include <hiredis/adapters/libuv.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECT_S 10

bool server_init(struct server *server, const struct reaper *reaper, uv_loop_t *loop, uint16_t port)
{
    server->reaper = reaper;
    server->loop = loop;
    server->config = server->spec->config;
    server->log_fd = -1;
    server->log = g_string_new(NULL);
    server->port = port;
    snprintf(server->dir, sizeof server->dir, "%s/%s", reaper->dir, server->spec->name);
    return server->port != 0 && mkdir(server->dir, 0700) == 0;
}

/* ---- its configuration ---- */

/* Save points that nobody gave never come due by themselves, as they do not in a simulated run. */
static void add_directive(const struct server *server, int directive, GString *out)
{
    char value[CONFIG_TEXT_MAX];
    const char *name = program_directive(server->program, directive);
    if (name == NULL)
        return;
    if (directive == CONFIG_save_points && server->config.save_rule.count == 0) {
        g_string_append(out,
                        server->config.save_points ? "save 1000000 1000000000\n" : "save \"\"\n");
        return;
    }
    config_print(&server->config, directive, value, sizeof value);
    g_string_append_printf(out, "%s %s\n", name, value);
}

static bool write_config(const struct server *server, const char *path)
{
    GString *text = g_string_new("bind 127.0.0.1\nprotected-mode no\ndaemonize no\nlogfile \"\"\n"
                                 "loglevel notice\nrdbcompression no\ntcp-backlog 128\n");
    g_string_append_printf(text, "port %u\ndir %s\n%s", server->port, server->dir,
                           program_turns_off(server->program));
    for (int directive = 0; directive < CONFIG_COUNT; directive++)
        add_directive(server, directive, text);
    if (server->announced != 0)
        g_string_append_printf(text, "slave-announce-port %u\n", server->announced);
    if (server->master_port != 0)
        g_string_append_printf(text, "slaveof 127.0.0.1 %u\n", server->master_port);
    bool ok = g_file_set_contents(path, text->str, (gssize)text->len, NULL);
    g_string_free(text, TRUE);
    return ok;
}

/* ---- its process ---- */

static _Noreturn void become(const struct server *server, const char *config, int log, pid_t parent)
{
    int null = open("/dev/null", O_RDONLY);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (!reaper_enter(server->reaper, parent) || dup2(null, 0) < 0 || dup2(log, 1) < 0 ||
        dup2(log, 2) < 0)
        _exit(127);
    execl(server->program->path, server->program->path, config, (char *)NULL);
    _exit(127);
}

static void log_event(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    server_read_log(poll->data);
}

static void free_poll(uv_handle_t *handle)
{
    g_free(handle);
}

static void open_log(struct server *server, int fd)
{
    server->log_fd = fd;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    server->log_poll = g_new0(uv_poll_t, 1);
    uv_poll_init(server->loop, server->log_poll, fd);
    server->log_poll->data = server;
    uv_poll_start(server->log_poll, UV_READABLE, log_event);
}

static void close_log(struct server *server)
{
    if (server->log_fd < 0)
        return;
    uv_poll_stop(server->log_poll);
    uv_close((uv_handle_t *)server->log_poll, free_poll);
    close(server->log_fd);
    server->log_fd = -1;
    server->log_poll = NULL;
}

bool server_launch(struct server *server)
{
    int ends[2];
    char *path = g_build_filename(server->dir, "server.conf", NULL);
    pid_t parent = getpid();
    bool ok = write_config(server, path) && pipe(ends) == 0;
    if (ok) {
        fcntl(ends[0], F_SETFD, FD_CLOEXEC);
        fcntl(ends[1], F_SETFD, FD_CLOEXEC);
        server->pid = fork();
        if (server->pid == 0)
            become(server, path, ends[1], parent);
        close(ends[1]);
        ok = server->pid > 0;
        close_log(server);
        open_log(server, ends[0]);
    }
    g_free(path);
    server->pid = ok ? server->pid : 0;
    server->may_end = server->is_paused = server->is_serving = false;
    return ok;
}

static void keep_line(struct server *server, const char *line)
{
    guint slot = server->line_count++ % SERVER_LAST_LINES;
    g_free(server->last_lines[slot]);
    server->last_lines[slot] = g_strdup(line);
}

static void take_lines(struct server *server)
{
    char *end;
    while ((end = memchr(server->log->str, '\n', server->log->len)) != NULL) {
        size_t len = (size_t)(end - server->log->str);
        char *line = g_strndup(server->log->str, len);
        g_string_erase(server->log, 0, (gssize)len + 1);
        keep_line(server, line);
        server->said(server, line);
        g_free(line);
    }
}

void server_read_log(struct server *server)
{
    char bytes[8192];
    ssize_t got = 0;
    while (server->log_fd >= 0 && (got = read(server->log_fd, bytes, sizeof bytes)) > 0) {
        g_string_append_len(server->log, bytes, got);
        take_lines(server);
    }
    if (got == 0)
        close_log(server);
}

/* ---- commands ---- */

static void disconnected(const redisAsyncContext *context, int status)
{
    struct server *server = context->data;
    (void)status;
    if (server->control == context)
        server->control = NULL;
}

bool server_connect(struct server *server)
{
    redisAsyncContext *context = redisAsyncConnect("127.0.0.1", server->port);
    if (context == NULL || context->err != 0 ||
        redisLibuvAttach(context, server->loop) != REDIS_OK) {
        if (context != NULL)
            redisAsyncFree(context);
        return false;
    }
    context->data = server;
    server->control = context;
    redisAsyncSetDisconnectCallback(context, disconnected);
    return true;
}

bool server_command(struct server *server, redisCallbackFn *done, void *user, const char *format,
                    ...)
{
    va_list args;
    if (server->control == NULL)
        return false;
    va_start(args, format);
    int status = redisvAsyncCommand(server->control, done, user, format, args);
    va_end(args);
    return status == REDIS_OK;
}

redisContext *server_talk(const struct server *server)
{
    struct timeval limit = {.tv_sec = CONNECT_S};
    redisContext *context = redisConnectWithTimeout("127.0.0.1", server->port, limit);
    if (context != NULL && context->err == 0)
        return context;
    if (context != NULL)
        redisFree(context);
    return NULL;
}

/* ---- its end ---- */

static void drop_control(struct server *server)
{
    redisAsyncContext *context = server->control;
    server->control = NULL;
    if (context != NULL)
        redisAsyncFree(context);
}

void server_ended(struct server *server)
{
    server_read_log(server);
    close_log(server);
    drop_control(server);
    g_string_truncate(server->log, 0);
    server->pid = 0;
    server->is_serving = server->is_paused = false;
}

void server_signal(struct server *server, int signal)
{
    if (server->pid > 0)
        kill(server->pid, signal);
}

void server_kill(struct server *server)
{
    if (server->pid <= 0)
        return;
    kill(-server->pid, SIGKILL);
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server_ended(server);
}

void server_clear(struct server *server)
{
    if (server->log == NULL)
        return;
    server_kill(server);
    close_log(server);
    drop_control(server);
    g_string_free(server->log, TRUE);
    server->log = NULL;
    for (int i = 0; i < SERVER_LAST_LINES; i++)
        g_free(server->last_lines[i]);
}

char *server_data_file(const struct server *server)
{
    return g_build_filename(server->dir, "dump.rdb", NULL);
}
