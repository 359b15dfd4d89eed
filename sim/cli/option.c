/* See option.h. getopt_long finds the options, so that all the usual ways of writing them are
 * understood: -s3, -s 3, -je, --seed=3, --see 3, and -- before an operand. */
#include "sim/cli/option.h"
#include <getopt.h>
#include <string.h>
#include "models/psync/profile.h"
#include "sim/cli/cli.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"

#define WORDS_MAX 96

enum { HELP = 'h', LONG = 256 }; /* LONG + i: what getopt_long returns for the long form of row i */

/* ---- values ---- */

static void *field_of(const struct cli *cli, const struct option_row *row)
{
    return (char *)cli->args + row->offset;
}

static const char *parse_quantity(const struct option_row *row, const char *text, int64_t *out,
                                  char words[WORDS_MAX])
{
    static const struct {
        enum quantity_kind kind;
        const char *what;
    } KINDS[] = {[OPTION_COUNT] = {QUANTITY_COUNT, "a whole number"},
                 [OPTION_SEED] = {QUANTITY_SEED, "a whole number"},
                 [OPTION_SIZE] = {QUANTITY_SIZE, "a size"},
                 [OPTION_DURATION] = {QUANTITY_DURATION, "a duration"},
                 [OPTION_RATE] = {QUANTITY_RATE, "a rate"}};
    enum quantity_kind kind = KINDS[row->kind].kind;
    char min[32], max[32];
    int64_t value;
    const char *expected = quantity_parse(kind, text, strlen(text), &value);
    if (expected && (kind != QUANTITY_COUNT || row->max == INT64_MAX))
        return expected;
    if (!expected && value >= row->min && value <= row->max) {
        *out = value;
        return NULL;
    }
    quantity_print(kind, row->min, min, sizeof min);
    quantity_print(kind, row->max, max, sizeof max);
    g_snprintf(words, WORDS_MAX, "%s from %s to %s", KINDS[row->kind].what, min, max);
    return words;
}

static const char *parse_seconds(const char *text, int64_t *out)
{
    int64_t ns;
    if (quantity_parse(QUANTITY_DURATION, text, strlen(text), &ns) != NULL || ns == 0 ||
        ns % NS_PER_S != 0)
        return "whole seconds, such as 60s";
    *out = ns / NS_PER_S;
    return NULL;
}

/* NULL, or what is expected: "" after words that say it. */
static const char *parse_value(const struct option_row *row, void *field, const char *text,
                               char words[WORDS_MAX])
{
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return NULL;
    case OPTION_STRING:
        *(const char **)field = text;
        return NULL;
    case OPTION_LIST: {
        GPtrArray *list = *(GPtrArray **)field;
        g_ptr_array_insert(list, (gint)list->len - 1, (char *)text);
        return NULL;
    }
    case OPTION_SECONDS:
        return parse_seconds(text, field);
    case OPTION_PROFILE:
        *(const struct profile **)field = cli_profile(text);
        return *(const struct profile **)field ? NULL : "";
    case OPTION_PARSED:
        return row->parse(field, text);
    default:
        return parse_quantity(row, text, field, words);
    }
}

/* The row for the next value of an option: the second one of its name, once the first has its
 * value. */
static const struct option_row *free_row(const struct cli *cli, const struct option_row *row)
{
    const struct option_row *other = row;
    while (cli->given[row - cli->command->options] && (++other)->name)
        if (strcmp(other->name, row->name) == 0)
            row = other;
    return row;
}

static int take_value(struct cli *cli, const struct option_row *row, const char *text)
{
    char words[WORDS_MAX];
    row = free_row(cli, row);
    bool *given = &cli->given[row - cli->command->options];
    if (*given && !row->help)
        return cli_fail(EXIT_BAD_INPUT, "%s: --%s can be given twice at most", cli->command->name,
                        row->name);
    *given = true;
    const char *expected = parse_value(row, field_of(cli, row), text, words);
    if (expected && expected[0] != '\0')
        cli_fail(EXIT_BAD_INPUT, "%s: --%s: found '%s', expected %s", cli->command->name, row->name,
                 text, expected);
    return expected ? EXIT_BAD_INPUT : CLI_RUN;
}

static void set_fallbacks(const struct cli *cli)
{
    char words[WORDS_MAX];
    for (const struct option_row *row = cli->command->options; row->name; row++) {
        if (row->kind == OPTION_LIST) {
            GPtrArray *list = g_ptr_array_new();
            g_ptr_array_add(list, NULL);
            *(GPtrArray **)field_of(cli, row) = list;
        } else if (row->kind == OPTION_SEED) {
            *(int64_t *)field_of(cli, row) = -1;
        } else if (row->fallback &&
                   parse_value(row, field_of(cli, row), row->fallback, words) != NULL) {
            g_error("--%s: its default is not one of its values", row->name);
        }
    }
}

/* ---- options ---- */

/* What getopt_long stopped at. */
static int wrong_option(const struct cli *cli, char **argv, bool lacks_value)
{
    const struct option_row *options = cli->command->options;
    const char *command = cli->command->name, *word = argv[optind - 1];
    if (lacks_value)
        return cli_fail(EXIT_BAD_INPUT, "%s: %s needs a value", command, word);
    if (optopt >= LONG || optopt == HELP)
        return cli_fail(EXIT_BAD_INPUT, "%s: --%s takes no value", command,
                        optopt == HELP ? "help" : options[optopt - LONG].name);
    char *help = g_strdup_printf("psyncsim %s --help", command);
    char *what = g_strdup_printf("%s: unknown option", command);
    bool is_short = optopt != 0;
    char *name =
        is_short ? g_strdup_printf("%c", optopt) : g_strndup(word + 2, strcspn(word + 2, "="));
    struct spelling spelling = spelling_to(name);
    for (const struct option_row *row = options; row->name && !is_short; row++)
        spelling_offer(&spelling, row->name);
    int code = cli_unknown(what, is_short ? "-" : "--", &spelling, help);
    g_free(name);
    g_free(what);
    g_free(help);
    return code;
}

