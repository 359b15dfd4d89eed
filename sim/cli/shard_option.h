/* --shard i/n, or --shard slurm: which part of a study this process makes. */
#ifndef PSYNCSIM_CLI_SHARD_OPTION_H
#define PSYNCSIM_CLI_SHARD_OPTION_H

#include <stdbool.h>
#include <stdint.h>

struct shard_option {
    uint32_t number, of; /* 1..of */
};

/* `text`: "3/10", or "slurm" for the place in a job array or, outside of one, among the tasks of
 * srun, as Slurm's environment tells; says on stderr which it took from there. False after words:
 * then `code` is the exit code. */
bool shard_option_take(const char *command, const char *text, struct shard_option *option,
                       int *code);

#endif
