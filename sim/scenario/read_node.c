/* Hosts, directives and nodes, and what must hold among the nodes at the start. */
#include <string.h>
#include "sim/text/spelling.h"
#include "sim/scenario/read_group.h"
#include "sim/scenario/server_name.h"

static const struct yaml_tree_node *at(const struct reading *reading, int32_t node)
{
    return yaml_tree_at(reading->tree, node);
}

/* Finds the preset that `map` names, or `otherwise`. */
static size_t preset_of(struct reading *reading, int32_t map, size_t otherwise)
{
    int32_t child = reading_child(reading, map, "preset");
    size_t preset = otherwise;
    if (child >= 0)
        read_preset(reading, child, PRESET_HOST, &preset);
    return preset < host_preset_count() ? preset : otherwise;
}

static void read_host(struct reading *reading, int32_t map, const struct host *base)
{
    struct named_host named = {at(reading, map)->key, *base};
    if (reading_child(reading, map, "preset") >= 0)
        host_init(&named.host, preset_of(reading, map, 0));
    read_section(reading, map, SECTION_HOST, &named.host);
    g_array_append_val(reading->hosts, named);
}

/* The first of reading->hosts is `default`, which needs no entry. */
void read_hosts(struct reading *reading, int32_t map)
{
    struct host base;
    host_init(&base, 0);
    bool is_map = map >= 0 && reading_is_map(reading, map, "machines by name");
    int32_t general = is_map ? yaml_tree_find(reading->tree, map, "default") : ABSENT;
    if (general >= 0) {
        read_host(reading, general, &base);
        base = g_array_index(reading->hosts, struct named_host, 0).host;
    } else {
        struct named_host named = {"default", base};
        g_array_append_val(reading->hosts, named);
    }
    for (int32_t i = 0; is_map && i < at(reading, map)->count; i++) {
        int32_t child = at(reading, map)->first + i;
        if (child != general && reading_check_name(reading, child, "a host"))
            read_host(reading, child, &base);
    }
}

static const char *const OTHERS[] = {
#define OTHER_DIRECTIVE(name) name,
#include "sim/scenario/other_directive.def"
#undef OTHER_DIRECTIVE
};

static bool is_other(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(OTHERS); i++)
        if (g_ascii_strcasecmp(OTHERS[i], name) == 0)
            return true;
    return false;
}

static void unknown_directive(struct reading *reading, int32_t node)
{
    const char *name = at(reading, node)->key;
    if (is_other(name)) {
        diagnostics_note(reading->diagnostics, at(reading, node)->key_place,
                         "%s: known to the server, not simulated here", name);
        return;
    }
    struct spelling spelling = spelling_to(name);
    for (int i = 0; i < CONFIG_COUNT; i++)
        spelling_offer(&spelling, config_name(i));
    for (size_t i = 0; i < G_N_ELEMENTS(OTHERS); i++)
        spelling_offer(&spelling, OTHERS[i]);
    if (spelling.name)
        reading_wrong_key(reading, node, "unknown key '%.80s' in config; did you mean '%s'?", name,
                          spelling.name);
    else
        reading_wrong_key(reading, node,
                          "'%.80s' is no directive that is known here; psyncsim schema --text "
                          "lists those that are simulated",
                          name);
}

