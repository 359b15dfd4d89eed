/* The reference of the scenario format, from the same tables that the parser uses. */
#include <glib.h>
#include "models/psync/reason.h"
#include "models/server/config.h"
#include "sim/engine/quantity.h"
#include "sim/scenario/preset.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/schema.h"

struct row {
    const char *name, *arguments, *what;
};

static const struct row FAULTS[] = {
#define FAULT(name, text, args, what) {text, args, what},
#include "sim/scenario/fault.def"
#undef FAULT
};

static const struct row EXPECTS[] = {
#define EXPECT(name, text, unit, fold, field, what) {text, #unit, what},
#include "sim/scenario/expect.def"
#undef EXPECT
};

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

/* What such a key takes, in a few words. */
static const char *type_words(const struct schema_key *key)
{
    static const char *const QUANTITIES[] = {
        [QUANTITY_SIZE] = "size",        [QUANTITY_DURATION] = "duration",
        [QUANTITY_RATE] = "rate",        [QUANTITY_BYTERATE] = "byte rate",
        [QUANTITY_BITRATE] = "bit rate", [QUANTITY_COUNT] = "count",
        [QUANTITY_SHARE] = "share",      [QUANTITY_SEED] = "seed",
    };
    static const char *const TYPES[] = {
        [SCHEMA_TEXT] = "text",         [SCHEMA_PER_GB] = "duration/gb *",
        [SCHEMA_OUTAGE] = "duration *", [SCHEMA_KEY_RATE] = "rate",
        [SCHEMA_COMMAND_RATE] = "rate", [SCHEMA_COUNT] = "count",
        [SCHEMA_BOOL] = "yes/no",       [SCHEMA_CHOICE] = "word",
        [SCHEMA_TIMES] = "duration(s)", [SCHEMA_SERVER] = "profile",
        [SCHEMA_NODE_NAME] = "node",    [SCHEMA_HOST_NAME] = "host",
        [SCHEMA_PRESET] = "preset",     [SCHEMA_CSV] = "file",
        [SCHEMA_DIRECTIVES] = "map",    [SCHEMA_SECTION] = "map",
        [SCHEMA_MAP_OF] = "map",        [SCHEMA_LIST_OF] = "list",
        [SCHEMA_EXPECTATIONS] = "map",  [SCHEMA_GROUPS] = "map",
    };
    if (key->type == SCHEMA_DIST)
        return key->detail == QUANTITY_SIZE ? "size *" : "duration *";
    return key->type == SCHEMA_QUANTITY ? QUANTITIES[key->detail] : TYPES[key->type];
}

static void print_key(FILE *out, const struct schema_key *key)
{
    fprintf(out, "  %-15s %-14s %s\n", key->key, type_words(key), key->what);
    fprintf(out, "  %-15s %-14s ", "", "");
    if (key->type == SCHEMA_CHOICE) {
        const char *separator = "one of ";
        for (const struct schema_word *word = schema_words((enum schema_choice)key->detail);
             word->word; word++, separator = ", ")
            fprintf(out, "%s%s", separator, word->word);
        fputs("; ", out);
    }
    if (!key->fallback)
        fputs("required; ", out);
    else if (key->fallback[0])
        fprintf(out, "default %s; ", key->fallback);
    fprintf(out, "e.g. %s\n", key->example);
}

static void print_section(FILE *out, enum schema_section section)
{
    static const char *const WHERE[SECTION_COUNT] = {
        [SECTION_SCENARIO] = "A scenario (the top level)",
        [SECTION_HOST] = "hosts: NAME: { ... }",
        [SECTION_NODE] = "nodes: NAME: { ... }",
        [SECTION_LINK] = "links: MASTER-REPLICA: { ... }, and links: default: { ... }",
        [SECTION_LOAD] = "load: [ { ... } ]",
        [SECTION_BURSTS] = "bursts: { ... } of a load",
        [SECTION_MARKOV] = "markov: { ... } of a load",
        [SECTION_WAIT] = "waits: [ { ... } ]",
        [SECTION_FAULT] = "faults: [ { ... } ]: when, and how",
    };
    fprintf(out, "\n%s\n", WHERE[section]);
    for (size_t i = 0; i < schema_count(); i++)
        if (schema_at(i)->section == section)
            print_key(out, schema_at(i));
}

