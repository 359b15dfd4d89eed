/* A part of the samples of `size`, and the answer from all parts. */
#ifndef PSYNCSIM_CLI_SIZE_SHARD_H
#define PSYNCSIM_CLI_SIZE_SHARD_H

#include "sim/cli/shard_option.h"
#include "sim/cli/size_report.h"

/* Makes that part and writes it to the file `path`. Under MPI all ranks must call it; only where
 * `is_first` it writes and prints. Returns the exit code, after words if it is not 0. */
struct size_shard_args {
    struct shard_option part;
    const char *path;
    uint32_t jobs;
    bool is_first;
};
int size_shard_make(const struct size_shard_args *args, const struct size_case *at);

/* `path` is one of theirs, for messages. Under MPI all ranks must call it. Returns the exit code.
 */
int size_shard_merge(const struct size_report *report, struct record_merge *shards,
                     const char *path);

#endif
