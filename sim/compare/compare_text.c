/* Two traces for people: the stories side by side, then the numbers. See compare.h.
 *
 *     num  clock  step of A            =  clock  step of B
 *
 * The sign between is that of diff -y: = the same, | another one, < only in A, > only in B. */
#include <string.h>
#include "sim/compare/compare.h"
#include "sim/compare/compare_numbers.h"
#include "sim/text/humanize.h"

#define RED   "\033[31m"
#define GREEN "\033[32m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

#define NUMBER     4 /* columns of a step's number */
#define PERIOD_MAX 4 /* repetitions of so many steps are folded */
#define TIMES_MIN  3 /* ... when they come so often */

struct sheet {
    const struct compare *compare;
    bool is_coloured;
    size_t clock, cell; /* columns */
    GString *out;
};

static const char *colour(const struct sheet *sheet, const char *code)
{
    return sheet->is_coloured ? code : "";
}

/* ---- one step ---- */

static const char *said(const char *why)
{
    return why == NULL ? "nothing" : why;
}

static void append_attempt(const struct compare_step *step, GString *out)
{
    bool is_refused = step->answer != NULL && strcmp(step->answer, "error") == 0;
    const char *asked = strcmp(step->asked, COMPARE_UNSAID) == 0 ? ""
                        : strcmp(step->asked, "all") == 0        ? " for all"
                                                                 : " to continue";
    g_string_append_printf(out, "asks %s%s: ", step->master, asked);
    if (step->answer == NULL)
        g_string_append(out, "no answer");
    else
        g_string_append_printf(out, "%s [%s]", is_refused ? "refused" : step->answer, step->reason);
    if (step->answer != NULL && !is_refused)
        g_string_append_printf(out, ", %s", step->outcome != NULL ? step->outcome : "not finished");
    if (step->repeats > 1)
        g_string_append_printf(out, ", %" G_GINT64_FORMAT " times", step->repeats);
}

static void append_step(const struct compare_step *step, const char *node, GString *out)
{
    if (step->kind == COMPARE_ATTEMPT)
        append_attempt(step, out);
    else if (step->kind == COMPARE_END)
        g_string_append_printf(out, "link ends: %s says %s, %s says %s", node,
                               said(step->by_replica), step->master, said(step->by_master));
    else if (step->master != NULL)
        g_string_append_printf(out, "becomes a %s of %s", step->role, step->master);
    else
        g_string_append_printf(out, "becomes a %s", step->role);
}

/* The lines of a cell. Free with g_strfreev. */
static char **cell_lines(const struct sheet *sheet, const struct compare_step *step,
                         const char *node)
{
    GString *text = g_string_new(NULL), *wrapped = g_string_new(NULL);
    if (step != NULL)
        append_step(step, node, text);
    humanize_wrap(wrapped, text->str, HUMANIZE_WIDTH - sheet->cell, 0);
    g_string_truncate(wrapped, wrapped->len - 1);
    char **lines = g_strsplit(wrapped->str, "\n", -1);
    g_string_free(text, TRUE);
    g_string_free(wrapped, TRUE);
    return lines;
}

static char mark_of(const struct compare_row *row)
{
    return row->is_same ? '=' : row->a == NULL ? '>' : row->b == NULL ? '<' : '|';
}

static void append_padded(GString *out, const char *text, size_t width)
{
    size_t used = humanize_width(text);
    g_string_append_printf(out, "%s%*s", text, used < width ? (int)(width - used) : 0, "");
}

static void append_clock(const struct sheet *sheet, const struct compare_step *step, GString *line)
{
    const char *text = step != NULL ? humanize_clock(MAX(step->t, 0)).text : "";
    size_t used = humanize_width(text);
    g_string_append_printf(line, "%*s%s  ", used < sheet->clock ? (int)(sheet->clock - used) : 0,
                           "", text);
}

