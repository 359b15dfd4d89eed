/* Faults: one key says what happens and to whom, the others when, how long and how (fault.def has
 * both). */
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/text/spelling.h"
#include "sim/scenario/read_group.h"

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

/* "links: for mode" takes links, "nodes: for" nodes, "node: to" one node, "load index: node" the
 * number of a load. */
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
    fault->to = other;
    fault->has_to = true;
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
        } else if (key && key->type == SCHEMA_SERVER) {
            fault->server = read_server(reading, i);
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
    if (fault->kind == FAULT_SHUTDOWN && fault->server != NULL && !fault->has_duration)
        reading_wrong(reading, map, "server: shutdown without `for` starts nothing");
    int32_t until = reading_child(reading, map, "until");
    if (until >= 0 && !fault->has_every)
        reading_wrong_key(reading, until, "until: only with `every`");
}

/* ---- what is struck ---- */

/* The value of a key that names a load. */
static void strike_load(struct reading *reading, int32_t node, struct scenario_fault fault,
                        GArray *strikes)
{
    int64_t index;
    if (!read_quantity(reading, node, QUANTITY_COUNT, &index))
        return;
    if (index >= reading->loads->len)
        reading_wrong(reading, node, "%s: there is no load %s; they count from 0 to %d",
                      FAULTS[fault.kind].name, at(reading, node)->text,
                      (int)reading->loads->len - 1);
    fault.load = (int32_t)MIN(index, INT32_MAX);
    g_array_append_val(strikes, fault);
}

/* With which configuration the node starts as another version. */
static void read_upgrade(struct reading *reading, struct scenario_fault *fault)
{
    if (fault->server == NULL || fault->node < 0)
        return;
    int32_t map = g_array_index(reading->node_maps, int32_t, fault->node);
    read_config_of(reading, map, fault->server, &fault->config);
}

static void strike_nodes(struct reading *reading, int32_t node, const GArray *members,
                         struct scenario_fault fault, GArray *strikes)
{
    const char *name = FAULTS[fault.kind].name;
    if (!takes(fault.kind, "nodes") && members->len > 1)
        reading_wrong(reading, node, "%s: expected one node, found %u", name, members->len);
    for (guint i = 0; i < members->len; i++) {
        const struct member *member = &g_array_index(members, struct member, i);
        if (member->other >= 0) {
            diagnostics_add(reading->diagnostics, member->place,
                            "%s strikes nodes; expected a node or a group of nodes, not links",
                            name);
            return;
        }
        fault.node = member->one;
        read_upgrade(reading, &fault);
        g_array_append_val(strikes, fault);
    }
}

static void strike_links(struct reading *reading, int32_t node, const GArray *members,
                         struct scenario_fault fault, GArray *strikes)
{
    GArray *links = links_of(reading, members);
    bool has_arrow = false;
    for (guint i = 0; i < members->len; i++)
        has_arrow = has_arrow || g_array_index(members, struct member, i).is_arrow;
    if (has_arrow && fault.kind != FAULT_PARTITION)
        reading_wrong(reading, node, "%s affects both directions; expected a pair such as m-r1",
                      FAULTS[fault.kind].name);
    enum fault_direction direction = fault.direction;
    for (guint i = 0; i < links->len; i++) {
        const struct struck_link *struck = &g_array_index(links, struct struck_link, i);
        fault.link = struck->link;
        fault.direction = direction == DIRECTION_BOTH ? struck->direction : direction;
        g_array_append_val(strikes, fault);
    }
    g_array_free(links, TRUE);
}

/* What a trace calls all that is struck; nothing where it is the one link or node that is named. */
static void name_all(const struct yaml_tree_node *value, bool is_one, GArray *strikes)
{
    char of[FAULT_OF_MAX] = "";
    bool are_links = strikes->len > 0 && g_array_index(strikes, struct scenario_fault, 0).link >= 0;
    if (value->kind == YAML_TREE_LIST && strikes->len > 1)
        g_snprintf(of, sizeof of, "%u %s", strikes->len, are_links ? "links" : "nodes");
    else if (value->kind == YAML_TREE_SCALAR && !is_one)
        g_strlcpy(of, value->text, sizeof of);
    for (guint i = 0; i < strikes->len; i++)
        memcpy(g_array_index(strikes, struct scenario_fault, i).of, of, sizeof of);
}

/* The value of the kind's own key: a copy of the fault for each of those to which it happens. */
static GArray *strike(struct reading *reading, int32_t node, const struct scenario_fault *fault)
{
    GArray *strikes = g_array_new(FALSE, FALSE, sizeof(struct scenario_fault));
    if (takes(fault->kind, "load")) {
        strike_load(reading, node, *fault, strikes);
        return strikes;
    }
    bool are_links = takes(fault->kind, "link");
    GArray *members = read_terms(reading, node, are_links ? TERM_ANY : TERM_NODES);
    if (!members)
        return strikes;
    bool is_pair = g_array_index(members, struct member, 0).other >= 0;
    (are_links ? strike_links : strike_nodes)(reading, node, members, *fault, strikes);
    name_all(at(reading, node), strikes->len == 1 && is_pair == are_links, strikes);
    g_array_free(members, TRUE);
    return strikes;
}

