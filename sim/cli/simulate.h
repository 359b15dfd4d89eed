/* The run of a scenario in virtual time, for the commands that put out its results. */
#ifndef PSYNCSIM_CLI_SIMULATE_H
#define PSYNCSIM_CLI_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>
#include "sim/cli/results.h"

struct simulate {
    const struct results *results;
    int64_t positions; /* ns between two looks; 0: none */
    bool messages;
    int64_t at;                      /* INFO replication of all nodes then … */
    GString *info;                   /* … goes in here; NULL: not wanted */
    struct openmetrics *openmetrics; /* takes a scrape every … NULL: not wanted. Not with `info` */
    int64_t scrapes;                 /* … so many ns */
};

/* Fills in what a page wants: messages, and looks at as many moments as a screen has places for, if
 * `positions` is not given. */
void simulate_for_page(struct simulate *simulate, const struct scenario *scenario);

/* A results_run; `user` is a struct simulate. */
int simulate_run(void *user, struct report *report);

#endif
