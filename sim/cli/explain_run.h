/* One run of a scenario as lists to compare: of each node, its resynchronisations in order. */
#ifndef PSYNCSIM_CLI_EXPLAIN_RUN_H
#define PSYNCSIM_CLI_EXPLAIN_RUN_H

#include <glib.h>
#include <stdint.h>

struct node_run {
    char *name;
    GString *list;   /* "full [requested] online, ..." */
    int64_t away_ns; /* without a link, in all of them */
};

/* Appends "KIND [REASON] OUTCOME". */
void explain_run_append(GString *list, const char *kind, const char *reason, const char *outcome);

/* Runs the scenario; `path` stands in messages. GArray of struct node_run, for explain_run_free; NULL
 * after words on stderr, and *code is then the exit code. */
GArray *explain_run(const char *path, const GString *text, int *code);
void explain_run_free(GArray *nodes);

#endif