static void check_strike(struct reading *reading, int32_t map, const struct scenario_fault *fault)
{
    const struct scenario *scenario = reading->scenario;
    int32_t loss = reading_child(reading, map, "loss");
    if (loss >= 0 && fault->link >= 0 && scenario->links[fault->link].kind == LINK_RELAYED)
        reading_wrong(reading, loss, "loss: the link %s is relayed and loses nothing",
                      scenario->links[fault->link].name);
    int32_t to = reading_child(reading, map, "to");
    to = to >= 0 || fault->kind == FAULT_REPLICAOF ? to : reading_child(reading, map, "replicaof");
    if (to >= 0 && fault->to >= 0 && fault->to == fault->node)
        reading_wrong(reading, to, "%s: '%s' cannot be its own master", at(reading, to)->key,
                      scenario->nodes[fault->to].name);
}

/* Directives of CONFIG SET become a fault each. */
static void set_directives(struct reading *reading, int32_t map, GArray *strikes)
{
    struct config scratch;
    config_init(&scratch, reading->profile);
    int32_t last = at(reading, map)->first + at(reading, map)->count, directives = 0;
    guint nodes = strikes->len;
    for (int32_t i = at(reading, map)->first; i < last; i++) {
        if (allows(FAULT_CONFIG_SET, at(reading, i)->key))
            continue;
        directives++;
        int32_t directive = read_directive(reading, i, &scratch);
        for (guint k = 0; directive >= 0 && k < nodes; k++) {
            struct scenario_fault one = g_array_index(strikes, struct scenario_fault, k);
            one.directive = directive;
            config_print(&scratch, directive, one.value, sizeof one.value);
            g_array_append_val(strikes, one);
        }
    }
    g_array_remove_range(strikes, 0, nodes);
    if (directives == 0)
        reading_wrong(
            reading, map,
            "config-set needs a directive, such as { config-set: m, repl-backlog-size: 10mb }");
}

static void add_strikes(struct reading *reading, int32_t map, const struct scenario_fault *fault)
{
    GArray *strikes = strike(reading, reading_child(reading, map, FAULTS[fault->kind].name), fault);
    for (guint i = 0; i < strikes->len; i++)
        check_strike(reading, map, &g_array_index(strikes, struct scenario_fault, i));
    if (fault->kind == FAULT_CONFIG_SET)
        set_directives(reading, map, strikes);
    for (guint i = 0; i < strikes->len; i++)
        g_array_index(strikes, struct scenario_fault, i).behind = (int32_t)i;
    g_array_append_vals(reading->faults, strikes->data, strikes->len);
    g_array_free(strikes, TRUE);
}

/* ---- a fault ---- */

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
    read_times(reading, map, &fault);
    fault.has_duration = reading_child(reading, map, "for") >= 0;
    read_arguments(reading, map, &fault);
    check_fault(reading, map, &fault);
    add_strikes(reading, map, &fault);
}

static bool knows_failover(const struct reading *reading, int32_t node)
{
    const struct profile *profile = reading->scenario->nodes[node].profile;
    bool knows = profile == NULL || profile->failover_command;
    for (guint i = 0; i < reading->faults->len; i++) {
        const struct scenario_fault *fault =
            &g_array_index(reading->faults, struct scenario_fault, i);
        knows |= fault->node == node && fault->server && fault->server->failover_command;
    }
    return knows;
}

/* A server without the command refuses it, and nothing happens. */
static void note_failovers(struct reading *reading, int32_t list)
{
    for (guint i = 0; i < reading->faults->len; i++) {
        const struct scenario_fault *fault =
            &g_array_index(reading->faults, struct scenario_fault, i);
        if (fault->kind != FAULT_FAILOVER || fault->node < 0 ||
            knows_failover(reading, fault->node))
            continue;
        const struct scenario_node *node = &reading->scenario->nodes[fault->node];
        int32_t map = at(reading, list)->first;
        while (at(reading, map)->place.line < fault->line)
            map++;
        diagnostics_note(reading->diagnostics, at(reading, map)->place,
                         "%s has no FAILOVER (Redis 6.2 on): %s refuses it, and nothing happens",
                         node->profile->name, node->name);
    }
}

void read_faults(struct reading *reading, int32_t list)
{
    if (list < 0 || !reading_is_list(reading, list, "a list of faults"))
        return;
    for (int32_t i = 0; i < at(reading, list)->count; i++)
        read_fault(reading, at(reading, list)->first + i);
    note_failovers(reading, list);
}
