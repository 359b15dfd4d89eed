/* The smallest values with which a derived scenario shows a cause no more. */
#ifndef PSYNCSIM_CLI_EXPLAIN_SPARE_H
#define PSYNCSIM_CLI_EXPLAIN_SPARE_H

#include "sim/cli/explain_run.h"
#include "sim/incident/spared.h"

/* Tries values of repl-backlog-size, of the output-buffer limit and of repl-timeout by runs of the
 * scenario, at most SPARE_RUNS for each; `nodes` is how it went as things were. The same answer every
 * time. */
#define SPARE_RUNS 24
void explain_spare(const char *path, const GString *text, const GArray *nodes,
                   struct spared *spared);

#endif
