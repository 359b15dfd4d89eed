/* Writers, and clients that WAIT. */
#include <string.h>
#include "sim/engine/time.h"
#include "sim/scenario/reading.h"

#define KEY_BYTES     15                   /* of a SET of 543 bytes */
#define ADDED_MAX     (INT64_C(1) << 50)   /* bytes, as of a dataset */
#define KEY_BYTES_MAX (INT64_C(512) << 20) /* as servers have it */

static const struct yaml_tree_node *at(const struct reading *reading, int32_t node)
{
    return yaml_tree_at(reading->tree, node);
}

/* Commands a second x 1e9 that make so many stream bytes. */
static int64_t rate_of_bytes(int64_t bytes_per_s, const struct dist *command)
{
    int64_t mean = dist_mean(command);
    return mul_div(bytes_per_s, 1000000000, mean > 0 ? mean : 1);
}

static bool read_rate(struct reading *reading, int32_t node, const struct dist *command,
                      int64_t *out)
{
    const struct yaml_tree_node *value = at(reading, node);
    const char *text = value->kind == YAML_TREE_SCALAR ? value->text : "";
    int64_t parsed;
    if (!quantity_parse(QUANTITY_RATE, text, strlen(text), &parsed)) {
        *out = parsed;
        return true;
    }
    if (!quantity_parse(QUANTITY_BYTERATE, text, strlen(text), &parsed)) {
        *out = rate_of_bytes(parsed, command);
        return true;
    }
    reading_wrong(reading, node,
                  "%s: found '%.80s', expected commands per time such as 2000/s, or stream bytes "
                  "such as 5mb/s",
                  value->key, text);
    return false;
}

/* A rate if the key is there; false after a problem. */
static bool read_rate_key(struct reading *reading, int32_t map, const char *key,
                          const struct dist *command, int64_t *out)
{
    int32_t child = reading_child(reading, map, key);
    return child < 0 || read_rate(reading, child, command, out);
}

/* Length of DEL and its key in the stream: *2 $3 DEL $<n> <key>, each with its CR LF. */
static int64_t del_bytes(int64_t key_bytes)
{
    char digits[32];
    return 18 + g_snprintf(digits, sizeof digits, "%" G_GINT64_FORMAT, key_bytes) + key_bytes;
}

static void apply_preset(struct reading *reading, int32_t map, struct load_spec *spec)
{
    int32_t child = reading_child(reading, map, "preset");
    size_t index;
    if (child < 0 || !read_preset(reading, child, PRESET_LOAD, &index))
        return;
    struct preset_load preset = preset_load(index);
    spec->rate = rate_of_bytes(preset.bytes_per_s, &spec->command);
    spec->rate_high = rate_of_bytes(preset.high_bytes_per_s, &spec->command);
    spec->high_mean_ns = preset.high_mean_ns;
    spec->low_mean_ns = preset.low_mean_ns;
}

/* False when its rates could not be read. */
static bool read_shape(struct reading *reading, int32_t map, struct scenario_load *load)
{
    struct load_spec *spec = &load->spec;
    int32_t bursts = reading_child(reading, map, "bursts"),
            markov = reading_child(reading, map, "markov"),
            series = reading_child(reading, map, "series");
    apply_preset(reading, map, spec);
    bool is_good = read_rate_key(reading, map, "rate", &spec->command, &spec->rate);
    spec->rate_end = spec->rate;
    is_good = read_rate_key(reading, map, "rate-end", &spec->command, &spec->rate_end) && is_good;
    if (bursts >= 0 && read_section(reading, bursts, SECTION_BURSTS, load))
        read_rate_key(reading, bursts, "rate-off", &spec->command, &spec->rate_off);
    if (markov >= 0 && read_section(reading, markov, SECTION_MARKOV, load))
        is_good =
            read_rate_key(reading, markov, "high", &spec->command, &spec->rate_high) && is_good;
    if (series >= 0)
        read_series(reading, series, spec);
    return is_good;
}

