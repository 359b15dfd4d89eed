/* A path is walked word by word; what comes of a wrong last word is told by the reader of its
 * section, which knows its keys. */
#include "sim/scenario/override.h"
#include <stdlib.h>
#include <string.h>
#include "sim/text/spelling.h"
#include "sim/scenario/schema.h"
#include "sim/text/source_text.h"

struct override {
    struct document *document;
    struct problems *problems;
    struct place place;
};

static void wrong(struct override *override, const char *what, const char *name,
                  const char *nearest)
{
    problems_add(override->problems, override->place, "%s '%.80s'%s%s%s", what, name,
                 nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

/* The nearest key of a map, or of the whole scenario for its root. */
static const char *nearest_child(const struct override *override, int32_t map, const char *key)
{
    struct nearest nearest = nearest_to(key);
    const struct document_node *node = document_at(override->document, map);
    for (int32_t i = 0; i < node->count; i++)
        nearest_offer(&nearest, document_at(override->document, node->first + i)->key);
    for (size_t i = 0; map == 0 && i < schema_count(); i++)
        if (schema_at(i)->section == SECTION_SCENARIO)
            nearest_offer(&nearest, schema_at(i)->key);
    return nearest.name;
}

/* Whether a key that is not there may be made: everywhere but where the keys are names of the
 * user's. */
static bool may_add(const struct override *override, int32_t map, const char *key)
{
    const struct document_node *node = document_at(override->document, map);
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
    enum document_kind kind = document_at(override->document, node)->kind;
    if (kind != DOCUMENT_MAP) {
        wrong(override,
              kind == DOCUMENT_LIST ? "a list's entries are named by number, [0] the first; found"
                                    : "the path goes on below what is no map, with",
              key, NULL);
        return -1;
    }
    int32_t child = document_find(override->document, node, key);
    if (child >= 0)
        return child;
    if (may_add(override, node, key))
        return document_add(override->document, node, key, override->place);
    wrong(override, "the scenario has no", key, nearest_child(override, node, key));
    return -1;
}

static int32_t step_index(struct override *override, int32_t node, const char *text)
{
    const struct document_node *list = document_at(override->document, node);
    char *end;
    long index = strtol(text, &end, 10);
    if (list->kind != DOCUMENT_LIST || end == text || *end || index < 0 || index >= list->count) {
        char *what =
            list->kind == DOCUMENT_LIST
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
static struct document *parse_value(struct override *override, const char *text)
{
    if (!text[0] || !strchr("{[\"'", text[0]))
        return document_scalar(text, override->place);
    GString *clean = g_string_new(NULL);
    struct place place = override->place;
    const char *refused = text_clean(text, strlen(text), clean, &place);
    struct document *value = NULL;
    if (refused)
        problems_add(override->problems, override->place, "%s", refused);
    else
        value = document_parse(clean->str, clean->len, override->place.source, override->problems);
    g_string_free(clean, TRUE);
    return value;
}

bool override_apply(struct document *document, const char *text, struct problems *problems)
{
    const char *space = g_str_has_prefix(text, "--") ? strchr(text, ' ') : NULL;
    char *name = space ? g_strdup(text) : g_strdup_printf("--set %s", text);
    struct override override = {
        document, problems, {problems_source(problems, name, NULL, 0), 0, 0}};
    g_free(name);
    text = space ? space + 1 : text;
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !g_utf8_validate(text, -1, NULL)) {
        wrong(&override, "expected PATH=VALUE, found", text, NULL);
        return false;
    }
    char *path = g_strndup(text, (gsize)(equals - text));
    struct document *value = parse_value(&override, equals + 1);
    int32_t node = value ? walk(&override, path) : -1;
    if (node == 0)
        wrong(&override, "not a path:", path, NULL);
    if (node > 0)
        document_replace(document, node, value);
    document_free(value);
    g_free(path);
    return node > 0;
}
