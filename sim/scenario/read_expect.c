/* What must come out. A value is a range: 3, "2..5", ">= 1", "< 10s"; behind a "?" it is the answer
 * to a question, which a run asks. */
#include <string.h>
#include "models/psync/reason.h"
#include "sim/text/spelling.h"
#include "sim/scenario/read_group.h"

#define WHOLE_RUN (-1)

enum unit { COUNT, DURATION, SIZE, SHARE, FLAG };

struct expect_row {
    const char *key;
    enum unit unit;
};

static const struct expect_row EXPECTS[EXPECT_COUNT] = {
#define EXPECT(name, text, unit, fold, field, what) [EXPECT_##name] = {text, unit},
#include "sim/scenario/expect.def"
#undef EXPECT
};

static const struct yaml_tree_node *at(const struct reading *reading, int32_t node)
{
    return yaml_tree_at(reading->tree, node);
}

static int find_expect(const char *key)
{
    for (int i = 0; i < EXPECT_COUNT; i++)
        if (strcmp(EXPECTS[i].key, key) == 0)
            return i;
    return -1;
}

static const char *parse_number(enum unit unit, const char *text, size_t len, int64_t *out)
{
    static const enum quantity_kind KINDS[] = {[COUNT] = QUANTITY_COUNT,
                                               [DURATION] = QUANTITY_DURATION,
                                               [SIZE] = QUANTITY_SIZE,
                                               [SHARE] = QUANTITY_SHARE};
    for (; len > 0 && text[0] == ' '; len--)
        text++;
    for (; len > 0 && text[len - 1] == ' '; len--)
        ;
    return quantity_parse(KINDS[unit], text, len, out);
}

/* ">= 1" and its like: from `number` on. */
static const char *parse_bound(enum unit unit, const char *text, int64_t *low, int64_t *high)
{
    bool is_above = text[0] == '>', or_equal = text[1] == '=';
    int64_t number;
    text += or_equal ? 2 : 1;
    const char *wrong = parse_number(unit, text, strlen(text), &number);
    if (wrong)
        return wrong;
    if (!is_above && !or_equal && number == 0)
        return "something possible: nothing is below 0";
    *low = is_above ? number + !or_equal : 0;
    *high = is_above ? INT64_MAX : number - !or_equal;
    return NULL;
}

static const char *parse_flag(const char *text, int64_t *low, int64_t *high)
{
    bool yes = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
    if (!yes && strcmp(text, "no") != 0 && strcmp(text, "false") != 0)
        return "yes or no";
    *low = *high = yes;
    return NULL;
}

/* Both ends included. NULL, or what is expected. */
static const char *parse_range(enum unit unit, const char *text, int64_t *low, int64_t *high)
{
    if (unit == FLAG)
        return parse_flag(text, low, high);
    if (text[0] == '<' || text[0] == '>')
        return parse_bound(unit, text, low, high);
    const char *dots = strstr(text, "..");
    if (!dots) {
        const char *wrong = parse_number(unit, text, strlen(text), low);
        *high = *low;
        return wrong;
    }
    const char *wrong = parse_number(unit, text, (size_t)(dots - text), low);
    if (!wrong)
        wrong = parse_number(unit, dots + 2, strlen(dots + 2), high);
    return wrong ? wrong : *low > *high ? "a range from a smaller to a larger value" : NULL;
}

static const char *parse_final(const char *text, int64_t *low, int64_t *high)
{
    for (int i = 0; i < FINAL_COUNT; i++)
        if (strcmp(text, final_name((enum final_state)i)) == 0) {
            *low = i;
            *high = i == FINAL_INCONSISTENT ? i : FINAL_COMPLETE;
            return NULL;
        }
    return "consistent, identical, complete or inconsistent";
}

/* "? 1" is a question with its answer. */
static const char *behind_mark(const char *text)
{
    return text[0] == '?' ? text + 1 + strspn(text + 1, " ") : text;
}

/* "r1: partial: 1", for messages of a run. */
static void print_text(const struct reading *reading, int32_t node, const char *prefix,
                       struct scenario_expect *expect)
{
    const char *who = expect->node >= 0 ? reading->scenario->nodes[expect->node].name : "";
    const char *text = at(reading, node)->text;
    g_snprintf(expect->text, sizeof expect->text, "%s%s%s%s: %s", who, who[0] ? ": " : "", prefix,
               at(reading, node)->key, expect->is_open ? text : behind_mark(text));
}

static const char *parse_value(const char *text, struct scenario_expect *expect)
{
    expect->is_asked = text[0] == '?';
    text = behind_mark(text);
    expect->is_open = expect->is_asked && text[0] == '\0';
    if (expect->is_open)
        return NULL;
    return expect->what == EXPECT_CONSISTENT
               ? parse_final(text, &expect->low, &expect->high)
               : parse_range(EXPECTS[expect->what].unit, text, &expect->low, &expect->high);
}

