/* One run of a scenario as lists to compare: of each node, its resynchronisations in order. */
#ifndef PSYNCSIM_CLI_EXPLAIN_RUN_H
#define PSYNCSIM_CLI_EXPLAIN_RUN_H

#include <glib.h>
#include <stdint.h>
#include "models/server/config.h"
#include "sim/incident/spared.h"

struct node_run {
    char *name;
    GString *list;               /* "full [requested] online, ..." */
    int64_t away_ns;             /* without a link, in all of them */
    int64_t causes[SPARE_COUNT]; /* how often each was the cause */
    struct config config;        /* in force at the beginning */
};

/* Appends "KIND [REASON] OUTCOME". */
void explain_run_append(GString *list, const char *kind, const char *reason, const char *outcome);

/* Runs the scenario with `overrides` (as --set has them, NULL ends the list; NULL: none); `path` stands in messages. GArray of struct node_run, for explain_run_free; NULL
 * after words on stderr, and *code is then the exit code. */
GArray *explain_run(const char *path, const GString *text, const char *const *overrides, int *code);
void explain_run_free(GArray *nodes);

#endif
