/* psyncsim size: how large the backlog and the output-buffer limit must be for a risk target. */
#include <string.h>
#include "sim/cli/checkpoint.h"
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/mpi_cli.h"
#include "sim/cli/progress.h"
#include "sim/cli/shard_option.h"
#include "sim/cli/size_logs.h"
#include "sim/cli/size_output.h"
#include "sim/cli/version.h"
#include "sim/study/size/size_request.h"

struct args {
    struct size_request request;
    struct size_output output;
    struct shard_option shard;
    const char *path; /* of a part */
    GPtrArray *overrides;
    GPtrArray *logs;
};

/* ---- the command line ---- */

static const char *parse_target(void *field, const char *text)
{
    return size_target_parse(text, strlen(text), field);
}

static const struct option_row OPTIONS[] = {
#define SIZE_OPTION(field, name, letter, argument, fallback, what)                                 \
    STRING(request.options.field, name, letter, argument, what),
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    LIST(logs, "logs", 0, "FILE",
         "servers' logs, as explain reads them: outages, rate and phases; may be repeated"),
    PARSED(request.target, "target", 't', parse_target, "TEXT",
           "one full resync per replica in a year", "what is acceptable"),
    LIST(overrides, "set", 's', "PATH=VALUE",
         "change the scenario (config.repl-timeout=30); may be repeated"),
    STRING(output.svg, "svg", 'v', "FILE",
           "the risk curve as a picture; - is stdout, without the words"),
    STRING(output.html, "html", 0, "FILE",
           "the answer as a page for a browser, with the figures that matter most; it takes eleven "
           "times as long"),
    FLAG(output.plot, "plot", 'p', "the risk curve in characters (as on a terminal)"),
    FLAG(output.details, "details", 0,
         "risk curve, formulas, memory, CONFIG SET lines, names of managed services"),
    STRING(output.scenario, "scenario", 0, "FILE",
           "write the scenario that was asked, for psyncsim run; - is stdout, without the answer"),
    OPTION(request.memory_limit, "memory-limit", 0, SIZE, 1, INT64_MAX / 4, "SIZE", NULL,
           "of the process, copies on write included: the answer must fit"),
    FLAG(output.json, "json", 'j', "the answer as one line of JSON"),
    OPTION(request.checks, "check", 0, COUNT, 0, SIZE_CHECKS_MAX, "N", NULL,
           "draw N outages as well, to judge the answer"),
    OPTION(request.seed, "seed", 0, SEED, 0, INT64_MAX, "N", NULL,
           "this seed instead of the scenario's"),
    OPTION(output.jobs, "jobs", 0, COUNT, 0, 1024, "N", NULL,
           "work by N threads; else by one for each processor"),
    PARSED(shard, "shard", 0, shard_option_parse, "I/N", NULL,
           "make part I of N, for psyncsim merge; slurm: by its environment"),
    STRING(path, "output", 'o', "FILE", "the part that --shard makes"),
    {0}};

static const struct option_rule RULES[] = {
#define SIZE_OPTION(field, name, letter, argument, fallback, what)                                 \
    EXCLUDES(name, "FILE", "--set changes a scenario file"),
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    EXCLUDES("logs", "FILE", "--set changes a scenario file"),
    SIZE_OUTPUT_RULES,
    EXCLUDES("shard", "json", "a part holds no answer; give --json to psyncsim merge"),
    EXCLUDES("shard", "plot", "a part holds no answer; give --plot to psyncsim merge"),
    EXCLUDES("html -", "svg -", "both write to stdout"),
    EXCLUDES("html -", "json", "both write to stdout"),
    EXCLUDES("html -", "scenario -", "both write to stdout"),
    EXCLUDES("shard", "html", "a part holds no answer"),
    EXCLUDES("shard", "svg", "a part holds no answer; give --svg to psyncsim merge"),
    NEEDS("output", "shard", "without it the answer is written to stdout"),
    NEEDS("shard", "output", "a part is written to a file"),
    EXCLUDES("shard", "output -", "a part is written to a file"),
    {0}};

/* The command that gives the same answer again. */
static char *repeat(const struct args *args, uint64_t seed)
{
    const struct size_request *request = &args->request;
    GString *command = g_string_new("psyncsim size");
    if (request->file)
        cli_append_word(command, request->file);
#define SIZE_OPTION(field, name, letter, argument, fallback, what)                                 \
    cli_append_option(command, name, request->options.field);
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    cli_append_list(command, "logs", args->logs);
    cli_append_option(command, "target", request->has_target ? request->target.text : NULL);
    cli_append_list(command, "set", args->overrides);
    g_string_append_printf(command, " --seed %" G_GUINT64_FORMAT, seed);
    return g_string_free(command, FALSE);
}

/* ---- a part of the samples ---- */

static void show(void *user, uint64_t done)
{
    progress_show(user, done);
}

