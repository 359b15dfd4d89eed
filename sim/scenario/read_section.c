/* A map by the rows of its section: unknown and missing keys, and every value that has a field.
 *
 * Readers call downwards: sections, then distributions (read_dist.c), then single values
 * (read_value.c). */
#include <assert.h>
#include <string.h>
#include "sim/text/spelling.h"
#include "sim/scenario/reading.h"

/* "unlimited" where a kind of quantity knows it. */
static bool unlimited(enum quantity_kind kind, const char *text, int64_t *out)
{
    if (strcmp(text, "unlimited") != 0 || (kind != QUANTITY_BITRATE && kind != QUANTITY_BYTERATE))
        return false;
    *out = kind == QUANTITY_BITRATE ? 0 : HOST_UNLIMITED;
    return true;
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
