/* See loss_text.h. */
#include "sim/report/loss_text.h"

#include "sim/text/humanize.h"

#define LINES  12
#define INDENT 14

static void append(GString *out, const char *text, const char *what)
{
    g_string_append_printf(out, "%s%s%s", out->len > 0 ? ", " : "", text, what);
}

void loss_text_sum(const struct loss_sum *sum, GString *out)
{
    GString *text = g_string_new(NULL);
    if (sum->commands > 0)
        append(text, humanize_count(sum->commands, "acknowledged write").text, "");
    if (sum->bytes > 0)
        append(text, humanize_size(sum->bytes).text, " of stream");
    if (sum->data_bytes > 0)
        append(text, humanize_size(sum->data_bytes).text, " of data");
    g_string_append(out, text->str);
    g_string_free(text, TRUE);
}

static void print_one(const struct report *report, const struct loss_record *loss, GString *out)
{
    const struct event_lost *event = &loss->event;
    g_string_append_printf(out, "%s dropped the last copy of ", report->names[loss->node]);
    loss_text_sum(
        &(struct loss_sum){event->commands, event->unreplicated, event->bytes, event->data_bytes},
        out);
    if (event->from != TRACE_ABSENT)
        g_string_append_printf(out, " (offsets %s to ", humanize_digits(event->from).text);
    if (event->from != TRACE_ABSENT)
        g_string_append_printf(out, "%s%s)", humanize_digits(event->to).text,
                               event->commands == 0 ? ", no client's write" : "");
    if (event->unreplicated > 0 && event->unreplicated == event->commands)
        g_string_append(out, ", which no replica ever had");
    else if (event->unreplicated > 0)
        g_string_append_printf(out, ", %s of which no replica ever had",
                               humanize_count(event->unreplicated, "write").text);
    g_string_append_printf(out, ": %s [%s]", loss_what(event->why), loss_name(event->why));
}

static void print_line(const char *label, const char *text, size_t at, GString *out)
{
    g_string_append(out, label);
    humanize_wrap(out, text, at, INDENT);
}

static void print_loss(const struct report *report, const struct loss_record *loss, bool explains,
                       GString *out)
{
    GString *text = g_string_new(NULL);
    struct words clock = humanize_clock(loss->t);
    print_one(report, loss, text);
    char *label = g_strdup_printf("%*s  ", INDENT - 2, clock.text);
    print_line(label, text->str, MAX((size_t)INDENT, humanize_width(clock.text) + 2), out);
    if (explains)
        print_line("  avoided by  ", loss_avoided_by(loss->event.why), INDENT, out);
    g_free(label);
    g_string_free(text, TRUE);
}

void loss_text_print(const struct report *report, bool explains, GString *out)
{
    const GArray *losses = report->record.losses;
    guint shown = explains ? losses->len : MIN(losses->len, LINES);
    if (losses->len > 0)
        g_string_append(out, "\nLost:\n");
    for (guint i = 0; i < shown; i++)
        print_loss(report, &g_array_index(losses, struct loss_record, i), explains, out);
    if (shown < losses->len)
        g_string_append_printf(out, "%*s... and %u more losses; --explain lists all\n", INDENT, "",
                               losses->len - shown);
}
