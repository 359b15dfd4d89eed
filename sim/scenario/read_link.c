/* Which pairs of nodes may talk, and over what.
 *
 * A link is made for every replicaof, and for every pair that a fault may bring together: all of
 * them where a role can change and the scenario is small. A pair whose roles may be either way
 * round is two links, each the other's twin: one path, distinguished by who connects. What `links`
 * says of a pair holds for both. */
#include <string.h>
#include "sim/scenario/reading.h"

#define ALL_PAIRS_MAX 16 /* nodes: beyond, only pairs that are named get a link */

/* By kind, when not given (bytes). What a stalled TCP peer swallows was measured at 4.0 MB in all;
 * what a silent relay does not take, the sender's kernel and the relay's socket do: 145-190 kB, the
 * median 156 kB (FACTS R5). */
static const struct {
    int64_t send, receive;
} BUFFERS[] = {
    [LINK_TCP] = {2800 << 10, 1200 << 10},
    [LINK_RELAYED] = {153 << 10, 64 << 10},
};

struct pairs {
    bool talk[SCENARIO_NODES_MAX][SCENARIO_NODES_MAX]; /* [upper][lower] */
};

static const struct yaml_tree_node *at(const struct reading *reading, int32_t node)
{
    return yaml_tree_at(reading->tree, node);
}

/* Index of the node that a fault's key names, -1 if none; faults are not yet checked. */
static int32_t named(const struct reading *reading, int32_t fault, const char *key)
{
    int32_t child = reading_child(reading, fault, key);
    const char *text = child >= 0 ? at(reading, child)->text : NULL;
    return text ? scenario_node_find(reading->scenario, text) : -1;
}

static void add_pair(struct pairs *pairs, int32_t upper, int32_t lower)
{
    if (upper >= 0 && lower >= 0 && upper != lower)
        pairs->talk[upper][lower] = true;
}

/* Whether the fault changes who follows whom; adds the pair that it names. */
static bool changes_roles(const struct reading *reading, int32_t fault, struct pairs *pairs)
{
    static const char *const BY[] = {"replicaof", "failover", "promote", "start", "restart"};
    int32_t to = named(reading, fault, "to"), of = named(reading, fault, "replicaof");
    add_pair(pairs, to, of); /* { replicaof: r1, to: m } */
    add_pair(pairs, of, named(reading, fault, "start"));
    add_pair(pairs, of, named(reading, fault, "restart"));
    add_pair(pairs, to, named(reading, fault, "failover"));
    for (size_t i = 0; i < 3; i++)
        if (reading_child(reading, fault, BY[i]) >= 0)
            return true;
    return false;
}

/* A node that hands over follows one of those that followed it. */
static void add_successors(const struct reading *reading, int32_t fault, struct pairs *pairs)
{
    int32_t leaving = named(reading, fault, "failover");
    for (int32_t i = 0; leaving >= 0 && i < (int32_t)reading->scenario->node_count; i++)
        if (pairs->talk[leaving][i])
            add_pair(pairs, i, leaving);
}

static void find_pairs(const struct reading *reading, int32_t faults, struct pairs *pairs)
{
    const struct scenario *scenario = reading->scenario;
    int32_t nodes = (int32_t)scenario->node_count;
    for (int32_t i = 0; i < nodes; i++)
        add_pair(pairs, scenario->nodes[i].replicaof, i);
    bool all = false;
    for (int32_t i = 0; faults >= 0 && i < at(reading, faults)->count; i++)
        all = changes_roles(reading, at(reading, faults)->first + i, pairs) || all;
    for (int32_t i = 0; faults >= 0 && i < at(reading, faults)->count; i++)
        add_successors(reading, at(reading, faults)->first + i, pairs);
    for (int32_t i = 0; all && nodes <= ALL_PAIRS_MAX && i < nodes; i++)
        for (int32_t j = 0; j < nodes; j++)
            add_pair(pairs, i, j);
}

static void add_link(struct reading *reading, int32_t upper, int32_t lower,
                     const struct scenario_link *base)
{
    const struct scenario_node *nodes = reading->scenario->nodes;
    struct scenario_link link = *base;
    g_snprintf(link.name, sizeof link.name, "%s-%s", nodes[upper].name, nodes[lower].name);
    link.upper = upper;
    link.lower = lower;
    link.twin = -1;
    g_array_append_val(reading->links, link);
}

/* In the order of the replicas first, as people number them; then all others. */
static void make_links(struct reading *reading, const struct pairs *pairs,
                       const struct scenario_link *base)
{
    struct scenario *scenario = reading->scenario;
    int32_t nodes = (int32_t)scenario->node_count;
    for (int32_t i = 0; i < nodes; i++)
        if (scenario->nodes[i].replicaof >= 0 && scenario->nodes[i].replicaof != i)
            add_link(reading, scenario->nodes[i].replicaof, i, base);
    for (int32_t i = 0; i < nodes; i++)
        for (int32_t j = 0; j < nodes; j++)
            if (pairs->talk[i][j] && scenario->nodes[j].replicaof != i)
                add_link(reading, i, j, base);
    scenario->links = (struct scenario_link *)(void *)reading->links->data;
    scenario->link_count = reading->links->len;
    for (uint32_t i = 0; i < scenario->link_count; i++)
        scenario->links[i].twin =
            scenario_link_between(scenario, scenario->links[i].lower, scenario->links[i].upper);
}

static void no_pair(struct reading *reading, struct place place, const char *text)
{
    diagnostics_add(reading->diagnostics, place,
                    "found '%.80s', expected a link: the names of two nodes, such as m-r1", text);
}

