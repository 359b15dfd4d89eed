/* Names that stand for several nodes or links: groups, and nodes with a count.
 *
 * A term is what a user writes in one place: r1, rack, m-r1, m->r1, m-rack. It becomes members: a
 * node, or a pair of nodes. Pairs become links once the links are made. A group may name others: it
 * is read once they are, and those that are left name each other in a circle. */
#include <string.h>
#include "sim/scenario/read_group.h"
#include "sim/text/spelling.h"

static const struct yaml_tree_node *at(const struct reading *reading, int32_t node)
{
    return yaml_tree_at(reading->tree, node);
}

static struct group *group_at(const struct reading *reading, guint index)
{
    return &g_array_index(reading->groups, struct group, index);
}

struct group *find_group(const struct reading *reading, const char *name)
{
    for (guint i = 0; i < reading->groups->len; i++)
        if (strcmp(group_at(reading, i)->name, name) == 0)
            return group_at(reading, i);
    return NULL;
}

static const struct member *member_at(const GArray *members, guint index)
{
    return &g_array_index(members, struct member, index);
}

GArray *members_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(struct member));
}

/* ---- terms ---- */

/* The two names of a pair, or the one of anything else and NULL. */
struct words {
    char *first, *second;
    bool is_arrow;
};

static struct words split(const char *text)
{
    const char *dash = strchr(text, '-');
    if (!dash)
        return (struct words){g_strdup(text), NULL, false};
    struct words words = {.is_arrow = dash[1] == '>'};
    words.first = g_strstrip(g_strndup(text, (gsize)(dash - text)));
    words.second = g_strstrip(g_strdup(dash + (words.is_arrow ? 2 : 1)));
    return words;
}

static void words_clear(struct words *words)
{
    g_free(words->first);
    g_free(words->second);
}

static bool add_name(const struct reading *reading, const char *name, struct place place,
                     GArray *members)
{
    struct member member = {scenario_node_find(reading->scenario, name), -1, false, place};
    const struct group *group = find_group(reading, name);
    if (member.one >= 0)
        g_array_append_val(members, member);
    for (guint i = 0; group && group->members && i < group->members->len; i++) {
        member = *member_at(group->members, i);
        member.place = place;
        g_array_append_val(members, member);
    }
    return member.one >= 0 || (group && group->members);
}

/* Every pair of one of the first nodes and one of the second. */
static void add_pairs(const GArray *first, const GArray *second, struct member like,
                      GArray *members)
{
    for (guint i = 0; i < first->len; i++)
        for (guint k = 0; k < second->len; k++) {
            like.one = member_at(first, i)->one;
            like.other = member_at(second, k)->one;
            if (like.one != like.other)
                g_array_append_val(members, like);
        }
}

bool are_nodes(const GArray *members)
{
    for (guint i = 0; i < members->len; i++)
        if (member_at(members, i)->other >= 0)
            return false;
    return true;
}

bool find_term(const struct reading *reading, const char *text, struct place place, GArray *members)
{
    struct words words = split(text);
    GArray *first = members_new(), *second = members_new();
    bool is_known = add_name(reading, words.first, place, words.second ? first : members) &&
                    (!words.second || (add_name(reading, words.second, place, second) &&
                                       are_nodes(first) && are_nodes(second)));
    if (is_known && words.second)
        add_pairs(first, second, (struct member){-1, -1, words.is_arrow, place}, members);
    g_array_free(first, TRUE);
    g_array_free(second, TRUE);
    words_clear(&words);
    return is_known;
}

static bool is_name(const struct reading *reading, const char *name)
{
    return scenario_node_find(reading->scenario, name) >= 0 || find_group(reading, name);
}

/* What is wrong with a term that find_term does not know. */
static void wrong_name(struct reading *reading, const char *name, struct place place,
                       const char *wanted)
{
    struct spelling spelling = spelling_to(name);
    for (uint32_t i = 0; i < reading->scenario->node_count; i++)
        spelling_offer(&spelling, reading->scenario->nodes[i].name);
    for (guint i = 0; i < reading->groups->len; i++)
        spelling_offer(&spelling, group_at(reading, i)->name);
    diagnostics_add(reading->diagnostics, place, "found '%.80s', expected %s%s%s%s", name, wanted,
                    spelling.name ? " (did you mean '" : "", spelling.name ? spelling.name : "",
                    spelling.name ? "'?)" : "");
}

