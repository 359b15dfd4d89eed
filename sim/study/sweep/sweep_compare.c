/* See sweep_compare.h. Runs come seed by seed, and those of one seed case by case: the first case's
 * record waits until the others' of the same seed have come. */
#include "sim/study/sweep/sweep_compare.h"

#include <gsl/gsl_errno.h>
#include <string.h>
#include "sim/engine/statistics.h"
#include "sim/study/sweep/sign_test.h"
#include "sim/study/sweep/sweep_record.h"
#include "sim/text/table.h"
#include "sim/text/humanize.h"

struct comparison {
    const struct sweep *sweep;
    uint32_t columns; /* the sweep's, and the expectations that failed */
    uint64_t seeds;
    int64_t *first;                 /* record of the first case */
    struct comparison_pairs *pairs; /* case by case */
};

struct comparison *comparison_new(const struct sweep *sweep)
{
    struct comparison *comparison = g_new0(struct comparison, 1);
    comparison->sweep = sweep;
    comparison->columns = sweep->columns->len + 1;
    comparison->first = g_new0(int64_t, sweep->words);
    comparison->pairs =
        g_new0(struct comparison_pairs, (gsize)sweep->cases->len * comparison->columns);
    return comparison;
}

void comparison_free(struct comparison *comparison)
{
    if (!comparison)
        return;
    g_free(comparison->first);
    g_free(comparison->pairs);
    g_free(comparison);
}

uint32_t comparison_columns(const struct comparison *comparison)
{
    return comparison->columns;
}

const struct sweep_column *comparison_column(const struct comparison *comparison, uint32_t column)
{
    return column < comparison->sweep->columns->len
               ? &g_array_index(comparison->sweep->columns, struct sweep_column, column)
               : NULL;
}

/* The last column: how many expectations failed. */
static int64_t number(const struct comparison *comparison, const int64_t *record, uint32_t column)
{
    return sweep_number(record, column + (column == comparison->sweep->columns->len));
}

static void add_pair(struct comparison_pairs *pairs, int64_t first, int64_t here)
{
    pairs->hits_first += first > 0;
    pairs->hits_here += here > 0;
    if (first < 0 || here < 0)
        return;
    sample_add(&pairs->first, (double)first);
    sample_add(&pairs->here, (double)here);
    sample_add(&pairs->difference, (double)(here - first));
    pairs->less += here < first;
    pairs->more += here > first;
}

void comparison_add(struct comparison *comparison, uint64_t run, const int64_t *record)
{
    uint32_t at = sweep_run_id(comparison->sweep, run).number;
    if (at == 0)
        memcpy(comparison->first, record, comparison->sweep->words * sizeof *record);
    comparison->seeds += at == 0;
    for (uint32_t i = 0; i < comparison->columns; i++)
        add_pair(&comparison->pairs[at * comparison->columns + i],
                 number(comparison, comparison->first, i), number(comparison, record, i));
}

/* ---- words ---- */

struct comparison_cell comparison_number(const struct sweep_column *column, double value,
                                         bool is_signed)
{
    struct comparison_cell cell;
    const char *unit = column ? sweep_unit(column->what) : "";
    double size = value < 0 ? -value : value;
    struct words words;
    if (strcmp(unit, "_ns") == 0)
        words = humanize_span((int64_t)(size + 0.5));
    else if (strcmp(unit, "_bytes") == 0)
        words = humanize_size((int64_t)(size + 0.5));
    else if (size >= 10000)
        words = humanize_digits((int64_t)(size + 0.5));
    else
        g_snprintf(words.text, sizeof words.text, "%.3g", size);
    const char *sign = value < 0 ? "-" : is_signed && value > 0 ? "+" : "";
    g_snprintf(cell.text, sizeof cell.text, "%s%s", sign, words.text);
    return cell;
}

struct comparison_cell comparison_interval(const struct sweep_column *column,
                                           const struct comparison_pairs *pairs)
{
    struct comparison_cell cell = {"-"};
    if (pairs->difference.count < 2)
        return cell;
    if (pairs->difference.squares == 0) {
        g_strlcpy(cell.text, "in each pair", sizeof cell.text);
        return cell;
    }
    struct interval interval = sample_interval(&pairs->difference, 0.95);
    g_snprintf(cell.text, sizeof cell.text, "%.30s to %.30s",
               comparison_number(column, interval.low, true).text,
               comparison_number(column, interval.high, true).text);
    return cell;
}

static struct comparison_cell cell_chance(double chance)
{
    struct comparison_cell cell;
    g_snprintf(cell.text, sizeof cell.text, chance < 0.001 ? "<0.001" : "%.2g", chance);
    return cell;
}

