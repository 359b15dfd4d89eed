/* psyncsim merge: the shards of a study become what one process would have written. */
#include <limits.h>
#include <string.h>
#include "sim/cli/checkpoint.h"
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/mpi_cli.h"
#include "sim/cli/rows.h"
#include "sim/cli/size_output.h"
#include "sim/cli/version.h"
#include "sim/study/records/record_file.h"
#include "sim/study/size/size_request.h"
#include "sim/study/sweep/sweep.h"

struct args {
    struct rows_args rows;
    struct size_output output;
    char **paths;
};

static const struct option_row OPTIONS[] = {
    STRING(rows.path, "output", 'o', "FILE",
           "sweep: rows into this file, whole or not at all; - is stdout"),
    PARSED(rows.format, "format", 'f', rows_parse_format, "csv|ndjson", NULL,
           "sweep: of the rows; else by the name of the file"),
    FLAG(rows.compares, "compare", 'c', "sweep: paired differences between the values, as a table"),
    STRING(output.svg, "svg", 'v', "FILE",
           "size: the risk curve as a picture; - is stdout, without the words"),
    FLAG(output.plot, "plot", 'p', "size: the risk curve in characters (as on a terminal)"),
    FLAG(output.details, "details", 0, "size: all tables, and other forms of the block"),
    FLAG(output.json, "json", 'j', "size: the answer as one line of JSON"),
    OPTION(output.jobs, "jobs", 0, COUNT, 1, 1024, "N", NULL,
           "size: what is left to simulate, by N threads"),
    {0}};

static const struct option_rule RULES[] = {
    SIZE_OUTPUT_RULES, EXCLUDES("compare", "output -", "both write to stdout"), {0}};

/* Whether all options are for that kind of study: their help says for which. */
static bool are_for(const struct cli *cli, const char *kind)
{
    for (const struct option_row *row = OPTIONS; row->name; row++)
        if (cli->given[row - OPTIONS] && !g_str_has_prefix(row->help, kind)) {
            cli_fail(EXIT_BAD_INPUT, "merge: --%s is for shards of %.*s; these are of %s",
                     row->name, (int)strcspn(row->help, ":"), row->help, kind);
            return false;
        }
    return true;
}

/* ---- a sweep's ---- */

/* False after words. What cannot be written is reported when it is closed. */
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

static int merge_sweep(const struct cli *cli, struct record_merge *shards)
{
    struct args *args = cli->args;
    struct sweep *sweep = sweep_from_head(record_merge_head(shards));
    int code = EXIT_HELD;
    rows_settle(&args->rows);
    if (!sweep)
        code =
            cli_fail(EXIT_BAD_INPUT, "%s: written by an incompatible version (this is psyncsim %s)",
                     args->paths[0], PSYNCSIM_VERSION);
    else if (args->rows.compares && sweep->is_per_node)
        code = cli_fail(EXIT_BAD_INPUT, "merge: --compare compares whole runs; these shards were "
                                        "made with --per-node");
    else if (args->rows.compares && sweep->axes->len == 0)
        code = cli_fail(EXIT_BAD_INPUT, "merge: --compare: nothing was varied in these shards");
    else if (cli->is_first)
        code = write_rows(args, shards, sweep);
    sweep_free(sweep);
    return mpi_cli_agree(code);
}

/* ---- a sizing's ---- */

static int merge_size(const struct cli *cli, struct record_merge *shards)
{
    const struct args *args = cli->args;
    GError *error = NULL;
    struct diagnostics *diagnostics = diagnostics_new();
    struct size_case *at =
        size_request_merge(shards, args->paths[0], PSYNCSIM_VERSION, diagnostics, &error);
    cli_diagnose(diagnostics);
    int code = mpi_cli_agree(at ? EXIT_HELD : checkpoint_fail(error));
    if (code == EXIT_HELD)
        code = size_output_answer(&args->output, at, cli->is_first);
    size_request_merge_end(at);
    return code;
}

/* ---- any ---- */

static int merge_kind(const struct cli *cli, struct record_merge *shards)
{
    const struct args *args = cli->args;
    const char *kind = record_merge_head(shards)->kind;
    bool is_sweep = strcmp(kind, "sweep") == 0;
    if (!is_sweep && strcmp(kind, "size") != 0)
        return cli_fail(EXIT_BAD_INPUT, "%s: found shards of '%.40s', expected sweep or size",
                        args->paths[0], kind);
    if (!are_for(cli, kind))
        return EXIT_BAD_INPUT;
    return is_sweep ? merge_sweep(cli, shards) : merge_size(cli, shards);
}

static int run(const struct cli *cli)
{
    const struct args *args = cli->args;
    GError *error = NULL;
    struct record_merge *shards = record_merge_read((const char *const *)args->paths, &error);
    int code = mpi_cli_agree(shards ? EXIT_HELD : checkpoint_fail(error));
    if (code == EXIT_HELD)
        code = merge_kind(cli, shards);
    record_merge_free(shards);
    return code;
}

const struct command command_merge = {
    .name = "merge",
    .help = "put the parts of a study together into one output",
    .options = OPTIONS,
    .rules = RULES,
    .operands = OPERANDS(paths, "SHARD...", 1, INT_MAX, "the files that --shard made"),
    .args_size = sizeof(struct args),
    .run = run,
    .is_shared = true,
};
