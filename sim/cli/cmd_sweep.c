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

struct wish {
    struct sweep_wish sweep;
    struct rows_wish rows;
    struct shard_option shard;
    bool has_shard, is_unchecked;
    uint32_t jobs;
    GPtrArray *sets, *vary; /* ended by NULL */
    int code;               /* when it cannot be had */
};

/* ---- the command line ---- */

static bool take_seeds(struct wish *wish, const char *text)
{
    const char *dots = strstr(text, "..");
    const char *last = dots ? dots + 2 : text;
    size_t len = dots ? (size_t)(dots - text) : strlen(text);
    int64_t from, to;
    wish->sweep.has_seeds = quantity_parse(QUANTITY_SEED, text, len, &from) == NULL &&
                            quantity_parse(QUANTITY_SEED, last, strlen(last), &to) == NULL &&
                            from <= to;
    if (wish->sweep.has_seeds) {
        wish->sweep.first_seed = (uint64_t)from;
        wish->sweep.last_seed = (uint64_t)to;
        return true;
    }
    wish->code = cli_fail(EXIT_BAD_INPUT,
                          "sweep: --seeds: found '%s', expected a range such as 1..100", text);
    return false;
}

static bool take_jobs(struct wish *wish, const char *text)
{
    guint64 jobs;
    if (g_ascii_string_to_unsigned(text, 10, 1, JOBS_MAX, &jobs, NULL)) {
        wish->jobs = (uint32_t)jobs;
        return true;
    }
    wish->code =
        cli_fail(EXIT_BAD_INPUT, "sweep: --jobs: found '%s', expected 1 to %d", text, JOBS_MAX);
    return false;
}

static bool take_option(struct wish *wish, int option, const char *value)
{
    switch (option) {
    case 'v':
        g_ptr_array_add(wish->vary, (char *)value);
        return true;
    case 's':
        g_ptr_array_add(wish->sets, (char *)value);
        return true;
    case '1':
        return take_seeds(wish, value);
    case 'j':
        return take_jobs(wish, value);
    case 'o':
        wish->rows.path = value;
        return true;
    case 'f':
        wish->rows.format = value;
        return true;
    case 'c':
        wish->rows.compares = true;
        return true;
    case '2':
        wish->sweep.is_per_node = true;
        return true;
    case '3':
        wish->is_unchecked = true;
        return true;
    default:
        wish->has_shard = true;
        return shard_option_take("sweep", value, &wish->shard, &wish->code);
    }
}

static bool fits_together(struct wish *wish, int count)
{
    const char *wrong =
        count == 0  ? "needs a scenario file, or - for stdin"
        : count > 1 ? "takes one scenario"
        : wish->rows.compares && wish->sweep.is_per_node
            ? "gives --compare or --per-node, not both: runs are compared"
        : wish->rows.compares && wish->vary->len <= 1 ? "compares varied values: give --vary"
        : wish->has_shard && (wish->rows.compares || wish->rows.format)
            ? "makes a part with --shard; --compare and --format are for psyncsim merge"
        : wish->has_shard && (!wish->rows.path || rows_are_streamed(&wish->rows))
            ? "needs a file with --shard: -o FILE"
            : NULL;
    if (wrong)
        wish->code = cli_fail(EXIT_BAD_INPUT, "sweep %s", wrong);
    return !wrong && rows_fit("sweep", &wish->rows, &wish->code) &&
           together_may_read("sweep", wish->sweep.file, &wish->code);
}

static bool take_arguments(struct wish *wish, int argc, char **argv)
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
        if (!take_option(wish, option, cli.value))
            return false;
    g_ptr_array_add(wish->sets, NULL);
    g_ptr_array_add(wish->vary, NULL);
    wish->code = cli.code;
    if (option == CLI_STOP)
        return false;
    wish->sweep.file = cli_operands(&cli, &count)[0];
    return fits_together(wish, count);
}

/* ---- the runs ---- */

/* One sweep on its way. */
struct course {
    const struct wish *wish;
    const struct sweep *sweep;
    struct shard_head head; /* of the part that is made here */
    struct shard *journal;  /* NULL: none; of rank 0 */
    struct rows *rows;      /* NULL: not open yet; of rank 0 */
    struct progress *progress;
    bool is_first; /* rank 0, or the only one */
};

static bool see(void *user, uint64_t run, const int64_t *record)
{
    struct course *course = user;
    progress_show(course->progress, run - course->head.first + 1);
    return !course->rows || rows_put(course->rows, run, record);
}

