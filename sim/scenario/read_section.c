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
    struct problems *problems = problems_new();
    problems_source(problems, "defaults", NULL, 0);
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (!is_in(key, section) || key->size == 0 || !schema_has_default(key))
            continue;
        struct document *document = document_scalar(key->fallback, (struct place){0, 0, 0});
        struct reading reading = {.document = document, .problems = problems};
        read_key(&reading, 0, key, target);
        document_free(document);
    }
    assert(problems_count(problems) == 0);
    problems_free(problems);
}

static void unknown_key(struct reading *reading, int32_t node, enum schema_section section)
{
    const char *name = document_at(reading->document, node)->key;
    struct nearest nearest = nearest_to(name);
    GString *known = g_string_new(NULL);
    for (size_t i = 0; i < schema_count(); i++) {
        if (!is_in(schema_at(i), section))
            continue;
        nearest_offer(&nearest, schema_at(i)->key);
        g_string_append_printf(known, "%s%s", known->len ? ", " : "", schema_at(i)->key);
    }
    if (nearest.name)
        reading_wrong_key(reading, node, "unknown key '%.80s' in %s; did you mean '%s'?", name,
                          schema_section_name(section), nearest.name);
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
    const struct document_node *at = document_at(reading->document, map);
    for (int32_t i = at->first; i < at->first + at->count; i++) {
        const struct schema_key *key = schema_find(section, document_at(reading->document, i)->key);
        if (!key)
            unknown_key(reading, i, section);
        else if (key->size > 0)
            read_key(reading, i, key, target);
    }
    check_required(reading, map, section);
    return true;
}
