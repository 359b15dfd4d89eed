/* What the replay of an incident needs for a cause to be gone: found by runs of it, not by lines. */
#ifndef PSYNCSIM_INCIDENT_SPARED_H
#define PSYNCSIM_INCIDENT_SPARED_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum spare {
    SPARE_BACKLOG, /* repl-backlog-size, bytes: nobody is refused for lack of backlog */
    SPARE_LIMIT,   /* hard output-buffer limit, bytes, the soft one off: nobody is closed by it */
    SPARE_TIMEOUT, /* repl-timeout, seconds: nobody gives up */
    SPARE_COUNT
};

struct spared {
    bool is_run;  /* there was a replay */
    bool is_same; /* it gave the story of the logs; else its values are guesses */
    struct spared_value {
        bool has_cause; /* the replay shows the cause as things were */
        int64_t value;  /* smallest, to a thirty-second of it; 0: none that was tried is enough */
        int64_t runs;
    } values[SPARE_COUNT];
};

/* "; ~ 2 MB in the replay (11 runs)", or nothing where it has nothing to add. */
void spared_print(const struct spared *spared, enum spare what, GString *text);

/* " (~ 2 097 152 bytes, by the replay)", or nothing. */
void spared_print_value(const struct spared *spared, enum spare what, GString *text);

#endif
