/* The words of a scenario as JSON, for the editor's completion: LAB_WORDS of lab.h.
 *
 *      { "sections": [ [ { "key", "what", "example", "inside", "values" } ... ] ... ],   by enum schema_section
 *        "faults": [ { "key", "what", "arguments" } ... ], "expectations": [ { "key", "what" } ... ],
 *        "directives": [ ... ] }
 *
 * "inside" is the section of what stands below, and "values" are what may stand there, where either applies. */
#include "sim/wasm/lab_words.h"

#include "models/psync/profile.h"
#include "models/server/config.h"
#include "sim/scenario/schema.h"
#include "sim/text/json_write.h"

static void print_values(const struct schema_key *key, struct json *json)
{
    const struct schema_word *word =
        key->type == SCHEMA_CHOICE ? schema_words((enum schema_choice)key->detail) : NULL;
    if (word == NULL && key->type != SCHEMA_SERVER && key->type != SCHEMA_BOOL)
        return;
    json_open(json, "values", '[');
    for (; word != NULL && word->word != NULL; word++)
        json_text(json, NULL, word->word);
    for (size_t i = 0; key->type == SCHEMA_SERVER && i < profile_count(); i++)
        json_text(json, NULL, profile_at(i)->name);
    if (key->type == SCHEMA_BOOL) {
        json_text(json, NULL, "yes");
        json_text(json, NULL, "no");
    }
    json_close(json, ']');
}

static void print_key(const struct schema_key *key, struct json *json)
{
    bool has_inside =
        key->type == SCHEMA_SECTION || key->type == SCHEMA_MAP_OF || key->type == SCHEMA_LIST_OF;
    json_open(json, NULL, '{');
    json_text(json, "key", key->key);
    json_text(json, "what", key->what);
    json_text(json, "example", key->example);
    if (has_inside)
        json_int(json, "inside", key->detail);
    print_values(key, json);
    json_close(json, '}');
}

static void print_sections(struct json *json)
{
    json_open(json, "sections", '[');
    for (int section = 0; section < SECTION_COUNT; section++) {
        json_open(json, NULL, '[');
        for (size_t i = 0; i < schema_count(); i++)
            if ((int)schema_at(i)->section == section)
                print_key(schema_at(i), json);
        json_close(json, ']');
    }
    json_close(json, ']');
}

static void print_rows(struct json *json, const char *name, const char *const (*rows)[3])
{
    json_open(json, name, '[');
    for (; (*rows)[0] != NULL; rows++) {
        json_open(json, NULL, '{');
        json_text(json, "key", (*rows)[0]);
        json_text(json, "what", (*rows)[1]);
        json_text(json, "arguments", (*rows)[2]);
        json_close(json, '}');
    }
    json_close(json, ']');
}

void lab_words_print(GString *out)
{
    static const char *const FAULTS[][3] = {
#define FAULT(name, text, args, what) {text, what, args},
#include "sim/scenario/fault.def"
#undef FAULT
        {NULL, NULL, NULL}};
    static const char *const EXPECTATIONS[][3] = {
#define EXPECT(name, text, unit, fold, field, what) {text, what, ""},
#include "sim/scenario/expect.def"
#undef EXPECT
        {NULL, NULL, NULL}};
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    print_sections(&json);
    print_rows(&json, "faults", FAULTS);
    print_rows(&json, "expectations", EXPECTATIONS);
    json_open(&json, "directives", '[');
    for (int i = 0; i < CONFIG_COUNT; i++)
        json_text(&json, NULL, config_name(i));
    json_close(&json, ']');
    json_close(&json, '}');
}
