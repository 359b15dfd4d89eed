/* Counts, times and sizes of both traces in tables. See compare_numbers.h.
 *
 * Times and sizes are those of steps that stand beside each other and are the same. What happened
 * several times has one line with the means and the largest difference, so that a loop of a hundred
 * rounds takes no more room than one. */
#include "sim/compare/compare_numbers.h"

#include <assert.h>
#include <string.h>
#include "sim/text/table.h"
#include "sim/text/humanize.h"

/* All values of one measure among the steps of one kind. */
struct sum {
    int64_t count;
    int64_t a, b; /* means */
    int64_t a_rest, b_rest;
    int64_t largest; /* the difference that is farthest from 0 */
    bool is_beyond;
};

static struct words value_words(enum compare_unit unit, int64_t value)
{
    if (value == INT64_MIN) /* has no positive */
        value++;
    bool is_negative = value < 0;
    int64_t size = is_negative ? -value : value;
    struct words words = unit == COMPARE_MOMENT ? humanize_clock(size)
                         : unit == COMPARE_SPAN ? humanize_span(size)
                                                : humanize_size(size);
    if (is_negative) {
        memmove(words.text + 1, words.text, sizeof words.text - 2);
        words.text[0] = '-';
    }
    return words;
}

static int64_t difference(int64_t a, int64_t b)
{
    int64_t result;
    return __builtin_sub_overflow(b, a, &result) ? b < a ? INT64_MIN : INT64_MAX : result;
}

/* With its sign. */
static struct words difference_words(enum compare_unit unit, int64_t value)
{
    struct words plain = value_words(unit == COMPARE_MOMENT ? COMPARE_SPAN : unit, value);
    struct words words = {"0"};
    if (value != 0)
        g_snprintf(words.text, sizeof words.text, "%s%.46s", value > 0 ? "+" : "", plain.text);
    return words;
}

/* ---- counts ---- */

void compare_print_counts(const struct compare *compare, GString *out)
{
    static const struct column COLUMNS[] = {{"node", true, false},  {"count", true, false},
                                            {"A", false, false},    {"B", false, false},
                                            {"B - A", false, true}, {"", true, false}};
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    guint rows = 0;
    for (guint i = 0; i < compare->nodes->len; i++) {
        const struct compare_node *node = compare_node_at(compare, i);
        for (guint j = 0; j < node->counts->len; j++, rows++) {
            const struct compare_count *count =
                &g_array_index(node->counts, struct compare_count, j);
            bool is_size = g_str_has_prefix(count->name, "bytes");
            int64_t more = difference(count->a, count->b);
            table_put(table, "%s", j == 0 ? node->name : "");
            table_put(table, "%s", count->name);
            table_put(table, "%s",
                      (is_size ? humanize_size(count->a) : humanize_digits(count->a)).text);
            table_put(table, "%s",
                      (is_size ? humanize_size(count->b) : humanize_digits(count->b)).text);
            if (is_size)
                table_put(table, "%s", difference_words(COMPARE_BYTES, more).text);
            else
                table_put(table, more == 0 ? "0" : "%+" G_GINT64_FORMAT, more);
            table_put(table, "%s", "");
        }
    }
    if (rows > 0) {
        g_string_append_c(out, '\n');
        table_print(table, out);
    }
    table_free(table);
}

/* ---- measures ---- */

static const char *group_of(const struct compare_step *step)
{
    static const char PARTIAL[] = "partial", FULL[] = "full";
    if (step->kind != COMPARE_ATTEMPT)
        return step->kind == COMPARE_END ? "link ends" : "role";
    if (step->answer == NULL || strcmp(step->answer, "error") == 0)
        return step->answer == NULL ? "no answer" : "refused";
    bool is_failed = step->outcome != NULL && strcmp(step->outcome, "failed") == 0;
    return strcmp(step->answer, PARTIAL) == 0 ? is_failed ? "partial, failed" : PARTIAL
           : is_failed                        ? "full, failed"
                                              : FULL;
}

/* Whether a row counts for a measure of a group. */
static bool is_in(const struct compare_row *row, const char *group, int measure)
{
    return row->is_same && strcmp(group_of(row->a), group) == 0 &&
           row->a->measures[measure] != TRACE_ABSENT && row->b->measures[measure] != TRACE_ABSENT;
}

