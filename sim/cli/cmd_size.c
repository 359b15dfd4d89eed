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

struct wish {
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

static bool take_number(struct wish *wish, const char *option, const char *text, int64_t *value)
{
    enum quantity_kind kind = value == &wish->seed ? QUANTITY_SEED : QUANTITY_COUNT;
    const char *wrong = quantity_parse(kind, text, strlen(text), value);
    if (wrong)
        wish->code =
            cli_fail(EXIT_BAD_INPUT, "size: --%s: found '%s', expected %s", option, text, wrong);
    return wrong == NULL;
}

static bool take_later_info(struct wish *wish, const char *value)
{
    if (wish->options.info_later)
        wish->code = cli_fail(EXIT_BAD_INPUT, "size takes --info once or twice");
    wish->options.info_later = value;
    return wish->code == EXIT_HELD;
}

static bool take_case(struct wish *wish, int option, const char *value)
{
    if (option == 'i' && wish->options.info)
        return take_later_info(wish, value);
    switch (option) {
#define SIZE_OPTION(field, name, letter, argument, fallback, what)                                 \
    case letter:                                                                                   \
        wish->options.field = value;                                                               \
        wish->first_option = wish->first_option ? wish->first_option : name;                       \
        return true;
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    default:
        g_ptr_array_add(wish->overrides, (char *)value);
        return true;
    }
}

static bool take_option(struct wish *wish, int option, const char *value)
{
    switch (option) {
    case 't':
        wish->target = value;
        return true;
    case 'v':
        wish->report.svg = value;
        return true;
    case 'p':
        wish->report.plot = true;
        return true;
    case 'j':
        wish->report.json = true;
        return true;
    case '7':
        wish->has_seed = true;
        return take_number(wish, "seed", value, &wish->seed);
    case '8':
        return take_number(wish, "jobs", value, &wish->jobs);
    case '9':
        return take_number(wish, "check", value, &wish->checks);
    case 'o':
        wish->output = value;
        return true;
    case '0':
        wish->has_shard = true;
        return shard_option_take("size", value, &wish->shard, &wish->code);
    default:
        return take_case(wish, option, value);
    }
}

/* What --shard and --output want of each other and of the rest. NULL: nothing is wrong. */
static const char *wrong_shard(const struct wish *wish)
{
    struct rows_wish output = {.path = wish->output};
    const struct size_report *report = &wish->report;
    if (!wish->has_shard)
        return wish->output ? "writes --output with --shard alone; the answer goes to stdout"
                            : NULL;
    if (report->json || report->plot || report->svg)
        return "makes a part with --shard; --json, --plot and --svg are for psyncsim merge";
    return rows_are_streamed(&output) ? "needs a file with --shard: -o FILE" : NULL;
}

/* Several ranks have no stdin in common. */
static bool may_read(struct wish *wish)
{
    const struct size_options *options = &wish->options;
    const char *files[] = {wish->file,    options->outages,    options->conf,
                           options->info, options->info_later, options->series};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        if (files[i] && !together_may_read("size", files[i], &wish->code))
            return false;
    return true;
}

static bool fits_together(struct wish *wish, int count)
{
    char *both = g_strdup_printf("takes a scenario file or --%s, not both; --set changes a file",
                                 wish->first_option ? wish->first_option : "");
    const char *wrong = count > 1                          ? "takes one scenario"
                        : count == 1 && wish->first_option ? both
                        : wish->checks > SIZE_CHECKS_MAX ? "draws at most 100000 outages by --check"
                        : wish->jobs > JOBS_MAX          ? "takes at most 1024 --jobs"
                                                         : wrong_shard(wish);
    if (wrong)
        wish->code = cli_fail(EXIT_BAD_INPUT, "size %s", wrong);
    else if (!size_report_fits(&wish->report))
        wish->code = EXIT_BAD_INPUT;
    g_free(both);
    return wish->code == EXIT_HELD && may_read(wish);
}

static bool take_arguments(struct wish *wish, int argc, char **argv)
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
        if (!take_option(wish, option, cli.value))
            return false;
    g_ptr_array_add(wish->overrides, NULL);
    wish->code = cli.code;
    if (option == CLI_STOP)
        return false;
    wish->file = cli_operands(&cli, &count)[0];
    return fits_together(wish, count);
}

