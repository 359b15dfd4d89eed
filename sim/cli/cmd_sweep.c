/* psyncsim sweep: one scenario with many values and seeds, a row per run. */
#include <stdlib.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/checkpoint.h"
#include "sim/cli/progress.h"
#include "sim/cli/rows.h"
#include "sim/cli/shard_option.h"
#include "sim/cli/mpi_cli.h"
#include "sim/cli/version.h"
#include "sim/engine/digest.h"
#include "sim/engine/quantity.h"
#include "sim/study/parallel/ranks.h"
#include "sim/study/sweep/sweep.h"

#define JOBS_MAX 4096

struct args {
    struct sweep_args sweep;
    struct rows_args rows;
    struct shard_option shard;
    bool has_shard, is_unchecked;
    uint32_t jobs;
    GPtrArray *sets, *vary; /* ended by NULL */
    int code;               /* when it cannot be had */
};

/* ---- the command line ---- */

static bool take_seeds(struct args *args, const char *text)
{
    const char *dots = strstr(text, "..");
    const char *last = dots ? dots + 2 : text;
    size_t len = dots ? (size_t)(dots - text) : strlen(text);
    int64_t from, to;
    args->sweep.has_seeds = quantity_parse(QUANTITY_SEED, text, len, &from) == NULL &&
                            quantity_parse(QUANTITY_SEED, last, strlen(last), &to) == NULL &&
                            from <= to;
    if (args->sweep.has_seeds) {
        args->sweep.first_seed = (uint64_t)from;
        args->sweep.last_seed = (uint64_t)to;
        return true;
    }
    args->code = cli_fail(EXIT_BAD_INPUT,
                          "sweep: --seeds: found '%s', expected a range such as 1..100", text);
    return false;
}

static bool take_jobs(struct args *args, const char *text)
{
    guint64 jobs;
    if (g_ascii_string_to_unsigned(text, 10, 1, JOBS_MAX, &jobs, NULL)) {
        args->jobs = (uint32_t)jobs;
        return true;
    }
    args->code =
        cli_fail(EXIT_BAD_INPUT, "sweep: --jobs: found '%s', expected 1 to %d", text, JOBS_MAX);
    return false;
}

static bool take_option(struct args *args, int option, const char *value)
{
    switch (option) {
    case 'v':
        g_ptr_array_add(args->vary, (char *)value);
        return true;
    case 's':
        g_ptr_array_add(args->sets, (char *)value);
        return true;
    case '1':
        return take_seeds(args, value);
    case 'j':
        return take_jobs(args, value);
    case 'o':
        args->rows.path = value;
        return true;
    case 'f':
        args->rows.format = value;
        return true;
    case 'c':
        args->rows.compares = true;
        return true;
    case '2':
        args->sweep.is_per_node = true;
        return true;
    case '3':
        args->is_unchecked = true;
        return true;
    default:
        args->has_shard = true;
        return shard_option_take("sweep", value, &args->shard, &args->code);
    }
}

static bool fits_together(struct args *args, int count)
{
    const char *wrong =
        count == 0  ? "needs a scenario file, or - for stdin"
        : count > 1 ? "takes one scenario"
        : args->rows.compares && args->sweep.is_per_node
            ? "gives --compare or --per-node, not both: runs are compared"
        : args->rows.compares && args->vary->len <= 1 ? "compares varied values: give --vary"
        : args->has_shard && (args->rows.compares || args->rows.format)
            ? "makes a part with --shard; --compare and --format are for psyncsim merge"
        : args->has_shard && (!args->rows.path || rows_are_streamed(&args->rows))
            ? "needs a file with --shard: -o FILE"
            : NULL;
    if (wrong)
        args->code = cli_fail(EXIT_BAD_INPUT, "sweep %s", wrong);
    return !wrong && rows_fit("sweep", &args->rows, &args->code) &&
           mpi_cli_may_read("sweep", args->sweep.file, &args->code);
}

