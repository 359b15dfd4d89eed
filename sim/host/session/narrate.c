/* See narrate.h. */
#include "sim/host/session/narrate.h"

#include <stdarg.h>
#include <string.h>
#include "models/psync/resp.h"
#include "sim/text/humanize.h"

#define SAID_WIDTH 40
#define WORD_MAX   24 /* characters of one word that are shown */

#define DIM    "\033[2m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define CYAN   "\033[36m"
#define RED    "\033[31m"
#define PLAIN  "\033[0m"

static const struct {
    const char *sign, *colour;
} WAYS[] = {
    [WAY_OUT] = {"->", CYAN},   [WAY_IN] = {"<-", YELLOW}, [WAY_HERE] = {" .", PLAIN},
    [WAY_GOOD] = {" =", GREEN}, [WAY_BAD] = {" x", RED},
};

struct asks {
    const char *word, *second, *why;
};

static const struct asks ASKED[] = {
#define ASKS(word, second, why) {word, second, why},
#define ANSWERS(beginning, why)
#include "sim/host/session/sentences.def"
#undef ASKS
#undef ANSWERS
};

static const struct {
    const char *beginning, *why;
} ANSWERED[] = {
#define ASKS(word, second, why)
#define ANSWERS(beginning, why) {beginning, why},
#include "sim/host/session/sentences.def"
#undef ASKS
#undef ANSWERS
};

static void print(const struct narrator *narrator, GString *text)
{
    humanize_finish(text);
    fwrite(text->str, 1, text->len, narrator->out);
    g_string_free(text, TRUE);
}

void narrate(const struct narrator *narrator, const struct line *line)
{
    if (narrator->out == NULL)
        return;
    GString *text = g_string_new(NULL);
    bool is_coloured = narrator->is_coloured, is_result = line->way >= WAY_GOOD;
    const char *colour = is_coloured ? WAYS[line->way].colour : "";
    const char *plain = is_coloured ? PLAIN : "", *dim = is_coloured && !is_result ? DIM : "";
    int pad = SAID_WIDTH - (int)humanize_width(line->said);
    g_string_printf(text, "%9s  %s%s%s%s %s%s", humanize_clock(line->t).text, line->who,
                    line->who[0] != '\0' ? " " : "", colour, WAYS[line->way].sign, line->said,
                    plain);
    if (line->why[0] != '\0')
        g_string_append_printf(text, "%*s  %s%s%s", MAX(pad, 0), "", dim, line->why, plain);
    g_string_append_c(text, '\n');
    print(narrator, text);
}

void narrate_more(const struct narrator *narrator, const char *format, ...)
{
    va_list arguments;
    if (narrator->out == NULL)
        return;
    va_start(arguments, format);
    char *words = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    GString *text = g_string_new(NULL);
    g_string_printf(text, "%14s", "");
    humanize_wrap(text, words, 14, 14);
    print(narrator, text);
    g_free(words);
}

/* Printable ASCII as it is, the rest as a C string has it. */
static void append_escaped(GString *out, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '\r' || c == '\n' || c == '\\')
            g_string_append_printf(out, "\\%c", c == '\r' ? 'r' : c == '\n' ? 'n' : '\\');
        else if (c < 0x20 || c >= 0x7f)
            g_string_append_printf(out, "\\x%02x", c);
        else
            g_string_append_c(out, (char)c);
    }
}

/* An id is known by its beginning; of other long words something is left as well. */
static void append_word(GString *out, const char *word, size_t len)
{
    bool is_id = len == 40 && strspn(word, "0123456789abcdef") >= 40;
    size_t shown = is_id ? 8 : len > WORD_MAX ? WORD_MAX : len;
    append_escaped(out, word, shown);
    if (shown < len)
        g_string_append(out, "…");
}

static const char *why_asked(const struct resp_reader *reader)
{
    if (resp_arg_is(reader, 0, "psync"))
        return resp_arg_is(reader, 1, "?")
                   ? "it holds nothing to continue from: it asks for everything"
                   : "it holds all before this byte of this history: it asks for what follows";
    for (size_t i = 0; i < G_N_ELEMENTS(ASKED); i++)
        if (resp_arg_is(reader, 0, ASKED[i].word) &&
            (ASKED[i].second[0] == '\0' || resp_arg_is(reader, 1, ASKED[i].second)))
            return ASKED[i].why;
    return "";
}

static void append_command(GString *out, const struct resp_reader *reader)
{
    bool is_auth = resp_arg_is(reader, 0, "auth");
    for (int64_t i = 0; i < reader->argc && i < RESP_ARGS_MAX; i++) {
        const char *word = resp_arg(reader, i);
        if (i > 0)
            g_string_append_c(out, ' ');
        if (is_auth && i == reader->argc - 1)
            g_string_append(out, "***");
        else
            append_word(out, word,
                        (size_t)resp_arg_len(reader, i) > strlen(word)
                            ? strlen(word)
                            : (size_t)resp_arg_len(reader, i));
    }
}

static void append_line(GString *out, const char *bytes, size_t len)
{
    const char *end = bytes + len;
    if (len == 1 && bytes[0] == '\n')
        g_string_append(out, "\\n");
    while (end > bytes && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    for (const char *at = bytes; at < end;) {
        const char *space = memchr(at, ' ', (size_t)(end - at));
        const char *stop = space != NULL ? space : end;
        bool is_mark = stop - at == 45 && memcmp(at, "$EOF:", 5) == 0;
        if (is_mark)
            g_string_append(out, "$EOF:");
        at += is_mark ? 5 : 0;
        append_word(out, at, (size_t)(stop - at));
        if (space != NULL)
            g_string_append_c(out, ' ');
        at = space != NULL ? space + 1 : end;
    }
}

static const char *why_answered(const char *bytes, size_t len)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ANSWERED); i++) {
        size_t size = strlen(ANSWERED[i].beginning);
        if (len >= size && memcmp(bytes, ANSWERED[i].beginning, size) == 0)
            return ANSWERED[i].why;
    }
    return "";
}

static bool is_line(const char *bytes, size_t len)
{
    return len > 0 && strchr("+-$:\n\r", bytes[0]) != NULL;
}

size_t narrate_first(const char *bytes, size_t len)
{
    if (is_line(bytes, len)) {
        const char *end = memchr(bytes, '\n', len);
        return end != NULL ? (size_t)(end - bytes) + 1 : len;
    }
    struct resp_reader reader = {0};
    return resp_read(&reader, bytes, len).eaten;
}

char *narrate_bytes(const struct narrator *narrator, const char *bytes, size_t len,
                    const char **why)
{
    GString *out = g_string_new(NULL);
    struct resp_reader reader = {0};
    bool is_command = !is_line(bytes, len) && resp_read(&reader, bytes, len).event == RESP_COMMAND;
    bool hides = is_command && resp_arg_is(&reader, 0, "auth");
    *why = is_command ? why_asked(&reader) : why_answered(bytes, len);
    if (narrator->is_raw && !hides)
        append_escaped(out, bytes, len);
    else if (is_command)
        append_command(out, &reader);
    else
        append_line(out, bytes, len);
    return g_string_free(out, FALSE);
}