/* The command that gives the same answer again. */
static char *repeat(const struct wish *wish, const struct size_question *question)
{
    GString *command = g_string_new("psyncsim size");
    if (wish->file)
        cli_append_word(command, wish->file);
#define SIZE_OPTION(field, name, letter, argument, fallback, what)                                 \
    if (wish->options.field) {                                                                     \
        g_string_append(command, " --" name);                                                      \
        cli_append_word(command, wish->options.field);                                             \
    }
#include "sim/study/input/size_option.def"
#undef SIZE_OPTION
    if (wish->options.info_later) {
        g_string_append(command, " --info");
        cli_append_word(command, wish->options.info_later);
    }
    if (wish->target) {
        g_string_append(command, " --target");
        cli_append_word(command, wish->target);
    }
    for (guint i = 0; i + 1 < wish->overrides->len; i++) {
        g_string_append(command, " --set");
        cli_append_word(command, wish->overrides->pdata[i]);
    }
    g_string_append_printf(command, " --seed %" G_GUINT64_FORMAT, question->seed);
    return g_string_free(command, FALSE);
}

/* ---- what goes in ---- */

static bool read_case(const struct wish *wish, struct size_case *at, struct problems *problems)
{
    struct input_figures *figures = input_read(&wish->options, at->provenance, problems);
    GString *text = figures ? size_make(&wish->options, figures, at->provenance, problems) : NULL;
    input_figures_free(figures);
    if (!text)
        return false;
    bool is_good = size_case_read_text(at, "size", text->str, problems);
    g_string_free(text, TRUE);
    return is_good;
}

static bool read_input(const struct wish *wish, struct size_case *at)
{
    struct problems *problems = problems_new();
    bool is_good;
    for (guint i = 0; wish->overrides->pdata[i]; i++)
        size_case_override(at, wish->overrides->pdata[i]);
    if (wish->file) {
        is_good = size_case_read(at, wish->file, problems);
        provenance_add(at->provenance, "scenario", wish->file, "file");
    } else {
        is_good = read_case(wish, at, problems);
    }
    for (guint i = 0; wish->overrides->pdata[i]; i++) {
        char **sides = g_strsplit(wish->overrides->pdata[i], "=", 2);
        provenance_add(at->provenance, sides[0], sides[1] ? sides[1] : "", "--set");
        g_strfreev(sides);
    }
    problems_print(problems, stderr, cli_is_coloured(stderr));
    problems_free(problems);
    return is_good;
}

/* Everything but the work. Returns the exit code, after words if it is not 0. */
static int ask(const struct wish *wish, struct size_case *at)
{
    const char *target = wish->target ? wish->target : DEFAULT_TARGET;
    struct size_question *question = &at->question;
    const char *wrong = size_target_parse(target, strlen(target), &question->target);
    if (wrong)
        return cli_fail(EXIT_BAD_INPUT, "size: --target: found '%.80s', expected %s", target,
                        wrong);
    if (!read_input(wish, at))
        return EXIT_BAD_INPUT;
    if (!size_case_has_replica(at))
        return cli_fail(EXIT_BAD_INPUT,
                        "size: the scenario has no replica; one with replicaof would do");
    if (wish->target || !wish->file)
        provenance_add(at->provenance, "target", question->target.text,
                       wish->target ? "--target" : "default");
    question->checks = (uint64_t)wish->checks;
    question->seed = wish->has_seed ? (uint64_t)wish->seed : at->scenario->seed;
    g_free(at->again);
    at->again = repeat(wish, question);
    return EXIT_HELD;
}

static uint64_t fingerprint(const struct size_case *at)
{
    struct shard_head head = size_case_head(at, 1, 1);
    struct digest digest;
    digest_init(&digest);
    digest_add_bytes(&digest, head.about, strlen(head.about));
    g_free((char *)head.about);
    return digest.a ^ digest.b;
}

static int answer(const struct wish *wish, const struct size_case *at, bool is_first)
{
    uint32_t jobs = (uint32_t)wish->jobs;
    if (wish->has_shard) {
        struct size_shard_wish shard = {wish->shard, wish->output, jobs, is_first};
        return size_shard_make(&shard, at);
    }
    struct size_report report = wish->report;
    report.jobs = jobs;
    report.is_silent = !is_first;
    return together_agree(size_report(&report, at));
}

static int read_and_answer(const struct wish *wish, bool is_first)
{
    struct size_case *at = size_case_new(PSYNCSIM_VERSION);
    int code = ask(wish, at);
    code = together_agree_on(code, code == EXIT_HELD ? fingerprint(at) : 0);
    if (code == EXIT_HELD)
        code = answer(wish, at, is_first);
    size_case_free(at);
    return code;
}

int command_size(int argc, char **argv)
{
    bool is_first = together_enter();
    struct wish wish = {.report = {.command = "size"}, .overrides = g_ptr_array_new()};
    int code = take_arguments(&wish, argc, argv) ? read_and_answer(&wish, is_first) : wish.code;
    g_ptr_array_free(wish.overrides, TRUE);
    return code;
}
