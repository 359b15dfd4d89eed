/* Single values: strict, with what was found and what is expected. */
#include <stdarg.h>
#include <string.h>
#include "sim/text/spelling.h"
#include "sim/scenario/read_group.h"

G_GNUC_PRINTF(3, 0)
static void wrong(struct reading *reading, struct place place, const char *format,
                  va_list arguments)
{
    char *what = g_strdup_vprintf(format, arguments);
    diagnostics_add(reading->diagnostics, place, "%s", what);
    g_free(what);
}

void reading_wrong(struct reading *reading, int32_t node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    wrong(reading, yaml_tree_at(reading->tree, node)->place, format, arguments);
    va_end(arguments);
}

void reading_wrong_key(struct reading *reading, int32_t node, const char *format, ...)
{
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    va_list arguments;
    va_start(arguments, format);
    wrong(reading, at->key ? at->key_place : at->place, format, arguments);
    va_end(arguments);
}

/* "latency: " before what is said of its value; "" in a list. */
static char *of_key(const struct yaml_tree_node *node)
{
    return node->key ? g_strdup_printf("%s: ", node->key) : g_strdup("");
}

static void expected(struct reading *reading, int32_t node, const char *wanted)
{
    static const char *const KINDS[] = {
        [YAML_TREE_MAP] = "a map", [YAML_TREE_LIST] = "a list", [YAML_TREE_SCALAR] = "nothing"};
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    char *key = of_key(at);
    if (at->kind == YAML_TREE_SCALAR && at->text[0])
        reading_wrong(reading, node, "%sfound '%.80s', expected %s", key, at->text, wanted);
    else
        reading_wrong(reading, node, "%sfound %s, expected %s", key, KINDS[at->kind], wanted);
    g_free(key);
}

bool reading_is_map(struct reading *reading, int32_t node, const char *what)
{
    if (yaml_tree_at(reading->tree, node)->kind == YAML_TREE_MAP)
        return true;
    expected(reading, node, what);
    return false;
}

bool reading_is_list(struct reading *reading, int32_t node, const char *what)
{
    if (yaml_tree_at(reading->tree, node)->kind == YAML_TREE_LIST)
        return true;
    expected(reading, node, what);
    return false;
}

int32_t reading_child(const struct reading *reading, int32_t map, const char *key)
{
    return map == ABSENT ? ABSENT : yaml_tree_find(reading->tree, map, key);
}

const char *read_text(struct reading *reading, int32_t node, const char *wanted)
{
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    if (at->kind == YAML_TREE_SCALAR && at->text[0])
        return at->text;
    expected(reading, node, wanted);
    return NULL;
}

bool read_quantity(struct reading *reading, int32_t node, enum quantity_kind kind, int64_t *out)
{
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    const char *text = at->kind == YAML_TREE_SCALAR ? at->text : "";
    const char *wanted = quantity_parse(kind, text, strlen(text), out);
    if (wanted)
        expected(reading, node, wanted);
    return !wanted;
}

bool read_bool(struct reading *reading, int32_t node, bool *out)
{
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    const char *text = at->kind == YAML_TREE_SCALAR ? at->text : "";
    bool yes = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "no") != 0 && strcmp(text, "false") != 0) {
        expected(reading, node, "yes or no");
        return false;
    }
    *out = yes;
    return true;
}

/* A sentence of an unknown word: the nearest known one, or all of them. */
static void unknown_word(struct reading *reading, int32_t node, struct spelling spelling,
                         const char *known)
{
    char *wanted = spelling.name ? g_strdup_printf("%s (did you mean '%s'?)", known, spelling.name)
                                 : g_strdup(known);
    expected(reading, node, wanted);
    g_free(wanted);
}

bool read_choice(struct reading *reading, int32_t node, enum schema_choice choice, int64_t *out)
{
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    const char *text = at->kind == YAML_TREE_SCALAR ? at->text : "";
    if (choice == CHOICE_SAVE) /* JSON's and YAML 1.1's booleans */
        text = strcmp(text, "true") == 0 ? "yes" : strcmp(text, "false") == 0 ? "no" : text;
    struct spelling spelling = spelling_to(text);
    GString *known = g_string_new(NULL);
    const struct schema_word *word = schema_words(choice);
    for (; word->word && strcmp(word->word, text) != 0; word++) {
        spelling_offer(&spelling, word->word);
        g_string_append_printf(known, "%s%s", known->len ? ", " : "one of ", word->word);
    }
    if (word->word)
        *out = word->value;
    else
        unknown_word(reading, node, spelling, known->str);
    g_string_free(known, TRUE);
    return word->word != NULL;
}

bool read_node_name(struct reading *reading, int32_t node, int32_t *out)
{
    const char *text = read_text(reading, node, "the name of a node");
    if (!text)
        return false;
    *out = scenario_node_find(reading->scenario, text);
    if (*out >= 0)
        return true;
    struct spelling spelling = spelling_to(text);
    for (uint32_t i = 0; i < reading->scenario->node_count; i++)
        spelling_offer(&spelling, reading->scenario->nodes[i].name);
    unknown_word(reading, node, spelling,
                 find_group(reading, text) ? "the name of one node, not of several"
                                           : "the name of a node");
    return false;
}

bool read_preset(struct reading *reading, int32_t node, enum preset_kind kind, size_t *out)
{
    const char *text = read_text(reading, node, "the name of a preset");
    if (!text)
        return false;
    int found = preset_find(kind, text);
    *out = (size_t)found;
    if (found >= 0)
        return true;
    struct spelling spelling = spelling_to(text);
    GString *known = g_string_new("one of");
    for (size_t i = 0; i < preset_count(kind); i++) {
        const char *name = preset_about(kind, i).name;
        spelling_offer(&spelling, name);
        g_string_append_printf(known, "%s %s", i ? "," : "", name);
    }
    unknown_word(reading, node, spelling, known->str);
    g_string_free(known, TRUE);
    return false;
}

bool reading_check_name(struct reading *reading, int32_t node, const char *what)
{
    const char *name = yaml_tree_at(reading->tree, node)->key;
    bool is_good = g_ascii_isalpha(name[0]) && strlen(name) <= NAME_MAX_LEN;
    for (const char *at = name; *at; at++)
        is_good = is_good && (g_ascii_isalnum(*at) || *at == '_');
    if (!is_good)
        reading_wrong_key(reading, node,
                          "'%.80s' cannot name %s; expected a letter, then letters, digits and _ "
                          "(31 at most)",
                          name, what);
    return is_good;
}