/* What a key may not stand with, or not without. */
static const struct combination {
    const char *keys[2]; /* the problem is at the first of them that is there */
    const char *other;
    bool is_needed;
    const char *wrong;
} COMBINATIONS[] = {
    {{"rate", "preset"}, "series", false, "a load that has a series needs no rate"},
    {{"repeat"}, "series", true, "only a series can be repeated; a rate goes on anyway"},
};

static void check_combinations(struct reading *reading, int32_t map)
{
    for (size_t i = 0; i < G_N_ELEMENTS(COMBINATIONS); i++) {
        const struct combination *row = &COMBINATIONS[i];
        int32_t key = ABSENT;
        for (size_t j = 0; j < G_N_ELEMENTS(row->keys) && row->keys[j] && key < 0; j++)
            key = reading_child(reading, map, row->keys[j]);
        if (key >= 0 && (reading_child(reading, map, row->other) >= 0) != row->is_needed)
            reading_wrong_key(reading, key, "%s", row->wrong);
    }
}

static void check_one_shape(struct reading *reading, int32_t map)
{
    static const char *const SHAPES[] = {"series", "bursts", "markov", "rate-end"};
    const char *first = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(SHAPES); i++) {
        int32_t child = reading_child(reading, map, SHAPES[i]);
        if (child >= 0 && first)
            reading_wrong_key(reading, child, "a load cannot have both %s and %s; write two loads",
                              first, SHAPES[i]);
        first = child >= 0 && !first ? SHAPES[i] : first;
    }
}

static bool has_one_of(const struct reading *reading, int32_t map, const char *const *keys)
{
    while (*keys && reading_child(reading, map, *keys) < 0)
        keys++;
    return *keys != NULL;
}

/* One way of giving the rate, and one shape. */
static void check_shape(struct reading *reading, int32_t map, const struct load_spec *spec)
{
    static const char *const RATES[] = {"rate", "series", "preset", NULL};
    int32_t rate = reading_child(reading, map, "rate");
    check_one_shape(reading, map);
    if (!has_one_of(reading, map, RATES))
        reading_wrong(reading, map,
                      "a load needs 'rate', 'preset' or 'series', such as rate: 2000/s");
    check_combinations(reading, map);
    if (rate >= 0 && spec->rate == 0 && spec->rate_end == 0 && spec->rate_high == 0)
        reading_wrong(reading, rate, "rate: must be above 0 (nothing would be written)");
}

static void check_span(struct reading *reading, int32_t map, const struct load_spec *spec)
{
    int32_t to = reading_child(reading, map, "to"), from = reading_child(reading, map, "from");
    if (spec->to_ns <= spec->from_ns && reading->scenario->duration > 0)
        reading_wrong(reading,
                      to >= 0     ? to
                      : from >= 0 ? from
                                  : map,
                      "this load ends before it begins; expected `to` above `from`");
}

/* A replica takes no writes, unless it may become a master: says where they may go. */
static void check_master(struct reading *reading, int32_t node, int32_t index, const char *who)
{
    const struct scenario *scenario = reading->scenario;
    int32_t top = index;
    for (uint32_t i = 0; i < scenario->node_count && scenario->nodes[top].replicaof >= 0; i++)
        top = scenario->nodes[top].replicaof;
    if (top != index && !reading->roles_change)
        reading_wrong(reading, node, "'%s' is a replica and takes no %s; expected '%s'%s",
                      scenario->nodes[index].name, who, scenario->nodes[top].name,
                      strcmp(who, "writes") == 0 ? ", with a move-load fault when the roles change"
                                                 : "");
}

static int64_t read_key_bytes(struct reading *reading, int32_t map)
{
    int64_t key_bytes = KEY_BYTES;
    int32_t key = reading_child(reading, map, "key-bytes");
    if (key < 0 || !read_quantity(reading, key, QUANTITY_COUNT, &key_bytes))
        return KEY_BYTES;
    if (key_bytes <= KEY_BYTES_MAX)
        return key_bytes;
    reading_wrong(reading, key, "key-bytes: found '%.80s', expected at most 536870912 (512 MB)",
                  at(reading, key)->text);
    return KEY_BYTES;
}

