/* What a person does to a running host: lines typed (or piped) to stdin, and Ctrl-C. */
#ifndef PSYNCSIM_HOST_SESSION_CONSOLE_H
#define PSYNCSIM_HOST_SESSION_CONSOLE_H

#include <uv.h>

struct console_hooks {
    void (*typed)(void *user, const char *line); /* without its end and outer blanks, not empty */
    void (*interrupted)(void *user);             /* SIGINT or SIGTERM */
};

struct console;

/* stdin is listened to if it is a terminal, a pipe or a socket; its end, and a file, mean that
 * nobody types. In the background nothing is read. Hooks and loop are borrowed. */
struct console *console_new(uv_loop_t *loop, const struct console_hooks *hooks, void *user);

/* Goes round the loop until it is gone. */
void console_free(struct console *console);

#endif
