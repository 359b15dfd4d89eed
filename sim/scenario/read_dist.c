/* A quantity, or how it is distributed: { exponential: 6h }, { lognormal: { median: 2s, p95: 30s }
 * }, ... One row of law.def per law. */
#include <string.h>
#include "sim/text/spelling.h"
#include "sim/scenario/reading.h"

#define PARTS_MAX DIST_LIST_MAX

struct law {
    const char *name, *first, *second;
    const char *(*make)(struct dist *dist, int64_t first, int64_t second);
};

static const struct law LAWS[] = {
#define ONE(name, make)
#define TWO(name, first, second, make) {name, first, second, make},
#include "sim/scenario/law.def"
#undef ONE
#undef TWO
};

#define LAW_COUNT (sizeof LAWS / sizeof *LAWS)

static const struct simple_law {
    const char *name;
    const char *(*make)(struct dist *dist, int64_t value);
} SIMPLE_LAWS[] = {
#define ONE(name, make) {name, make},
#define TWO(name, first, second, make)
#include "sim/scenario/law.def"
#undef ONE
#undef TWO
};

#define SIMPLE_COUNT (sizeof SIMPLE_LAWS / sizeof *SIMPLE_LAWS)

/* What is given besides the laws above. */
static const char *const OTHERS[] = {"values", "mixture", "preset"};

/* One number of the distribution, in the row's unit and bounds. */
static bool read_number(struct reading *reading, int32_t node, const struct schema_key *key,
                        int64_t *out)
{
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    enum quantity_kind kind = (enum quantity_kind)key->detail;
    if (key->type != SCHEMA_PER_GB)
        return read_quantity(reading, node, kind, out);
    static const char PER_GB[] = "/gb";
    size_t len = at->kind == YAML_TREE_SCALAR ? strlen(at->text) : 0, end = sizeof PER_GB - 1;
    bool is_zero = len == 1 && at->text[0] == '0';
    bool is_per_gb = len > end && g_ascii_strcasecmp(at->text + len - end, PER_GB) == 0;
    if (is_zero || (is_per_gb && !quantity_parse(kind, at->text, len - end, out))) {
        if (is_zero)
            *out = 0;
        return true;
    }
    reading_wrong(reading, node,
                  "%s: found '%.80s', expected a duration per gigabyte such as 12ms/gb", key->key,
                  len ? at->text : "");
    return false;
}

static bool made(struct reading *reading, int32_t node, const char *wrong)
{
    if (wrong)
        reading_wrong_key(reading, node, "%s", wrong);
    return !wrong;
}

/* Whether a law with such parameters is this map's; a map of other keys is none. */
static bool has_parameters(const struct reading *reading, int32_t map, const struct law *law)
{
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, map);
    return at->kind == YAML_TREE_MAP && at->count == 2 &&
           reading_child(reading, map, law->first) >= 0 &&
           reading_child(reading, map, law->second) >= 0;
}

static bool read_law(struct reading *reading, int32_t node, const struct schema_key *key,
                     struct dist *out)
{
    const char *name = yaml_tree_at(reading->tree, node)->key;
    GString *forms = g_string_new(NULL);
    for (size_t i = 0; i < LAW_COUNT; i++) {
        const struct law *law = &LAWS[i];
        if (strcmp(law->name, name) != 0)
            continue;
        if (has_parameters(reading, node, law)) {
            g_string_free(forms, TRUE);
            int64_t first = 0, second = 0;
            bool is_first_good =
                read_number(reading, reading_child(reading, node, law->first), key, &first);
            bool is_second_good =
                read_number(reading, reading_child(reading, node, law->second), key, &second);
            return is_first_good && is_second_good &&
                   made(reading, node, law->make(out, first, second));
        }
        g_string_append_printf(forms, "%s{ %s: …, %s: … }", forms->len ? " or " : "", law->first,
                               law->second);
    }
    reading_wrong_key(reading, node, "%s takes %s", name, forms->str);
    g_string_free(forms, TRUE);
    return false;
}

static bool read_values(struct reading *reading, int32_t node, const struct schema_key *key,
                        struct dist *out)
{
    if (!reading_is_list(reading, node, "a list of values, each as likely"))
        return false;
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    int64_t values[DIST_LIST_MAX];
    if (at->count > DIST_LIST_MAX) {
        reading_wrong(reading, node, "%d values; expected at most %d", at->count, DIST_LIST_MAX);
        return false;
    }
    bool is_good = true;
    for (int32_t i = 0; i < at->count; i++)
        is_good = read_number(reading, at->first + i, key, &values[i]) && is_good;
    return is_good && made(reading, node, dist_empirical(out, values, (uint32_t)at->count));
}

static bool read_simple(struct reading *reading, int32_t node, const struct schema_key *key,
                        const struct simple_law *law, struct dist *out)
{
    int64_t value = 0;
    return read_number(reading, node, key, &value) && made(reading, node, law->make(out, value));
}

