/* A path is walked word by word; a wrong last word is reported by the reader of its
 * section, which knows its keys. */
#include "sim/scenario/override.h"
#include <stdlib.h>
#include <string.h>
#include "sim/text/spelling.h"
#include "sim/scenario/schema.h"
#include "sim/text/source_text.h"

struct override {
    struct tree *tree;
    struct diagnostics *diagnostics;
    struct place place;
};

static void wrong(struct override *override, const char *what, const char *name,
                  const char *spelling)
{
    diagnostics_add(override->diagnostics, override->place, "%s '%.80s'%s%s%s", what, name,
                    spelling ? "; did you mean '" : "", spelling ? spelling : "",
                    spelling ? "'?" : "");
}

/* The nearest key of a map, or of the whole scenario for its root. */
static const char *spelling_child(const struct override *override, int32_t map, const char *key)
{
    struct spelling spelling = spelling_to(key);
    const struct yaml_tree_node *node = yaml_tree_at(override->tree, map);
    for (int32_t i = 0; i < node->count; i++)
        spelling_offer(&spelling, yaml_tree_at(override->tree, node->first + i)->key);
    for (size_t i = 0; map == 0 && i < schema_count(); i++)
        if (schema_at(i)->section == SECTION_SCENARIO)
            spelling_offer(&spelling, schema_at(i)->key);
    return spelling.name;
}

/* Whether a key that is not there may be made: everywhere but where the keys are names of the
 * user's. */
static bool may_add(const struct override *override, int32_t map, const char *key)
{
    const struct yaml_tree_node *node = yaml_tree_at(override->tree, map);
    if (map == 0)
        return schema_find(SECTION_SCENARIO, key) != NULL;
    if (!node->key)
        return true;
    if (strcmp(node->key, "hosts") == 0)
        return strcmp(key, "default") == 0;
    return strcmp(node->key, "nodes") != 0;
}

static int32_t step_key(struct override *override, int32_t node, const char *key)
{
    const struct yaml_tree_node *above = yaml_tree_at(override->tree, node);
    if (above->kind != YAML_TREE_MAP) {
        const char *name = above->key ? above->key : "list";
        char *what =
            above->kind == YAML_TREE_LIST
                ? g_strdup_printf("the entries of a list are %s[0], %s[1] and so on; found", name,
                                  name)
                : g_strdup("the path goes on below what is no map, with");
        wrong(override, what, key, NULL);
        g_free(what);
        return -1;
    }
    int32_t child = yaml_tree_find(override->tree, node, key);
    if (child >= 0)
        return child;
    if (may_add(override, node, key))
        return yaml_tree_add(override->tree, node, key, override->place);
    wrong(override, "the scenario has no", key, spelling_child(override, node, key));
    return -1;
}

static int32_t step_index(struct override *override, int32_t node, const char *text)
{
    const struct yaml_tree_node *list = yaml_tree_at(override->tree, node);
    char *end;
    long index = strtol(text, &end, 10);
    if (list->kind != YAML_TREE_LIST || end == text || *end || index < 0 || index >= list->count) {
        char *what =
            list->kind == YAML_TREE_LIST
                ? g_strdup_printf("the list has %d entries, from 0 on; it has no", list->count)
                : g_strdup("what is no list has no entry");
        wrong(override, what, text, NULL);
        g_free(what);
        return -1;
    }
    return list->first + (int32_t)index;
}

/* The node that the path names; `path` is changed. */
static int32_t walk(struct override *override, char *path)
{
    int32_t node = 0;
    for (char *at = path; *at && node >= 0;) {
        bool is_index = *at == '[';
        size_t len = is_index ? strcspn(at, "]") : strcspn(at, ".[");
        char *word = g_strndup(at + is_index, len - is_index);
        bool is_good = word[0] && (!is_index || at[len] == ']');
        at += len + (is_index && at[len]);
        is_good = is_good && (!*at || *at == '.' || *at == '[');
        if (*at == '.')
            is_good = *++at != 0 && is_good;
        if (!is_good)
            wrong(override,
                  "not a path such as nodes.r1.config.repl-timeout or faults[0].for:", path, NULL);
        node = !is_good   ? -1
               : is_index ? step_index(override, node, word)
                          : step_key(override, node, word);
        g_free(word);
    }
    return node;
}

/* A value in braces, brackets or quotes is YAML; anything else stands for itself. */
static struct tree *parse_value(struct override *override, const char *text)
{
    if (!text[0] || !strchr("{[\"'", text[0]))
        return yaml_tree_scalar(text, override->place);
    GString *clean = g_string_new(NULL);
    struct place place = override->place;
    const char *refused = text_clean(text, strlen(text), clean, &place);
    struct tree *value = NULL;
    if (refused)
        diagnostics_add(override->diagnostics, override->place, "%s", refused);
    else
        value =
            yaml_tree_parse(clean->str, clean->len, override->place.source, override->diagnostics);
    g_string_free(clean, TRUE);
    return value;
}

bool override_apply(struct tree *tree, const char *text, struct diagnostics *diagnostics)
{
    const char *space = g_str_has_prefix(text, "--") ? strchr(text, ' ') : NULL;
    char *name = space ? g_strdup(text) : g_strdup_printf("--set %s", text);
    struct override override = {
        tree, diagnostics, {diagnostics_source(diagnostics, name, NULL, 0), 0, 0}};
    g_free(name);
    text = space ? space + 1 : text;
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !g_utf8_validate(text, -1, NULL)) {
        wrong(&override, "expected PATH=VALUE, found", text, NULL);
        return false;
    }
    char *path = g_strndup(text, (gsize)(equals - text));
    struct tree *value = parse_value(&override, equals + 1);
    int32_t node = value ? walk(&override, path) : -1;
    if (node == 0)
        wrong(&override, "not a path:", path, NULL);
    if (node > 0)
        yaml_tree_replace(tree, node, value);
    yaml_tree_free(value);
    g_free(path);
    return node > 0;
}
