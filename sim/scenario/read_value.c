/* Single values: strict, with what was found and what is expected. */
#include <assert.h>
#include <stdarg.h>
#include <string.h>
#include "sim/text/spelling.h"
#include "sim/scenario/reading.h"

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

/* "unlimited" where a kind of quantity knows it. */
static bool unlimited(enum quantity_kind kind, const char *text, int64_t *out)
{
    if (strcmp(text, "unlimited") != 0 || (kind != QUANTITY_BITRATE && kind != QUANTITY_BYTERATE))
        return false;
    *out = kind == QUANTITY_BITRATE ? 0 : HOST_UNLIMITED;
    return true;
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

/* Whether `value` lies within the bounds of the row. */
static bool check_bounds(struct reading *reading, int32_t node, enum quantity_kind kind,
                         const struct schema_key *key, int64_t value)
{
    if (value >= key->least && value <= key->most)
        return true;
    char bound[32];
    bool is_low = value < key->least;
    quantity_print(kind, is_low ? key->least : key->most, bound, sizeof bound);
    reading_wrong(reading, node, "%s: '%.80s' is too %s; expected at %s %s", key->key,
                  yaml_tree_at(reading->tree, node)->text, is_low ? "small" : "large",
                  is_low ? "least" : "most", bound);
    return false;
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
    unknown_word(reading, node, spelling, "the name of a node");
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

static void store(void *target, const struct schema_key *key, int64_t value)
{
    char *field = (char *)target + key->offset;
    int32_t narrow = (int32_t)value;
    bool flag = value != 0;
    switch (key->size) {
    case sizeof(int64_t):
        memcpy(field, &value, sizeof value);
        break;
    case sizeof(int32_t): /* enums are int on every platform we build on */
        memcpy(field, &narrow, sizeof narrow);
        break;
    default:
        assert(key->size == sizeof(bool));
        memcpy(field, &flag, sizeof flag);
    }
}

/* Keys a second: kept whole, unlike other rates. */
static bool read_key_rate(struct reading *reading, int32_t node, const struct schema_key *key,
                          int64_t *out)
{
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    if (at->kind == YAML_TREE_SCALAR && strcmp(at->text, "unlimited") == 0)
        return *out = HOST_UNLIMITED, true;
    if (!read_quantity(reading, node, QUANTITY_RATE, out))
        return false;
    *out /= 1000000000;
    if (*out < key->least)
        reading_wrong(reading, node, "%s: must be at least 1/s", key->key);
    return *out >= key->least;
}

/* A value that is one integer. */
static bool read_integer(struct reading *reading, int32_t node, const struct schema_key *key,
                         int64_t *out)
{
    enum quantity_kind kind = (enum quantity_kind)key->detail;
    bool flag = false;
    switch (key->type) {
    case SCHEMA_BOOL:
        if (!read_bool(reading, node, &flag))
            return false;
        *out = flag;
        return true;
    case SCHEMA_CHOICE:
        return read_choice(reading, node, (enum schema_choice)key->detail, out);
    case SCHEMA_KEY_RATE:
        return read_key_rate(reading, node, key, out);
    default:
        assert(key->type == SCHEMA_QUANTITY);
        const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
        if (at->kind == YAML_TREE_SCALAR && unlimited(kind, at->text, out))
            return true;
        return read_quantity(reading, node, kind, out) &&
               check_bounds(reading, node, kind, key, *out);
    }
}

void read_key(struct reading *reading, int32_t node, const struct schema_key *key, void *target)
{
    assert(key->size > 0);
    if (key->type == SCHEMA_DIST || key->type == SCHEMA_PER_GB || key->type == SCHEMA_OUTAGE) {
        struct dist dist = {0};
        if (read_dist(reading, node, key, &dist))
            memcpy((char *)target + key->offset, &dist, sizeof dist);
        return;
    }
    int64_t value;
    if (read_integer(reading, node, key, &value))
        store(target, key, value);
}