static void add(struct sum *sum, int64_t a, int64_t b)
{
    int64_t more = difference(a, b);
    assert(sum->count > 0);
    sum->a += a / sum->count;
    sum->b += b / sum->count;
    sum->a_rest += a % sum->count;
    sum->b_rest += b % sum->count;
    if (more == INT64_MIN || (more < 0 ? -more : more) > ABS(sum->largest))
        sum->largest = more == INT64_MIN ? INT64_MIN + 1 : more;
}

static struct sum sum_up(const struct compare *compare, const struct compare_node *node,
                         const char *group, int measure)
{
    struct sum sum = {0};
    for (guint i = 0; i < node->rows->len; i++)
        sum.count += is_in(compare_row_at(node, i), group, measure);
    for (guint i = 0; i < node->rows->len; i++) {
        const struct compare_row *row = compare_row_at(node, i);
        if (!is_in(row, group, measure))
            continue;
        int64_t a = row->a->measures[measure], b = row->b->measures[measure];
        add(&sum, a, b);
        sum.is_beyond = sum.is_beyond || (compare->tolerance.is_given &&
                                          !compare_is_within(&compare->tolerance, a, b));
    }
    if (sum.count > 0) {
        sum.a += sum.a_rest / sum.count;
        sum.b += sum.b_rest / sum.count;
    }
    return sum;
}

static void put_sum(struct table *table, struct compare_measure_info info, const struct sum *sum)
{
    bool is_mean = sum->count > 1 && info.unit != COMPARE_MOMENT;
    bool has_values = is_mean || sum->count == 1;
    table_put(table, "%s", info.title);
    if (sum->count > 1)
        table_put(table, "%" G_GINT64_FORMAT "x", sum->count);
    else
        table_put(table, "%s", "");
    table_put(table, "%s", has_values ? value_words(info.unit, sum->a).text : "");
    table_put(table, "%s", has_values ? value_words(info.unit, sum->b).text : "");
    table_put(table, "%s", difference_words(info.unit, difference(sum->a, sum->b)).text);
    table_put(table, "%s", sum->count > 1 ? difference_words(info.unit, sum->largest).text : "");
    table_put(table, "%s",
              sum->is_beyond && info.unit != COMPARE_BYTES ? "beyond the tolerance" : "");
}

static void put_group(struct table *table, const struct compare *compare,
                      const struct compare_node *node, const char *group)
{
    bool is_first = true;
    for (int m = 0; m < COMPARE_MEASURES; m++) {
        struct sum sum = sum_up(compare, node, group, m);
        if (sum.count == 0)
            continue;
        table_put(table, "%s", is_first ? node->name : "");
        table_put(table, "%s", is_first ? group : "");
        put_sum(table, compare_measure_info((enum compare_measure)m), &sum);
        is_first = false;
    }
}

static void put_node(struct table *table, const struct compare *compare,
                     const struct compare_node *node)
{
    GPtrArray *groups = g_ptr_array_new();
    for (guint i = 0; i < node->rows->len; i++) {
        const struct compare_row *row = compare_row_at(node, i);
        bool is_known = !row->is_same;
        for (guint j = 0; j < groups->len && !is_known; j++)
            is_known = strcmp(groups->pdata[j], group_of(row->a)) == 0;
        if (!is_known)
            g_ptr_array_add(groups, (void *)group_of(row->a));
    }
    for (guint i = 0; i < groups->len; i++)
        put_group(table, compare, node, groups->pdata[i]);
    g_ptr_array_free(groups, TRUE);
}

void compare_print_measures(const struct compare *compare, GString *out)
{
    static const struct column COLUMNS[] = {
        {"node", true, false},   {"step", true, false},    {"took", true, false},
        {"", false, true},       {"A", false, false},      {"B", false, false},
        {"B - A", false, false}, {"largest", false, true}, {"", true, false}};
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < compare->nodes->len; i++)
        put_node(table, compare, compare_node_at(compare, i));
    table_print(table, text);
    if (strchr(text->str, '\n')[1] != '\0')
        g_string_append_printf(out, "\n%s", text->str);
    g_string_free(text, TRUE);
    table_free(table);
}
