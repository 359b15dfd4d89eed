/* psyncsim merge: the shards of a study become what one process would have written. */
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/rows.h"
#include "sim/cli/version.h"
#include "sim/study/shard.h"
#include "sim/study/sweep.h"

struct wish {
    struct rows_wish rows;
    char **paths; /* ended by NULL */
    int code;     /* when it cannot be had */
};

/* ---- a sweep's ---- */

/* False after words. What cannot be written is told when it is closed. */
static bool put_rows(struct shards *shards, const struct sweep *sweep, struct rows *rows)
{
    int64_t *record = g_new(int64_t, sweep->words);
    bool is_found = true, is_written = true;
    for (uint64_t run = 0; run < shards_head(shards)->total && is_found && is_written; run++) {
        is_found = shards_find(shards, run, record);
        is_written = is_found && rows_put(rows, run, record);
    }
    if (!is_found)
        cli_fail(EXIT_SYSTEM, "a shard changed while it was in use");
    g_free(record);
    return is_found;
}

static int write_rows(const struct wish *wish, struct shards *shards, const struct sweep *sweep)
{
    struct rows *rows = rows_open(&wish->rows, sweep);
    if (!rows)
        return EXIT_SYSTEM;
    if (put_rows(shards, sweep, rows))
        return rows_close(rows);
    rows_drop(rows);
    return EXIT_SYSTEM;
}

static int merge_sweep(const struct wish *wish, struct shards *shards)
{
    struct sweep *sweep = sweep_from_head(shards_head(shards));
    int code;
    if (!sweep)
        code = cli_fail(EXIT_BAD_INPUT,
                        "%s: what its runs are is written in another way than "
                        "psyncsim %s writes it",
                        wish->paths[0], PSYNCSIM_VERSION);
    else if (wish->rows.compares && sweep->is_per_node)
        code = cli_fail(EXIT_BAD_INPUT, "merge: --compare needs a row per run; these shards were "
                                        "made with --per-node");
    else if (wish->rows.compares && sweep->axes->len == 0)
        code = cli_fail(EXIT_BAD_INPUT, "merge: --compare: nothing was varied in these shards");
    else
        code = write_rows(wish, shards, sweep);
    sweep_free(sweep);
    return code;
}

/* ---- any ---- */

struct kind {
    const char *name;
    int (*merge)(const struct wish *wish, struct shards *shards);
};

static const struct kind KINDS[] = {{"sweep", merge_sweep}};

static int merge(const struct wish *wish)
{
    GError *error = NULL;
    struct shards *shards = shards_read((const char *const *)wish->paths, &error);
    if (!shards) {
        int code = error->code == SHARD_ERROR_INPUT ? EXIT_BAD_INPUT : EXIT_SYSTEM;
        cli_fail(code, "%s", error->message);
        g_error_free(error);
        return code;
    }
    const char *name = shards_head(shards)->kind;
    size_t i = 0;
    while (i < G_N_ELEMENTS(KINDS) && strcmp(KINDS[i].name, name) != 0)
        i++;
    int code = i < G_N_ELEMENTS(KINDS)
                   ? KINDS[i].merge(wish, shards)
                   : cli_fail(EXIT_BAD_INPUT, "%s: shards of '%.40s' are not known here",
                              wish->paths[0], name);
    shards_free(shards);
    return code;
}

static bool take_arguments(struct wish *wish, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        {"output", 'o', "FILE", "rows into this file, whole or not at all; - is stdout"},
        {"format", 'f', "NAME", "csv or ndjson; else by the name of the file"},
        {"compare", 'c', NULL, "paired differences between the values, as a table"},
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option, count;
    while ((option = cli_next(&cli)) >= 0) {
        if (option == 'o')
            wish->rows.path = cli.value;
        else if (option == 'f')
            wish->rows.format = cli.value;
        else
            wish->rows.compares = true;
    }
    wish->code = cli.code;
    wish->paths = cli_operands(&cli, &count);
    if (option == CLI_STOP)
        return false;
    if (count == 0)
        wish->code = cli_fail(EXIT_BAD_INPUT, "merge needs the files that --shard made");
    return count > 0 && rows_fit("merge", &wish->rows, &wish->code);
}

int command_merge(int argc, char **argv)
{
    struct wish wish = {0};
    return take_arguments(&wish, argc, argv) ? merge(&wish) : wish.code;
}
