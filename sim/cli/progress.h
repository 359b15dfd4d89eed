/* How far long work is, on a terminal: "1 234 of 10 000 runs (12%), about 3 min left". */
#ifndef PSYNCSIM_CLI_PROGRESS_H
#define PSYNCSIM_CLI_PROGRESS_H

#include <stdint.h>

struct progress;

/* `total` items (0: nobody knows how many), of which `before` were made earlier and come first: they cost no time. `what`:
 * "runs"; borrowed. Where stderr is no terminal nothing is shown. */
struct progress *progress_new(const char *what, uint64_t total, uint64_t before);

/* `done` of all items, those made earlier among them. */
void progress_show(struct progress *progress, uint64_t done);

/* Takes the line away. */
void progress_free(struct progress *progress);

#endif
