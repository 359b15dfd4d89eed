/* The scenario format as a JSON Schema (draft 2020-12), for editors and other tools. It is as
 * strict as a schema can be about keys; values that are quantities are described and only loosely
 * matched, since the parser has the last word on them. */
#include <cjson/cJSON.h>
#include <glib.h>
#include <string.h>
#include "models/psync/profile.h"
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
#define EXPECT(name, text, unit, fold, field, what) {text, "", what},
#include "sim/scenario/expect.def"
#undef EXPECT
};

#define COUNT_OF(table) (sizeof(table) / sizeof *(table))

static const char *const QUANTITY_NAMES[] = {"size",    "duration", "rate",  "byterate",
                                             "bitrate", "count",    "share", "seed"};
static const char *const SECTION_NAMES[SECTION_COUNT] = {
    "scenario", "host", "node", "link", "load", "bursts", "markov", "wait", "fault"};

static cJSON *object_of(const char *type)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "type", type);
    return object;
}

static cJSON *reference(const char *prefix, const char *name)
{
    cJSON *object = cJSON_CreateObject();
    char *path = g_strdup_printf("#/$defs/%s%s", prefix, name);
    cJSON_AddStringToObject(object, "$ref", path);
    g_free(path);
    return object;
}

/* { "type": [names…] }, of space separated names. */
static cJSON *any_type(const char *names)
{
    cJSON *object = cJSON_CreateObject(), *types = cJSON_AddArrayToObject(object, "type");
    char **words = g_strsplit(names, " ", -1);
    for (size_t i = 0; words[i]; i++)
        cJSON_AddItemToArray(types, cJSON_CreateString(words[i]));
    g_strfreev(words);
    return object;
}

/* An object schema without other keys than those to come; *properties takes them. */
static cJSON *closed_object(cJSON **properties)
{
    cJSON *object = object_of("object");
    *properties = cJSON_AddObjectToObject(object, "properties");
    cJSON_AddFalseToObject(object, "additionalProperties");
    return object;
}

static cJSON *map_of(cJSON *value)
{
    cJSON *object = object_of("object");
    cJSON_AddItemToObject(object, "additionalProperties", value);
    return object;
}

static cJSON *list_of(cJSON *items)
{
    cJSON *object = object_of("array");
    cJSON_AddItemToObject(object, "items", items);
    return object;
}

static cJSON *either(cJSON *one, cJSON *other)
{
    cJSON *object = cJSON_CreateObject(), *any = cJSON_AddArrayToObject(object, "anyOf");
    cJSON_AddItemToArray(any, one);
    cJSON_AddItemToArray(any, other);
    return object;
}

static cJSON *one_or_list(const char *types)
{
    return either(any_type(types), list_of(any_type(types)));
}

/* A YAML 1.1 reader turns yes and no into booleans, so that both must pass. */
static cJSON *words_of(enum schema_choice choice)
{
    cJSON *object = cJSON_CreateObject(), *words = cJSON_AddArrayToObject(object, "enum");
    bool has_yes = false;
    for (const struct schema_word *word = schema_words(choice); word->word; word++) {
        cJSON_AddItemToArray(words, cJSON_CreateString(word->word));
        has_yes = has_yes || strcmp(word->word, "yes") == 0;
    }
    for (int i = 0; has_yes && i < 2; i++)
        cJSON_AddItemToArray(words, cJSON_CreateBool(i));
    return object;
}

static cJSON *yes_or_no(void)
{
    cJSON *object = cJSON_CreateObject(), *words = cJSON_AddArrayToObject(object, "enum");
    for (int i = 0; i < 2; i++)
        cJSON_AddItemToArray(words, cJSON_CreateBool(i));
    static const char *const WORDS[] = {"yes", "no", "true", "false"};
    for (size_t i = 0; i < COUNT_OF(WORDS); i++)
        cJSON_AddItemToArray(words, cJSON_CreateString(WORDS[i]));
    return object;
}

static cJSON *preset_names(enum preset_kind kind)
{
    cJSON *object = cJSON_CreateObject(), *names = cJSON_AddArrayToObject(object, "enum");
    for (size_t i = 0; i < preset_count(kind); i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(preset_about(kind, i).name));
    return object;
}

static cJSON *command_rate(void)
{
    return either(reference("", QUANTITY_NAMES[QUANTITY_RATE]),
                  reference("", QUANTITY_NAMES[QUANTITY_BYTERATE]));
}

