/* The risk curve as a picture. See size_print.h.
 *
 * Both axes are logarithmic: what matters is by how many times. Colours come from classes with a
 * second set for dark screens; without such a screen it is dark on white. Coordinates are whole
 * tenths of a pixel, so that the file is the same everywhere. */
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/study/size/size_print.h"
#include "sim/study/size/size_range.h"
#include "sim/text/humanize.h"

#define WIDTH  900
#define LEFT   90
#define RIGHT  30
#define TOP    104
#define HEIGHT 380 /* of the plot */
#define LEGEND 64  /* below the plot, where the legend begins */
#define LINE   19

#define LABEL_WIDTH 46

static const char STYLE[] =
    "<style>\n"
    "svg{font:13px sans-serif}.bg{fill:#ffffff}.t{fill:#1a1a1a}.s{fill:#595959}.g{stroke:#e3e3e3}\n"
    ".f{fill:none;stroke:#595959}.b{fill:#1f6fb4;fill-opacity:.22}\n"
    ".c{fill:none;stroke:#1f6fb4;stroke-width:2.2}.a{stroke:#b23b00;stroke-dasharray:7 4}\n"
    ".at{fill:#b23b00}.r{stroke:#1b7837;stroke-width:1.6}.rt{fill:#1b7837;font-weight:bold}\n"
    ".rp{fill:#1b7837}.m{fill:#ffffff;stroke:#595959;stroke-width:1.4}.mt{fill:#1a1a1a;font-size:"
    "11px}\n"
    "@media (prefers-color-scheme:dark){.bg{fill:#16181c}.t{fill:#eeeeee}.s{fill:#b5b5b5}"
    ".g{stroke:#34373d}\n"
    ".f{stroke:#b5b5b5}.b{fill:#6db3f2;fill-opacity:.25}.c{stroke:#6db3f2}.a{stroke:#ff9d5c}"
    ".at{fill:#ff9d5c}\n"
    ".r{stroke:#7ad18b}.rt{fill:#7ad18b}.rp{fill:#7ad18b}.m{fill:#16181c;stroke:#b5b5b5}"
    ".mt{fill:#eeeeee}}\n"
    "</style>\n";

/* Where a value stands: x and y from their logarithms. */
struct frame {
    const struct size_question *question;
    const struct size_answer *answer;
    GString *out;
    struct size_range range;
};

struct tenths {
    char text[16];
};

static struct tenths tenths(double value)
{
    struct tenths out;
    int whole = (int)(value * 10 + 0.5);
    g_snprintf(out.text, sizeof out.text, "%d.%d", whole / 10, whole % 10);
    return out;
}

static double x_of(const struct frame *frame, double bytes)
{
    double part =
        (size_log10(bytes) - frame->range.x_low) / (frame->range.x_high - frame->range.x_low);
    return LEFT + CLAMP(part, 0, 1) * (WIDTH - LEFT - RIGHT);
}

/* What is below the frame lies on its lower edge. */
static double y_of(const struct frame *frame, double share)
{
    double measure = share * frame->range.unit, part = 0;
    if (measure > 0)
        part =
            (size_log10(measure) - frame->range.y_low) / (frame->range.y_high - frame->range.y_low);
    return TOP + (1 - CLAMP(part, 0, 1)) * HEIGHT;
}

static bool is_inside(const struct frame *frame, double bytes)
{
    double x = size_log10(bytes);
    return x >= frame->range.x_low - 1e-9 && x <= frame->range.x_high + 1e-9;
}

static void put_text(const struct frame *frame, double x, double y, const char *attributes,
                     const char *text)
{
    GString *clean = g_string_new(text);
    humanize_finish(clean);
    char *escaped = g_markup_escape_text(clean->str, -1);
    g_string_append_printf(frame->out, "<text x=\"%s\" y=\"%s\" %s>%s</text>\n", tenths(x).text,
                           tenths(y).text, attributes, escaped);
    g_free(escaped);
    g_string_free(clean, TRUE);
}

static void put_line(const struct frame *frame, const char *class, const double from[2],
                     const double to[2])
{
    g_string_append_printf(
        frame->out, "<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>\n", class,
        tenths(from[0]).text, tenths(from[1]).text, tenths(to[0]).text, tenths(to[1]).text);
}

static void put_vertical(const struct frame *frame, const char *class, double x)
{
    put_line(frame, class, (double[]){x, TOP}, (double[]){x, TOP + HEIGHT});
}

static void put_horizontal(const struct frame *frame, const char *class, double y)
{
    put_line(frame, class, (double[]){LEFT, y}, (double[]){WIDTH - RIGHT, y});
}

/* ---- axes ---- */