bool read_pair(struct reading *reading, const char *text, struct place place, int32_t pair[2])
{
    const char *dash = strchr(text, '-');
    if (!dash) {
        no_pair(reading, place, text);
        return false;
    }
    char *names[2] = {g_strndup(text, (gsize)(dash - text)),
                      g_strdup(dash + (dash[1] == '>' ? 2 : 1))};
    bool is_good = true;
    for (int i = 0; i < 2; i++) {
        struct tree *name = yaml_tree_scalar(g_strstrip(names[i]), place);
        struct reading inner = *reading;
        inner.tree = name;
        is_good = read_node_name(&inner, 0, &pair[i]) && is_good;
        yaml_tree_free(name);
        g_free(names[i]);
    }
    return is_good;
}

/* The link that the pair means: the one of a replicaof if there is one, else as it is written. */
static int32_t link_of(struct reading *reading, const int32_t pair[2], const char *text,
                       struct place place)
{
    const struct scenario *scenario = reading->scenario;
    int32_t one = scenario_link_between(scenario, pair[0], pair[1]);
    int32_t other = scenario_link_between(scenario, pair[1], pair[0]);
    if (one < 0 && other < 0) {
        diagnostics_add(
            reading->diagnostics, place,
            "%.80s: '%s' and '%s' never talk; neither is a replica of the other, and no "
            "fault makes it one",
            text, scenario->nodes[pair[0]].name, scenario->nodes[pair[1]].name);
        return -1;
    }
    if (one < 0 || (other >= 0 && scenario->nodes[pair[0]].replicaof == pair[1]))
        return other;
    return one;
}

int32_t read_link_name(struct reading *reading, int32_t node, int32_t *from, bool *is_arrow)
{
    const char *text = read_text(reading, node, "a link, such as m-r1");
    int32_t pair[2];
    if (!text || !read_pair(reading, text, at(reading, node)->place, pair))
        return -1;
    *from = pair[0];
    *is_arrow = strstr(text, "->") != NULL;
    return link_of(reading, pair, text, at(reading, node)->place);
}

static void apply_preset(struct reading *reading, int32_t map, struct scenario_link *link)
{
    int32_t child = reading_child(reading, map, "preset");
    size_t index;
    if (child < 0 || !read_preset(reading, child, PRESET_LINK, &index))
        return;
    struct preset_link preset = preset_link(index);
    link->latency = preset.latency_ns;
    link->jitter = preset.jitter;
    link->bandwidth = preset.bandwidth;
}

static void read_link(struct reading *reading, int32_t map, struct scenario_link *link)
{
    apply_preset(reading, map, link);
    if (!read_section(reading, map, SECTION_LINK, link))
        return;
    int32_t loss = reading_child(reading, map, "loss"),
            window = reading_child(reading, map, "window");
    if (link->kind == LINK_RELAYED && link->loss_ppm > 0 && loss >= 0)
        reading_wrong(reading, loss, "loss: a relayed link loses nothing; expected kind: tcp");
    if (link->kind == LINK_TCP && link->window > 0 && window >= 0)
        reading_wrong(reading, window,
                      "window: only a relayed link has one; expected kind: relayed");
}

static void set_buffers(struct scenario_link *link)
{
    if (link->send_buffer == 0)
        link->send_buffer = BUFFERS[link->kind].send;
    if (link->receive_buffer == 0)
        link->receive_buffer = BUFFERS[link->kind].receive;
}

/* What `from` has besides its name, its ends and its twin. */
static void copy_values(struct scenario_link *to, const struct scenario_link *from)
{
    struct scenario_link values = *from;
    memcpy(values.name, to->name, sizeof values.name);
    values.upper = to->upper;
    values.lower = to->lower;
    values.twin = to->twin;
    *to = values;
}

static void read_named_link(struct reading *reading, int32_t map, bool *is_given)
{
    struct scenario *scenario = reading->scenario;
    const struct yaml_tree_node *node = at(reading, map);
    int32_t pair[2];
    if (!read_pair(reading, node->key, node->key_place, pair))
        return;
    int32_t index = link_of(reading, pair, node->key, node->key_place);
    if (index < 0)
        return;
    if (is_given[index])
        reading_wrong_key(reading, map, "the link %s is described twice",
                          scenario->links[index].name);
    is_given[index] = true;
    read_link(reading, map, &scenario->links[index]);
    int32_t twin = scenario->links[index].twin;
    if (twin >= 0)
        copy_values(&scenario->links[twin], &scenario->links[index]);
}

void read_links(struct reading *reading, int32_t map, int32_t faults)
{
    struct scenario_link base = {0};
    read_defaults(SECTION_LINK, &base);
    bool is_map = map >= 0 && reading_is_map(reading, map, "links by the names of two nodes");
    int32_t general = is_map ? yaml_tree_find(reading->tree, map, "default") : ABSENT;
    if (general >= 0)
        read_link(reading, general, &base);
    bool has_faults = faults >= 0 && at(reading, faults)->kind == YAML_TREE_LIST;
    struct pairs pairs = {0};
    find_pairs(reading, has_faults ? faults : ABSENT, &pairs);
    make_links(reading, &pairs, &base);
    bool *is_given = g_new0(bool, reading->links->len + 1);
    for (int32_t i = 0; is_map && i < at(reading, map)->count; i++) {
        int32_t child = at(reading, map)->first + i;
        if (child != general)
            read_named_link(reading, child, is_given);
    }
    g_free(is_given);
    for (uint32_t i = 0; i < reading->scenario->link_count; i++)
        set_buffers(&reading->scenario->links[i]);
}
