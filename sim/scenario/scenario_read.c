/* From bytes to a scenario: clean text, tree, overrides, sections in the order in which they refer
 * to each other. */
#include "sim/scenario/scenario_read.h"
#include "sim/scenario/fingerprint.h"
#include <string.h>
#include "sim/scenario/override.h"
#include "sim/scenario/read_group.h"
#include "sim/text/source_text.h"

static int32_t section(const struct reading *reading, const char *key)
{
    return yaml_tree_find(reading->tree, 0, key);
}

/* "" where there is none. */
static char *read_words(struct reading *reading, const char *key)
{
    int32_t words = section(reading, key);
    const char *text = words >= 0 ? read_text(reading, words, "a sentence") : NULL;
    return g_strdup(text ? text : "");
}

static void read_base(struct reading *reading)
{
    const struct schema_key *server = schema_find(SECTION_SCENARIO, "server");
    int32_t named = section(reading, "server");
    reading->profile = named >= 0 ? read_server(reading, named) : NULL;
    if (!reading->profile)
        reading->profile = profile_find(server->fallback);
    int32_t file = section(reading, "config-file");
    reading->conf = file >= 0 ? read_conf_file(reading, file) : NULL;
    struct config checked; /* even where there is no node */
    config_init(&checked, reading->profile);
    read_directives(reading, section(reading, "config"), &checked);
}

/* Whether some fault can make a replica a master. */
static bool roles_change(const struct reading *reading, int32_t faults)
{
    static const char *const names[] = {"promote", "failover", "replicaof"};
    const struct tree *tree = reading->tree;
    if (faults < 0 || yaml_tree_at(tree, faults)->kind != YAML_TREE_LIST)
        return false;
    for (int32_t i = 0; i < yaml_tree_at(tree, faults)->count; i++)
        for (size_t name = 0; name < sizeof names / sizeof names[0]; name++)
            if (reading_child(reading, yaml_tree_at(tree, faults)->first + i, names[name]) >= 0)
                return true;
    return false;
}

static void read_sections(struct reading *reading)
{
    read_defaults(SECTION_SCENARIO, reading->scenario);
    if (!read_section(reading, 0, SECTION_SCENARIO, reading->scenario))
        return;
    int32_t faults = section(reading, "faults");
    reading->scenario->why = read_words(reading, "why");
    reading->scenario->reveal = read_words(reading, "reveal");
    read_base(reading);
    read_hosts(reading, section(reading, "hosts"));
    read_nodes(reading, section(reading, "nodes"));
    if (reading->scenario->node_count == 0)
        return; /* every name below would be unknown */
    read_groups(reading, section(reading, "groups"));
    read_links(reading, section(reading, "links"), faults);
    reading->roles_change = roles_change(reading, faults);
    read_loads(reading, section(reading, "load"));
    read_waits(reading, section(reading, "waits"));
    read_faults(reading, faults);
    read_expectations(reading, section(reading, "expect"));
}

/* The array's memory becomes the scenario's. */
#define TAKE(array, pointer, count)                                                                \
    do {                                                                                           \
        (count) = (array)->len;                                                                    \
        (pointer) = (void *)g_array_free(array, FALSE);                                            \
    } while (0)