/* "12 of 100 (6.36% to 20%)", "0 of 100 (< 3%)". */
static struct comparison_cell cell_share(uint64_t hits, uint64_t count)
{
    struct comparison_cell cell;
    struct interval interval = share_interval(hits, count);
    gsize len = (gsize)g_snprintf(cell.text, sizeof cell.text,
                                  "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, hits, count);
    char *rest = cell.text + len;
    if (hits == 0)
        g_snprintf(rest, sizeof cell.text - len, " (< %.3g%%)", 100 * interval.high);
    else if (hits == count)
        g_snprintf(rest, sizeof cell.text - len, " (> %.3g%%)", 100 * interval.low);
    else
        g_snprintf(rest, sizeof cell.text - len, " (%.3g%% to %.3g%%)", 100 * interval.low,
                   100 * interval.high);
    return cell;
}

const char *comparison_name(const struct sweep_column *column)
{
    return column ? column->name : "expect_failed";
}

/* Whether its sum is a count of events, which a run has or has not. */
static bool is_count(const struct sweep_column *column)
{
    return !column || (sweep_unit(column->what)[0] == '\0' && column->what != EXPECT_OFFSET &&
                       column->what != EXPECT_ONLINE && column->what != EXPECT_CONSISTENT);
}

bool comparison_is_measure(const struct sweep_column *column)
{
    return !column || (column->what != EXPECT_CONSISTENT && column->what != EXPECT_OFFSET);
}

const struct comparison_pairs *comparison_pairs(const struct comparison *comparison,
                                                uint32_t number, uint32_t column)
{
    return &comparison->pairs[(gsize)number * comparison->columns + column];
}

/* ---- tables ---- */

static void print_differences(const struct comparison *comparison,
                              const struct comparison_pairs *pairs, GString *out)
{
    static const struct column COLUMNS[] = {
        {"mean of", true, false},     {"first", false, false},        {"here", false, false},
        {"difference", false, false}, {"95% interval", false, false}, {"-/=/+", false, false},
        {"chance", false, false}};
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    for (uint32_t i = 0; i < comparison->columns; i++) {
        const struct sweep_column *column = comparison_column(comparison, i);
        const struct comparison_pairs *at = &pairs[i];
        uint64_t same = at->difference.count - at->less - at->more;
        if (at->less + at->more == 0 || !comparison_is_measure(column))
            continue;
        table_put(table, "%s", comparison_name(column));
        table_put(table, "%s", comparison_number(column, at->first.mean, false).text);
        table_put(table, "%s", comparison_number(column, at->here.mean, false).text);
        table_put(table, "%s", comparison_number(column, at->difference.mean, true).text);
        table_put(table, "%s", comparison_interval(column, at).text);
        table_put(table, "%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, at->less,
                  same, at->more);
        table_put(table, "%s", cell_chance(sign_test(at->less, at->more)).text);
    }
    table_print(table, out);
    table_free(table);
}

static bool has_news(const struct comparison_pairs *pairs, uint64_t seeds)
{
    return (pairs->hits_first > 0 || pairs->hits_here > 0) &&
           (pairs->hits_first < seeds || pairs->hits_here < seeds);
}

static void print_shares(const struct comparison *comparison, const struct comparison_pairs *pairs,
                         GString *out)
{
    static const struct column COLUMNS[] = {{"runs with", true, false},
                                            {"first", false, false},
                                            {"here", false, false},
                                            {"", true, false}};
    struct table *table = table_new(COLUMNS, G_N_ELEMENTS(COLUMNS));
    bool has_rows = false;
    for (uint32_t i = 0; i < comparison->columns; i++) {
        const struct sweep_column *column = comparison_column(comparison, i);
        const struct comparison_pairs *at = &pairs[i];
        if (!is_count(column) || !has_news(at, comparison->seeds))
            continue;
        has_rows = true;
        table_put(table, "%s", comparison_name(column));
        table_put(table, "%s", cell_share(at->hits_first, comparison->seeds).text);
        table_put(table, "%s", cell_share(at->hits_here, comparison->seeds).text);
        table_put(table, "%s", "");
    }
    if (has_rows) {
        g_string_append_c(out, '\n');
        table_print(table, out);
    }
    table_free(table);
}

void comparison_print_case(const struct sweep *sweep, uint32_t number, GString *out)
{
    for (guint i = 0; i < sweep->axes->len; i++)
        g_string_append_printf(out, "%s%s=%s", i > 0 ? ", " : "",
                               ((const struct sweep_axis *)sweep->axes->pdata[i])->path,
                               sweep_value(sweep, number, i));
}

static void print_against_first(const struct comparison *comparison, uint32_t number, GString *out)
{
    const struct comparison_pairs *pairs = comparison->pairs + (gsize)number * comparison->columns;
    bool is_equal = true;
    for (uint32_t i = 0; i < comparison->columns; i++)
        is_equal = is_equal && pairs[i].less + pairs[i].more == 0 &&
                   pairs[i].hits_first == pairs[i].hits_here;
    g_string_append(out, "\nhere: ");
    comparison_print_case(comparison->sweep, number, out);
    g_string_append_c(out, '\n');
    if (is_equal) {
        g_string_append(out, "no difference in any run\n");
        return;
    }
    print_differences(comparison, pairs, out);
    print_shares(comparison, pairs, out);
}

void comparison_print(const struct comparison *comparison, GString *out)
{
    const struct sweep *sweep = comparison->sweep;
    GString *head = g_string_new(NULL);
    gsl_error_handler_t *handler =
        gsl_set_error_handler_off(); /* what has no answer prints as nan */
    g_string_append_printf(
        head,
        "%s: %s with each value, compared seed by seed; intervals are Student's; "
        "-/=/+: pairs with less, the same, more; chance: sign test",
        sweep->name, humanize_count((int64_t)comparison->seeds, "run").text);
    if (comparison->seeds < 2)
        g_string_append(head, "; one pair says nothing about variance; increase --seeds");
    humanize_wrap(out, head->str, 0, 2);
    g_string_append(out, "first: ");
    comparison_print_case(sweep, 0, out);
    g_string_append_c(out, '\n');
    for (uint32_t i = 1; i < sweep->cases->len; i++)
        print_against_first(comparison, i, out);
    if (sweep->cases->len < 2)
        g_string_append(out, "nothing to compare it with\n");
    humanize_finish(out);
    gsl_set_error_handler(handler);
    g_string_free(head, TRUE);
}