struct forms {
    struct option longs[OPTION_MAX + 2];
    char shorts[2 * OPTION_MAX + 4];
};

static void fill_forms(struct forms *forms, const struct option_row *options)
{
    size_t count = 0, used = 0;
    forms->shorts[used++] = ':';
    forms->shorts[used++] = HELP;
    forms->longs[count++] = (struct option){"help", no_argument, NULL, HELP};
    for (const struct option_row *row = options; row->name; row++) {
        g_assert(row - options < OPTION_MAX);
        if (!row->help)
            continue;
        forms->longs[count++] =
            (struct option){row->name, row->argument ? required_argument : no_argument, NULL,
                            LONG + (int)(row - options)};
        if (row->letter != 0)
            forms->shorts[used++] = row->letter;
        if (row->letter != 0 && row->argument)
            forms->shorts[used++] = ':';
    }
}

static const struct option_row *find_row(const struct option_row *options, int found)
{
    if (found >= LONG)
        return options + (found - LONG);
    while (options->letter != found)
        options++;
    return options;
}

static int take_options(struct cli *cli, int argc, char **argv)
{
    struct forms forms = {0};
    int found, code = CLI_RUN;
    fill_forms(&forms, cli->command->options);
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while (code == CLI_RUN &&
           (found = getopt_long(argc, argv, forms.shorts, forms.longs, NULL)) >= 0) {
        if (found == '?' || found == ':')
            return wrong_option(cli, argv, found == ':');
        if (found == HELP) {
            option_print_help(cli->command);
            return EXIT_HELD;
        }
        code = take_value(cli, find_row(cli->command->options, found), optarg);
    }
    return code;
}

/* ---- operands, and what goes together ---- */

static int take_operands(struct cli *cli, int count, char **words)
{
    const struct option_operands *operands = &cli->command->operands;
    void *field = (char *)cli->args + operands->offset;
    cli->operand_count = count;
    if (count < operands->min)
        return cli_fail(EXIT_BAD_INPUT, "%s needs %s", cli->command->name, operands->expected);
    if (count > operands->max) {
        char *usage = option_usage(cli->command);
        cli_fail(EXIT_BAD_INPUT, "%s: unexpected argument '%s'; usage: psyncsim %s",
                 cli->command->name, words[operands->max], usage);
        g_free(usage);
        return EXIT_BAD_INPUT;
    }
    if (operands->max > 1)
        *(char ***)field = words;
    else if (operands->max == 1)
        *(const char **)field = words[0];
    return CLI_RUN;
}

bool option_is_given(const struct cli *cli, const char *name)
{
    if (g_ascii_isupper(name[0]))
        return cli->operand_count > 0;
    size_t len = strcspn(name, " ");
    const struct option_row *row = cli->command->options;
    while (strlen(row->name) != len || memcmp(row->name, name, len) != 0)
        row++;
    bool is_given = cli->given[row - cli->command->options];
    if (!is_given || name[len] == '\0')
        return is_given;
    g_assert(row->kind == OPTION_STRING);
    return strcmp(name + len + 1, *(const char **)field_of(cli, row)) == 0;
}

static bool is_kept(const struct cli *cli, const struct option_rule *rule)
{
    bool has_a = option_is_given(cli, rule->a), has_b = rule->b && option_is_given(cli, rule->b);
    switch (rule->kind) {
    case RULE_EXCLUDES:
        return !has_a || !has_b;
    case RULE_NEEDS:
        return !has_a || has_b;
    case RULE_REQUIRED:
        return has_a;
    default:
        return !has_a;
    }
}

static const char *dashes(const char *name)
{
    return g_ascii_isupper(name[0]) ? "" : "--";
}

static int check_rules(const struct cli *cli)
{
    const struct option_rule *rule = cli->command->rules;
    while (rule && rule->kind != 0 && is_kept(cli, rule))
        rule++;
    if (!rule || rule->kind == 0)
        return CLI_RUN;
    GString *words = g_string_new(NULL);
    g_string_printf(words, "--%s", rule->a);
    if (rule->kind == RULE_EXCLUDES)
        g_string_append_printf(words, " and %s%s cannot be combined", dashes(rule->b), rule->b);
    else if (rule->kind == RULE_NEEDS)
        g_string_append_printf(words, " needs %s%s", dashes(rule->b), rule->b);
    else
        g_string_append(words, rule->kind == RULE_REQUIRED ? " is required" : " is not supported");
    if (rule->why)
        g_string_append_printf(words, "%s %s", rule->kind == RULE_NEEDS ? ";" : ":", rule->why);
    cli_fail(EXIT_BAD_INPUT, "%s: %s", cli->command->name, words->str);
    g_string_free(words, TRUE);
    return EXIT_BAD_INPUT;
}

int option_take_all(struct cli *cli, const struct command *command, int argc, char **argv)
{
    cli->command = command;
    cli->args = g_malloc0(MAX(command->args_size, 1));
    set_fallbacks(cli);
    int code = take_options(cli, argc, argv);
    if (code == CLI_RUN)
        code = take_operands(cli, argc - optind, argv + optind);
    return code == CLI_RUN ? check_rules(cli) : code;
}

void option_clear(struct cli *cli)
{
    for (const struct option_row *row = cli->command->options; row->name; row++)
        if (row->kind == OPTION_LIST)
            g_ptr_array_free(*(GPtrArray **)field_of(cli, row), TRUE);
    g_free(cli->args);
}