/* Offers every name a distribution may have. */
static void unknown_law(struct reading *reading, int32_t node, const struct schema_key *key)
{
    const char *name = yaml_tree_at(reading->tree, node)->key;
    struct spelling spelling = spelling_to(name);
    for (size_t i = 0; i < LAW_COUNT; i++)
        spelling_offer(&spelling, LAWS[i].name);
    for (size_t i = 0; i < SIMPLE_COUNT; i++)
        spelling_offer(&spelling, SIMPLE_LAWS[i].name);
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        spelling_offer(&spelling, OTHERS[i]);
    if (spelling.name)
        reading_wrong_key(reading, node, "%s: unknown distribution '%.80s'; did you mean '%s'?",
                          key->key, name, spelling.name);
    else
        reading_wrong_key(
            reading, node,
            "%s: unknown distribution '%.80s'; expected uniform, exponential, lognormal, "
            "pareto, normal, values or mixture",
            key->key, name);
}

/* One law of the map's key `node`; not a mixture. */
static bool read_plain(struct reading *reading, int32_t node, const struct schema_key *key,
                       struct dist *out)
{
    const char *name = yaml_tree_at(reading->tree, node)->key;
    for (size_t i = 0; i < LAW_COUNT; i++)
        if (strcmp(LAWS[i].name, name) == 0)
            return read_law(reading, node, key, out);
    for (size_t i = 0; i < SIMPLE_COUNT; i++)
        if (strcmp(SIMPLE_LAWS[i].name, name) == 0)
            return read_simple(reading, node, key, &SIMPLE_LAWS[i], out);
    if (strcmp(name, "values") == 0)
        return read_values(reading, node, key, out);
    unknown_law(reading, node, key);
    return false;
}

/* { share: 60%, lognormal: … } */
static bool read_part(struct reading *reading, int32_t map, const struct schema_key *key,
                      int64_t *weight, struct dist *out)
{
    static const char *const EXPECTED = "a part such as { share: 60%, exponential: 5s }";
    if (!reading_is_map(reading, map, EXPECTED))
        return false;
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, map);
    int32_t share = reading_child(reading, map, "share");
    if (share < 0 || at->count != 2) {
        reading_wrong(reading, map, "expected %s", EXPECTED);
        return false;
    }
    int32_t law = at->first + (share == at->first);
    bool has_share = read_quantity(reading, share, QUANTITY_SHARE, weight);
    return read_plain(reading, law, key, out) && has_share;
}

static bool read_mixture(struct reading *reading, int32_t node, const struct schema_key *key,
                         struct dist *out)
{
    if (!reading_is_list(reading, node, "a list of parts, each with its share"))
        return false;
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    if (at->count < 1 || at->count > PARTS_MAX) {
        reading_wrong(reading, node, "%d parts; expected 1 to %d", at->count, PARTS_MAX);
        return false;
    }
    struct dist parts[PARTS_MAX] = {0};
    int64_t weights[PARTS_MAX] = {0}, sum = 0;
    bool is_good = true;
    for (int32_t i = 0; i < at->count; i++) {
        is_good = read_part(reading, at->first + i, key, &weights[i], &parts[i]) && is_good;
        sum += weights[i];
    }
    if (is_good && sum != 1000000) {
        char text[32];
        quantity_print(QUANTITY_SHARE, sum, text, sizeof text);
        reading_wrong_key(reading, node, "the shares of a mixture add up to %s; expected 100%%",
                          text);
        return false;
    }
    return is_good && made(reading, node, dist_mixture(out, weights, parts, (uint32_t)at->count));
}

static bool read_outage(struct reading *reading, int32_t node, const struct schema_key *key,
                        struct dist *out)
{
    size_t preset;
    if (key->type != SCHEMA_OUTAGE) {
        reading_wrong_key(reading, node, "%s has no presets", key->key);
        return false;
    }
    if (!read_preset(reading, node, PRESET_OUTAGE, &preset))
        return false;
    *out = preset_outage(preset);
    return true;
}

/* The least and most that the row allows, as far as a distribution shows them: in its mean. */
static bool check_mean(struct reading *reading, int32_t node, const struct schema_key *key,
                       const struct dist *dist)
{
    int64_t mean = dist_mean(dist);
    if (mean >= key->least && (mean <= key->most || mean == INT64_MAX))
        return true;
    char bound[32];
    bool is_low = mean < key->least;
    quantity_print((enum quantity_kind)key->detail, is_low ? key->least : key->most, bound,
                   sizeof bound);
    reading_wrong(reading, node, "%s is too %s; expected at %s %s", key->key,
                  is_low ? "small" : "large", is_low ? "least" : "most", bound);
    return false;
}

static bool read_any(struct reading *reading, int32_t node, const struct schema_key *key,
                     struct dist *out)
{
    const struct yaml_tree_node *at = yaml_tree_at(reading->tree, node);
    if (at->kind != YAML_TREE_MAP) {
        int64_t value = 0;
        return read_number(reading, node, key, &value) &&
               made(reading, node, dist_constant(out, value));
    }
    if (at->count != 1) {
        reading_wrong(reading, node, "%s: expected one distribution, such as { exponential: … }",
                      key->key);
        return false;
    }
    const char *name = yaml_tree_at(reading->tree, at->first)->key;
    if (strcmp(name, "mixture") == 0)
        return read_mixture(reading, at->first, key, out);
    if (strcmp(name, "preset") == 0)
        return read_outage(reading, at->first, key, out);
    return read_plain(reading, at->first, key, out);
}

bool read_dist(struct reading *reading, int32_t node, const struct schema_key *key,
               struct dist *out)
{
    return read_any(reading, node, key, out) && check_mean(reading, node, key, out);
}
