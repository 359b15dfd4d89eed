/* A map by the rows of its section: unknown and missing keys, and every value that has a field. */
#include <assert.h>
#include <string.h>
#include "sim/text/spelling.h"
#include "sim/scenario/reading.h"

static bool is_in(const struct schema_key *key, enum schema_section section)
{
    return key->section == section;
}

/* Defaults go the same way as what a user writes. */
void read_defaults(enum schema_section section, void *target)
{
    struct diagnostics *diagnostics = diagnostics_new();
    diagnostics_source(diagnostics, "defaults", NULL, 0);
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (!is_in(key, section) || key->size == 0 || !schema_has_default(key))
            continue;
        struct tree *tree = yaml_tree_scalar(key->fallback, (struct place){0, 0, 0});
        struct reading reading = {.tree = tree, .diagnostics = diagnostics};
        read_key(&reading, 0, key, target);
        yaml_tree_free(tree);
    }
    assert(diagnostics_count(diagnostics) == 0);
    diagnostics_free(diagnostics);
}

static void unknown_key(struct reading *reading, int32_t node, enum schema_section section)
{
    const char *name = yaml_tree_at(reading->tree, node)->key;
    struct spelling spelling = spelling_to(name);
    GString *known = g_string_new(NULL);
    for (size_t i = 0; i < schema_count(); i++) {
        if (!is_in(schema_at(i), section))
            continue;
        spelling_offer(&spelling, schema_at(i)->key);
        g_string_append_printf(known, "%s%s", known->len ? ", " : "", schema_at(i)->key);
    }
    if (spelling.name)
        reading_wrong_key(reading, node, "unknown key '%.80s' in %s; did you mean '%s'?", name,
                          schema_section_name(section), spelling.name);
    else
        reading_wrong_key(reading, node, "unknown key '%.80s' in %s; it has %s", name,
                          schema_section_name(section), known->str);
    g_string_free(known, TRUE);
}

static void check_required(struct reading *reading, int32_t map, enum schema_section section)
{
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (is_in(key, section) && !key->fallback && reading_child(reading, map, key->key) < 0)
            reading_wrong(reading, map, "%s needs '%s', such as %s: %s",
                          schema_section_name(section), key->key, key->key, key->example);
    }
}

bool read_section(struct reading *reading, int32_t map, enum schema_section section, void *target)
{
    char *what = g_strdup_printf("the keys of %s, such as { %s: %s }", schema_section_name(section),
                                 "key", "value");
    bool is_map = reading_is_map(reading, map, what);
    g_free(what);
    if (!is_map)
        return false;
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, map);
    for (int32_t i = at->first; i < at->first + at->count; i++) {
        const struct schema_key *key = schema_find(section, yaml_tree_at(reading->tree, i)->key);
        if (!key)
            unknown_key(reading, i, section);
        else if (key->size > 0)
            read_key(reading, i, key, target);
    }
    check_required(reading, map, section);
    return true;
}
