/* Faults: one key says what happens and to whom, the others when, how long and how (fault.def has
 * both). */
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/text/spelling.h"
#include "sim/scenario/reading.h"

#define TIMES_MAX 16

struct fault_row {
    const char *name, *arguments;
};

static const struct fault_row FAULTS[FAULT_KIND_COUNT] = {
#define FAULT(name, text, args, what) [FAULT_##name] = {text, args},
#include "sim/scenario/fault.def"
#undef FAULT
};

static const struct yaml_tree_node *at(const struct reading *reading, int32_t node)
{
    return yaml_tree_at(reading->tree, node);
}

/* "link: for mode" takes a link, "node: to" a node, "load index: node" the number of a load. */
static bool takes(enum fault_kind kind, const char *what)
{
    return strncmp(FAULTS[kind].arguments, what, strlen(what)) == 0;
}

static bool allows(enum fault_kind kind, const char *key)
{
    static const char *const ALWAYS = "at every until";
    const char *keys = strchr(FAULTS[kind].arguments, ':') + 1;
    return strcmp(key, FAULTS[kind].name) == 0 || schema_lists(ALWAYS, key) ||
           schema_lists(keys, key);
}

static int kind_of_key(const char *key)
{
    for (int i = 0; i < FAULT_KIND_COUNT; i++)
        if (strcmp(FAULTS[i].name, key) == 0)
            return i;
    return -1;
}

/* What happens: the one key that names a kind. A key that another kind takes as an argument
 * (replicaof beside start) does not count. -1 after a problem. */
static int find_kind(struct reading *reading, int32_t map)
{
    int32_t first = ABSENT, last = at(reading, map)->first + at(reading, map)->count;
    for (int32_t i = at(reading, map)->first; i < last; i++) {
        int kind = kind_of_key(at(reading, i)->key);
        int other = first >= 0 ? kind_of_key(at(reading, first)->key) : -1;
        if (kind < 0 || (other >= 0 && allows((enum fault_kind)other, at(reading, i)->key)))
            continue;
        if (other >= 0 && !allows((enum fault_kind)kind, at(reading, first)->key)) {
            reading_wrong_key(reading, i, "two things in one fault: %s and %s; write two faults",
                              FAULTS[other].name, FAULTS[kind].name);
            return -1;
        }
        first = i;
    }
    return first >= 0 ? kind_of_key(at(reading, first)->key) : -1;
}

/* A fault without a known kind: perhaps one of its keys is a misspelt one. */
static void unknown_kind(struct reading *reading, int32_t map)
{
    GString *known = g_string_new(NULL);
    for (int i = 0; i < FAULT_KIND_COUNT; i++)
        g_string_append_printf(known, "%s%s", i ? ", " : "", FAULTS[i].name);
    int32_t last = at(reading, map)->first + at(reading, map)->count;
    bool is_reported = false;
    for (int32_t i = at(reading, map)->first; i < last; i++) {
        const char *key = at(reading, i)->key;
        if (schema_find(SECTION_FAULT, key) || kind_of_key(key) >= 0)
            continue;
        struct spelling spelling = spelling_to(key);
        for (int k = 0; k < FAULT_KIND_COUNT; k++)
            spelling_offer(&spelling, FAULTS[k].name);
        if (spelling.name)
            reading_wrong_key(reading, i, "unknown fault '%.80s'; did you mean '%s'?", key,
                              spelling.name);
        else
            reading_wrong_key(reading, i, "unknown fault '%.80s'; expected one of %s", key,
                              known->str);
        is_reported = true;
    }
    if (!is_reported)
        reading_wrong(reading, map, "this fault does not say what happens; expected one of %s",
                      known->str);
    g_string_free(known, TRUE);
}

static void wrong_key(struct reading *reading, int32_t node, enum fault_kind kind)
{
    const char *key = at(reading, node)->key;
    const char *keys = strchr(FAULTS[kind].arguments, ':') + 1;
    keys += strspn(keys, " ");
    if (schema_find(SECTION_FAULT, key)) {
        reading_wrong_key(reading, node,
                          "'%s' does not go with %s, which takes: at every until%s%s", key,
                          FAULTS[kind].name, keys[0] ? " " : "", keys);
        return;
    }
    struct spelling spelling = spelling_to(key);
    for (size_t i = 0; i < schema_count(); i++)
        if (schema_at(i)->section == SECTION_FAULT && allows(kind, schema_at(i)->key))
            spelling_offer(&spelling, schema_at(i)->key);
    if (spelling.name)
        reading_wrong_key(reading, node, "unknown key '%.80s' in %s; did you mean '%s'?", key,
                          FAULTS[kind].name, spelling.name);
    else
        reading_wrong_key(reading, node,
                          "unknown key '%.80s' in %s, which takes: at every until%s%s", key,
                          FAULTS[kind].name, keys[0] ? " " : "", keys);
}