/* Whether the run can be computed: offsets of the whole scenario stay below 2^63. */
static void check_size(struct reading *reading, int32_t map, const struct load_spec *spec)
{
    static const char *const KEYS[] = {"rate", "bursts", "markov", "series", "preset"};
    int32_t blamed = map;
    for (size_t i = 0; i < G_N_ELEMENTS(KEYS) && blamed == map; i++)
        if (reading_child(reading, map, KEYS[i]) >= 0)
            blamed = reading_child(reading, map, KEYS[i]);
    int64_t bytes = 0;
    const char *wrong = load_check(spec, reading->scenario->duration, &bytes);
    reading->load_bytes += bytes;
    if (!wrong && reading->load_bytes > LOAD_BYTES_MAX / 2)
        wrong = "all loads together have more than 2^61 bytes by the end of the run";
    if (wrong)
        reading_wrong_key(reading, blamed, "%s; expected a shorter duration or a lower rate",
                          wrong);
    reading->load_bytes = MIN(reading->load_bytes, LOAD_BYTES_MAX / 2);
}

static void read_load(struct reading *reading, int32_t map)
{
    size_t problems = diagnostics_count(reading->diagnostics);
    struct scenario_load load = {.node = -1};
    struct load_spec *spec = &load.spec;
    read_defaults(SECTION_LOAD, &load);
    spec->to_ns = reading->scenario->duration;
    if (!read_section(reading, map, SECTION_LOAD, &load))
        return;
    int32_t node = reading_child(reading, map, "node");
    int64_t key_bytes = read_key_bytes(reading, map);
    spec->del_bytes = spec->ttl_ns > 0 ? del_bytes(key_bytes) : 0;
    if (node >= 0 && read_node_name(reading, node, &load.node))
        check_master(reading, node, load.node, "writes");
    if (read_shape(reading, map, &load)) {
        check_shape(reading, map, spec);
        check_span(reading, map, spec);
    }
    if (diagnostics_count(reading->diagnostics) == problems && reading->scenario->duration > 0)
        check_size(reading, map, spec);
    spec->name = g_strdup_printf("load-%u", reading->loads->len);
    int32_t adds = reading_child(reading, map, "adds");
    if (load.keyspace == 0 && load.node >= 0)
        load.keyspace = reading->scenario->nodes[load.node].keys;
    if (mul_div(load.keyspace, load.adds_bytes, 1) > ADDED_MAX)
        reading_wrong(
            reading, adds,
            "adds: keyspace times adds is more than 1 PB; expected fewer keys, or smaller "
            "ones");
    spec->adds_keys = load.adds_bytes > 0;
    g_array_append_val(reading->loads, load);
}

void read_loads(struct reading *reading, int32_t list)
{
    if (list < 0 || !reading_is_list(reading, list, "a list of writers"))
        return;
    for (int32_t i = 0; i < at(reading, list)->count; i++)
        read_load(reading, at(reading, list)->first + i);
}

static void read_wait(struct reading *reading, int32_t map)
{
    struct scenario_wait wait = {.node = -1};
    read_defaults(SECTION_WAIT, &wait);
    if (!read_section(reading, map, SECTION_WAIT, &wait))
        return;
    int32_t node = reading_child(reading, map, "node");
    if (node >= 0 && read_node_name(reading, node, &wait.node))
        check_master(reading, node, wait.node, "WAIT");
    g_array_append_val(reading->waits, wait);
}

void read_waits(struct reading *reading, int32_t list)
{
    if (list < 0 || !reading_is_list(reading, list, "a list of clients"))
        return;
    for (int32_t i = 0; i < at(reading, list)->count; i++)
        read_wait(reading, at(reading, list)->first + i);
}
