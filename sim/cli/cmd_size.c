/* psyncsim size: how large the backlog and the output-buffer limit must be for a risk target. */
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/output.h"
#include "sim/cli/version.h"
#include "sim/engine/quantity.h"
#include "sim/study/input.h"
#include "sim/study/size.h"
#include "sim/study/size_make.h"
#include "sim/study/size_print.h"
#include "sim/world/scenario_read.h"

#define DEFAULT_TARGET "one full resync per replica in a year"
#define CHECKS_MAX     100000

struct wish {
    const char *file, *target, *svg;
    struct size_options options;
    const char *first_option; /* of those that describe a case */
    GPtrArray *overrides;
    int64_t seed, jobs, checks;
    bool has_seed, json, plot;
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
#include "sim/study/size_option.def"
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
        wish->svg = value;
        return true;
    case 'p':
        wish->plot = true;
        return true;
    case 'j':
        wish->json = true;
        return true;
    case '7':
        wish->has_seed = true;
        return take_number(wish, "seed", value, &wish->seed);
    case '8':
        return take_number(wish, "jobs", value, &wish->jobs);
    case '9':
        return take_number(wish, "check", value, &wish->checks);
    default:
        return take_case(wish, option, value);
    }
}

static bool fits_together(struct wish *wish, int count)
{
    char *both = g_strdup_printf("takes a scenario file or --%s, not both; --set changes a file",
                                 wish->first_option ? wish->first_option : "");
    const char *wrong = count > 1                          ? "takes one scenario"
                        : count == 1 && wish->first_option ? both
                        : wish->json && wish->plot         ? "gives --json or --plot, not both"
                        : wish->checks > CHECKS_MAX ? "draws at most 100000 outages by --check"
                        : wish->jobs > 1024         ? "takes at most 1024 --jobs"
                        : wish->svg && wish->json && strcmp(wish->svg, "-") == 0
                            ? "writes --json or --svg - to stdout, not both"
                            : NULL;
    if (wrong)
        wish->code = cli_fail(EXIT_BAD_INPUT, "size %s", wrong);
    g_free(both);
    return wrong == NULL;
}

