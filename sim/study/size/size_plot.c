/* The risk curve in characters: rows are risks, columns backlogs, both by their logarithm. */
#include <string.h>
#include "sim/study/size/size_print.h"
#include "sim/study/size/size_range.h"
#include "sim/text/humanize.h"

#define COLUMNS 78
#define ROWS    16
#define MARGIN  10

struct canvas {
    char cells[ROWS][COLUMNS + 1];
    struct size_range range;
};

static double clamped_log(double value, double low)
{
    return value > 0 ? MAX(size_log10(value), low) : low;
}

static int column_of(const struct canvas *canvas, int64_t bytes)
{
    double part = (size_log10((double)bytes) - canvas->range.x_low) /
                  (canvas->range.x_high - canvas->range.x_low);
    return (int)(CLAMP(part, 0, 1) * (COLUMNS - 1) + 0.5);
}

static int row_of(const struct canvas *canvas, double share)
{
    double y = clamped_log(share * canvas->range.unit, canvas->range.y_low);
    double part = (canvas->range.y_high - y) / (canvas->range.y_high - canvas->range.y_low);
    return (int)(CLAMP(part, 0, 1) * (ROWS - 1) + 0.5);
}

/* From one point of the curve to the next, all rows between. */
static void draw_curve(struct canvas *canvas, const struct size_answer *answer)
{
    for (uint32_t i = 0; i + 1 < answer->curve_count; i++) {
        const struct size_row *a = &answer->curve[i], *b = &answer->curve[i + 1];
        int from = column_of(canvas, a->backlog_bytes), to = column_of(canvas, b->backlog_bytes);
        int top = row_of(canvas, a->risk.share), bottom = row_of(canvas, b->risk.share);
        for (int x = from; x <= to; x++) {
            int y = to > from ? top + (bottom - top) * (x - from) / (to - from) : bottom;
            canvas->cells[y][x] = '*';
        }
    }
}

static void draw(struct canvas *canvas, const struct size_answer *answer)
{
    for (int y = 0; y < ROWS; y++) {
        memset(canvas->cells[y], ' ', COLUMNS);
        canvas->cells[y][COLUMNS] = '\0';
    }
    double target = size_log10(answer->share * canvas->range.unit);
    if (target >= canvas->range.y_low && target <= canvas->range.y_high)
        memset(canvas->cells[row_of(canvas, answer->share)], '-', COLUMNS);
    if (answer->is_met)
        for (int y = 0; y < ROWS; y++)
            canvas->cells[y][column_of(canvas, answer->then.backlog_bytes)] = '|';
    draw_curve(canvas, answer);
    for (uint32_t i = 0; i < answer->formula_count; i++) {
        const struct size_row *row = &answer->formulas[i];
        canvas->cells[row_of(canvas, row->risk.share)][column_of(canvas, row->backlog_bytes)] =
            (char)('1' + i);
    }
    if (answer->is_met)
        canvas->cells[row_of(canvas, answer->risk_then.share)]
                     [column_of(canvas, answer->then.backlog_bytes)] = '@';
}

static void put_scale(const struct canvas *canvas, const struct size_answer *answer, GString *out)
{
    char labels[COLUMNS + MARGIN];
    memset(labels, ' ', sizeof labels);
    size_t end = 0;
    for (int power = 10; power < 50; power += 3) {
        int64_t bytes = INT64_C(1) << power;
        if (bytes < answer->curve[0].backlog_bytes ||
            bytes > answer->curve[answer->curve_count - 1].backlog_bytes)
            continue;
        struct words label = humanize_size(bytes);
        size_t at = (size_t)column_of(canvas, bytes), len = strlen(label.text);
        if (at < end || at + len > sizeof labels)
            continue;
        memcpy(labels + at, label.text, len);
        end = at + len + 2;
    }
    g_string_append_printf(out, "%*s%.*s\n", MARGIN + 1, "", (int)(end > 2 ? end - 2 : 0), labels);
}

void size_plot(const struct size_question *question, const struct size_answer *answer, GString *out)
{
    struct canvas canvas = {.range = size_range(question, answer)};
    draw(&canvas, answer);
    char *unit = size_unit(&question->target);
    g_string_append_printf(out, "\n%s by repl-backlog-size (both axes logarithmic)\n", unit);
    int decades = canvas.range.y_high - canvas.range.y_low, last = -1;
    for (int y = 0; y < ROWS; y++) {
        int decade = (int)((double)y * decades / (ROWS - 1) + 0.5);
        double at = (double)decade * (ROWS - 1) / decades;
        bool is_label = decade != last && (int)(at + 0.5) == y;
        double value = 1;
        for (int i = 0; i < canvas.range.y_high - decade; i++)
            value *= 10;
        for (int i = 0; i > canvas.range.y_high - decade; i--)
            value /= 10;
        last = is_label ? decade : last;
        g_string_append_printf(out, "%*s |%s\n", MARGIN - 1,
                               !is_label ? ""
                               : canvas.range.has_zero && decade == decades
                                   ? "0"
                                   : size_number(value).text,
                               canvas.cells[y]);
    }
    put_scale(&canvas, answer, out);
    g_string_append(out,
                    "* risk   - target   @ recommended   1, 2, ... the formulas of --details, in "
                    "their order\n");
    g_free(unit);
    humanize_finish(out);
}
