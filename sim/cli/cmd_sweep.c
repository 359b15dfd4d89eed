/* psyncsim sweep: one scenario with many values and seeds, a row per run. */
#include <stdlib.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/checkpoint.h"
#include "sim/cli/progress.h"
#include "sim/cli/rows.h"
#include "sim/cli/shard_option.h"
#include "sim/cli/mpi_cli.h"
#include "sim/cli/version.h"
#include "sim/engine/quantity.h"
#include "sim/study/sweep/sweep.h"

struct args {
    struct sweep_args sweep;
    struct rows_args rows;
    struct shard_option shard;
    bool is_unchecked;
    int64_t jobs;
    GPtrArray *sets, *vary;
};

/* ---- the command line ---- */

static const char *parse_seeds(void *field, const char *text)
{
    struct sweep_args *args = field;
    const char *dots = strstr(text, "..");
    const char *last = dots ? dots + 2 : text;
    size_t len = dots ? (size_t)(dots - text) : strlen(text);
    int64_t from, to;
    args->has_seeds = quantity_parse(QUANTITY_SEED, text, len, &from) == NULL &&
                      quantity_parse(QUANTITY_SEED, last, strlen(last), &to) == NULL && from <= to;
    if (!args->has_seeds)
        return "a range such as 1..100";
    args->first_seed = (uint64_t)from;
    args->last_seed = (uint64_t)to;
    return NULL;
}

static const struct option_row OPTIONS[] = {
    LIST(vary, "vary", 'v', "PATH=V1,V2,...",
         "run with each of these values (config.repl-backlog-size=1mb,8mb);\n"
         "repeated: with all combinations"),
    PARSED(sweep, "seeds", 0, parse_seeds, "A..B", NULL,
           "run each combination with these seeds; else with the scenario's"),
    LIST(sets, "set", 's', "PATH=VALUE", "change the scenario first; may be repeated"),
    STRING(rows.path, "output", 'o', "FILE",
           "rows into this file, whole or not at all; after a kill, the same command\n"
           "continues with what FILE.part has; - is stdout"),
    PARSED(rows.format, "format", 'f', rows_parse_format, "csv|ndjson", NULL,
           "of the rows; else by the name of the file"),
    FLAG(sweep.is_per_node, "per-node", 0, "a row per node of each run instead of one per run"),
    FLAG(rows.compares, "compare", 'c', "paired differences between the values, as a table"),
    STRING(rows.html, "html", 0, "FILE",
           "the same as a page for a browser, with what matters most; - is stdout"),
    OPTION(jobs, "jobs", 'j', COUNT, 1, 4096, "N", NULL,
           "threads; else one per processor (under mpirun, one per rank)"),
    PARSED(shard, "shard", 0, shard_option_parse, "I/N", NULL,
           "make part I of N, for psyncsim merge; slurm: by its environment"),
    FLAG(is_unchecked, "unchecked", 0, "do not check the invariants: the same rows, sooner"),
    {0}};

static const struct option_rule RULES[] = {
    EXCLUDES("compare", "per-node", "--compare compares whole runs"),
    NEEDS("compare", "vary", "it compares the varied values"),
    EXCLUDES("compare", "output -", "both write to stdout"),
    EXCLUDES("html", "per-node", "the page compares whole runs"),
    NEEDS("html", "vary", "it compares the varied values"),
    EXCLUDES("html -", "output -", "both write to stdout"),
    EXCLUDES("html -", "compare", "both write to stdout"),
    EXCLUDES("shard", "html", "a part is not compared"),
    EXCLUDES("shard", "compare", "a part is not compared; give --compare to psyncsim merge"),
    EXCLUDES("shard", "format", "a part has its own; give --format to psyncsim merge"),
    NEEDS("shard", "output", "a part is written to a file"),
    EXCLUDES("shard", "output -", "a part is written to a file"),
    {0}};

/* ---- the runs ---- */

/* One sweep on its way. */
struct running {
    const struct args *args;
    const struct sweep *sweep;
    struct record_file_head head;   /* of the part that is made here */
    struct record_file *checkpoint; /* NULL: none; of rank 0 */
    struct rows *rows;              /* NULL: not open yet; of rank 0 */
    struct progress *progress;
    bool is_first; /* rank 0, or the only one */
};

static bool see(void *user, uint64_t run, const int64_t *record)
{
    struct running *running = user;
    progress_show(running->progress, run - running->head.first + 1);
    return !running->rows || rows_put(running->rows, run, record);
}

/* The command that shows what broke. */
static int report_broken(const struct running *running, uint64_t run)
{
    const struct args *args = running->args;
    struct sweep_run_id id = sweep_run_id(running->sweep, run);
    int64_t *record = g_new(int64_t, running->sweep->words);
    char *broken = sweep_simulate(running->sweep, run, false, record);
    GString *again = g_string_new("psyncsim run");
    cli_append_word(again, args->sweep.file);
    g_string_append_printf(again, " --seed %" G_GUINT64_FORMAT, id.seed);
    cli_append_list(again, "set", args->sets);
    for (guint i = 0; i < running->sweep->axes->len; i++) {
        const struct sweep_axis *axis = running->sweep->axes->pdata[i];
        char *set = g_strdup_printf("%s=%s", axis->path, sweep_value(running->sweep, id.number, i));
        cli_append_option(again, "set", set);
        g_free(set);
    }
    int code = cli_bug(broken, again->str);
    g_string_free(again, TRUE);
    g_free(broken);
    g_free(record);
    return code;
}