static cJSON *value_of(const struct schema_key *key)
{
    switch (key->type) {
    case SCHEMA_QUANTITY:
        return reference("", QUANTITY_NAMES[key->detail]);
    case SCHEMA_DIST:
        return reference("distribution-of-", QUANTITY_NAMES[key->detail]);
    case SCHEMA_PER_GB:
    case SCHEMA_OUTAGE:
        return reference("distribution-of-", QUANTITY_NAMES[QUANTITY_DURATION]);
    case SCHEMA_KEY_RATE:
        return reference("", QUANTITY_NAMES[QUANTITY_RATE]);
    case SCHEMA_COUNT:
        return reference("", QUANTITY_NAMES[QUANTITY_COUNT]);
    case SCHEMA_COMMAND_RATE:
        return command_rate();
    case SCHEMA_BOOL:
        return yes_or_no();
    case SCHEMA_CHOICE:
        return words_of((enum schema_choice)key->detail);
    case SCHEMA_TIMES:
        return either(reference("", "duration"), list_of(reference("", "duration")));
    case SCHEMA_PRESET:
        return preset_names((enum preset_kind)key->detail);
    case SCHEMA_DIRECTIVES:
        return reference("", "config");
    case SCHEMA_SECTION:
        return reference("", SECTION_NAMES[key->detail]);
    case SCHEMA_MAP_OF:
        return map_of(reference("", SECTION_NAMES[key->detail]));
    case SCHEMA_LIST_OF:
        return list_of(reference("", SECTION_NAMES[key->detail]));
    case SCHEMA_GROUPS:
        return map_of(one_or_list("string"));
    case SCHEMA_EXPECTATIONS:
        return reference("", "expect");
    default: /* names and texts */
        return object_of("string");
    }
}

static void add_property(cJSON *properties, const char *key, cJSON *value, const char *what)
{
    cJSON_AddStringToObject(value, "description", what);
    cJSON_AddItemToObject(properties, key, value);
}

static void add_rows(cJSON *properties, cJSON *required, enum schema_section section)
{
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (key->section != section)
            continue;
        cJSON *value = value_of(key);
        if (schema_has_default(key))
            cJSON_AddStringToObject(value, "default", key->fallback);
        add_property(properties, key->key, value, key->what);
        if (!key->fallback)
            cJSON_AddItemToArray(required, cJSON_CreateString(key->key));
    }
}

static cJSON *section_schema(enum schema_section section)
{
    cJSON *properties, *object = closed_object(&properties);
    add_rows(properties, cJSON_AddArrayToObject(object, "required"), section);
    return object;
}

static void add_directives(cJSON *properties)
{
    for (int i = 0; i < CONFIG_COUNT; i++) {
        add_property(properties, config_name(i), any_type("string integer boolean"),
                     config_what(i));
        char **older = g_strsplit(config_older_names(i), " ", -1);
        for (size_t j = 0; older[j]; j++)
            if (older[j][0])
                add_property(properties, older[j], any_type("string integer boolean"),
                             config_what(i));
        g_strfreev(older);
    }
}

/* One of the kinds, its arguments, and for config-set any directive. */
static cJSON *fault_schema(void)
{
    cJSON *properties, *object = closed_object(&properties);
    cJSON *kinds = cJSON_AddArrayToObject(object, "anyOf");
    add_directives(properties);
    for (size_t i = 0; i < COUNT_OF(FAULTS); i++) {
        cJSON *kind = cJSON_CreateObject();
        cJSON_AddItemToArray(cJSON_AddArrayToObject(kind, "required"),
                             cJSON_CreateString(FAULTS[i].name));
        cJSON_AddItemToArray(kinds, kind);
        cJSON_DeleteItemFromObject(properties, FAULTS[i].name);
        add_property(properties, FAULTS[i].name, one_or_list("string integer"), FAULTS[i].what);
    }
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (key->section != SECTION_FAULT)
            continue;
        cJSON *known = cJSON_DetachItemFromObjectCaseSensitive(properties, key->key);
        cJSON *value = known ? either(known, value_of(key)) : value_of(key);
        add_property(properties, key->key, value, key->what);
    }
    return object;
}

static cJSON *config_schema(void)
{
    cJSON *properties, *object = closed_object(&properties);
    add_directives(properties);
    return object;
}

static cJSON *counts_by_name(bool is_reason)
{
    cJSON *properties, *object = closed_object(&properties);
    for (int i = 0; i < (is_reason ? (int)REASON_COUNT : (int)DROP_COUNT); i++)
        add_property(properties, is_reason ? reason_name((enum reason)i) : drop_name((enum drop)i),
                     reference("", "range"),
                     is_reason ? reason_why((enum reason)i) : drop_why((enum drop)i));
    return object;
}

static void add_expectations(cJSON *properties)
{
    for (size_t i = 0; i < COUNT_OF(EXPECTS); i++) {
        bool is_map = i == EXPECT_REASON || i == EXPECT_DROP;
        add_property(properties, EXPECTS[i].name,
                     is_map ? counts_by_name(i == EXPECT_REASON) : reference("", "range"),
                     EXPECTS[i].what);
    }
}