static bool take_arguments(struct args *args, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        {"vary", 'v', "PATH=V1,V2,...",
         "run with each of these values (config.repl-backlog-size=1mb,8mb);\n"
         "                               repeated: with all combinations"},
        {"seeds", '1', "A..B", "run each combination with these seeds; else with the scenario's"},
        {"set", 's', "PATH=VALUE", "change the scenario first; may be repeated"},
        {"output", 'o', "FILE",
         "rows into this file, whole or not at all; the same command goes on after\n"
         "                               a kill with what FILE.part has; - is stdout"},
        {"format", 'f', "NAME", "csv or ndjson; else by the name of the file"},
        {"per-node", '2', NULL, "a row per node of each run instead of one per run"},
        {"compare", 'c', NULL, "paired differences between the values, as a table"},
        {"jobs", 'j', "N", "threads; else one per processor (under mpirun, one per rank)"},
        {"shard", '4', "I/N", "make part I of N, for psyncsim merge; slurm: by its environment"},
        {"unchecked", '3', NULL, "do not look at the invariants: the same rows, sooner"},
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option, count;
    while ((option = cli_next(&cli)) >= 0)
        if (!take_option(args, option, cli.value))
            return false;
    g_ptr_array_add(args->sets, NULL);
    g_ptr_array_add(args->vary, NULL);
    args->code = cli.code;
    if (option == CLI_STOP)
        return false;
    args->sweep.file = cli_operands(&cli, &count)[0];
    return fits_together(args, count);
}

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
static int tell_broken(const struct running *running, uint64_t run)
{
    const struct args *args = running->args;
    struct sweep_run_id id = sweep_run_id(running->sweep, run);
    int64_t *record = g_new(int64_t, running->sweep->words);
    char *broken = sweep_simulate(running->sweep, run, false, record);
    GString *again = g_string_new("psyncsim run");
    cli_append_word(again, args->sweep.file);
    g_string_append_printf(again, " --seed %" G_GUINT64_FORMAT, id.seed);
    for (guint i = 0; args->sets->pdata[i]; i++) {
        g_string_append(again, " --set");
        cli_append_word(again, args->sets->pdata[i]);
    }
    for (guint i = 0; i < running->sweep->axes->len; i++) {
        const struct sweep_axis *axis = running->sweep->axes->pdata[i];
        char *set = g_strdup_printf("%s=%s", axis->path, sweep_value(running->sweep, id.number, i));
        g_string_append(again, " --set");
        cli_append_word(again, set);
        g_free(set);
    }
    int code = cli_fail(EXIT_BUG, "an invariant broke, which is our mistake: %s\nRepeat it by: %s",
                        broken, again->str);
    g_string_free(again, TRUE);
    g_free(broken);
    g_free(record);
    return code;
}

/* After the runs: what the journal has becomes the output. What cannot be written is told when it
 * is closed. */
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
    if (running->args->has_shard)
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
        return tell_broken(running, broken);
    if (end == SWEEP_DONE)
        return write_output(running);
    if (running->rows) /* a write failed: closing tells */
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

static int run(const struct args *args, const struct sweep *sweep, bool is_first)
{
    uint32_t number = args->has_shard ? args->shard.number : 1;
    struct running running = {.args = args, .sweep = sweep, .is_first = is_first};
    running.head = sweep_head(sweep, number, args->has_shard ? args->shard.of : 1);
    int code = mpi_cli_agree(prepare(&running));
    if (code == EXIT_HELD) {
        struct worker_pool *pool = worker_pool_new(args->jobs);
        code = mpi_cli_agree(make_runs(&running, pool));
        worker_pool_free(pool);
    }
    rows_drop(running.rows);
    checkpoint_end(running.checkpoint, code);
    g_free((char *)running.head.about);
    return code;
}

static uint64_t fingerprint(const struct sweep *sweep)
{
    struct record_file_head head = sweep_head(sweep, 1, 1);
    struct digest digest;
    digest_init(&digest);
    digest_add_bytes(&digest, head.about, strlen(head.about));
    g_free((char *)head.about);
    return digest.a ^ digest.b;
}

static int read_and_run(struct args *args, bool is_first)
{
    struct diagnostics *diagnostics = diagnostics_new();
    args->sweep.version = PSYNCSIM_VERSION;
    args->sweep.sets = (const char *const *)args->sets->pdata;
    args->sweep.vary = (const char *const *)args->vary->pdata;
    struct sweep *sweep = sweep_read(&args->sweep, diagnostics);
    diagnostics_print(diagnostics, stderr, cli_is_coloured(stderr));
    diagnostics_free(diagnostics);
    int code = mpi_cli_agree_on(sweep ? EXIT_HELD : EXIT_BAD_INPUT, sweep ? fingerprint(sweep) : 0);
    if (code == EXIT_HELD)
        code = run(args, sweep, is_first);
    sweep_free(sweep);
    return code;
}

int command_sweep(int argc, char **argv)
{
    bool is_first = mpi_cli_enter();
    struct args args = {.sets = g_ptr_array_new(), .vary = g_ptr_array_new()};
    int code = take_arguments(&args, argc, argv) ? read_and_run(&args, is_first) : args.code;
    g_ptr_array_free(args.sets, TRUE);
    g_ptr_array_free(args.vary, TRUE);
    return code;
}