/* The command that shows what broke. */
static int tell_broken(const struct course *course, uint64_t run)
{
    const struct wish *wish = course->wish;
    struct sweep_run_id id = sweep_run_id(course->sweep, run);
    int64_t *record = g_new(int64_t, course->sweep->words);
    char *broken = sweep_simulate(course->sweep, run, false, record);
    GString *again = g_string_new("psyncsim run");
    cli_append_word(again, wish->sweep.file);
    g_string_append_printf(again, " --seed %" G_GUINT64_FORMAT, id.seed);
    for (guint i = 0; wish->sets->pdata[i]; i++) {
        g_string_append(again, " --set");
        cli_append_word(again, wish->sets->pdata[i]);
    }
    for (guint i = 0; i < course->sweep->axes->len; i++) {
        const struct sweep_axis *axis = course->sweep->axes->pdata[i];
        char *set = g_strdup_printf("%s=%s", axis->path, sweep_value(course->sweep, id.number, i));
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
static bool write_rows(struct course *course)
{
    int64_t *record = g_new(int64_t, course->sweep->words);
    bool is_found = true, is_written = true;
    for (uint64_t run = 0; run < course->head.count && is_found && is_written; run++) {
        is_found = shard_find(course->journal, run, record);
        is_written = is_found && rows_put(course->rows, run, record);
    }
    if (!is_found)
        cli_fail(EXIT_SYSTEM, "%s", shard_failure(course->journal));
    g_free(record);
    return is_found;
}

static int close_rows(struct course *course)
{
    int code = rows_close(course->rows);
    course->rows = NULL;
    return code;
}

static int write_output(struct course *course)
{
    if (course->wish->has_shard)
        return journal_write(course->journal, course->wish->rows.path);
    if (!course->rows)
        course->rows = rows_open(&course->wish->rows, course->sweep);
    if (!course->rows || (course->journal && !write_rows(course)))
        return EXIT_SYSTEM;
    return close_rows(course);
}

static int make_runs(struct course *course, struct crew *crew)
{
    uint64_t broken, kept = course->journal ? shard_held(course->journal) : 0;
    struct sweep_job job = {.sweep = course->sweep,
                            .simulate = sweep_simulate,
                            .crew = crew,
                            .shard = course->journal,
                            .is_unchecked = course->wish->is_unchecked,
                            .first = course->head.first,
                            .count = course->head.count,
                            .seen = see,
                            .user = course};
    course->progress = progress_new("runs", course->head.count, kept);
    enum sweep_end end = sweep_run(&job, &broken);
    progress_free(course->progress);
    if (!course->is_first)
        return EXIT_HELD;
    if (end == SWEEP_BROKEN)
        return tell_broken(course, broken);
    if (end == SWEEP_DONE)
        return write_output(course);
    if (course->rows) /* a write failed: closing tells */
        close_rows(course);
    else if (course->journal && shard_failure(course->journal))
        cli_fail(EXIT_SYSTEM, "%s", shard_failure(course->journal));
    return EXIT_SYSTEM;
}

/* Opens the journal beside a file, or the output that rows go to as they come. */
static int prepare(struct course *course)
{
    int code = EXIT_HELD;
    const struct rows_wish *rows = &course->wish->rows;
    if (!course->is_first)
        return EXIT_HELD;
    if (rows_are_streamed(rows)) {
        course->rows = rows_open(rows, course->sweep);
        return course->rows ? EXIT_HELD : EXIT_SYSTEM;
    }
    course->journal = journal_open(rows->path, &course->head, &code);
    return code;
}

static int run(const struct wish *wish, const struct sweep *sweep, bool is_first)
{
    uint32_t number = wish->has_shard ? wish->shard.number : 1;
    struct course course = {.wish = wish, .sweep = sweep, .is_first = is_first};
    course.head = sweep_head(sweep, number, wish->has_shard ? wish->shard.of : 1);
    int code = together_agree(prepare(&course));
    if (code == EXIT_HELD) {
        struct crew *crew = crew_new(wish->jobs);
        code = together_agree(make_runs(&course, crew));
        crew_free(crew);
    }
    rows_drop(course.rows);
    journal_end(course.journal, code);
    g_free((char *)course.head.about);
    return code;
}

static uint64_t fingerprint(const struct sweep *sweep)
{
    struct shard_head head = sweep_head(sweep, 1, 1);
    struct digest digest;
    digest_init(&digest);
    digest_add_bytes(&digest, head.about, strlen(head.about));
    g_free((char *)head.about);
    return digest.a ^ digest.b;
}

static int read_and_run(struct wish *wish, bool is_first)
{
    struct problems *problems = problems_new();
    wish->sweep.version = PSYNCSIM_VERSION;
    wish->sweep.sets = (const char *const *)wish->sets->pdata;
    wish->sweep.vary = (const char *const *)wish->vary->pdata;
    struct sweep *sweep = sweep_read(&wish->sweep, problems);
    problems_print(problems, stderr, cli_is_coloured(stderr));
    problems_free(problems);
    int code =
        together_agree_on(sweep ? EXIT_HELD : EXIT_BAD_INPUT, sweep ? fingerprint(sweep) : 0);
    if (code == EXIT_HELD)
        code = run(wish, sweep, is_first);
    sweep_free(sweep);
    return code;
}

int command_sweep(int argc, char **argv)
{
    bool is_first = together_enter();
    struct wish wish = {.sets = g_ptr_array_new(), .vary = g_ptr_array_new()};
    int code = take_arguments(&wish, argc, argv) ? read_and_run(&wish, is_first) : wish.code;
    g_ptr_array_free(wish.sets, TRUE);
    g_ptr_array_free(wish.vary, TRUE);
    return code;
}
