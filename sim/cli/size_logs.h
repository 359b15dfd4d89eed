/* --logs of psyncsim size: servers' logs as the case that is asked about. */
#ifndef PSYNCSIM_CLI_SIZE_LOGS_H
#define PSYNCSIM_CLI_SIZE_LOGS_H

#include <glib.h>
#include "sim/study/input/input.h"

/* Its `input` borrows from the rest. */
struct size_logs {
    struct input_logs input;
    char *values[7]; /* owned */
    GString *outages, *offsets;
};

/* Reads the files, ended by NULL; `conf` (NULL: none) gives repl-timeout, by which a silence began
 * before it was noticed. EXIT_HELD, or an exit code after words on stderr; to be cleared in any case. */
int size_logs_read(struct size_logs *logs, const GPtrArray *files, const char *conf);
void size_logs_clear(struct size_logs *logs);

#endif