static void put_sizes(const struct frame *frame)
{
    double free_from = 0; /* of other labels */
    double span = frame->range.x_high - frame->range.x_low;
    int step = span < 3.5 ? 1 : span < 6 ? 2 : 3; /* doublings between two labels */
    for (int power = 10; power < 50; power += step) {
        double bytes = (double)(INT64_C(1) << power);
        if (!is_inside(frame, bytes) || x_of(frame, bytes) < free_from)
            continue;
        free_from = x_of(frame, bytes) + LABEL_WIDTH;
        put_vertical(frame, "g", x_of(frame, bytes));
        put_text(frame, x_of(frame, bytes), TOP + HEIGHT + 22, "class=\"t\" text-anchor=\"middle\"",
                 humanize_size(INT64_C(1) << power).text);
    }
    put_text(frame, (LEFT + WIDTH - RIGHT) / 2.0, TOP + HEIGHT + 41,
             "class=\"s\" text-anchor=\"middle\"", "repl-backlog-size (MB = 2^20 bytes)");
}

static void put_history(const struct frame *frame)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } TICKS[] = {{1, "1 s"},      {10, "10 s"},       {60, "1 min"},
                 {600, "10 min"}, {3600, "1 h"},      {21600, "6 h"},
                 {86400, "1 d"},  {604800, "1 week"}, {2592000, "30 d"}};
    double free_from = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(TICKS); i++) {
        double bytes = (double)TICKS[i].seconds * (double)frame->answer->mean_rate;
        double x = bytes < 1 ? 0 : x_of(frame, bytes);
        if (bytes < 1 || !is_inside(frame, bytes) || x < free_from)
            continue;
        free_from = x + LABEL_WIDTH;
        put_line(frame, "f", (double[]){x, TOP - 5}, (double[]){x, TOP});
        put_text(frame, x, TOP - 9, "class=\"t\" text-anchor=\"middle\"", TICKS[i].text);
    }
    int64_t rate = frame->answer->mean_rate; /* 1000 KB is 1 MB to whoever reads it */
    char *title = g_strdup_printf("history that it holds at the mean write rate (%s/s)",
                                  humanize_size(rate).text);
    put_text(frame, (LEFT + WIDTH - RIGHT) / 2.0, TOP - 28, "class=\"s\" text-anchor=\"middle\"",
             title);
    g_free(title);
}

static void put_risks(const struct frame *frame)
{
    double power = 1;
    for (int exponent = 0; exponent < frame->range.y_low; exponent++)
        power *= 10;
    for (int exponent = 0; exponent > frame->range.y_low; exponent--)
        power /= 10;
    for (int exponent = frame->range.y_low; exponent <= frame->range.y_high;
         exponent++, power *= 10) {
        double y = y_of(frame, power / frame->range.unit);
        put_horizontal(frame, "g", y);
        put_text(frame, LEFT - 8, y + 4, "class=\"t\" text-anchor=\"end\"",
                 frame->range.has_zero && exponent == frame->range.y_low ? "0"
                                                                         : size_number(power).text);
    }
    char *unit = size_unit(&frame->question->target);
    g_string_append_printf(frame->out,
                           "<text class=\"s\" text-anchor=\"middle\" transform=\"translate(22,%d) "
                           "rotate(-90)\">%s</text>\n",
                           TOP + HEIGHT / 2, unit);
    g_free(unit);
}

/* ---- what is shown ---- */

static void put_band(const struct frame *frame)
{
    const struct size_answer *answer = frame->answer;
    g_string_append(frame->out, "<polygon class=\"b\" points=\"");
    for (uint32_t i = 0; i < answer->curve_count; i++)
        g_string_append_printf(frame->out, "%s,%s ",
                               tenths(x_of(frame, (double)answer->curve[i].backlog_bytes)).text,
                               tenths(y_of(frame, answer->curve[i].risk.high)).text);
    for (uint32_t i = answer->curve_count; i-- > 0;)
        g_string_append_printf(frame->out, "%s,%s ",
                               tenths(x_of(frame, (double)answer->curve[i].backlog_bytes)).text,
                               tenths(y_of(frame, answer->curve[i].risk.low)).text);
    g_string_append(frame->out, "\"/>\n");
}

static void put_curve(const struct frame *frame)
{
    const struct size_answer *answer = frame->answer;
    g_string_append(frame->out, "<polyline class=\"c\" points=\"");
    for (uint32_t i = 0; i < answer->curve_count; i++)
        g_string_append_printf(frame->out, "%s,%s ",
                               tenths(x_of(frame, (double)answer->curve[i].backlog_bytes)).text,
                               tenths(y_of(frame, answer->curve[i].risk.share)).text);
    g_string_append(frame->out, "\"/>\n");
}

static void put_target(const struct frame *frame)
{
    double measure = frame->answer->share * frame->range.unit;
    double part = size_log10(measure);
    if (part < frame->range.y_low || part > frame->range.y_high)
        return;
    double y = y_of(frame, frame->answer->share);
    put_horizontal(frame, "a", y);
    char *text = g_strdup_printf("target: %s", frame->question->target.text);
    put_text(frame, LEFT + 8, y + 17, "class=\"at\"", text);
    g_free(text);
}