static void print_row(const struct sheet *sheet, const struct compare_node *node, guint index)
{
    const struct compare_row *row = compare_row_at(node, index);
    char **a = cell_lines(sheet, row->a, node->name), **b = cell_lines(sheet, row->b, node->name);
    guint a_count = g_strv_length(a), b_count = g_strv_length(b);
    for (guint i = 0; i < MAX(a_count, b_count); i++) {
        GString *line = g_string_new(NULL);
        if (i == 0)
            g_string_append_printf(line, "%*u  ", NUMBER - 2, index + 1);
        else
            g_string_append_printf(line, "%*s", NUMBER, "");
        append_clock(sheet, i == 0 ? row->a : NULL, line);
        append_padded(line, i < a_count ? a[i] : "", sheet->cell);
        g_string_append_printf(line, " %c ", i == 0 ? mark_of(row) : ' ');
        append_clock(sheet, i == 0 ? row->b : NULL, line);
        g_string_append(line, i < b_count ? b[i] : "");
        while (line->str[line->len - 1] == ' ')
            g_string_truncate(line, line->len - 1);
        g_string_append_printf(sheet->out, "%s%s%s\n", row->is_same ? "" : colour(sheet, RED),
                               line->str, row->is_same ? "" : colour(sheet, PLAIN));
        g_string_free(line, TRUE);
    }
    g_strfreev(a);
    g_strfreev(b);
}

/* ---- one story ---- */

static bool is_like_step(const struct compare_step *a, const struct compare_step *b)
{
    return a == NULL || b == NULL ? a == b : compare_step_is_same(a, b);
}

static bool is_like(const struct compare_row *a, const struct compare_row *b)
{
    return a->is_same == b->is_same && is_like_step(a->a, b->a) && is_like_step(a->b, b->b);
}

/* How often the `period` rows from `first` on come in a row. */
static guint repetitions(const struct compare_node *node, guint first, guint period)
{
    guint i = first;
    while (i + period < node->rows->len &&
           is_like(compare_row_at(node, i), compare_row_at(node, i + period)))
        i++;
    return (i - first) / period + 1;
}

/* The shortest repetition that begins with row `first`: its rows and how often they come. */
static guint find_fold(const struct compare_node *node, guint first, guint *times)
{
    for (guint period = 1; period <= PERIOD_MAX; period++) {
        *times = repetitions(node, first, period);
        if (*times >= TIMES_MIN && period * *times > period + 1)
            return period;
    }
    return 0;
}

static void print_rows(const struct sheet *sheet, const struct compare_node *node)
{
    guint i = 0, times;
    while (i < node->rows->len) {
        guint period = find_fold(node, i, &times);
        for (guint j = 0; j < MAX(period, 1); j++)
            print_row(sheet, node, i + j);
        if (period > 0)
            g_string_append_printf(sheet->out, "%*s... %s again, %u times more, up to %u\n", NUMBER,
                                   "", period == 1 ? "that" : "these together", times - 1,
                                   i + period * times);
        i += period > 0 ? period * times : 1;
    }
}

/* The first row that differs, from 1; 0: none. */
static guint parting(const struct compare_node *node)
{
    for (guint i = 0; i < node->rows->len; i++)
        if (!compare_row_at(node, i)->is_same)
            return i + 1;
    return 0;
}

static void print_node(const struct sheet *sheet, const struct compare_node *node)
{
    guint first = parting(node);
    if (node->rows->len == 0)
        return;
    g_string_append_printf(sheet->out, "\n%s%s%s: ", colour(sheet, BOLD), node->name,
                           colour(sheet, PLAIN));
    if (first == 0)
        g_string_append(sheet->out, "the same story\n");
    else
        g_string_append_printf(sheet->out, "the stories part at %u\n", first);
    print_rows(sheet, node);
}