static int make_samples(const struct args *args, const struct size_case *at, struct size_part *part,
                        bool is_first)
{
    struct progress *progress =
        progress_new("samples", part->count, part->file ? record_file_held(part->file) : 0);
    part->seen = show;
    part->user = progress;
    bool is_good = size_request_sample(at, (uint32_t)args->output.jobs, part);
    progress_free(progress);
    if (!is_first)
        return EXIT_HELD;
    if (part->broken[0] != '\0')
        return cli_bug(part->broken, at->again);
    return is_good ? checkpoint_write(part->file, args->path)
                   : cli_fail(EXIT_SYSTEM, "%s", record_file_failure(part->file));
}

static int make_part(const struct args *args, const struct size_case *at, bool is_first)
{
    struct record_file_head head = size_case_head(at, args->shard.number, args->shard.of);
    struct size_part part = {.first = head.first, .count = head.count};
    int code = EXIT_HELD;
    if (is_first)
        part.file = checkpoint_open(args->path, &head, &code);
    code = mpi_cli_agree(code);
    if (code == EXIT_HELD)
        code = mpi_cli_agree(make_samples(args, at, &part, is_first));
    checkpoint_end(part.file, code);
    g_free((char *)head.about);
    return code;
}

/* ---- the command ---- */

/* What has no meaning for a scenario of that kind, by name; else NULL. */
static const char *misplaced(const struct cli *cli, const struct scenario *scenario)
{
    static const char *const OF_A_RISK[] = {"target", "svg", "html", "plot", "memory-limit"};
    static const char *const OF_A_LAW[] = {"shard", "check"};
    for (size_t i = 0; i < G_N_ELEMENTS(OF_A_RISK); i++)
        if (size_is_story(scenario) && option_is_given(cli, OF_A_RISK[i]))
            return OF_A_RISK[i];
    for (size_t i = 0; i < G_N_ELEMENTS(OF_A_LAW); i++)
        if ((size_is_story(scenario) || size_is_counted(scenario)) &&
            option_is_given(cli, OF_A_LAW[i]))
            return OF_A_LAW[i];
    return NULL;
}

static int check_options(const struct cli *cli, const struct scenario *scenario)
{
    const char *name = misplaced(cli, scenario);
    if (!name)
        return EXIT_HELD;
    return cli_fail(EXIT_BAD_INPUT, "size: --%s: %s", name,
                    size_is_story(scenario)
                        ? "a scenario whose faults strike at fixed times has no risk and no "
                          "outages to draw, expected one with `every`"
                        : "this scenario is counted in runs of the whole, and has no law of one "
                          "outage to draw from; expected outages of one kind (--outages with "
                          "--outage-kind)");
}

/* Several ranks have no stdin in common. */
static bool may_read(const struct size_request *request, const GPtrArray *logs)
{
    const struct size_options *options = &request->options;
    const char *files[] = {request->file, options->outages,    options->conf,
                           options->info, options->info_later, options->series};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        if (!mpi_cli_may_read("size", files[i]))
            return false;
    for (guint i = 0; logs->pdata[i]; i++)
        if (!mpi_cli_may_read("size", logs->pdata[i]))
            return false;
    return true;
}

static struct size_case *ask(const struct size_request *request)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct size_case *at = size_request_read(request, PSYNCSIM_VERSION, diagnostics);
    cli_diagnose(diagnostics);
    return at;
}

static int run(const struct cli *cli)
{
    struct args *args = cli->args;
    struct size_request *request = &args->request;
    if (!may_read(request, args->logs) ||
        !shard_option_check(&args->shard, cli->command->name, args->path))
        return EXIT_BAD_INPUT;
    request->has_target = option_is_given(cli, "target");
    request->overrides = (const char *const *)args->overrides->pdata;
    struct size_logs logs = {0};
    int read =
        args->logs->pdata[0] ? size_logs_read(&logs, args->logs, request->options.conf) : EXIT_HELD;
    request->logs = args->logs->pdata[0] ? &logs.input : NULL;
    struct size_case *at = read == EXIT_HELD ? ask(request) : NULL;
    size_logs_clear(&logs);
    if (at) {
        g_free(at->again);
        at->again = repeat(args, at->question.seed);
    }
    int code = mpi_cli_agree_on(at ? EXIT_HELD : EXIT_BAD_INPUT,
                                at ? size_case_head(at, 1, 1) : (struct record_file_head){0});
    if (at && code == EXIT_HELD)
        code = mpi_cli_agree(check_options(cli, at->scenario));
    if (at && code == EXIT_HELD)
        code = args->shard.of > 0 ? make_part(args, at, cli->is_first)
                                  : size_output_answer(&args->output, at, cli->is_first);
    size_case_free(at);
    return code;
}

const struct command command_size = {
    .name = "size",
    .help = "compute backlog size and output-buffer limit for a risk target",
    .options = OPTIONS,
    .rules = RULES,
    .operands = OPERAND(request.file, "FILE", 0, ""),
    .args_size = sizeof(struct args),
    .run = run,
    .is_shared = true,
};