static struct scenario *interpret(const struct tree *tree, const char *name,
                                  const struct scenario_options *options,
                                  struct diagnostics *diagnostics)
{
    struct scenario *scenario = g_new0(struct scenario, 1);
    scenario->path = g_strdup(name);
    struct reading reading = {
        .tree = tree,
        .diagnostics = diagnostics,
        .scenario = scenario,
        .directory = options->directory,
        .files = options->files,
        .servers = options->servers,
        .hosts = g_array_new(FALSE, FALSE, sizeof(struct named_host)),
        .groups = g_array_new(FALSE, FALSE, sizeof(struct group)),
        .node_maps = g_array_new(FALSE, FALSE, sizeof(int32_t)),
        .links = g_array_new(FALSE, FALSE, sizeof(struct scenario_link)),
        .loads = g_array_new(FALSE, FALSE, sizeof(struct scenario_load)),
        .faults = g_array_new(FALSE, FALSE, sizeof(struct scenario_fault)),
        .waits = g_array_new(FALSE, FALSE, sizeof(struct scenario_wait)),
        .expects = g_array_new(FALSE, FALSE, sizeof(struct scenario_expect)),
    };
    size_t problems = diagnostics_count(diagnostics);
    read_sections(&reading);
    bool is_good = diagnostics_count(diagnostics) == problems;
    TAKE(reading.links, scenario->links, scenario->link_count);
    TAKE(reading.loads, scenario->loads, scenario->load_count);
    TAKE(reading.faults, scenario->faults, scenario->fault_count);
    TAKE(reading.waits, scenario->waits, scenario->wait_count);
    TAKE(reading.expects, scenario->expects, scenario->expect_count);
    if (is_good)
        note_known_faults(&reading);
    g_array_free(reading.hosts, TRUE);
    free_conf(reading.conf);
    free_groups(&reading);
    g_array_free(reading.node_maps, TRUE);
    return scenario;
}

/* The tree with its overrides; NULL after a problem in the text itself. */
static struct tree *parse(const char *name, const char *text, size_t len,
                          const char *const *overrides, struct diagnostics *diagnostics)
{
    GString *clean = g_string_new(NULL);
    struct place place;
    const char *refused = text_clean(text, len, clean, &place);
    place.source = diagnostics_source(diagnostics, name, refused ? NULL : clean->str, clean->len);
    if (refused)
        diagnostics_add(diagnostics, place, "%s", refused);
    struct tree *tree =
        refused ? NULL : yaml_tree_parse(clean->str, clean->len, place.source, diagnostics);
    g_string_free(clean, TRUE);
    for (size_t i = 0; tree && overrides && overrides[i]; i++)
        override_apply(tree, overrides[i], diagnostics);
    return tree;
}

struct scenario *scenario_read_text(const char *name, const char *text, size_t len,
                                    const struct scenario_options *options,
                                    struct diagnostics *diagnostics)
{
    size_t before = diagnostics_count(diagnostics);
    struct tree *tree = parse(name, text, len, options->overrides, diagnostics);
    if (!tree)
        return NULL;
    struct scenario *scenario = interpret(tree, name, options, diagnostics);
    yaml_tree_free(tree);
    if (diagnostics_count(diagnostics) > before) {
        scenario_free(scenario);
        return NULL;
    }
    scenario->fingerprint = scenario_fingerprint(scenario);
    return scenario;
}

bool scenario_text_load(struct scenario_text *text, const char *path,
                        struct diagnostics *diagnostics)
{
    char *error = NULL;
    text->path = g_strdup(path);
    text->bytes = text_read(path, &text->len, &error);
    if (text->bytes)
        return true;
    int32_t source = diagnostics_source(diagnostics, path, NULL, 0);
    diagnostics_add(diagnostics, (struct place){source, 0, 0}, "%s", error);
    g_free(error);
    return false;
}

struct scenario *scenario_text_read(const struct scenario_text *text,
                                    const struct scenario_options *options,
                                    struct diagnostics *diagnostics)
{
    bool is_stdin = strcmp(text->path, "-") == 0;
    char *directory = is_stdin ? g_strdup(".") : g_path_get_dirname(text->path);
    struct scenario_options own = *options;
    own.directory = directory;
    struct scenario *scenario = scenario_read_text(is_stdin ? "<stdin>" : text->path, text->bytes,
                                                   text->len, &own, diagnostics);
    g_free(directory);
    return scenario;
}

void scenario_text_clear(struct scenario_text *text)
{
    g_free(text->path);
    g_free(text->bytes);
    *text = (struct scenario_text){0};
}

struct scenario *scenario_read(const char *path, const char *const *overrides,
                               struct diagnostics *diagnostics)
{
    struct scenario_text text = {0};
    struct scenario *scenario = NULL;
    if (scenario_text_load(&text, path, diagnostics))
        scenario = scenario_text_read(&text, &(struct scenario_options){.overrides = overrides},
                                      diagnostics);
    scenario_text_clear(&text);
    return scenario;
}