/* Of the whole run, and under any other key of a node. */
static void add_expect(cJSON *definitions)
{
    cJSON *properties, *of_node = closed_object(&properties);
    add_expectations(properties);
    cJSON_AddItemToObject(definitions, "expect-of-node", of_node);
    cJSON *whole = object_of("object");
    add_expectations(cJSON_AddObjectToObject(whole, "properties"));
    cJSON_AddItemToObject(whole, "additionalProperties", reference("", "expect-of-node"));
    cJSON_AddItemToObject(definitions, "expect", whole);
    cJSON *range = any_type("string number boolean");
    cJSON_AddStringToObject(
        range, "description",
        "a value or a range of them: 3, 2..5, \">= 1\", \"< 10s\"; behind a ?: the answer "
        "to a question");
    cJSON_AddItemToObject(definitions, "range", range);
}

static void add_quantity(cJSON *definitions, enum quantity_kind kind)
{
    int64_t ignored;
    cJSON *quantity = any_type("string number");
    cJSON_AddStringToObject(quantity, "pattern", "^([0-9.]|unlimited$)");
    cJSON_AddNumberToObject(quantity, "minimum", 0);
    cJSON_AddStringToObject(quantity, "description", quantity_parse(kind, "", 0, &ignored));
    cJSON_AddItemToObject(definitions, QUANTITY_NAMES[kind], quantity);
}

static cJSON *two_of(const char *first, const char *second, const char *quantity)
{
    cJSON *properties, *object = closed_object(&properties);
    cJSON *required = cJSON_AddArrayToObject(object, "required");
    const char *const names[] = {first, second};
    for (int i = 0; i < 2; i++) {
        cJSON_AddItemToObject(properties, names[i], reference("", quantity));
        cJSON_AddItemToArray(required, cJSON_CreateString(names[i]));
    }
    return object;
}

/* A second form of a law is another way to write the first. */
static void add_law(cJSON *properties, const char *name, cJSON *form)
{
    cJSON *known = cJSON_DetachItemFromObjectCaseSensitive(properties, name);
    cJSON_AddItemToObject(properties, name, known ? either(known, form) : form);
}

static void add_laws(cJSON *properties, const char *quantity)
{
#define ONE(name, make)                add_law(properties, name, reference("", quantity));
#define TWO(name, first, second, make) add_law(properties, name, two_of(first, second, quantity));
#include "sim/scenario/law.def"
#undef ONE
#undef TWO
}

static void add_distribution(cJSON *definitions, enum quantity_kind kind)
{
    const char *quantity = QUANTITY_NAMES[kind];
    cJSON *properties, *parts, *law = closed_object(&properties), *part = closed_object(&parts);
    add_laws(parts, quantity);
    cJSON_AddItemToObject(parts, "share", reference("", "share"));
    add_laws(properties, quantity);
    cJSON_AddItemToObject(properties, "values", list_of(reference("", quantity)));
    cJSON_AddItemToObject(properties, "mixture", list_of(part));
    if (kind == QUANTITY_DURATION)
        cJSON_AddItemToObject(properties, "preset", preset_names(PRESET_OUTAGE));
    cJSON_AddNumberToObject(law, "minProperties", 1);
    cJSON_AddNumberToObject(law, "maxProperties", 1);
    char *name = g_strdup_printf("distribution-of-%s", quantity);
    cJSON_AddItemToObject(definitions, name, either(reference("", quantity), law));
    g_free(name);
}

char *schema_print_json(void)
{
    cJSON *properties, *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "$schema", "https://json-schema.org/draft/2020-12/schema");
    cJSON_AddStringToObject(root, "title", "psyncsim scenario");
    cJSON_AddStringToObject(root, "type", "object");
    properties = cJSON_AddObjectToObject(root, "properties");
    cJSON_AddFalseToObject(root, "additionalProperties");
    add_rows(properties, cJSON_AddArrayToObject(root, "required"), SECTION_SCENARIO);
    cJSON *definitions = cJSON_AddObjectToObject(root, "$defs");
    for (int kind = QUANTITY_SIZE; kind <= QUANTITY_SEED; kind++)
        add_quantity(definitions, (enum quantity_kind)kind);
    add_distribution(definitions, QUANTITY_DURATION);
    add_distribution(definitions, QUANTITY_SIZE);
    add_distribution(definitions, QUANTITY_SHARE);
    for (int i = SECTION_HOST; i < SECTION_COUNT; i++)
        cJSON_AddItemToObject(definitions, SECTION_NAMES[i],
                              i == SECTION_FAULT ? fault_schema()
                                                 : section_schema((enum schema_section)i));
    cJSON_AddItemToObject(definitions, "config", config_schema());
    add_expect(definitions);
    char *text = cJSON_Print(root), *copy = g_strdup(text);
    cJSON_free(text);
    cJSON_Delete(root);
    return copy;
}
