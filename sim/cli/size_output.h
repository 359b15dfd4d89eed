/* The answer of `size`, printed: for `size` itself, and for `merge` of its shards. */
#ifndef PSYNCSIM_CLI_SIZE_OUTPUT_H
#define PSYNCSIM_CLI_SIZE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/study/size/size_case.h"

struct size_output {
    const char *svg;  /* a file, "-"; NULL: no picture */
    const char *html; /* the same of a page; of no shards */
    const char *
        scenario; /* the scenario that was asked goes there, "-" is stdout, without the answer; NULL: nowhere */
    bool json, plot, details;
    int64_t jobs; /* 0: one per processor */
};

/* Rules of option.h for the options of these names. */
#define SIZE_OUTPUT_RULES                                                                          \
    EXCLUDES("json", "plot", NULL), EXCLUDES("json", "svg -", "both write to stdout"),             \
        EXCLUDES("json", "details", "JSON has everything")

/* Answers and prints. Under MPI all ranks must call it; where not `is_first`, it prints nothing.
 * Returns the exit code, after words if it is above 1. */
int size_output_answer(const struct size_output *output, const struct size_case *at, bool is_first);

#endif
