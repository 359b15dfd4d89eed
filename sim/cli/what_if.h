/* The same scenario as it is and with changes: both stories side by side. */
#ifndef PSYNCSIM_CLI_WHAT_IF_H
#define PSYNCSIM_CLI_WHAT_IF_H

#include <glib.h>
#include "sim/cli/results.h"

/* Runs both with one seed and prints how they compare. `changes`: PATH=VALUE each, ended by NULL.
 * Returns an exit code: a difference is no failure. */
int what_if_run(struct results *results, const GPtrArray *changes);

#endif