int read_directive(struct reading *reading, int32_t node, struct config *config)
{
    int directive = config_find(at(reading, node)->key);
    if (directive < 0) {
        unknown_directive(reading, node);
        return -1;
    }
    const char *text = at(reading, node)->text;
    if (text && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
        text = strcmp(text, "true") == 0 ? "yes" : "no"; /* JSON, YAML 1.1 writers */
    const char *wanted = text ? config_set(config, directive, text) : "one value";
    if (!wanted)
        return directive;
    reading_wrong(reading, node, "%s: found '%.80s', expected %s", at(reading, node)->key,
                  text ? text : "several values", wanted);
    return -1;
}

void read_directives(struct reading *reading, int32_t map, struct config *config)
{
    if (map < 0 || !reading_is_map(reading, map, "redis.conf directives and their values"))
        return;
    for (int32_t i = 0; i < at(reading, map)->count; i++)
        read_directive(reading, at(reading, map)->first + i, config);
}

const struct profile *read_server(struct reading *reading, int32_t node)
{
    static const char *const EXPECTED = "a server version such as redis-7.0 (psyncsim profiles)";
    const char *text = read_text(reading, node, EXPECTED);
    const struct profile *profile = text ? profile_find(text) : NULL;
    if (!text || profile)
        return profile;
    char *wrong = server_name_wrong(text);
    reading_wrong(reading, node, "%s", wrong);
    g_free(wrong);
    return NULL;
}

static void read_host_name(struct reading *reading, int32_t node, struct host *host)
{
    *host = g_array_index(reading->hosts, struct named_host, 0).host;
    const char *text = node < 0 ? NULL : read_text(reading, node, "the name of one of the hosts");
    if (!text)
        return;
    struct spelling spelling = spelling_to(text);
    for (guint i = 0; i < reading->hosts->len; i++) {
        const struct named_host *named = &g_array_index(reading->hosts, struct named_host, i);
        spelling_offer(&spelling, named->name);
        if (strcmp(named->name, text) == 0) {
            *host = named->host;
            return;
        }
    }
    reading_wrong(reading, node, "host: there is no '%.80s' among hosts%s%s%s", text,
                  spelling.name ? "; did you mean '" : "", spelling.name ? spelling.name : "",
                  spelling.name ? "'?" : "");
}

void read_config_of(struct reading *reading, int32_t map, const struct profile *profile,
                    struct config *config)
{
    int32_t file = reading_child(reading, map, "config-file");
    config_init(config, profile);
    apply_conf(reading->conf, config);
    read_directives(reading, yaml_tree_find(reading->tree, 0, "config"), config);
    struct input_conf *own = file >= 0 ? read_conf_file(reading, file) : NULL;
    apply_conf(own, config);
    free_conf(own);
    read_directives(reading, reading_child(reading, map, "config"), config);
}

static void read_node(struct reading *reading, int32_t map, struct scenario_node *node)
{
    int32_t server = reading_child(reading, map, "server");
    int32_t replicaof = reading_child(reading, map, "replicaof");
    node->profile = server >= 0 ? read_server(reading, server) : NULL;
    node->names_server = server >= 0 || yaml_tree_find(reading->tree, 0, "server") >= 0;
    if (!node->profile)
        node->profile = reading->profile;
    const char *given = reading->servers ? reading->servers[node - reading->scenario->nodes] : NULL;
    if (given)
        node->profile = profile_find(given);
    node->replicaof = -1;
    if (replicaof >= 0)
        read_node_name(reading, replicaof, &node->replicaof);
    read_config_of(reading, map, node->profile, &node->config);
    read_host_name(reading, reading_child(reading, map, "host"), &node->host);
    read_defaults(SECTION_NODE, node);
    read_section(reading, map, SECTION_NODE, node);
    if (node->keys == 0)
        node->keys = (node->dataset_bytes + 255) / 256;
}

/* The nodes on the way up from `from` until one comes again: "a -> b -> a". Only of a circle that
 * begins at `from` and has no node of lower index, so that it is reported once. */
static char *circle(const struct scenario *scenario, int32_t from)
{
    GString *way = g_string_new(scenario->nodes[from].name);
    int32_t at_node = scenario->nodes[from].replicaof;
    for (uint32_t steps = 0; steps < scenario->node_count && at_node > from; steps++) {
        g_string_append_printf(way, " -> %s", scenario->nodes[at_node].name);
        at_node = scenario->nodes[at_node].replicaof;
    }
    g_string_append_printf(way, " -> %s", scenario->nodes[from].name);
    return g_string_free(way, at_node != from);
}

static void check_begin(struct reading *reading, int32_t map, const struct scenario_node *node)
{
    int32_t begin = reading_child(reading, map, "begin");
    if (node->replicaof < 0 && node->begin == BEGIN_SYNCED)
        reading_wrong(reading, begin,
                      "begin: synced is for replicas; expected a replicaof beside it");
    if (node->replicaof >= 0 && node->begin == BEGIN_ALONE)
        reading_wrong(reading, begin,
                      "begin: alone is a master until a replicaof fault; leave out its replicaof");
    if (node->replicaof < 0 || node->begin != BEGIN_SYNCED)
        return;
    const struct scenario_node *master = &reading->scenario->nodes[node->replicaof];
    bool is_ready =
        master->begin == BEGIN_SYNCED || (master->replicaof < 0 && master->begin != BEGIN_ABSENT);
    if (!is_ready)
        reading_wrong(reading, begin,
                      "begin: synced needs a master that has data at 0; expected begin: synced for "
                      "'%s' as well",
                      master->name);
}

static void check_node(struct reading *reading, int32_t map, int32_t index)
{
    const struct scenario *scenario = reading->scenario;
    const struct scenario_node *node = &scenario->nodes[index];
    int32_t replicaof = reading_child(reading, map, "replicaof");
    if (node->replicaof == index) {
        reading_wrong(reading, replicaof, "'%s' cannot be a replica of itself", node->name);
        return;
    }
    char *way = node->replicaof >= 0 ? circle(scenario, index) : NULL;
    if (way)
        reading_wrong(reading, replicaof,
                      "replicaof goes in a circle: %s; one of them must be a master", way);
    g_free(way);
    static const char *const OF_MASTERS[] = {"dataset", "keys"};
    for (size_t i = 0; i < 2; i++) {
        int32_t child = reading_child(reading, map, OF_MASTERS[i]);
        if (child >= 0 && node->replicaof >= 0)
            reading_wrong_key(reading, child,
                              "%s: '%s' is a replica and has its master's data; set it there",
                              OF_MASTERS[i], node->name);
    }
    check_begin(reading, map, node);
    if (node->start_after >= scenario->duration && scenario->duration > 0)
        reading_wrong(reading, reading_child(reading, map, "start-after"),
                      "start-after: '%s' would start after the end; begin: absent keeps it out",
                      node->name);
}

/* How many nodes a map of one stands for; 0 after a problem. */
static int64_t count_of(struct reading *reading, int32_t map)
{
    int32_t child = reading_child(reading, map, "count");
    int64_t count = 1;
    if (child >= 0 && !read_quantity(reading, child, QUANTITY_COUNT, &count))
        return 0;
    if (count >= 1 && count <= SCENARIO_NODES_MAX)
        return count;
    reading_wrong(reading, child, "count: found %s, expected 1 to %d nodes",
                  at(reading, child)->text, SCENARIO_NODES_MAX);
    return 0;
}

static void take_name(struct reading *reading, int32_t map, const char *name)
{
    struct scenario *scenario = reading->scenario;
    if (strlen(name) > NAME_MAX_LEN)
        reading_wrong_key(reading, map, "'%.80s' is too long; expected %d letters at most", name,
                          NAME_MAX_LEN);
    if (scenario_node_find(scenario, name) >= 0 || find_group(reading, name))
        reading_wrong_key(reading, map, "'%.80s' names two nodes: one of a count, and another",
                          name);
    g_strlcpy(scenario->nodes[scenario->node_count++].name, name, NAME_MAX_LEN + 1);
    g_array_append_val(reading->node_maps, map);
}

/* r1 to r50, which are the group r. */
static void take_counted(struct reading *reading, int32_t map, int64_t count)
{
    int32_t first = (int32_t)reading->scenario->node_count;
    const char *name = at(reading, map)->key;
    for (int64_t i = 1; i <= count; i++) {
        char *own = g_strdup_printf("%s%" G_GINT64_FORMAT, name, i);
        take_name(reading, map, own);
        g_free(own);
    }
    add_group_of_nodes(reading, name, first, (int32_t)count);
}

/* Names first, since nodes refer to each other. False after a problem that leaves none. */
static bool take_names(struct reading *reading, int32_t map)
{
    struct scenario *scenario = reading->scenario;
    const struct yaml_tree_node *nodes = at(reading, map);
    int64_t count = 0;
    for (int32_t i = nodes->first; i < nodes->first + nodes->count; i++)
        count += count_of(reading, i);
    if (count < 1 || count > SCENARIO_NODES_MAX) {
        reading_wrong_key(reading, map, "%" G_GINT64_FORMAT " nodes; expected 1 to %d", count,
                          SCENARIO_NODES_MAX);
        return false;
    }
    scenario->nodes = g_new0(struct scenario_node, (gsize)count);
    for (int32_t i = nodes->first; i < nodes->first + nodes->count; i++) {
        if (!reading_check_name(reading, i, "a node"))
            continue;
        if (reading_child(reading, i, "count") >= 0)
            take_counted(reading, i, count_of(reading, i));
        else
            take_name(reading, i, at(reading, i)->key);
    }
    return true;
}

/* Those of a count are alike, but for the name. */
static void read_all(struct reading *reading)
{
    struct scenario *scenario = reading->scenario;
    for (uint32_t i = 0; i < scenario->node_count; i++) {
        struct scenario_node *node = &scenario->nodes[i];
        int32_t map = g_array_index(reading->node_maps, int32_t, i);
        if (i == 0 || g_array_index(reading->node_maps, int32_t, i - 1) != map) {
            read_node(reading, map, node);
            continue;
        }
        char name[NAME_MAX_LEN + 1];
        memcpy(name, node->name, sizeof name);
        *node = scenario->nodes[i - 1];
        memcpy(node->name, name, sizeof name);
    }
}

void read_nodes(struct reading *reading, int32_t map)
{
    struct scenario *scenario = reading->scenario;
    if (map < 0 || !reading_is_map(reading, map, "servers by name") || !take_names(reading, map))
        return;
    read_all(reading);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        check_node(reading, g_array_index(reading->node_maps, int32_t, i), (int32_t)i);
}