/* After the runs: what the journal has becomes the output. What cannot be written is reported when
 * it is closed. */
static bool write_rows(struct running *running)
{
    int64_t *record = g_new(int64_t, running->sweep->words);
    bool is_found = true, is_written = true;
    for (uint64_t run = 0; run < running->head.count && is_found && is_written; run++) {
        is_found = record_file_find(running->checkpoint, run, record);
        is_written = is_found && rows_put(running->rows, run, record);
    }
    if (!is_found)
        cli_fail(EXIT_SYSTEM, "%s", record_file_failure(running->checkpoint));
    g_free(record);
    return is_found;
}

static int close_rows(struct running *running)
{
    int code = rows_close(running->rows);
    running->rows = NULL;
    return code;
}

static int write_output(struct running *running)
{
    if (running->args->shard.of > 0)
        return checkpoint_write(running->checkpoint, running->args->rows.path);
    if (!running->rows)
        running->rows = rows_open(&running->args->rows, running->sweep);
    if (!running->rows || (running->checkpoint && !write_rows(running)))
        return EXIT_SYSTEM;
    return close_rows(running);
}

static int make_runs(struct running *running, struct worker_pool *pool)
{
    uint64_t broken, kept = running->checkpoint ? record_file_held(running->checkpoint) : 0;
    struct sweep_job job = {.sweep = running->sweep,
                            .simulate = sweep_simulate,
                            .pool = pool,
                            .file = running->checkpoint,
                            .is_unchecked = running->args->is_unchecked,
                            .first = running->head.first,
                            .count = running->head.count,
                            .seen = see,
                            .user = running};
    running->progress = progress_new("runs", running->head.count, kept);
    enum sweep_end end = sweep_run(&job, &broken);
    progress_free(running->progress);
    if (!running->is_first)
        return EXIT_HELD;
    if (end == SWEEP_BROKEN)
        return report_broken(running, broken);
    if (end == SWEEP_DONE)
        return write_output(running);
    if (running->rows) /* a write failed: closing reports it */
        close_rows(running);
    else if (running->checkpoint && record_file_failure(running->checkpoint))
        cli_fail(EXIT_SYSTEM, "%s", record_file_failure(running->checkpoint));
    return EXIT_SYSTEM;
}

/* Opens the journal beside a file, or the output that rows go to as they come. */
static int prepare(struct running *running)
{
    int code = EXIT_HELD;
    const struct rows_args *rows = &running->args->rows;
    if (!running->is_first)
        return EXIT_HELD;
    if (rows_are_streamed(rows)) {
        running->rows = rows_open(rows, running->sweep);
        return running->rows ? EXIT_HELD : EXIT_SYSTEM;
    }
    running->checkpoint = checkpoint_open(rows->path, &running->head, &code);
    return code;
}

static int run_sweep(const struct args *args, const struct sweep *sweep, bool is_first)
{
    bool is_part = args->shard.of > 0;
    struct running running = {.args = args, .sweep = sweep, .is_first = is_first};
    running.head =
        sweep_head(sweep, is_part ? args->shard.number : 1, is_part ? args->shard.of : 1);
    int code = mpi_cli_agree(prepare(&running));
    if (code == EXIT_HELD) {
        struct worker_pool *pool = worker_pool_new((uint32_t)args->jobs);
        code = mpi_cli_agree(make_runs(&running, pool));
        worker_pool_free(pool);
    }
    rows_drop(running.rows);
    checkpoint_end(running.checkpoint, code);
    g_free((char *)running.head.about);
    return code;
}

static int run(const struct cli *cli)
{
    struct args *args = cli->args;
    const char *name = cli->command->name;
    if (!mpi_cli_may_read(name, args->sweep.file) ||
        !shard_option_check(&args->shard, name, args->rows.path))
        return EXIT_BAD_INPUT;
    rows_settle(&args->rows);
    args->sweep.version = PSYNCSIM_VERSION;
    args->sweep.sets = (const char *const *)args->sets->pdata;
    args->sweep.vary = (const char *const *)args->vary->pdata;
    struct diagnostics *diagnostics = diagnostics_new();
    struct sweep *sweep = sweep_read(&args->sweep, diagnostics);
    cli_diagnose(diagnostics);
    int code = mpi_cli_agree_on(sweep ? EXIT_HELD : EXIT_BAD_INPUT,
                                sweep ? sweep_head(sweep, 1, 1) : (struct record_file_head){0});
    if (code == EXIT_HELD)
        code = run_sweep(args, sweep, cli->is_first);
    sweep_free(sweep);
    return code;
}

const struct command command_sweep = {
    .name = "sweep",
    .help = "run a scenario with many values and seeds: a row per run",
    .options = OPTIONS,
    .rules = RULES,
    .operands = OPERAND(sweep.file, "FILE", 1, "a scenario file, or - for stdin"),
    .args_size = sizeof(struct args),
    .run = run,
    .is_shared = true,
};
