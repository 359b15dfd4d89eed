/* What a run puts out, simulated or live: the trace, and the summary in one of its forms. */
#ifndef PSYNCSIM_CLI_RESULTS_H
#define PSYNCSIM_CLI_RESULTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "sim/cli/cli.h"
#include "sim/report/report.h"

/* What the command line wants. Embed it; the options are those of RESULTS_OPTIONS. */
struct results {
    const char *command;      /* "run" */
    const char *file, *trace; /* the scenario; trace NULL: none */
    bool json, explain, has_seed;
    int64_t seed;
    GPtrArray *overrides; /* ended by NULL when the arguments are taken */
    GString *more;        /* further options for the command that repeats it; NULL: none */
    int code;             /* when it cannot be had */
};

#define RESULTS_OPTIONS                                                                            \
    {"trace", 't', "FILE",                                                                         \
     "write every event as a line of JSON; - is stdout, without the summary"},                     \
        {"json", 'j', NULL, "the summary as one line of JSON"},                                    \
        {"explain", 'e', NULL, "the whole story of each resynchronisation, with its numbers"},     \
        {"seed", '1', "N", "this seed instead of the scenario's"},                                 \
    {                                                                                              \
        "set", 's', "PATH=VALUE",                                                                  \
            "change the scenario first (config.repl-timeout=30); may be repeated"                  \
    }

void results_init(struct results *results, const char *command);
void results_clear(struct results *results);

/* One of RESULTS_OPTIONS. False: results->code. */
bool results_take_option(struct results *results, int option, const char *value);

/* The operands, when the options are taken. False: results->code. */
bool results_take_operands(struct results *results, const struct cli *cli);

bool results_is_to_stdout(const struct results *results);

/* The scenario with what --set changes; NULL after words on stderr. */
struct scenario *results_read(const struct results *results);
uint64_t results_seed(const struct results *results, const struct scenario *scenario);

/* The command that gives the same again. Free with g_free. */
char *results_repeat(const struct results *results, const struct report *report);

/* Opens the trace, lets `run` fill the report (its code: EXIT_HELD when all went well), and puts
 * out what was wanted: all of it, or nothing. Returns an exit code. */
typedef int results_run(void *user, struct report *report);
int results_write(const struct results *results, struct report *report, results_run *run,
                  void *user);

#endif
