/* The journal beside an output that is not there yet: what is finished outlives a kill (shard.h).
 */
#ifndef PSYNCSIM_CLI_JOURNAL_H
#define PSYNCSIM_CLI_JOURNAL_H

#include "sim/study/records/record_file.h"

/* Goes on with PATH.part, or begins it. NULL after words: then *code is the exit code. */
struct shard *journal_open(const char *path, const struct shard_head *head, int *code);

/* Writes the complete journal to `path`, as a shard. Returns the exit code, after words if it is
 * not 0. */
int journal_write(struct shard *journal, const char *path);

/* Ends it: it is removed after exit code 0 and stays after any other. NULL: nothing to do. */
void journal_end(struct shard *journal, int code);

/* The exit code of what went wrong, after words; takes `error`. */
int journal_fail(GError *error);

#endif
