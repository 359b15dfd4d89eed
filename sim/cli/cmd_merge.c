/* psyncsim merge: the shards of a study become what one process would have written. */
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/checkpoint.h"
#include "sim/cli/rows.h"
#include "sim/cli/size_shard.h"
#include "sim/cli/mpi_cli.h"
#include "sim/cli/version.h"
#include "sim/study/records/record_file.h"
#include "sim/study/sweep/sweep.h"

#define JOBS_MAX 1024

struct args {
    struct rows_args rows;
    struct size_report report;
    char **paths;                            /* ended by NULL */
    const char *rows_option, *report_option; /* the last of those for one kind; NULL: none */
    int code;                                /* when it cannot be had */
};

/* ---- a sweep's ---- */

/* False after words. What cannot be written is told when it is closed. */
static bool put_rows(struct record_merge *shards, const struct sweep *sweep, struct rows *rows)
{
    int64_t *record = g_new(int64_t, sweep->words);
    bool is_found = true, is_written = true;
    for (uint64_t run = 0; run < record_merge_head(shards)->total && is_found && is_written;
         run++) {
        is_found = record_merge_find(shards, run, record);
        is_written = is_found && rows_put(rows, run, record);
    }
    if (!is_found)
        cli_fail(EXIT_SYSTEM, "a shard changed while it was in use");
    g_free(record);
    return is_found;
}

static int write_rows(const struct args *args, struct record_merge *shards,
                      const struct sweep *sweep)
{
    struct rows *rows = rows_open(&args->rows, sweep);
    if (!rows)
        return EXIT_SYSTEM;
    if (put_rows(shards, sweep, rows))
        return rows_close(rows);
    rows_drop(rows);
    return EXIT_SYSTEM;
}

static int merge_sweep(const struct args *args, struct record_merge *shards)
{
    struct sweep *sweep = sweep_from_head(record_merge_head(shards));
    int code = EXIT_HELD;
    if (args->report_option)
        code = cli_fail(EXIT_BAD_INPUT, "merge: --%s is for shards of size; these are of sweep",
                        args->report_option);
    else if (!sweep)
        code = cli_fail(EXIT_BAD_INPUT,
                        "%s: what its runs are is written in another way than "
                        "psyncsim %s writes it",
                        args->paths[0], PSYNCSIM_VERSION);
    else if (args->rows.compares && sweep->is_per_node)
        code = cli_fail(EXIT_BAD_INPUT, "merge: --compare needs a row per run; these shards were "
                                        "made with --per-node");
    else if (args->rows.compares && sweep->axes->len == 0)
        code = cli_fail(EXIT_BAD_INPUT, "merge: --compare: nothing was varied in these shards");
    else if (!args->report.is_silent)
        code = write_rows(args, shards, sweep);
    sweep_free(sweep);
    return code;
}

/* ---- a sizing's ---- */

static int merge_size(const struct args *args, struct record_merge *shards)
{
    if (args->rows_option)
        return cli_fail(EXIT_BAD_INPUT, "merge: --%s is for shards of sweep; these are of size",
                        args->rows_option);
    return size_shard_merge(&args->report, shards, args->paths[0]);
}

/* ---- any ---- */

struct kind {
    const char *name;
    int (*merge)(const struct args *args, struct record_merge *shards);
};

static const struct kind KINDS[] = {{"sweep", merge_sweep}, {"size", merge_size}};

static int merge_kind(const struct args *args, struct record_merge *shards)
{
    const char *name = record_merge_head(shards)->kind;
    size_t i = 0;
    while (i < G_N_ELEMENTS(KINDS) && strcmp(KINDS[i].name, name) != 0)
        i++;
    return i < G_N_ELEMENTS(KINDS)
               ? KINDS[i].merge(args, shards)
               : cli_fail(EXIT_BAD_INPUT, "%s: shards of '%.40s' are not known here",
                          args->paths[0], name);
}

static int merge(const struct args *args)
{
    GError *error = NULL;
    struct record_merge *shards = record_merge_read((const char *const *)args->paths, &error);
    int code = mpi_cli_agree(shards ? EXIT_HELD : checkpoint_fail(error));
    if (code == EXIT_HELD)
        code = mpi_cli_agree(merge_kind(args, shards));
    record_merge_free(shards);
    return code;
}

static bool take_jobs(struct args *args, const char *text)
{
    guint64 jobs;
    if (g_ascii_string_to_unsigned(text, 10, 1, JOBS_MAX, &jobs, NULL)) {
        args->report.jobs = (uint32_t)jobs;
        return true;
    }
    args->code =
        cli_fail(EXIT_BAD_INPUT, "merge: --jobs: found '%s', expected 1 to %d", text, JOBS_MAX);
    return false;
}

static bool take_option(struct args *args, int option, const char *value)
{
    switch (option) {
    case 'o':
        args->rows.path = value;
        args->rows_option = "output";
        return true;
    case 'f':
        args->rows.format = value;
        args->rows_option = "format";
        return true;
    case 'c':
        args->rows.compares = true;
        args->rows_option = "compare";
        return true;
    case 'v':
        args->report.svg = value;
        args->report_option = "svg";
        return true;
    case 'p':
        args->report.plot = true;
        args->report_option = "plot";
        return true;
    case 'j':
        args->report.json = true;
        args->report_option = "json";
        return true;
    default:
        args->report_option = "jobs";
        return take_jobs(args, value);
    }
}

static bool take_arguments(struct args *args, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        {"output", 'o', "FILE", "sweep: rows into this file, whole or not at all; - is stdout"},
        {"format", 'f', "NAME", "sweep: csv or ndjson; else by the name of the file"},
        {"compare", 'c', NULL, "sweep: paired differences between the values, as a table"},
        {"svg", 'v', "FILE", "size: the risk curve as a picture; - is stdout, without the words"},
        {"plot", 'p', NULL, "size: the risk curve in characters (as on a terminal)"},
        {"json", 'j', NULL, "size: the answer as one line of JSON"},
        {"jobs", '8', "N", "size: what is left to simulate, by N threads"},
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option, count;
    while ((option = cli_next(&cli)) >= 0)
        if (!take_option(args, option, cli.value))
            return false;
    args->code = cli.code;
    args->paths = cli_operands(&cli, &count);
    if (option == CLI_STOP)
        return false;
    if (count == 0)
        args->code = cli_fail(EXIT_BAD_INPUT, "merge needs the files that --shard made");
    else if (!size_report_fits(&args->report))
        args->code = EXIT_BAD_INPUT;
    return args->code == EXIT_HELD && rows_fit("merge", &args->rows, &args->code);
}

int command_merge(int argc, char **argv)
{
    bool is_first = mpi_cli_enter();
    struct args args = {.report = {.command = "merge", .is_silent = !is_first}};
    return take_arguments(&args, argc, argv) ? merge(&args) : args.code;
}
