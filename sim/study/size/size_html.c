/* The page of an answer. See size_print.h. Every bar has its number beside it. */
#include "sim/study/size/size_print.h"
#include "sim/study/size/size_weight.h"
#include "sim/text/html_write.h"
#include "sim/text/humanize.h"

/* ---- causes ---- */

static void put_cause(const struct size_question *question, const struct size_answer *answer,
                      enum size_cause cause, double most, GString *out)
{
    double now = answer->causes_now[cause], then = answer->causes_then[cause];
    bool is_endless = size_answer_is_endless(answer, cause);
    html_number(out, is_endless ? "no end" : size_shown(question, now).text);
    html_number(out, size_shown(question, then).text);
    html_track_begin(out);
    html_bar(out, "now", 0, now / most);
    html_bar(out, "then", 0, then / most);
    html_track_end(out);
}

static void put_causes(const struct size_question *question, const struct size_answer *answer,
                       GString *out)
{
    double most = 0;
    for (int i = 0; i < SIZE_CAUSE_COUNT; i++)
        most = MAX(most, MAX(answer->causes_now[i], answer->causes_then[i]));
    if (most <= 0)
        return;
    g_string_append(out,
                    "<h2>Why: full resyncs of a replica in a year</h2>\n<table><tr><th>why</th>"
                    "<th>now</th><th>then</th><th>above now, below then</th>"
                    "<th>what spares them</th></tr>\n");
    for (int i = 0; i < SIZE_CAUSE_COUNT; i++) {
        if (answer->causes_now[i] <= 0 && answer->causes_then[i] <= 0)
            continue;
        g_string_append(out, "<tr>");
        html_cell(out, size_cause_what((enum size_cause)i));
        put_cause(question, answer, (enum size_cause)i, most, out);
        html_cell(out, size_cause_cure((enum size_cause)i));
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</table>\n");
}

/* ---- what matters most ---- */

/* A logarithmic axis: what matters is by how many times. */
struct axis {
    double low, high; /* log10 */
};

static double place(const struct axis *axis, int64_t bytes)
{
    double span = axis->high - axis->low;
    return span > 0 ? (size_log10((double)bytes) - axis->low) / span : 0.5;
}

static struct axis axis_of(const struct size_weight *weights, int64_t middle)
{
    struct axis axis = {size_log10((double)middle), size_log10((double)middle)};
    for (int i = 0; i < SIZE_FIGURE_COUNT; i++) {
        int64_t ends[] = {weights[i].half_bytes, weights[i].twice_bytes};
        for (size_t k = 0; k < G_N_ELEMENTS(ends); k++) {
            if (ends[k] <= 0)
                continue;
            axis.low = MIN(axis.low, size_log10((double)ends[k]));
            axis.high = MAX(axis.high, size_log10((double)ends[k]));
        }
    }
    return axis;
}

static void put_side(const struct axis *axis, int64_t middle, int64_t end, const char *class,
                     GString *out)
{
    double from = place(axis, middle), to = end > 0 ? place(axis, end) : 1;
    html_bar(out, class, MIN(from, to), MAX(from, to));
}

static void put_weight(const struct size_weight *weight, const struct axis *axis, int64_t middle,
                       GString *out)
{
    static const char NONE[] = "none";
    g_string_append(out, "<tr>");
    html_cell(out, size_figure_name(weight->figure));
    html_number(out, weight->half_bytes > 0 ? humanize_size(weight->half_bytes).text : NONE);
    html_number(out, weight->twice_bytes > 0 ? humanize_size(weight->twice_bytes).text : NONE);
    html_track_begin(out);
    put_side(axis, middle, weight->half_bytes, "low", out);
    put_side(axis, middle, weight->twice_bytes, "high", out);
    html_track_end(out);
    g_string_append(out, "</tr>\n");
}

static void put_weights(const struct size_answer *answer, const struct size_weight *weights,
                        GString *out)
{
    int64_t middle = answer->then.backlog_bytes;
    struct axis axis = axis_of(weights, MAX(middle, 1));
    g_string_append(out, "<h2>Which figure matters most</h2>\n<p>The backlog that is needed if one "
                         "figure is half, or twice, what it is said to be, and all others are "
                         "right (none: no backlog is enough, or it does not fit into the memory). "
                         "The bars begin at ");
    html_text(out, humanize_size(middle).text);
    g_string_append(out, ".</p>\n<table><tr><th>figure</th><th>half</th><th>twice</th><th>above "
                         "half, below twice (logarithmic)</th></tr>\n");
    for (int i = 0; i < SIZE_FIGURE_COUNT; i++)
        put_weight(&weights[i], &axis, MAX(middle, 1), out);
    g_string_append(out, "</table>\n");
}

/* ---- the whole ---- */

static void put_answer(const struct size_question *question, const struct size_answer *answer,
                       GString *out)
{
    char *unit = size_unit(&question->target);
    double then = size_target_measure(&question->target, answer->risk_then.share, answer->per_year,
                                      answer->struck);
    double now = size_target_measure(&question->target, answer->risk_now.share, answer->per_year,
                                     answer->struck);
    GString *text = g_string_new(NULL);
    if (answer->is_met)
        g_string_printf(text, "repl-backlog-size %s: %s %s",
                        humanize_size(answer->then.backlog_bytes).text,
                        size_shown(question, then).text, unit);
    else
        g_string_assign(text, "No backlog meets the target");
    g_string_append(out, "<h1>");
    html_text(out, text->str);
    g_string_printf(text, "Target: %s. As configured now (%s): %s.", question->target.text,
                    humanize_size(answer->now.backlog_bytes).text,
                    answer->is_endless_now ? "no end" : size_shown(question, now).text);
    g_string_append(out, "</h1>\n<p>");
    html_text(out, text->str);
    g_string_append(out, "</p>\n");
    g_string_free(text, TRUE);
    g_free(unit);
}

void size_print_html(const struct size_question *question, const struct size_answer *answer,
                     const struct size_weight *weights, const char *again, GString *out)
{
    GString *words = g_string_new(NULL);
    html_begin(out, "psyncsim size");
    put_answer(question, answer, out);
    g_string_append(out, "<h2>Risk by repl-backlog-size</h2>\n");
    size_print_svg(question, answer, out);
    put_causes(question, answer, out);
    put_weights(answer, weights, out);
    size_print(question, answer, &(struct size_print_options){again, true}, words);
    g_string_append(out, "<h2>All of it</h2>\n");
    html_screen(out, words->str);
    html_end(out);
    g_string_free(words, TRUE);
}
