/* Lines of a text that may come from any machine: LF or CRLF, the last one with or without its end.
 */
#include "sim/text/input_text.h"
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/text/source_text.h"

#define MS_DIGITS 13 /* of today in milliseconds since 1970 */

void input_text_init(struct input_text *text, const char *name, const char *bytes, size_t len,
                     struct diagnostics *diagnostics)
{
    *text = (struct input_text){.name = name, .at = bytes, .diagnostics = diagnostics};
    text->end = len > 0 ? bytes + len : bytes;
    text->at += text_mark_length(bytes, len);
    text->source = diagnostics_source(diagnostics, name, bytes, len);
}

void input_text_clear(struct input_text *text)
{
    g_free(text->line);
    text->line = NULL;
}

void input_text_wrong(struct input_text *text, int32_t column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *what = g_strdup_vprintf(format, args);
    va_end(args);
    bool has_line = text->line_number > 0;
    struct place place = {text->source, text->line_number, has_line ? MAX(column, 1) : 0};
    diagnostics_add(text->diagnostics, place, "%s", what);
    g_free(what);
}

bool input_text_next(struct input_text *text)
{
    input_text_clear(text);
    if (text->at == text->end)
        return false;
    const char *other =
        text->line_number == 0 ? text_other_form(text->at, (size_t)(text->end - text->at)) : NULL;
    if (other) {
        diagnostics_add(text->diagnostics, (struct place){.source = text->source}, "%s", other);
        return false;
    }
    const char *end = memchr(text->at, '\n', (size_t)(text->end - text->at));
    const char *next = end ? end + 1 : text->end;
    size_t len = (size_t)((end ? end : text->end) - text->at);
    if (len > 0 && text->at[len - 1] == '\r')
        len--;
    const char *line = text->at;
    text->at = next;
    text->line_number++;
    if (len > INPUT_LINE_MAX || !g_utf8_validate(line, (gssize)len, NULL)) {
        input_text_wrong(text, 0, "expected a line of text in UTF-8, up to %d bytes long",
                         INPUT_LINE_MAX);
        return false;
    }
    text->line = g_strndup(line, len);
    return true;
}

char **input_text_cells(struct input_text *text)
{
    text->indent = (int32_t)strspn(text->line, " \t\n\v\f\r");
    char *line = g_strstrip(text->line);
    if (line[0] == '\0' || line[0] == '#')
        return NULL;
    if (text->separator[0] == '\0')
        text->separator[0] = strchr(line, '\t') ? '\t' : strchr(line, ';') ? ';' : ',';
    char **cells = g_strsplit(line, text->separator, -1);
    for (char **each = cells; *each; each++) {
        char *cell = g_strstrip(*each);
        size_t len = strlen(cell);
        if (len >= 2 && cell[0] == '"' && cell[len - 1] == '"') {
            memmove(cell, cell + 1, len - 2);
            cell[len - 2] = '\0';
        }
    }
    return cells;
}

int32_t input_text_column(const struct input_text *text, int index)
{
    const char *cell = text->line;
    for (const char *next; index > 0 && (next = strchr(cell, text->separator[0])) != NULL; index--)
        cell = next + 1;
    cell += strspn(cell, " ");
    return text->indent + (int32_t)g_utf8_strlen(text->line, cell - text->line) + 1;
}

bool input_text_is_among(const char *name, const char *names)
{
    size_t len = strlen(name);
    for (const char *at = names; *at; at += strspn(at, " ")) {
        size_t word = strcspn(at, " ");
        if (word == len && g_ascii_strncasecmp(at, name, len) == 0)
            return true;
        at += word;
    }
    return false;
}

int64_t input_text_seconds(const char *text)
{
    int64_t ns = -1;
    char *with_unit = g_strconcat(text, "s", NULL);
    if (quantity_parse(QUANTITY_DURATION, with_unit, strlen(with_unit), &ns) &&
        quantity_parse(QUANTITY_DURATION, text, strlen(text), &ns))
        ns = -1;
    g_free(with_unit);
    return ns;
}

int64_t input_text_time(const char *text)
{
    int64_t ns = input_text_seconds(text), ms = 0;
    if (ns >= 0)
        return ns;
    if (strlen(text) == MS_DIGITS && !quantity_parse(QUANTITY_COUNT, text, MS_DIGITS, &ms))
        return ms <= INT64_MAX / NS_PER_MS ? ms * NS_PER_MS : -1;
    GTimeZone *utc = g_time_zone_new_utc();
    GDateTime *date = g_date_time_new_from_iso8601(text, utc);
    g_time_zone_unref(utc);
    if (!date)
        return -1;
    int64_t s = g_date_time_to_unix(date), us = g_date_time_get_microsecond(date);
    g_date_time_unref(date);
    return s >= 0 && s < INT64_MAX / NS_PER_S - 1 ? s * NS_PER_S + us * NS_PER_US : -1;
}
