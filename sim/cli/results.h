/* The output of a run, simulated or live: the trace, and the summary in one of its forms. */
#ifndef PSYNCSIM_CLI_RESULTS_H
#define PSYNCSIM_CLI_RESULTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "sim/cli/cli.h"
#include "sim/report/report.h"
#include "sim/scenario/scenario_read.h"

/* What the command line wants. Embed it as `results`; results_option.def has the rows for it, and
 * the file is an operand. */
struct results {
    const char *command;      /* "run"; set by the command */
    const char *file, *trace; /* the scenario; trace NULL: none */
    const char *html;         /* the page of the run; NULL: none */
    const char *perfetto;     /* the run in the format of Chrome's tracing; NULL: not wanted */
    bool json, explain, reveal, heartbeats;
    bool is_quiet; /* the page is all that is wanted */
    int64_t seed;  /* -1: the scenario's */
    GPtrArray *overrides;
    const GPtrArray *servers;  /* of `live`, for the command that repeats it; NULL: none */
    struct scenario_text text; /* of the file, once it is read; results_clear frees it */
};

/* The scenario with what --set changes; NULL after words on stderr. */
struct scenario *results_read(struct results *results);

/* The same once more, on other servers: versions by node, NULL: as it says. */
struct scenario *results_read_on(const struct results *results, const char *const *servers);
void results_clear(struct results *results);
uint64_t results_seed(const struct results *results, const struct scenario *scenario);

/* The command that gives the same again. Free with g_free. */
char *results_repeat(const struct results *results, const struct report *report);

/* Opens the trace, lets `run` fill the report (its code: EXIT_HELD when all went well), and puts
 * out what was wanted: all of it, or nothing. Returns an exit code. */
typedef int results_run(void *user, struct report *report);
int results_write(const struct results *results, struct report *report, results_run *run,
                  void *user);

#endif
