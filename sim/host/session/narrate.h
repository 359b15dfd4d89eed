/* The lines of a session: when, who, which way, what was said, and what it means.
 *
 *     0:00.001  -> PSYNC ? -1                     it holds nothing: it asks for everything
 *     0:00.002  <- +FULLRESYNC 8a3c… 1234         a payload comes, ...
 *
 * What was said is shown as words, with what cannot be printed escaped, and shortened; or, raw,
 * byte for byte. A password is shown in neither. */
#ifndef PSYNCSIM_HOST_SESSION_NARRATE_H
#define PSYNCSIM_HOST_SESSION_NARRATE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum way {
    WAY_OUT,  /* -> */
    WAY_IN,   /* <- */
    WAY_HERE, /* something on this side */
    WAY_GOOD, /* a result: online */
    WAY_BAD   /* a result: an end */
};

struct narrator {
    FILE *out; /* borrowed; NULL: silent */
    bool is_coloured, is_raw;
};

struct line {
    int64_t t;
    const char *who; /* "" for a session with one connection */
    enum way way;
    const char *said; /* printable */
    const char *why;  /* "" for none */
};

void narrate(const struct narrator *narrator, const struct line *line);

/* Free text below a line, in its last column's place: an explanation. */
void narrate_more(const struct narrator *narrator, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* One command or line of the wire, with its end, as a line shows it; *why is what it means, static,
 * or "" where only the machine knows. Free with g_free. */
char *narrate_bytes(const struct narrator *narrator, const char *bytes, size_t len,
                    const char **why);

/* The length of the first command or line in the bytes: all of them if none is complete. */
size_t narrate_first(const char *bytes, size_t len);

#endif
