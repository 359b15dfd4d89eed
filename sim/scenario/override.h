/* --set PATH=VALUE: changes a scenario's tree before it is read. */
#ifndef PSYNCSIM_SCENARIO_OVERRIDE_H
#define PSYNCSIM_SCENARIO_OVERRIDE_H

#include <stdbool.h>
#include "sim/scenario/yaml_tree.h"

/* `text`: a path of keys and indices, "=", a value as a scenario has it:
 * config.repl-backlog-size=8mb, links.m-r1.latency=30ms, faults[0].for={exponential: 5s}. Maps on
 * the way that are not there are made; nodes, hosts and entries of lists must be there. The text
 * may begin with another option that it was given by ("--vary seed=7"): messages name it. False
 * after a problem. */
bool override_apply(struct tree *tree, const char *text, struct diagnostics *diagnostics);

#endif