static int by_time(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static void read_time(struct reading *reading, int32_t node, struct scenario_fault *fault)
{
    int64_t time;
    if (!read_quantity(reading, node, QUANTITY_DURATION, &time))
        return;
    if (time >= reading->scenario->duration && reading->scenario->duration > 0)
        reading_wrong(reading, node,
                      "%s is at or after the end of the run; expected a time before %s",
                      at(reading, node)->text,
                      at(reading, yaml_tree_find(reading->tree, 0, "duration"))->text);
    if (fault->count < TIMES_MAX)
        fault->at[fault->count++] = time;
}

static void read_times(struct reading *reading, int32_t map, struct scenario_fault *fault)
{
    int32_t times = reading_child(reading, map, "at");
    fault->has_every = reading_child(reading, map, "every") >= 0;
    if (times >= 0 && fault->has_every)
        reading_wrong_key(reading, times,
                          "a fault has `at` or `every`, not both; write two faults");
    if (times < 0 && !fault->has_every)
        reading_wrong(reading, map,
                      "this fault does not say when; expected at or every, such as at: 30s");
    if (times < 0)
        return;
    const struct yaml_tree_node *node = at(reading, times);
    if (node->kind != YAML_TREE_LIST) {
        read_time(reading, times, fault);
        return;
    }
    if (node->count < 1 || node->count > TIMES_MAX)
        reading_wrong_key(reading, times, "at: %d times; expected 1 to %d", node->count, TIMES_MAX);
    for (int32_t i = node->first; i < node->first + node->count; i++)
        read_time(reading, i, fault);
    qsort(fault->at, fault->count, sizeof *fault->at, by_time);
}

/* The value of the kind's own key: what it happens to. */
static void read_object(struct reading *reading, int32_t node, struct scenario_fault *fault)
{
    int64_t index;
    if (takes(fault->kind, "load")) {
        if (!read_quantity(reading, node, QUANTITY_COUNT, &index))
            return;
        if (index >= reading->loads->len)
            reading_wrong(reading, node, "%s: there is no load %s; they count from 0 to %d",
                          FAULTS[fault->kind].name, at(reading, node)->text,
                          (int)reading->loads->len - 1);
        fault->load = (int32_t)MIN(index, INT32_MAX);
    } else if (takes(fault->kind, "node")) {
        read_node_name(reading, node, &fault->node);
    } else {
        int32_t from = -1;
        bool is_arrow = false;
        fault->link = read_link_name(reading, node, &from, &is_arrow);
        if (is_arrow && fault->kind != FAULT_PARTITION)
            reading_wrong(reading, node, "%s affects both directions; expected a pair such as m-r1",
                          FAULTS[fault->kind].name);
        else if (is_arrow && fault->link >= 0)
            fault->direction =
                reading->scenario->links[fault->link].upper == from ? DIRECTION_DOWN : DIRECTION_UP;
    }
}

/* `to`, `replicaof` and `node`: another node, or none. */
static void read_other_node(struct reading *reading, int32_t node, struct scenario_fault *fault)
{
    const struct yaml_tree_node *value = at(reading, node);
    bool is_none = value->kind == YAML_TREE_SCALAR &&
                   (strcmp(value->text, "none") == 0 || strcmp(value->text, "no one") == 0);
    int32_t other = -1;
    if (fault->kind == FAULT_MOVE_LOAD) {
        read_node_name(reading, node, &fault->node);
        return;
    }
    if (is_none && fault->kind == FAULT_FAILOVER)
        reading_wrong(reading, node, "to: a failover without `to` chooses a replica itself");
    if (!is_none && !read_node_name(reading, node, &other))
        return;
    if (other >= 0 && other == fault->node)
        reading_wrong(reading, node, "%s: '%s' cannot be its own master", value->key, value->text);
    fault->to = other;
    fault->has_to = true;
}

/* Directives of CONFIG SET become a fault each. */
static void add_config_sets(struct reading *reading, int32_t map,
                            const struct scenario_fault *fault)
{
    struct config scratch;
    config_init(&scratch, reading->profile);
    int32_t last = at(reading, map)->first + at(reading, map)->count, directives = 0;
    for (int32_t i = at(reading, map)->first; i < last; i++) {
        if (allows(fault->kind, at(reading, i)->key))
            continue;
        directives++;
        struct scenario_fault one = *fault;
        one.directive = read_directive(reading, i, &scratch);
        if (one.directive < 0)
            continue;
        config_print(&scratch, one.directive, one.value, sizeof one.value);
        g_array_append_val(reading->faults, one);
    }
    if (directives == 0)
        reading_wrong(
            reading, map,
            "config-set needs a directive, such as { config-set: m, repl-backlog-size: 10mb }");
}

static void read_arguments(struct reading *reading, int32_t map, struct scenario_fault *fault)
{
    int32_t last = at(reading, map)->first + at(reading, map)->count;
    for (int32_t i = at(reading, map)->first; i < last; i++) {
        const char *name = at(reading, i)->key;
        const struct schema_key *key = schema_find(SECTION_FAULT, name);
        if (strcmp(name, FAULTS[fault->kind].name) == 0)
            continue;
        if (!allows(fault->kind, name)) {
            if (fault->kind != FAULT_CONFIG_SET)
                wrong_key(reading, i, fault->kind);
        } else if (key && key->size > 0) {
            read_key(reading, i, key, fault);
        } else if (key && key->type == SCHEMA_NODE_NAME) {
            read_other_node(reading, i, fault);
        }
    }
}

/* What a kind needs, and what makes no sense together. */
static void check_fault(struct reading *reading, int32_t map, const struct scenario_fault *fault)
{
    const char *name = FAULTS[fault->kind].name;
    bool lasts = takes(fault->kind, "link") && fault->kind != FAULT_HEAL;
    if (fault->has_every && !fault->has_duration && (lasts || fault->kind == FAULT_PAUSE))
        reading_wrong(reading, map, "a recurring %s needs `for`, or the first would never end",
                      name);
    if (fault->kind == FAULT_SLOW && fault->bandwidth < 0 && fault->latency < 0 &&
        fault->loss_ppm < 0)
        reading_wrong(reading, map, "slow needs one of bandwidth, latency, loss");
    if (fault->kind == FAULT_PAUSE_WRITES && !fault->has_duration)
        reading_wrong(reading, map, "pause-writes needs `for`: how long the writes wait");
    if (fault->kind == FAULT_BLOCK && !fault->has_duration)
        reading_wrong(reading, map, "block needs `for`: how long the script runs");
    if (fault->kind == FAULT_REPLICAOF && !fault->has_to)
        reading_wrong(reading, map, "replicaof needs `to`: the new master, or none");
    if (fault->kind == FAULT_MOVE_LOAD && reading_child(reading, map, "node") < 0)
        reading_wrong(reading, map, "move-load needs `node`: where the writer goes");
    int32_t loss = reading_child(reading, map, "loss");
    if (loss >= 0 && fault->link >= 0 && reading->scenario->links[fault->link].kind == LINK_RELAYED)
        reading_wrong(reading, loss, "loss: the link is relayed and loses nothing");
    int32_t until = reading_child(reading, map, "until");
    if (until >= 0 && !fault->has_every)
        reading_wrong_key(reading, until, "until: only with `every`");
}

static void read_fault(struct reading *reading, int32_t map)
{
    if (!reading_is_map(reading, map, "a fault such as { at: 30s, partition: m-r1, for: 10s }"))
        return;
    size_t before = diagnostics_count(reading->diagnostics);
    int kind = find_kind(reading, map);
    if (kind < 0) {
        if (before == diagnostics_count(reading->diagnostics))
            unknown_kind(reading, map);
        return;
    }
    struct scenario_fault fault = {.kind = (enum fault_kind)kind,
                                   .line = at(reading, map)->place.line,
                                   .node = -1,
                                   .link = -1,
                                   .to = -1,
                                   .load = -1,
                                   .directive = -1,
                                   .until = TIME_NEVER,
                                   .bandwidth = -1,
                                   .latency = -1,
                                   .loss_ppm = -1};
    read_defaults(SECTION_FAULT, &fault);
    read_object(reading, reading_child(reading, map, FAULTS[kind].name), &fault);
    read_times(reading, map, &fault);
    fault.has_duration = reading_child(reading, map, "for") >= 0;
    read_arguments(reading, map, &fault);
    check_fault(reading, map, &fault);
    if (fault.kind == FAULT_CONFIG_SET)
        add_config_sets(reading, map, &fault);
    else
        g_array_append_val(reading->faults, fault);
}

void read_faults(struct reading *reading, int32_t list)
{
    if (list < 0 || !reading_is_list(reading, list, "a list of faults"))
        return;
    for (int32_t i = 0; i < at(reading, list)->count; i++)
        read_fault(reading, at(reading, list)->first + i);
}
