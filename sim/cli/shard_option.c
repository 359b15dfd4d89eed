/* See shard_option.h. Slurm's variables: the manual pages of sbatch (job arrays) and srun. */
#include "sim/cli/shard_option.h"
#include <stdlib.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/study/parallel/ranks.h"
#include "sim/study/records/record_file.h"

static bool refuse(const char *command, const char *what, int *code)
{
    *code = cli_fail(EXIT_BAD_INPUT, "%s: --shard %s", command, what);
    return false;
}

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
static bool take_array(const char *command, struct shard_option *option, int *code)
{
    int64_t id = variable("SLURM_ARRAY_TASK_ID"), min = variable("SLURM_ARRAY_TASK_MIN"),
            count = variable("SLURM_ARRAY_TASK_COUNT"), step = variable("SLURM_ARRAY_TASK_STEP");
    step = step > 0 ? step : 1;
    if (id < 0 || min < 0 || count < 1 || id < min)
        return refuse(command,
                      "slurm: of the job array, SLURM_ARRAY_TASK_ID, _MIN and _COUNT are not all "
                      "set",
                      code);
    if ((id - min) % step != 0 || (id - min) / step >= count || count > RECORD_MERGE_MAX)
        return refuse(command, "slurm: the numbers of the job array are not one even row; give i/n",
                      code);
    *option = (struct shard_option){(uint32_t)((id - min) / step + 1), (uint32_t)count};
    return true;
}

static bool take_tasks(const char *command, struct shard_option *option, int *code)
{
    int64_t id = variable("SLURM_PROCID"), count = variable("SLURM_NTASKS");
    if (ranks_enter().count > 1)
        return refuse(command, "slurm: these tasks are ranks of MPI already and share the work",
                      code);
    if (id < 0 || count < 1 || id >= count || count > RECORD_MERGE_MAX)
        return refuse(command,
                      "slurm: neither SLURM_ARRAY_TASK_ID nor SLURM_PROCID and SLURM_NTASKS are "
                      "set: this is no job of Slurm; give i/n",
                      code);
    *option = (struct shard_option){(uint32_t)id + 1, (uint32_t)count};
    return true;
}

static bool take_slurm(const char *command, struct shard_option *option, int *code)
{
    bool is_array = getenv("SLURM_ARRAY_TASK_ID") != NULL;
    if (!(is_array ? take_array(command, option, code) : take_tasks(command, option, code)))
        return false;
    fprintf(stderr, "psyncsim: shard %u/%u, by %s\n", option->number, option->of,
            is_array ? "SLURM_ARRAY_TASK_ID" : "SLURM_PROCID");
    return true;
}

bool shard_option_take(const char *command, const char *text, struct shard_option *option,
                       int *code)
{
    guint64 number, of;
    if (strcmp(text, "slurm") == 0)
        return take_slurm(command, option, code);
    char **parts = g_strsplit(text, "/", 3);
    bool is_good = g_strv_length(parts) == 2 &&
                   g_ascii_string_to_unsigned(parts[1], 10, 1, RECORD_MERGE_MAX, &of, NULL) &&
                   g_ascii_string_to_unsigned(parts[0], 10, 1, of, &number, NULL);
    g_strfreev(parts);
    if (is_good) {
        *option = (struct shard_option){(uint32_t)number, (uint32_t)of};
        return true;
    }
    *code = cli_fail(EXIT_BAD_INPUT,
                     "%s: --shard: found '%s', expected a part such as 3/10 (of 1/10 to 10/10), or "
                     "slurm",
                     command, text);
    return false;
}
