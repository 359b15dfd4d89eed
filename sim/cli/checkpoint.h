/* The journal beside an output that is not there yet: what is finished outlives a kill
 * (record_file.h). */
#ifndef PSYNCSIM_CLI_CHECKPOINT_H
#define PSYNCSIM_CLI_CHECKPOINT_H

#include "sim/study/records/record_file.h"

/* Goes on with PATH.part, or begins it. NULL after words: then *code is the exit code. */
struct record_file *checkpoint_open(const char *path, const struct record_file_head *head,
                                    int *code);

/* Writes the complete journal to `path`, as a shard. Returns the exit code, after words if it is
 * not 0. */
int checkpoint_write(struct record_file *checkpoint, const char *path);

/* Ends it: it is removed after exit code 0 and stays after any other. NULL: nothing to do. */
void checkpoint_end(struct record_file *checkpoint, int code);

/* The exit code of what went wrong, after words; takes `error`. */
int checkpoint_fail(GError *error);

#endif
