/* The page of a comparison. See sweep_compare.h. */
#include "sim/study/sweep/sweep_compare.h"

#include <gsl/gsl_errno.h>
#include <string.h>
#include "sim/text/html_write.h"

/* ---- a measure, case by case ---- */

static double most_of(const struct comparison *comparison, const struct sweep *sweep,
                      uint32_t column)
{
    double most = 0;
    for (uint32_t i = 0; i < sweep->cases->len; i++)
        most = MAX(most, comparison_pairs(comparison, i, column)->here.mean);
    return most;
}

static bool differs(const struct comparison *comparison, const struct sweep *sweep, uint32_t column)
{
    for (uint32_t i = 1; i < sweep->cases->len; i++) {
        const struct comparison_pairs *pairs = comparison_pairs(comparison, i, column);
        if (pairs->less + pairs->more > 0)
            return true;
    }
    return false;
}

static void put_case(const struct comparison *comparison, const struct sweep *sweep,
                     uint32_t number, uint32_t column, GString *out)
{
    const struct sweep_column *about = comparison_column(comparison, column);
    const struct comparison_pairs *pairs = comparison_pairs(comparison, number, column);
    double most = most_of(comparison, sweep, column);
    GString *name = g_string_new(NULL);
    comparison_print_case(sweep, number, name);
    g_string_append(out, "<tr>");
    html_cell(out, name->str);
    html_number(out, pairs->here.count > 0 ? comparison_number(about, pairs->here.mean, false).text
                                           : "-");
    html_track_begin(out);
    html_bar(out, number == 0 ? "now" : "low", 0, most > 0 ? pairs->here.mean / most : 0);
    html_track_end(out);
    html_number(out, number == 0 || pairs->difference.count == 0
                         ? ""
                         : comparison_number(about, pairs->difference.mean, true).text);
    html_cell(out, number == 0 ? "" : comparison_interval(about, pairs).text);
    g_string_append(out, "</tr>\n");
    g_string_free(name, TRUE);
}

static void put_measure(const struct comparison *comparison, const struct sweep *sweep,
                        uint32_t column, GString *out)
{
    g_string_append(out, "<h2>");
    html_text(out, comparison_name(comparison_column(comparison, column)));
    g_string_append(out, "</h2>\n<table><tr><th>values</th><th>mean</th><th></th><th>against the "
                         "first</th><th>95% interval</th></tr>\n");
    for (uint32_t i = 0; i < sweep->cases->len; i++)
        put_case(comparison, sweep, i, column, out);
    g_string_append(out, "</table>\n");
}

/* ---- what matters most ---- */

/* Of the cases with that value on the axis: the mean of their means. */
static double mean_with(const struct comparison *comparison, const struct sweep *sweep,
                        uint32_t axis, const char *value)
{
    double sum = 0;
    uint32_t count = 0, full = 0;
    while (full < comparison_columns(comparison) &&
           strcmp(comparison_name(comparison_column(comparison, full)), "full") != 0)
        full++;
    for (uint32_t i = 0; i < sweep->cases->len && full < comparison_columns(comparison); i++) {
        if (strcmp(sweep_value(sweep, i, axis), value) != 0)
            continue;
        sum += comparison_pairs(comparison, i, full)->here.mean;
        count++;
    }
    return count > 0 ? sum / count : 0;
}

struct reach {
    uint32_t axis;
    const char *least, *most; /* values */
    double low, high;         /* full resynchronisations with them */
};

static struct reach reach_of(const struct comparison *comparison, const struct sweep *sweep,
                             uint32_t axis)
{
    const GPtrArray *values = ((const struct sweep_axis *)sweep->axes->pdata[axis])->values;
    struct reach reach = {.axis = axis};
    for (guint i = 0; i < values->len; i++) {
        double mean = mean_with(comparison, sweep, axis, values->pdata[i]);
        if (reach.least == NULL || mean < reach.low) {
            reach.least = values->pdata[i];
            reach.low = mean;
        }
        if (reach.most == NULL || mean > reach.high) {
            reach.most = values->pdata[i];
            reach.high = mean;
        }
    }
    return reach;
}

static int by_reach(const void *a, const void *b)
{
    const struct reach *left = a, *right = b;
    double of_left = left->high - left->low, of_right = right->high - right->low;
    if (of_left > of_right || of_left < of_right)
        return of_left > of_right ? -1 : 1;
    return (left->axis > right->axis) - (left->axis < right->axis);
}

static void put_reach(const struct sweep *sweep, const struct reach *reach, double most,
                      GString *out)
{
    char *low = g_strdup_printf("%.3g (%s)", reach->low, reach->least);
    char *high = g_strdup_printf("%.3g (%s)", reach->high, reach->most);
    g_string_append(out, "<tr>");
    html_cell(out, ((const struct sweep_axis *)sweep->axes->pdata[reach->axis])->path);
    html_number(out, low);
    html_number(out, high);
    html_track_begin(out);
    html_bar(out, "low", most > 0 ? reach->low / most : 0, most > 0 ? reach->high / most : 0);
    html_track_end(out);
    g_string_append(out, "</tr>\n");
    g_free(low);
    g_free(high);
}

static void put_reaches(const struct comparison *comparison, const struct sweep *sweep,
                        GString *out)
{
    GArray *reaches = g_array_new(FALSE, FALSE, sizeof(struct reach));
    double most = 0;
    for (guint i = 0; i < sweep->axes->len; i++) {
        struct reach reach = reach_of(comparison, sweep, i);
        most = MAX(most, reach.high);
        g_array_append_val(reaches, reach);
    }
    g_array_sort(reaches, by_reach);
    g_string_append(out, "<h2>What matters most</h2>\n<p>Full resynchronisations of a run, on "
                         "average over all other values.</p>\n<table><tr><th>what varies</th>"
                         "<th>fewest, with</th><th>most, with</th><th></th></tr>\n");
    for (guint i = 0; i < reaches->len; i++)
        put_reach(sweep, &g_array_index(reaches, struct reach, i), most, out);
    g_string_append(out, "</table>\n");
    g_array_free(reaches, TRUE);
}

/* ---- the whole ---- */

void comparison_print_html(const struct comparison *comparison, const struct sweep *sweep,
                           GString *out)
{
    GString *words = g_string_new(NULL);
    gsl_error_handler_t *handler = gsl_set_error_handler_off(); /* as comparison_print does */
    html_begin(out, sweep->name);
    g_string_append(out, "<h1>");
    html_text(out, sweep->name);
    g_string_append(out, "</h1>\n");
    put_reaches(comparison, sweep, out);
    for (uint32_t i = 0; i < comparison_columns(comparison); i++) {
        const struct sweep_column *column = comparison_column(comparison, i);
        bool is_detail = column != NULL && column->detail >= 0; /* by reason or cause: below */
        if (!is_detail && comparison_is_measure(column) && differs(comparison, sweep, i))
            put_measure(comparison, sweep, i, out);
    }
    comparison_print(comparison, words);
    g_string_append(out, "<h2>All of it</h2>\n");
    html_screen(out, words->str);
    html_end(out);
    gsl_set_error_handler(handler);
    g_string_free(words, TRUE);
}
