/* Shards have all samples that an answer can look at; whoever has them all decides as one process
 * does, sample by sample, and runs what comes after the samples itself. See size_shard.h. */
#include "sim/cli/size_shard.h"
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/checkpoint.h"
#include "sim/cli/progress.h"
#include "sim/cli/mpi_cli.h"
#include "sim/cli/version.h"
#include "sim/study/size/size_record.h"

/* ---- a part ---- */

static void show(void *user, uint64_t done)
{
    progress_show(user, done);
}

static int make(const struct size_shard_args *args, const struct size_case *at,
                struct size_part *part)
{
    struct worker_pool *pool = worker_pool_new(args->jobs);
    struct progress *progress =
        progress_new("samples", part->count, part->file ? record_file_held(part->file) : 0);
    part->seen = show;
    part->user = progress;
    bool is_good = size_sample(&at->question, pool, part);
    progress_free(progress);
    worker_pool_free(pool);
    if (!args->is_first)
        return EXIT_HELD;
    if (part->broken[0] != '\0')
        return size_report_broken(at, part->broken);
    return is_good ? checkpoint_write(part->file, args->path)
                   : cli_fail(EXIT_SYSTEM, "%s", record_file_failure(part->file));
}

int size_shard_make(const struct size_shard_args *args, const struct size_case *at)
{
    struct record_file_head head = size_case_head(at, args->part.number, args->part.of);
    struct size_part part = {.first = head.first, .count = head.count};
    int code = EXIT_HELD;
    if (size_is_story(at->scenario))
        code = cli_fail(EXIT_BAD_INPUT,
                        "size: --shard: a scenario whose faults strike at fixed times has no "
                        "samples to share out; one with `every` would do");
    else if (args->is_first)
        part.file = checkpoint_open(args->path, &head, &code);
    code = mpi_cli_agree(code);
    if (code == EXIT_HELD)
        code = mpi_cli_agree(make(args, at, &part));
    checkpoint_end(part.file, code);
    g_free((char *)head.about);
    return code;
}

/* ---- all parts ---- */

/* NULL after words; then *code is the exit code. */
static struct size_case *read_case(struct record_merge *shards, const char *path, int *code)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct size_case *at = size_case_from_head(record_merge_head(shards), diagnostics);
    diagnostics_print(diagnostics, stderr, cli_is_coloured(stderr));
    diagnostics_free(diagnostics);
    if (at && strcmp(at->version, PSYNCSIM_VERSION) == 0)
        return at;
    *code = EXIT_BAD_INPUT;
    if (at)
        cli_fail(EXIT_BAD_INPUT,
                 "%s: made by psyncsim %s; the answer takes the same, and this is %s", path,
                 at->version, PSYNCSIM_VERSION);
    else
        cli_fail(EXIT_BAD_INPUT,
                 "%s: what was asked is written in another way than psyncsim %s writes it", path,
                 PSYNCSIM_VERSION);
    size_case_free(at);
    return NULL;
}

int size_shard_merge(const struct size_report *report, struct record_merge *shards,
                     const char *path)
{
    int code = EXIT_HELD;
    struct size_case *at = read_case(shards, path, &code);
    struct curve_sample *samples = at ? size_record_all(shards) : NULL;
    if (at && !samples)
        code = cli_fail(EXIT_SYSTEM, "a shard changed while it was in use");
    code = mpi_cli_agree(code);
    if (code == EXIT_HELD) {
        at->question.samples = samples;
        code = size_report(report, at);
    }
    g_free(samples);
    size_case_free(at);
    return code;
}