static void wrong_term(struct reading *reading, const char *text, struct place place,
                       const char *wanted)
{
    struct words words = split(text);
    bool is_first = is_name(reading, words.first);
    bool is_second = words.second && is_name(reading, words.second);
    if (!words.second)
        wrong_name(reading, words.first, place, wanted);
    if (words.second && !is_first)
        wrong_name(reading, words.first, place, "the name of a node");
    if (words.second && !is_second)
        wrong_name(reading, words.second, place, "the name of a node");
    if (is_first && is_second)
        diagnostics_add(reading->diagnostics, place,
                        "%.80s: expected nodes, or groups of nodes, at both ends of a link", text);
    words_clear(&words);
}

bool read_term(struct reading *reading, const char *text, struct place place, const char *wanted,
               GArray *members)
{
    guint before = members->len;
    bool is_known = find_term(reading, text, place, members);
    if (!is_known)
        wrong_term(reading, text, place, wanted);
    else if (members->len == before && strchr(text, '-')) /* else the group itself is wrong */
        diagnostics_add(reading->diagnostics, place, "%.80s: a link has two ends", text);
    return members->len > before;
}

/* ---- lists of them ---- */

/* A place for each node and each pair of them, whichever way round. */
static size_t place_of(const struct reading *reading, const struct member *member)
{
    size_t nodes = reading->scenario->node_count, one = (size_t)member->one;
    size_t other = member->other < 0 ? nodes : (size_t)member->other;
    return MIN(one, other) * (nodes + 1) + MAX(one, other);
}

/* Of the members from `from` on, those that were there already are taken out; false if it was all
 * of them. */
static bool add_once(const struct reading *reading, GArray *members, guint from, bool *is_there)
{
    guint kept = from;
    for (guint i = from; i < members->len; i++) {
        struct member member = *member_at(members, i);
        size_t place = place_of(reading, &member);
        if (!is_there[place])
            g_array_index(members, struct member, kept++) = member;
        is_there[place] = true;
    }
    g_array_set_size(members, kept);
    return kept > from;
}

GArray *read_terms(struct reading *reading, int32_t node, const char *wanted)
{
    const struct yaml_tree_node *value = at(reading, node);
    bool is_list = value->kind == YAML_TREE_LIST, is_good = true;
    int32_t first = is_list ? value->first : node, last = is_list ? first + value->count : node + 1;
    size_t nodes = reading->scenario->node_count;
    bool *is_there = g_new0(bool, nodes *(nodes + 1));
    GArray *members = members_new();
    if (first == last)
        reading_wrong(reading, node, "%s: found an empty list, expected at least one name",
                      value->key);
    for (int32_t i = first; i < last; i++) {
        const char *text = read_text(reading, i, wanted);
        guint before = members->len;
        is_good =
            text && read_term(reading, text, at(reading, i)->place, wanted, members) && is_good;
        if (text && members->len > before && !add_once(reading, members, before, is_there)) {
            reading_wrong(reading, i, "'%.80s' is there already; expected each name once", text);
            is_good = false;
        }
    }
    g_free(is_there);
    if (is_good && members->len > 0)
        return members;
    g_array_free(members, TRUE);
    return NULL;
}

void find_terms(const struct reading *reading, int32_t node, GArray *members)
{
    const struct yaml_tree_node *value = node >= 0 ? at(reading, node) : NULL;
    if (!value || value->kind == YAML_TREE_MAP)
        return;
    bool is_list = value->kind == YAML_TREE_LIST;
    int32_t first = is_list ? value->first : node, last = is_list ? first + value->count : node + 1;
    for (int32_t i = first; i < last; i++)
        if (at(reading, i)->text)
            (void)find_term(reading, at(reading, i)->text, at(reading, i)->place, members);
}

