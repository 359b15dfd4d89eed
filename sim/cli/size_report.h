/* The answer of `size`, found and put out: for `size` itself, and for `merge` of its shards. */
#ifndef PSYNCSIM_CLI_SIZE_REPORT_H
#define PSYNCSIM_CLI_SIZE_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/study/size/size_case.h"

struct size_report {
    const char *command; /* "size", for messages */
    const char *svg;     /* a file, "-"; NULL: no picture */
    bool json, plot;
    uint32_t jobs;  /* as worker_pool_new has it */
    bool is_silent; /* a rank that is not the first: it works, and puts nothing out */
};

/* False after words about what does not fit together. */
bool size_report_fits(const struct size_report *report);

/* Answers, and puts out what is wanted. Returns the exit code, after words if it is above 1. */
int size_report(const struct size_report *report, const struct size_case *at);

/* Our bug: what broke, and the command that shows it. Returns the exit code. */
int size_report_broken(const struct size_case *at, const char *broken);

#endif