static void put_recommended(const struct frame *frame)
{
    const struct size_answer *answer = frame->answer;
    if (!answer->is_met || !is_inside(frame, (double)answer->then.backlog_bytes))
        return;
    double x = x_of(frame, (double)answer->then.backlog_bytes);
    double y = y_of(frame, answer->risk_then.share);
    put_vertical(frame, "r", x);
    g_string_append_printf(frame->out, "<circle class=\"rp\" cx=\"%s\" cy=\"%s\" r=\"5\"/>\n",
                           tenths(x).text, tenths(y).text);
    char *text = g_strdup_printf("recommended: %s", humanize_size(answer->then.backlog_bytes).text);
    bool is_right = x > WIDTH - 300;
    put_text(frame, is_right ? x - 8 : x + 8, TOP + 20,
             is_right ? "class=\"rt\" text-anchor=\"end\"" : "class=\"rt\"", text);
    g_free(text);
}

static void put_mark(const struct frame *frame, double x, double y, uint32_t number)
{
    char text[12];
    g_snprintf(text, sizeof text, "%u", number);
    g_string_append_printf(frame->out, "<circle class=\"m\" cx=\"%s\" cy=\"%s\" r=\"8\"/>\n",
                           tenths(x).text, tenths(y).text);
    put_text(frame, x, y + 4, "class=\"mt\" text-anchor=\"middle\"", text);
}

/* A place on the curve for mark `i`; those that would cover another move down. */
static double free_place(const struct frame *frame, uint32_t i, double *y)
{
    const struct size_row *rows = frame->answer->formulas;
    double x = x_of(frame, (double)rows[i].backlog_bytes);
    *y = y_of(frame, rows[i].risk.share);
    for (uint32_t k = 0; k < i; k++) {
        double apart = x - x_of(frame, (double)rows[k].backlog_bytes);
        *y += apart < 17 && apart > -17 ? 19 : 0;
    }
    return x;
}

/* Numbered on the curve, explained below. */
static void put_formulas(const struct frame *frame)
{
    const struct size_answer *answer = frame->answer;
    for (uint32_t i = 0; i < answer->formula_count; i++) {
        const struct size_row *row = &answer->formulas[i];
        double y, x = free_place(frame, i, &y), line = TOP + HEIGHT + LEGEND + LINE * i;
        if (is_inside(frame, (double)row->backlog_bytes))
            put_mark(frame, x, y, i + 1);
        char *text =
            g_strdup_printf("%s: %s, %s", row->name, humanize_size(row->backlog_bytes).text,
                            size_number(row->risk.share * frame->range.unit).text);
        put_mark(frame, LEFT + 8, line - 4, i + 1);
        put_text(frame, LEFT + 24, line, "class=\"t\"", text);
        g_free(text);
    }
}

static void put_legend(const struct frame *frame)
{
    double x = WIDTH / 2.0 + 110, y = TOP + HEIGHT + LEGEND - 4;
    put_line(frame, "c", (double[]){x, y}, (double[]){x + 30, y});
    put_text(frame, x + 38, y + 4, "class=\"t\"", "risk (estimate)");
    g_string_append_printf(frame->out,
                           "<rect class=\"b\" x=\"%s\" y=\"%s\" width=\"30\" height=\"12\"/>\n",
                           tenths(x).text, tenths(y + LINE - 6).text);
    put_text(frame, x + 38, y + LINE + 4, "class=\"t\"", "95% confidence interval");
    put_line(frame, "a", (double[]){x, y + 2 * LINE}, (double[]){x + 30, y + 2 * LINE});
    put_text(frame, x + 38, y + 2 * LINE + 4, "class=\"t\"", "target");
}

void size_print_svg(const struct size_question *question, const struct size_answer *answer,
                    GString *out)
{
    struct frame frame = {.question = question, .answer = answer, .out = out};
    uint32_t lines = MAX(answer->formula_count, 3);
    int height = TOP + HEIGHT + LEGEND + LINE * (int)lines + 8;
    frame.range = size_range(question, answer);
    g_string_append_printf(out,
                           "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                           "viewBox=\"0 0 %d %d\" role=\"img\">\n"
                           "<title>Risk of a full resynchronisation by repl-backlog-size</title>\n",
                           WIDTH, height, WIDTH, height);
    g_string_append(out, STYLE);
    g_string_append_printf(out, "<rect class=\"bg\" width=\"%d\" height=\"%d\"/>\n", WIDTH, height);
    put_text(&frame, LEFT, 30, "class=\"t\" font-size=\"17\" font-weight=\"bold\"",
             "Risk of a full resynchronisation by repl-backlog-size");
    put_sizes(&frame);
    put_history(&frame);
    put_risks(&frame);
    put_band(&frame);
    put_curve(&frame);
    g_string_append_printf(out,
                           "<rect class=\"f\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                           LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT);
    put_target(&frame);
    put_recommended(&frame);
    put_formulas(&frame);
    put_legend(&frame);
    g_string_append(out, "</svg>\n");
}
