/* Which pairs of nodes may talk, and over what.
 *
 * A link is made for every replicaof, and for every pair that a fault may bring together: all of
 * them where a role can change and the scenario is small. A pair whose roles may be either way
 * round is two links, each the other's twin: one path, distinguished by who connects. What `links`
 * says of a pair holds for both. */
#include <string.h>
#include "sim/engine/time.h"
#include "sim/scenario/read_group.h"

#define ALL_PAIRS_MAX 16 /* nodes: beyond, only pairs that are named get a link */

/* By kind, when not given (bytes). What a stalled TCP peer swallows was measured at 4.0 MB in all;
 * what a silent relay does not take, the sender's kernel and the relay's socket do: 145-190 kB, the
 * median 156 kB (FACTS R5). A kernel gives more than it is asked for where that is less than the
 * least (FACTS 13.2). */
static const struct {
    int64_t send, receive;
} BUFFERS[] = {
    [LINK_TCP] = {2800 << 10, 1200 << 10},
    [LINK_RELAYED] = {153 << 10, 64 << 10},
};

#define SEND_BUFFER_LEAST    3848
#define RECEIVE_BUFFER_LEAST 1152

struct pairs {
    bool talk[SCENARIO_NODES_MAX][SCENARIO_NODES_MAX]; /* [upper][lower] */
};

static const struct yaml_tree_node *at(const struct reading *reading, int32_t node)
{
    return yaml_tree_at(reading->tree, node);
}

/* The nodes that a fault's key names; faults are not yet checked. Free with g_array_free. */
static GArray *named(const struct reading *reading, int32_t fault, const char *key)
{
    GArray *members = members_new();
    find_terms(reading, reading_child(reading, fault, key), members);
    return members;
}

static void add_pair(struct pairs *pairs, int32_t upper, int32_t lower)
{
    if (upper >= 0 && lower >= 0 && upper != lower)
        pairs->talk[upper][lower] = true;
}

/* Every node that one key names may follow every node that the other does. */
static void add_named(const struct reading *reading, int32_t fault, const char *const keys[2],
                      struct pairs *pairs)
{
    GArray *upper = named(reading, fault, keys[0]), *lower = named(reading, fault, keys[1]);
    for (guint i = 0; are_nodes(upper) && are_nodes(lower) && i < upper->len; i++)
        for (guint k = 0; k < lower->len; k++)
            add_pair(pairs, g_array_index(upper, struct member, i).one,
                     g_array_index(lower, struct member, k).one);
    g_array_free(upper, TRUE);
    g_array_free(lower, TRUE);
}

/* Whether the fault changes who follows whom; adds the pairs that it names. */
static bool changes_roles(const struct reading *reading, int32_t fault, struct pairs *pairs)
{
    static const char *const BY[] = {"replicaof", "failover", "promote"};
    static const char *const NAMED[][2] = {{"to", "replicaof"}, /* { replicaof: r1, to: m } */
                                           {"replicaof", "start"},
                                           {"replicaof", "restart"},
                                           {"to", "failover"}};
    for (size_t i = 0; i < G_N_ELEMENTS(NAMED); i++)
        add_named(reading, fault, NAMED[i], pairs);
    for (size_t i = 0; i < G_N_ELEMENTS(BY); i++)
        if (reading_child(reading, fault, BY[i]) >= 0)
            return true;
    return false;
}

