/* --scenario of psyncsim explain: what is given beside the logs, the scenario from it, and its run
 * held against the logs. */
#ifndef PSYNCSIM_CLI_EXPLAIN_REPLAY_H
#define PSYNCSIM_CLI_EXPLAIN_REPLAY_H

#include "sim/incident/explain_words.h"

/* [NODE=]FILE options, as given; NULL ends each list. */
struct explain_given {
    GPtrArray *confs, *infos, *series;
};

/* Reads them into struct evidence *, by node; NULL after words on stderr. */
GPtrArray *explain_evidence(const struct explain_given *given, const struct stories *stories);

/* Writes the scenario to `path`, runs it, and appends a line: the same story, or what differs.
 * Returns an exit code: EXIT_DIFFERS where it differs. */
int explain_replay(const struct explained *explained, const char *path, GString *out,
                   struct spared *spared);

#endif
