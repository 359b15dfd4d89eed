/* See shard_option.h. Slurm's variables: the manual pages of sbatch (job arrays) and srun. */
#include "sim/cli/shard_option.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "sim/cli/cli.h"
#include "sim/study/parallel/ranks.h"
#include "sim/study/records/record_file.h"

/* A variable that holds a whole number; -1: it does not, or is not there. */
static int64_t variable(const char *name)
{
    guint64 value;
    const char *text = getenv(name);
    return text && g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX, &value, NULL)
               ? (int64_t)value
               : -1;
}

/* Arrays may begin anywhere and go in steps: --array=10-50:10. */
static const char *take_array(struct shard_option *option)
{
    int64_t id = variable("SLURM_ARRAY_TASK_ID"), min = variable("SLURM_ARRAY_TASK_MIN"),
            count = variable("SLURM_ARRAY_TASK_COUNT"), step = variable("SLURM_ARRAY_TASK_STEP");
    step = step > 0 ? step : 1;
    if (id < 0 || min < 0 || count < 1 || id < min)
        return "all of SLURM_ARRAY_TASK_ID, _MIN and _COUNT in the environment of a job array";
    if ((id - min) % step != 0 || (id - min) / step >= count || count > RECORD_MERGE_MAX)
        return "a job array whose numbers are one even row; else give I/N";
    *option = (struct shard_option){(uint32_t)((id - min) / step + 1), (uint32_t)count};
    return NULL;
}

static const char *take_tasks(struct shard_option *option)
{
    int64_t id = variable("SLURM_PROCID"), count = variable("SLURM_NTASKS");
    if (ranks_enter().count > 1)
        return "no --shard: these tasks are ranks of MPI already and share the work";
    if (id < 0 || count < 1 || id >= count || count > RECORD_MERGE_MAX)
        return "a job of Slurm, with SLURM_ARRAY_TASK_ID or SLURM_PROCID and SLURM_NTASKS in the "
               "environment; else give I/N";
    *option = (struct shard_option){(uint32_t)id + 1, (uint32_t)count};
    return NULL;
}

static const char *take_slurm(struct shard_option *option)
{
    bool is_array = getenv("SLURM_ARRAY_TASK_ID") != NULL;
    const char *expected = is_array ? take_array(option) : take_tasks(option);
    if (!expected)
        fprintf(stderr, "psyncsim: shard %u/%u, by %s\n", option->number, option->of,
                is_array ? "SLURM_ARRAY_TASK_ID" : "SLURM_PROCID");
    return expected;
}

const char *shard_option_parse(void *field, const char *text)
{
    guint64 number, of;
    if (strcmp(text, "slurm") == 0)
        return take_slurm(field);
    char **parts = g_strsplit(text, "/", 3);
    bool is_good = g_strv_length(parts) == 2 &&
                   g_ascii_string_to_unsigned(parts[1], 10, 1, RECORD_MERGE_MAX, &of, NULL) &&
                   g_ascii_string_to_unsigned(parts[0], 10, 1, of, &number, NULL);
    g_strfreev(parts);
    if (!is_good)
        return "a part such as 3/10 (of 1/10 to 10/10), or slurm";
    *(struct shard_option *)field = (struct shard_option){(uint32_t)number, (uint32_t)of};
    return NULL;
}

bool shard_option_check(const struct shard_option *shard, const char *command, const char *path)
{
    struct stat existing;
    if (shard->of == 0 || stat(path, &existing) != 0 || S_ISREG(existing.st_mode))
        return true;
    cli_fail(EXIT_BAD_INPUT, "%s: --output: found '%s', expected a regular file for --shard",
             command, path);
    return false;
}
