/* psyncsim run --compare-servers: the same scenario on several versions, side by side. */
#ifndef PSYNCSIM_CLI_RUN_SERVERS_H
#define PSYNCSIM_CLI_RUN_SERVERS_H

#include "sim/cli/results.h"

/* `list`: "redis-6.2,redis-8.6,valkey-9.1". `run` simulates one report, with `results` as its
 * user. Returns an exit code. */
int run_servers(struct results *results, const char *list, results_run *run);

#endif
