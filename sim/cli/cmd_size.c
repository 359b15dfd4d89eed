/* psyncsim size: how large the backlog and the output-buffer limit must be for a risk target. */
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/rows.h"
#include "sim/cli/shard_option.h"
#include "sim/cli/size_report.h"
#include "sim/cli/size_shard.h"
#include "sim/cli/mpi_cli.h"
#include "sim/cli/version.h"
#include "sim/engine/digest.h"
#include "sim/engine/quantity.h"
#include "sim/study/input/input.h"
#include "sim/study/size/size.h"
#include "sim/study/input/case_yaml.h"

#define JOBS_MAX       1024
#define DEFAULT_TARGET "one full resync per replica in a year"

struct args {
    const char *file, *target, *output;
    struct size_report report;
    struct shard_option shard;
    struct size_options options;
    const char *first_option; /* of those that describe a case */
    GPtrArray *overrides;
    int64_t seed, jobs, checks;
    bool has_seed, has_shard;
    int code;
};

static bool take_number(struct args *args, const char *option, const char *text, int64_t *value)
{
    enum quantity_kind kind = value == &args->seed ? QUANTITY_SEED : QUANTITY_COUNT;
    const char *wrong = quantity_parse(kind, text, strlen(text), value);
    if (wrong)
        args->code =
            cli_fail(EXIT_BAD_INPUT, "size: --%s: found '%s', expected %s", option, text, wrong);
    return wrong == NULL;
}

static bool take_later_info(struct args *args, const char *value)
{
    if (args->options.info_later)
        args->code = cli_fail(EXIT_BAD_INPUT, "size takes --info once or twice");
    args->options.info_later = value;
    return args->code == EXIT_HELD;
}

static bool take_case(struct args *args, int option, const char *value)
{
    if (option == 'i' && args->options.info)
        return take_later_info(args, value);
    switch (option) {
#define SIZE_OPTION(field, name, letter, argument, fallback, what)                                 \
    case letter:                                                                                   \
        args->options.field = value;                                                               \
        args->first_option = args->first_option ? args->first_option : name;                       \
        return true;
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    default:
        g_ptr_array_add(args->overrides, (char *)value);
        return true;
    }
}

static bool take_option(struct args *args, int option, const char *value)
{
    switch (option) {
    case 't':
        args->target = value;
        return true;
    case 'v':
        args->report.svg = value;
        return true;
    case 'p':
        args->report.plot = true;
        return true;
    case 'j':
        args->report.json = true;
        return true;
    case '7':
        args->has_seed = true;
        return take_number(args, "seed", value, &args->seed);
    case '8':
        return take_number(args, "jobs", value, &args->jobs);
    case '9':
        return take_number(args, "check", value, &args->checks);
    case 'o':
        args->output = value;
        return true;
    case '0':
        args->has_shard = true;
        return shard_option_take("size", value, &args->shard, &args->code);
    default:
        return take_case(args, option, value);
    }
}

/* What --shard and --output want of each other and of the rest. NULL: nothing is wrong. */
static const char *wrong_shard(const struct args *args)
{
    struct rows_args output = {.path = args->output};
    const struct size_report *report = &args->report;
    if (!args->has_shard)
        return args->output ? "writes --output with --shard alone; the answer goes to stdout"
                            : NULL;
    if (report->json || report->plot || report->svg)
        return "makes a part with --shard; --json, --plot and --svg are for psyncsim merge";
    return rows_are_streamed(&output) ? "needs a file with --shard: -o FILE" : NULL;
}

/* Several ranks have no stdin in common. */
static bool may_read(struct args *args)
{
    const struct size_options *options = &args->options;
    const char *files[] = {args->file,    options->outages,    options->conf,
                           options->info, options->info_later, options->series};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        if (files[i] && !mpi_cli_may_read("size", files[i], &args->code))
            return false;
    return true;
}

static bool fits_together(struct args *args, int count)
{
    char *both = g_strdup_printf("takes a scenario file or --%s, not both; --set changes a file",
                                 args->first_option ? args->first_option : "");
    const char *wrong = count > 1                          ? "takes one scenario"
                        : count == 1 && args->first_option ? both
                        : args->checks > SIZE_CHECKS_MAX ? "draws at most 100000 outages by --check"
                        : args->jobs > JOBS_MAX          ? "takes at most 1024 --jobs"
                                                         : wrong_shard(args);
    if (wrong)
        args->code = cli_fail(EXIT_BAD_INPUT, "size %s", wrong);
    else if (!size_report_fits(&args->report))
        args->code = EXIT_BAD_INPUT;
    g_free(both);
    return args->code == EXIT_HELD && may_read(args);
}

static bool take_arguments(struct args *args, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
#define SIZE_OPTION(field, name, letter, argument, fallback, what) {name, letter, argument, what},
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
        {"target", 't', "TEXT", "what is acceptable (default: '" DEFAULT_TARGET "')"},
        {"set", 's', "PATH=VALUE", "change the scenario (config.repl-timeout=30); may be repeated"},
        {"svg", 'v', "FILE", "the risk curve as a picture; - is stdout, without the words"},
        {"plot", 'p', NULL, "the risk curve in characters (as on a terminal)"},
        {"json", 'j', NULL, "the answer as one line of JSON"},
        {"check", '9', "N", "draw N outages as well, to judge the answer"},
        {"seed", '7', "N", "this seed instead of the scenario's"},
        {"jobs", '8', "N", "work by N threads (default: one for each processor)"},
        {"shard", '0', "I/N", "make part I of N, for psyncsim merge; slurm: by its environment"},
        {"output", 'o', "FILE", "the part that --shard makes"},
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option, count;
    while ((option = cli_next(&cli)) >= 0)
        if (!take_option(args, option, cli.value))
            return false;
    g_ptr_array_add(args->overrides, NULL);
    args->code = cli.code;
    if (option == CLI_STOP)
        return false;
    args->file = cli_operands(&cli, &count)[0];
    return fits_together(args, count);
}

