/* See humanize.h. */
#include "sim/text/humanize.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"

#define ESCAPE '\033'

struct words humanize_clock(int64_t t)
{
    struct words words = {{0}};
    int64_t ms = t / NS_PER_MS, s = ms / 1000, min = s / 60, h = min / 60;
    char days[24] = "", hours[24] = "";
    if (h >= 24)
        snprintf(days, sizeof days, "%" G_GINT64_FORMAT "d" HUMANIZE_JOIN, h / 24);
    if (h > 0)
        snprintf(hours, sizeof hours, "%d:%02d", (int)(h % 24), (int)(min % 60));
    else
        snprintf(hours, sizeof hours, "%d", (int)min);
    snprintf(words.text, sizeof words.text, "%.12s%s:%02d.%03d", days, hours, (int)(s % 60),
             (int)(ms % 1000));
    return words;
}

static struct words quantity(enum quantity_kind kind, int64_t value)
{
    struct words words = {{0}};
    quantity_print_short(kind, value, words.text, sizeof words.text);
    char *blank = strchr(words.text, ' ');
    if (blank != NULL)
        *blank = HUMANIZE_JOIN[0];
    return words;
}

struct words humanize_span(int64_t ns)
{
    return quantity(QUANTITY_DURATION, ns);
}

struct words humanize_size(int64_t bytes)
{
    return quantity(QUANTITY_SIZE, bytes);
}

struct words humanize_digits(int64_t value)
{
    struct words words = {{0}};
    char plain[24];
    size_t len = (size_t)snprintf(plain, sizeof plain, "%" G_GINT64_FORMAT, value), used = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0 && plain[i - 1] != '-')
            words.text[used++] = HUMANIZE_JOIN[0];
        words.text[used++] = plain[i];
    }
    words.text[used] = '\0';
    return words;
}

struct words humanize_share(int64_t part, int64_t whole)
{
    struct words words = {{0}};
    int64_t ppm = whole > 0 ? mul_div(part, 1000000, whole) : 0;
    if (ppm == 0)
        snprintf(words.text, sizeof words.text, part > 0 ? "<0.1%%" : "0%%");
    else if (ppm < 1000)
        snprintf(words.text, sizeof words.text, "<0.1%%");
    else if (ppm < 100000)
        snprintf(words.text, sizeof words.text, "%d.%d%%", (int)(ppm / 10000),
                 (int)(ppm / 1000 % 10));
    else
        snprintf(words.text, sizeof words.text, "%" G_GINT64_FORMAT "%%", ppm / 10000);
    return words;
}

struct words humanize_count(int64_t count, const char *one)
{
    struct words words = {{0}};
    snprintf(words.text, sizeof words.text, "%" G_GINT64_FORMAT HUMANIZE_JOIN "%.20s%s", count, one,
             count == 1 ? "" : "s");
    return words;
}

/* Characters of text[0..len), without colours. */
static size_t width_of(const char *text, size_t len)
{
    size_t width = 0;
    bool is_colour = false;
    for (size_t i = 0; i < len; i++) {
        is_colour = is_colour || text[i] == ESCAPE;
        width += !is_colour && ((unsigned char)text[i] & 0xc0) != 0x80;
        is_colour = is_colour && text[i] != 'm';
    }
    return width;
}

size_t humanize_width(const char *text)
{
    return width_of(text, strlen(text));
}

void humanize_wrap(GString *out, const char *text, size_t at, size_t indent)
{
    bool is_first = true;
    while (*text != '\0') {
        size_t len = strcspn(text, " "), width = width_of(text, len);
        if (!is_first && at + 1 + width > HUMANIZE_WIDTH) {
            g_string_append_printf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!is_first) {
            g_string_append_c(out, ' ');
            at++;
        }
        g_string_append_len(out, text, (gssize)len);
        at += width;
        is_first = false;
        text += len;
        text += *text == ' ';
    }
    g_string_append_c(out, '\n');
}

void humanize_finish(GString *out)
{
    for (gsize i = 0; i < out->len; i++)
        if (out->str[i] == HUMANIZE_JOIN[0])
            out->str[i] = ' ';
}