static void print_quantities(FILE *out)
{
    static const char *const NAMES[] = {"size",     "duration", "rate",  "byte rate",
                                        "bit rate", "count",    "share", "seed"};
    fputs("Quantities\n", out);
    for (int kind = QUANTITY_SIZE; kind <= QUANTITY_SEED; kind++) {
        int64_t ignored;
        fprintf(out, "  %-15s %s\n", NAMES[kind],
                quantity_parse((enum quantity_kind)kind, "", 0, &ignored));
    }
    fputs(
        "  1mb is 2^20 bytes and 1m 10^6, as in redis.conf. Byte and bit rates may be: unlimited.\n"
        "\nWhere a type has a *, a distribution may stand in place of the value:\n"
        "  { uniform: { low: 1s, high: 5s } }        { exponential: 6h }   (the mean)\n"
        "  { lognormal: { median: 2s, p95: 30s } }   or p99 in place of p95\n"
        "  { pareto: { low: 1s, mean: 5s } }         { normal: { mean: 5s, sd: 1s } }\n"
        "  { values: [1s, 2s, 10s] }                 each as likely\n"
        "  { mixture: [ { share: 60%, exponential: 2s }, { share: 40%, constant: 90s } ] }\n",
        out);
}

static void print_presets(FILE *out)
{
    fputs("\nPresets (psyncsim presets has their numbers)\n", out);
    for (int kind = 0; kind < PRESET_KIND_COUNT; kind++) {
        fprintf(out, "  %-15s", preset_kind_name((enum preset_kind)kind));
        for (size_t i = 0; i < preset_count((enum preset_kind)kind); i++)
            fprintf(out, " %s", preset_about((enum preset_kind)kind, i).name);
        fputc('\n', out);
    }
}

static void print_directives(FILE *out)
{
    fputs("\nconfig: { ... }: redis.conf directives\n", out);
    for (int i = 0; i < CONFIG_COUNT; i++)
        fprintf(out, "  %-33s %s; e.g. %s\n", config_name(i), config_what(i), config_example(i));
}

static void print_faults(FILE *out)
{
    fputs(
        "\nfaults: what happens (KEY: OF WHAT, and the keys that may stand beside at, every, "
        "until).\n  links: a link, a node (all of its links), a group, a pair of groups (m-rack), "
        "or a list of them\n  nodes: a node, a group of nodes, or a list of them. What one fault "
        "strikes begins and ends at once.\n",
        out);
    for (size_t i = 0; i < COUNT_OF(FAULTS); i++)
        fprintf(out, "  %-15s %s\n  %-15s %s\n", FAULTS[i].name, FAULTS[i].what, "",
                FAULTS[i].arguments);
}

static void print_expectations(FILE *out)
{
    fputs(
        "\nexpect: { NODE: { ... } }, or for the whole run: { ... }. A value is a range: 3, 2..5, "
        "\">= 1\", \"< 10s\".\n  \"? 1\" is a question with its answer, \"?\" one without. run "
        "asks, "
        "and answers with --reveal, or\n  when --set has a prediction for each question.\n",
        out);
    for (size_t i = 0; i < COUNT_OF(EXPECTS); i++) {
        char *unit = g_ascii_strdown(EXPECTS[i].arguments, -1);
        fprintf(out, "  %-15s %-14s %s\n", EXPECTS[i].name, unit, EXPECTS[i].what);
        g_free(unit);
    }
    fputs("\nNames of reasons\n", out);
    for (int i = 0; i < REASON_COUNT; i++)
        fprintf(out, "  %-19s %s\n", reason_name((enum reason)i), reason_why((enum reason)i));
    fputs("\nNames of drops\n", out);
    for (int i = 0; i < DROP_COUNT; i++)
        fprintf(out, "  %-19s %s\n", drop_name((enum drop)i), drop_why((enum drop)i));
}

void schema_print_text(FILE *out)
{
    print_quantities(out);
    for (int i = 0; i < SECTION_COUNT; i++)
        print_section(out, (enum schema_section)i);
    print_faults(out);
    print_directives(out);
    print_expectations(out);
    print_presets(out);
}