/* The command that gives the same answer again. */
static char *repeat(const struct args *args, const struct size_question *question)
{
    GString *command = g_string_new("psyncsim size");
    if (args->file)
        cli_append_word(command, args->file);
#define SIZE_OPTION(field, name, letter, argument, fallback, what)                                 \
    if (args->options.field) {                                                                     \
        g_string_append(command, " --" name);                                                      \
        cli_append_word(command, args->options.field);                                             \
    }
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    if (args->options.info_later) {
        g_string_append(command, " --info");
        cli_append_word(command, args->options.info_later);
    }
    if (args->target) {
        g_string_append(command, " --target");
        cli_append_word(command, args->target);
    }
    for (guint i = 0; i + 1 < args->overrides->len; i++) {
        g_string_append(command, " --set");
        cli_append_word(command, args->overrides->pdata[i]);
    }
    g_string_append_printf(command, " --seed %" G_GUINT64_FORMAT, question->seed);
    return g_string_free(command, FALSE);
}

/* ---- what goes in ---- */

static bool read_case(const struct args *args, struct size_case *at,
                      struct diagnostics *diagnostics)
{
    struct input_figures *figures = input_read(&args->options, at->provenance, diagnostics);
    GString *text =
        figures ? size_make(&args->options, figures, at->provenance, diagnostics) : NULL;
    input_figures_free(figures);
    if (!text)
        return false;
    bool is_good = size_case_read_text(at, "size", text->str, diagnostics);
    g_string_free(text, TRUE);
    return is_good;
}

static bool read_input(const struct args *args, struct size_case *at)
{
    struct diagnostics *diagnostics = diagnostics_new();
    bool is_good;
    for (guint i = 0; args->overrides->pdata[i]; i++)
        size_case_override(at, args->overrides->pdata[i]);
    if (args->file) {
        is_good = size_case_read(at, args->file, diagnostics);
        provenance_add(at->provenance, "scenario", args->file, "file");
    } else {
        is_good = read_case(args, at, diagnostics);
    }
    for (guint i = 0; args->overrides->pdata[i]; i++) {
        char **sides = g_strsplit(args->overrides->pdata[i], "=", 2);
        provenance_add(at->provenance, sides[0], sides[1] ? sides[1] : "", "--set");
        g_strfreev(sides);
    }
    diagnostics_print(diagnostics, stderr, cli_is_coloured(stderr));
    diagnostics_free(diagnostics);
    return is_good;
}

/* Everything but the work. Returns the exit code, after words if it is not 0. */
static int ask(const struct args *args, struct size_case *at)
{
    const char *target = args->target ? args->target : DEFAULT_TARGET;
    struct size_question *question = &at->question;
    const char *wrong = size_target_parse(target, strlen(target), &question->target);
    if (wrong)
        return cli_fail(EXIT_BAD_INPUT, "size: --target: found '%.80s', expected %s", target,
                        wrong);
    if (!read_input(args, at))
        return EXIT_BAD_INPUT;
    if (!size_case_has_replica(at))
        return cli_fail(EXIT_BAD_INPUT,
                        "size: the scenario has no replica; one with replicaof would do");
    if (args->target || !args->file)
        provenance_add(at->provenance, "target", question->target.text,
                       args->target ? "--target" : "default");
    question->checks = (uint64_t)args->checks;
    question->seed = args->has_seed ? (uint64_t)args->seed : at->scenario->seed;
    g_free(at->again);
    at->again = repeat(args, question);
    return EXIT_HELD;
}

static uint64_t fingerprint(const struct size_case *at)
{
    struct record_file_head head = size_case_head(at, 1, 1);
    struct digest digest;
    digest_init(&digest);
    digest_add_bytes(&digest, head.about, strlen(head.about));
    g_free((char *)head.about);
    return digest.a ^ digest.b;
}

static int answer(const struct args *args, const struct size_case *at, bool is_first)
{
    uint32_t jobs = (uint32_t)args->jobs;
    if (args->has_shard) {
        struct size_shard_args shard = {args->shard, args->output, jobs, is_first};
        return size_shard_make(&shard, at);
    }
    struct size_report report = args->report;
    report.jobs = jobs;
    report.is_silent = !is_first;
    return mpi_cli_agree(size_report(&report, at));
}

static int read_and_answer(const struct args *args, bool is_first)
{
    struct size_case *at = size_case_new(PSYNCSIM_VERSION);
    int code = ask(args, at);
    code = mpi_cli_agree_on(code, code == EXIT_HELD ? fingerprint(at) : 0);
    if (code == EXIT_HELD)
        code = answer(args, at, is_first);
    size_case_free(at);
    return code;
}

int command_size(int argc, char **argv)
{
    bool is_first = mpi_cli_enter();
    struct args args = {.report = {.command = "size"}, .overrides = g_ptr_array_new()};
    int code = take_arguments(&args, argc, argv) ? read_and_answer(&args, is_first) : args.code;
    g_ptr_array_free(args.overrides, TRUE);
    return code;
}