/* ---- groups ---- */

/* The first group among its names that is not read yet; NULL: none. */
static struct group *waits_for(const struct reading *reading, const struct group *group)
{
    const struct yaml_tree_node *value = at(reading, group->node);
    bool is_list = value->kind == YAML_TREE_LIST;
    int32_t first = is_list ? value->first : group->node,
            last = is_list ? first + value->count : group->node + 1;
    for (int32_t i = first; i < last; i++) {
        if (!at(reading, i)->text)
            continue;
        struct words words = split(at(reading, i)->text);
        struct group *one = find_group(reading, words.first),
                     *other = words.second ? find_group(reading, words.second) : NULL;
        words_clear(&words);
        if (one && !one->members)
            return one;
        if (other && !other->members)
            return other;
    }
    return NULL;
}

static void read_group(struct reading *reading, struct group *group)
{
    GArray *members = read_terms(reading, group->node, TERM_ANY);
    for (guint i = 0; members && i < members->len; i++)
        if (member_at(members, i)->is_arrow) {
            diagnostics_add(reading->diagnostics, member_at(members, i)->place,
                            "a group holds links without a direction; expected a pair such as m-r1 "
                            "here, and direction: down or up in the fault");
            break;
        }
    group->members = members ? members : members_new();
}

/* From each of the groups that are left, along what it waits for: reported where the way comes back
 * to it, by the one that stands first. */
static void report_circle(struct reading *reading, struct group *group)
{
    GString *way = g_string_new(group->name);
    struct group *next = waits_for(reading, group);
    for (guint steps = 0; steps < reading->groups->len && next > group; steps++) {
        g_string_append_printf(way, " -> %s", next->name);
        next = waits_for(reading, next);
    }
    if (next == group)
        reading_wrong_key(reading, group->node,
                          "groups name each other in a circle: %s -> %s; expected nodes and links "
                          "in the end",
                          way->str, group->name);
    g_string_free(way, TRUE);
}

static void take_group(struct reading *reading, int32_t node)
{
    struct group group = {.name = at(reading, node)->key, .node = node};
    if (!reading_check_name(reading, node, "a group"))
        return;
    if (is_name(reading, group.name))
        reading_wrong_key(reading, node, "'%s' names %s already; expected another name", group.name,
                          find_group(reading, group.name) ? "the nodes of a count" : "a node");
    else
        g_array_append_val(reading->groups, group);
}

void read_groups(struct reading *reading, int32_t map)
{
    if (map < 0 || !reading_is_map(reading, map,
                                   "lists of nodes or links by name, such as "
                                   "{ rack: [r1, r2] }"))
        return;
    for (int32_t i = 0; i < at(reading, map)->count; i++)
        take_group(reading, at(reading, map)->first + i);
    for (bool goes_on = true; goes_on;) {
        goes_on = false;
        for (guint i = 0; i < reading->groups->len; i++) {
            struct group *group = group_at(reading, i);
            if (group->members || waits_for(reading, group))
                continue;
            read_group(reading, group);
            goes_on = true;
        }
    }
    for (guint i = 0; i < reading->groups->len; i++)
        if (!group_at(reading, i)->members)
            report_circle(reading, group_at(reading, i));
    for (guint i = 0; i < reading->groups->len; i++)
        if (!group_at(reading, i)->members)
            group_at(reading, i)->members = members_new();
}

void add_group_of_nodes(struct reading *reading, const char *name, int32_t first, int32_t count)
{
    struct group group = {.name = name, .node = ABSENT, .members = members_new()};
    for (int32_t i = first; i < first + count; i++) {
        struct member member = {.one = i, .other = -1};
        g_array_append_val(group.members, member);
    }
    g_array_append_val(reading->groups, group);
}

void free_groups(struct reading *reading)
{
    for (guint i = 0; i < reading->groups->len; i++)
        if (group_at(reading, i)->members)
            g_array_free(group_at(reading, i)->members, TRUE);
    g_array_free(reading->groups, TRUE);
}
