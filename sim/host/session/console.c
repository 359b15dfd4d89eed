/* See console.h. The descriptor stays as it is, blocking: a terminal's is shared with the shell,
 * and with our own stdout. */
#include "sim/host/session/console.h"

#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#define LINE_MAX_BYTES 256

struct console {
    const struct console_hooks *hooks;
    void *user;
    uv_loop_t *loop;
    uv_signal_t signals[2];
    uv_poll_t input;
    bool has_input;
    int open_handles;
    void (*background)(int); /* what SIGTTIN did before */
    size_t len;
    char line[LINE_MAX_BYTES]; /* what is too long is cut */
};

static void take_line(struct console *console)
{
    console->line[console->len] = '\0';
    console->len = 0;
    char *line = g_strstrip(console->line);
    if (line[0] != '\0')
        console->hooks->typed(console->user, line);
}

/* Readable means that a read does not wait. In the background it fails: then nobody types. */
static void take_input(uv_poll_t *input, int error, int events)
{
    struct console *console = input->data;
    char bytes[LINE_MAX_BYTES];
    (void)events;
    ssize_t got = error == 0 ? read(STDIN_FILENO, bytes, sizeof bytes) : 0;
    if (got <= 0) {
        uv_poll_stop(input);
        return;
    }
    for (ssize_t i = 0; i < got; i++) {
        if (bytes[i] == '\n')
            take_line(console);
        else if (console->len < LINE_MAX_BYTES - 1)
            console->line[console->len++] = bytes[i];
    }
}

static void take_signal(uv_signal_t *signal, int number)
{
    struct console *console = signal->data;
    (void)number;
    console->hooks->interrupted(console->user);
}

/* uv_poll_init makes it nonblocking, for which there is no need: what is readable is read once. */
static bool listen_to_input(struct console *console)
{
    uv_handle_type type = uv_guess_handle(STDIN_FILENO);
    int flags = fcntl(STDIN_FILENO, F_GETFL);
    if (type != UV_TTY && type != UV_NAMED_PIPE && type != UV_TCP)
        return false;
    if (uv_poll_init(console->loop, &console->input, STDIN_FILENO) != 0)
        return false;
    fcntl(STDIN_FILENO, F_SETFL, flags);
    console->input.data = console;
    uv_poll_start(&console->input, UV_READABLE, take_input);
    return true;
}

struct console *console_new(uv_loop_t *loop, const struct console_hooks *hooks, void *user)
{
    static const int NUMBERS[] = {SIGINT, SIGTERM};
    struct console *console = g_new0(struct console, 1);
    console->hooks = hooks;
    console->user = user;
    console->loop = loop;
    console->background = signal(SIGTTIN, SIG_IGN);
    for (int i = 0; i < 2; i++) {
        uv_signal_init(loop, &console->signals[i]);
        console->signals[i].data = console;
        uv_signal_start(&console->signals[i], take_signal, NUMBERS[i]);
    }
    console->has_input = listen_to_input(console);
    console->open_handles = console->has_input ? 3 : 2;
    return console;
}

static void let_go(uv_handle_t *handle)
{
    struct console *console = handle->data;
    console->open_handles--;
}

void console_free(struct console *console)
{
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&console->signals[i], let_go);
    if (console->has_input)
        uv_close((uv_handle_t *)&console->input, let_go);
    while (console->open_handles > 0)
        uv_run(console->loop, UV_RUN_NOWAIT);
    signal(SIGTTIN, console->background);
    g_free(console);
}