static void read_range(struct reading *reading, int32_t node, const char *prefix,
                       struct scenario_expect expect)
{
    const struct yaml_tree_node *value = at(reading, node);
    const char *text = value->kind == YAML_TREE_SCALAR ? value->text : "";
    expect.line = value->place.line;
    const char *wrong = parse_value(text, &expect);
    if (expect.is_asked && reading->expects_of_several) {
        reading_wrong(reading, node,
                      "%s: found the question '%.80s' of a group; expected one of a node, or of "
                      "the whole run",
                      value->key, text);
        return;
    }
    if (wrong) {
        bool is_range = expect.what != EXPECT_CONSISTENT && EXPECTS[expect.what].unit != FLAG;
        reading_wrong(reading, node, "%s: found '%.80s', expected %s%s", value->key, text, wrong,
                      is_range ? ", or a range of them: 2..5, \">= 1\", \"< 10\"" : "");
        return;
    }
    print_text(reading, node, prefix, &expect);
    g_array_append_val(reading->expects, expect);
}

/* Name of the i-th reason or drop; NULL at the end. */
static const char *detail_name(enum expect_what what, int i)
{
    if (what == EXPECT_REASON)
        return i < REASON_COUNT ? reason_name((enum reason)i) : NULL;
    return i < DROP_COUNT ? drop_name((enum drop)i) : NULL;
}

static void read_details(struct reading *reading, int32_t map, struct scenario_expect expect)
{
    const char *key = EXPECTS[expect.what].key;
    if (!reading_is_map(reading, map, "counts by name, such as { backlog-passed: 1 }"))
        return;
    char *prefix = g_strdup_printf("%s: ", key);
    int32_t last = at(reading, map)->first + at(reading, map)->count;
    for (int32_t node = at(reading, map)->first; node < last; node++) {
        const char *wanted = at(reading, node)->key, *name;
        struct spelling spelling = spelling_to(wanted);
        int i = 0;
        for (; (name = detail_name(expect.what, i)) && strcmp(name, wanted) != 0; i++)
            spelling_offer(&spelling, name);
        expect.detail = i;
        if (name)
            read_range(reading, node, prefix, expect);
        else
            reading_wrong_key(reading, node, "unknown name '%.80s' in %s%s%s%s", wanted, key,
                              spelling.name ? "; did you mean '"
                                            : "; psyncsim schema --text lists them",
                              spelling.name ? spelling.name : "", spelling.name ? "'?" : "");
    }
    g_free(prefix);
}

static void unknown_expect(struct reading *reading, int32_t node, int32_t of_node)
{
    const char *key = at(reading, node)->key;
    struct spelling spelling = spelling_to(key);
    GString *known = g_string_new(NULL);
    for (int i = 0; i < EXPECT_COUNT; i++) {
        spelling_offer(&spelling, EXPECTS[i].key);
        g_string_append_printf(known, ", %s", EXPECTS[i].key);
    }
    for (uint32_t i = 0; of_node == WHOLE_RUN && i < reading->scenario->node_count; i++)
        spelling_offer(&spelling, reading->scenario->nodes[i].name);
    if (spelling.name)
        reading_wrong_key(reading, node, "unknown key '%.80s' in expect; did you mean '%s'?", key,
                          spelling.name);
    else
        reading_wrong_key(reading, node, "unknown key '%.80s' in expect; it has the nodes' names%s",
                          key, known->str);
    g_string_free(known, TRUE);
}

static void read_expect(struct reading *reading, int32_t node, int32_t of_node)
{
    int what = find_expect(at(reading, node)->key);
    if (what < 0) {
        unknown_expect(reading, node, of_node);
        return;
    }
    struct scenario_expect expect = {.what = (enum expect_what)what, .node = of_node, .detail = -1};
    if (what == EXPECT_CONSISTENT && of_node != WHOLE_RUN)
        reading_wrong_key(reading, node, "final: of the whole run, not of one node");
    else if (what == EXPECT_REASON || what == EXPECT_DROP)
        read_details(reading, node, expect);
    else
        read_range(reading, node, "", expect);
}

/* Of a node, or of each node of a group. */
static void read_of_nodes(struct reading *reading, int32_t map, const GArray *members)
{
    if (!are_nodes(members)) {
        reading_wrong_key(reading, map,
                          "'%.80s' stands for links; expected the name of a node, or of a group of "
                          "nodes",
                          at(reading, map)->key);
        return;
    }
    if (!reading_is_map(reading, map, "what is expected of this node, such as { full: 1 }"))
        return;
    reading->expects_of_several = members->len > 1;
    for (guint i = 0; i < members->len; i++)
        for (int32_t k = 0; k < at(reading, map)->count; k++)
            read_expect(reading, at(reading, map)->first + k,
                        g_array_index(members, struct member, i).one);
    reading->expects_of_several = false;
}

void read_expectations(struct reading *reading, int32_t map)
{
    if (map < 0 || !reading_is_map(reading, map, "expectations, such as { r1: { full: 1 } }"))
        return;
    int32_t last = at(reading, map)->first + at(reading, map)->count;
    for (int32_t i = at(reading, map)->first; i < last; i++) {
        GArray *members = members_new();
        (void)find_term(reading, at(reading, i)->key, at(reading, i)->key_place, members);
        if (members->len == 0)
            read_expect(reading, i, WHOLE_RUN);
        else
            read_of_nodes(reading, i, members);
        g_array_free(members, TRUE);
    }
}