/* A node that hands over follows one of those that followed it. */
static void add_successors(const struct reading *reading, int32_t fault, struct pairs *pairs)
{
    GArray *leaving = named(reading, fault, "failover");
    for (guint i = 0; i < leaving->len; i++) {
        int32_t node = g_array_index(leaving, struct member, i).one;
        for (int32_t k = 0; k < (int32_t)reading->scenario->node_count; k++)
            if (pairs->talk[node][k])
                add_pair(pairs, k, node);
    }
    g_array_free(leaving, TRUE);
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

/* ---- of members ---- */

/* The link of a pair: that of a replicaof if there is one, else as it is written; -1: none. */
static int32_t link_of_pair(const struct scenario *scenario, const struct member *pair)
{
    int32_t one = scenario_link_between(scenario, pair->one, pair->other);
    int32_t other = scenario_link_between(scenario, pair->other, pair->one);
    if (one < 0 || (other >= 0 && scenario->nodes[pair->one].replicaof == pair->other))
        return other;
    return one;
}

/* Adds a link unless it, or its twin, is there. */
static void add_struck(const struct scenario *scenario, int32_t index,
                       enum fault_direction direction, bool *is_there, GArray *links)
{
    struct struck_link link = {index, direction};
    int32_t twin = scenario->links[index].twin;
    if (!is_there[index])
        g_array_append_val(links, link);
    is_there[index] = true;
    if (twin >= 0)
        is_there[twin] = true;
}

/* False if the member has no link. */
static bool add_member(const struct scenario *scenario, const struct member *member, bool *is_there,
                       GArray *links)
{
    int32_t pair = member->other >= 0 ? link_of_pair(scenario, member) : -1;
    enum fault_direction direction = !member->is_arrow ? DIRECTION_BOTH
                                     : pair >= 0 && scenario->links[pair].upper == member->one
                                         ? DIRECTION_DOWN
                                         : DIRECTION_UP;
    bool has_one = pair >= 0;
    if (pair >= 0)
        add_struck(scenario, pair, direction, is_there, links);
    for (uint32_t i = 0; member->other < 0 && i < scenario->link_count; i++) {
        if (scenario->links[i].upper != member->one && scenario->links[i].lower != member->one)
            continue;
        add_struck(scenario, (int32_t)i, DIRECTION_BOTH, is_there, links);
        has_one = true;
    }
    return has_one;
}

static void no_link(struct reading *reading, const struct member *member)
{
    const struct scenario_node *nodes = reading->scenario->nodes;
    if (member->other < 0)
        diagnostics_add(reading->diagnostics, member->place,
                        "'%s' has no link: it is nobody's replica and nobody's master, and no "
                        "fault makes it one",
                        nodes[member->one].name);
    else
        diagnostics_add(
            reading->diagnostics, member->place,
            "%s%s%s: '%s' and '%s' never talk; neither is a replica of the other, and no fault "
            "makes it one",
            nodes[member->one].name, member->is_arrow ? "->" : "-", nodes[member->other].name,
            nodes[member->one].name, nodes[member->other].name);
}

GArray *links_of(struct reading *reading, const GArray *members)
{
    const struct scenario *scenario = reading->scenario;
    GArray *links = g_array_new(FALSE, FALSE, sizeof(struct struck_link));
    bool *is_there = g_new0(bool, scenario->link_count + 1);
    for (guint i = 0; i < members->len;) {
        const struct member *first = &g_array_index(members, struct member, i), *member = first;
        bool has_one = false;
        for (; i < members->len && memcmp(&member->place, &first->place, sizeof first->place) == 0;
             member++, i++)
            has_one = add_member(scenario, member, is_there, links) || has_one;
        if (!has_one)
            no_link(reading, first);
    }
    g_free(is_there);
    return links;
}

/* ---- what `links` says ---- */

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
    link->send_buffer = max64(link->send_buffer, SEND_BUFFER_LEAST);
    link->receive_buffer = max64(link->receive_buffer, RECEIVE_BUFFER_LEAST);
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

/* All links of the term are alike: the first is read, the others and the twins are copies. */
static void read_named_links(struct reading *reading, int32_t map, bool *is_given)
{
    struct scenario *scenario = reading->scenario;
    const struct yaml_tree_node *node = at(reading, map);
    GArray *members = members_new();
    (void)read_term(reading, node->key, node->key_place, TERM_ANY, members);
    GArray *links = links_of(reading, members);
    for (guint i = 0; i < links->len; i++) {
        int32_t index = g_array_index(links, struct struck_link, i).link;
        struct scenario_link *link = &scenario->links[index];
        if (is_given[index])
            reading_wrong_key(reading, map, "the link %s is described twice", link->name);
        is_given[index] = true;
        if (i == 0)
            read_link(reading, map, link);
        else
            copy_values(link, &scenario->links[g_array_index(links, struct struck_link, 0).link]);
        if (link->twin >= 0)
            copy_values(&scenario->links[link->twin], link);
    }
    g_array_free(links, TRUE);
    g_array_free(members, TRUE);
}

/* Pairs in groups that have no link, whether or not a fault strikes them. */
static void check_groups(struct reading *reading)
{
    GArray *pairs = members_new();
    for (guint i = 0; i < reading->groups->len; i++) {
        const GArray *members = g_array_index(reading->groups, struct group, i).members;
        for (guint k = 0; members && k < members->len; k++)
            if (g_array_index(members, struct member, k).other >= 0)
                g_array_append_val(pairs, g_array_index(members, struct member, k));
    }
    g_array_free(links_of(reading, pairs), TRUE);
    g_array_free(pairs, TRUE);
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
    struct pairs *pairs = g_new0(struct pairs, 1);
    find_pairs(reading, has_faults ? faults : ABSENT, pairs);
    make_links(reading, pairs, &base);
    g_free(pairs);
    bool *is_given = g_new0(bool, reading->links->len + 1);
    for (int32_t i = 0; is_map && i < at(reading, map)->count; i++) {
        int32_t child = at(reading, map)->first + i;
        if (child != general)
            read_named_links(reading, child, is_given);
    }
    g_free(is_given);
    check_groups(reading);
    for (uint32_t i = 0; i < reading->scenario->link_count; i++)
        set_buffers(&reading->scenario->links[i]);
}
