/* Lines of a text that may come from any machine: LF or CRLF, the last one with or without its end.
 */
#include "sim/study/input_text.h"
#include <string.h>

void input_text_init(struct input_text *text, const char *name, const char *bytes, size_t len,
                     struct problems *problems)
{
    *text = (struct input_text){.name = name, .at = bytes, .problems = problems};
    text->end = len > 0 ? bytes + len : bytes;
    text->source = problems_source(problems, name, bytes, len);
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
    problems_add(text->problems, place, "%s", what);
    g_free(what);
}

bool input_text_next(struct input_text *text)
{
    input_text_clear(text);
    if (text->at == text->end)
        return false;
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