static bool take_arguments(struct wish *wish, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
#define SIZE_OPTION(field, name, letter, argument, fallback, what) {name, letter, argument, what},
#include "sim/study/size_option.def"
#undef SIZE_OPTION
        {"target", 't', "TEXT", "what is acceptable (default: '" DEFAULT_TARGET "')"},
        {"set", 's', "PATH=VALUE", "change the scenario (config.repl-timeout=30); may be repeated"},
        {"svg", 'v', "FILE", "the risk curve as a picture; - is stdout, without the words"},
        {"plot", 'p', NULL, "the risk curve in characters (as on a terminal)"},
        {"json", 'j', NULL, "the answer as one line of JSON"},
        {"check", '9', "N", "draw N outages as well, to judge the answer"},
        {"seed", '7', "N", "this seed instead of the scenario's"},
        {"jobs", '8', "N", "work by N threads (default: one for each processor)"},
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

/* ---- what comes out ---- */

static void append_word(GString *command, const char *word)
{
    char *quoted = g_shell_quote(word);
    bool is_plain = word[0] != '\0' && strpbrk(word, " \t\n'\"\\$`*?[]{}()<>|&;#~!") == NULL;
    g_string_append_printf(command, " %s", is_plain ? word : quoted);
    g_free(quoted);
}

/* The command that gives the same answer again. */
static char *repeat(const struct wish *wish, const struct size_question *question)
{
    GString *command = g_string_new("psyncsim size");
    if (wish->file)
        append_word(command, wish->file);
#define SIZE_OPTION(field, name, letter, argument, fallback, what)                                 \
    if (wish->options.field) {                                                                     \
        g_string_append(command, " --" name);                                                      \
        append_word(command, wish->options.field);                                                 \
    }
#include "sim/study/size_option.def"
#undef SIZE_OPTION
    if (wish->options.info_later) {
        g_string_append(command, " --info");
        append_word(command, wish->options.info_later);
    }
    if (wish->target) {
        g_string_append(command, " --target");
        append_word(command, wish->target);
    }
    for (guint i = 0; i + 1 < wish->overrides->len; i++) {
        g_string_append(command, " --set");
        append_word(command, wish->overrides->pdata[i]);
    }
    g_string_append_printf(command, " --seed %" G_GUINT64_FORMAT, question->seed);
    return g_string_free(command, FALSE);
}

static int write_picture(const struct wish *wish, const GString *picture)
{
    struct output *output = output_open(wish->svg);
    if (!output)
        return EXIT_SYSTEM;
    fwrite(picture->str, 1, picture->len, output_file(output));
    return output_close(output) ? EXIT_HELD : EXIT_SYSTEM;
}

static int print_picture(const struct wish *wish, const struct size_question *question,
                         const struct size_answer *answer)
{
    if (answer->is_story)
        return cli_fail(EXIT_BAD_INPUT,
                        "size: --svg: a scenario whose faults strike at fixed times has no risk "
                        "curve; one with `every` would do");
    GString *picture = g_string_new(NULL);
    size_print_svg(question, answer, picture);
    int code = write_picture(wish, picture);
    g_string_free(picture, TRUE);
    return code;
}

static void print_words(const struct wish *wish, const struct size_question *question,
                        const struct size_answer *answer)
{
    GString *text = g_string_new(NULL);
    if (wish->json) {
        size_print_json(question, answer, PSYNCSIM_VERSION, text);
    } else {
        char *again = repeat(wish, question);
        size_print(question, answer, again, text);
        if ((wish->plot || cli_is_coloured(stdout)) && !answer->is_story)
            size_plot(question, answer, text);
        g_free(again);
    }
    fwrite(text->str, 1, text->len, stdout);
    g_string_free(text, TRUE);
}

static int answer_it(const struct wish *wish, const struct size_question *question)
{
    struct crew *crew = crew_new((uint32_t)wish->jobs);
    struct size_answer *answer = size_answer_new(question, crew);
    bool is_alone = wish->svg && strcmp(wish->svg, "-") == 0;
    int code = EXIT_HELD;
    if (answer->broken[0] != '\0') {
        char *again = repeat(wish, question);
        code = cli_fail(EXIT_BUG, "an invariant broke, which is our mistake: %s\nRepeat it by: %s",
                        answer->broken, again);
        g_free(again);
    }
    if (code == EXIT_HELD && wish->svg)
        code = print_picture(wish, question, answer);
    if (code == EXIT_HELD && !is_alone)
        print_words(wish, question, answer);
    if (code == EXIT_HELD && !answer->is_met)
        code = EXIT_DIFFERS;
    size_answer_free(answer);
    crew_free(crew);
    return code;
}

/* ---- what goes in ---- */

static struct scenario *read_case(const struct wish *wish, struct provenance *provenance,
                                  struct problems *problems)
{
    struct scenario_options options = {.overrides = (const char *const *)wish->overrides->pdata};
    struct input_figures *figures = input_read(&wish->options, provenance, problems);
    GString *text = figures ? size_make(&wish->options, figures, provenance, problems) : NULL;
    input_figures_free(figures);
    if (!text)
        return NULL;
    struct scenario *scenario =
        scenario_read_text("size", text->str, text->len, &options, problems);
    g_string_free(text, TRUE);
    return scenario;
}

static struct scenario *read_input(const struct wish *wish, struct provenance *provenance)
{
    struct problems *problems = problems_new();
    struct scenario *scenario = NULL;
    if (wish->file) {
        scenario = scenario_read(wish->file, (const char *const *)wish->overrides->pdata, problems);
        provenance_add(provenance, "scenario", wish->file, "file");
    } else {
        scenario = read_case(wish, provenance, problems);
    }
    for (guint i = 0; i + 1 < wish->overrides->len; i++) {
        char **sides = g_strsplit(wish->overrides->pdata[i], "=", 2);
        provenance_add(provenance, sides[0], sides[1] ? sides[1] : "", "--set");
        g_strfreev(sides);
    }
    problems_print(problems, stderr, cli_is_coloured(stderr));
    problems_free(problems);
    return scenario;
}

static bool has_replica(const struct scenario *scenario)
{
    for (uint32_t i = 0; i < scenario->node_count; i++)
        if (scenario->nodes[i].replicaof >= 0)
            return true;
    return false;
}

static int read_and_answer(const struct wish *wish)
{
    const char *target = wish->target ? wish->target : DEFAULT_TARGET;
    struct size_question question = {.checks = (uint64_t)wish->checks};
    const char *wrong = size_target_parse(target, strlen(target), &question.target);
    if (wrong)
        return cli_fail(EXIT_BAD_INPUT, "size: --target: found '%.80s', expected %s", target,
                        wrong);
    struct provenance *provenance = provenance_new();
    struct scenario *scenario = read_input(wish, provenance);
    int code = EXIT_BAD_INPUT;
    if (scenario && !has_replica(scenario)) {
        cli_fail(EXIT_BAD_INPUT, "size: the scenario has no replica; one with replicaof would do");
    } else if (scenario) {
        if (wish->target || !wish->file)
            provenance_add(provenance, "target", question.target.text,
                           wish->target ? "--target" : "default");
        question.scenario = scenario;
        question.provenance = provenance;
        question.seed = wish->has_seed ? (uint64_t)wish->seed : scenario->seed;
        code = answer_it(wish, &question);
    }
    scenario_free(scenario);
    provenance_free(provenance);
    return code;
}

int command_size(int argc, char **argv)
{
    struct wish wish = {.overrides = g_ptr_array_new()};
    int code = take_arguments(&wish, argc, argv) ? read_and_answer(&wish) : wish.code;
    g_ptr_array_free(wish.overrides, TRUE);
    return code;
}
