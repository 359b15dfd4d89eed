/* --shard i/n, or --shard slurm: which part of a study this process makes. */
#ifndef PSYNCSIM_CLI_SHARD_OPTION_H
#define PSYNCSIM_CLI_SHARD_OPTION_H

#include <stdbool.h>
#include <stdint.h>

struct shard_option {
    uint32_t number, of; /* 1..of; 0: not given */
};

/* option_parse of "3/10", or "slurm" for the place in a job array or, outside of one, among the
 * tasks of srun, from Slurm's environment; says on stderr what it took from there. */
const char *shard_option_parse(void *field, const char *text);

/* False after words: where a part is made, `path` must be a file that a killed process can resume. */
bool shard_option_check(const struct shard_option *shard, const char *command, const char *path);

#endif