static size_t clock_width(const struct compare *compare)
{
    size_t width = 0;
    for (guint i = 0; i < compare->nodes->len; i++) {
        const struct compare_node *node = compare_node_at(compare, i);
        for (guint j = 0; j < node->rows->len; j++) {
            const struct compare_row *row = compare_row_at(node, j);
            int64_t t = MAX(row->a != NULL ? row->a->t : 0, row->b != NULL ? row->b->t : 0);
            width = MAX(width, humanize_width(humanize_clock(MAX(t, 0)).text));
        }
    }
    return width;
}

/* ---- the whole ---- */

static void print_trace(const struct sheet *sheet, const char *side, const struct trace_read *trace)
{
    char *name = g_path_get_basename(trace->scenario[0] != '\0' ? trace->scenario : "no name");
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s: %s, %s, %s", side, name,
                           trace->is_live ? "live" : "simulated", trace->server);
    if (trace->seed != TRACE_ABSENT)
        g_string_append_printf(text, ", seed %" G_GINT64_FORMAT, trace->seed);
    humanize_wrap(sheet->out, text->str, 0, 3);
    g_string_free(text, TRUE);
    g_free(name);
}

static void append_tolerance(const struct compare_tolerance *tolerance, GString *out)
{
    if (tolerance->ns > 0 || tolerance->share_ppm == 0)
        g_string_append(out, humanize_span(tolerance->ns).text);
    if (tolerance->ns > 0 && tolerance->share_ppm > 0)
        g_string_append(out, " + ");
    if (tolerance->share_ppm > 0)
        g_string_append(out, humanize_share(tolerance->share_ppm, 1000000).text);
}

static void print_parting(const struct sheet *sheet)
{
    GString *text = g_string_new("stories: they differ at");
    const char *separator = " ";
    for (guint i = 0; i < sheet->compare->nodes->len; i++) {
        const struct compare_node *node = compare_node_at(sheet->compare, i);
        if (node->is_same)
            continue;
        g_string_append_printf(text, "%s%s (from %u on)", separator, node->name, parting(node));
        separator = ", ";
    }
    g_string_append(sheet->out, colour(sheet, RED));
    humanize_wrap(sheet->out, text->str, 0, 9);
    g_string_append(sheet->out, colour(sheet, PLAIN));
    g_string_free(text, TRUE);
}

static bool has_rows(const struct compare *compare)
{
    for (guint i = 0; i < compare->nodes->len; i++)
        if (compare_node_at(compare, i)->rows->len > 0)
            return true;
    return false;
}

static void print_verdict(const struct sheet *sheet)
{
    const struct compare *compare = sheet->compare;
    g_string_append_c(sheet->out, '\n');
    if (!compare->is_same)
        print_parting(sheet);
    else
        g_string_append_printf(
            sheet->out, "stories: %sthe same%s%s\n", colour(sheet, GREEN), colour(sheet, PLAIN),
            has_rows(compare) ? ""
                              : " (nobody asked, lost its link or changed its role in either)");
    if (!compare->tolerance.is_given)
        return;
    GString *text = g_string_new(NULL);
    append_tolerance(&compare->tolerance, text);
    g_string_append_printf(sheet->out,
                           "times:   %s%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " beyond %s%s\n",
                           colour(sheet, compare->times_beyond > 0 ? RED : GREEN),
                           compare->times_beyond, compare->times, text->str, colour(sheet, PLAIN));
    g_string_free(text, TRUE);
}

void compare_print(const struct compare *compare, bool is_coloured, GString *out)
{
    struct sheet sheet = {compare, is_coloured, clock_width(compare), 0, out};
    sheet.cell = (HUMANIZE_WIDTH - NUMBER - 3 - 2 * (sheet.clock + 2)) / 2;
    print_trace(&sheet, "A", compare->a);
    print_trace(&sheet, "B", compare->b);
    for (guint i = 0; i < compare->nodes->len; i++)
        print_node(&sheet, compare_node_at(compare, i));
    compare_print_counts(compare, out);
    compare_print_measures(compare, out);
    print_verdict(&sheet);
    humanize_finish(out);
}
