/* The server program of a live run: where it is, which version, which directives it knows. */
#ifndef PSYNCSIM_LIVE_RUN_PROGRAM_H
#define PSYNCSIM_LIVE_RUN_PROGRAM_H

#include <stdbool.h>
#include "models/psync/profile.h"
#include "models/server/config.h"

struct program {
    char *path;                    /* found */
    char version[64];              /* "redis-7.0.15"; "": it did not say */
    const struct profile *profile; /* of that version; NULL: none of ours fits */
};

/* Looks for `name` (a path, or a name in PATH) and asks for its version. False: *wrong says why,
 * free it with g_free. Pair with program_clear. */
bool program_find(struct program *program, const char *name, char **wrong);
void program_clear(struct program *program);

/* The name of that directive as this version knows it; NULL: it does not know it. */
const char *program_directive(const struct program *program, int directive);

/* A line of its configuration for what this version does by default and the simulator does not;
 * "": there is nothing of the kind. */
const char *program_turns_off(const struct program *program);

#endif
