/* The YAML parser hangs on a line that begins with % and holds invalid UTF-8; control characters
 * and lone CRs make positions differ from what an editor shows. No scenario needs any of them. */
#include "sim/text/source_text.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

size_t text_mark_length(const char *bytes, size_t len)
{
    return len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

bool text_is_utf16(const char *bytes, size_t len)
{
    return len >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0);
}

const char *text_other_form(const char *bytes, size_t len)
{
    static const struct {
        const char *magic, *what;
    } FORMS[] = {
        {"\x1f\x8b", "the file is gzip-compressed, expected text; gunzip it first"},
        {"\x28\xb5\x2f\xfd", "the file is zstd-compressed, expected text; unzstd it first"}};
    for (size_t i = 0; i < G_N_ELEMENTS(FORMS); i++) {
        size_t magic = strlen(FORMS[i].magic);
        if (len >= magic && memcmp(bytes, FORMS[i].magic, magic) == 0)
            return FORMS[i].what;
    }
    return text_is_utf16(bytes, len) ? "the file is UTF-16, expected UTF-8" : NULL;
}

static bool is_control(gunichar c)
{
    return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0);
}

/* What is wrong with the character at `at`, which is valid UTF-8. */
static const char *check_character(const char *at, bool is_line_begin)
{
    gunichar c = g_utf8_get_char(at);
    if (c == '\r')
        return "a carriage return without a line feed; end lines with LF or CR LF";
    if (is_control(c))
        return "a control character; a scenario is plain UTF-8 text";
    if (c == '%' && is_line_begin)
        return "a line cannot begin with % (YAML directives are not used here)";
    return NULL;
}

const char *text_clean(const char *bytes, size_t len, GString *out, struct place *place)
{
    place->line = place->column = 0;
    const char *other = text_other_form(bytes, len);
    if (other)
        return other;
    if (len > TEXT_MAX)
        return "larger than 1 MiB; a scenario is a small file";
    const char *at = bytes + text_mark_length(bytes, len), *end = bytes + len;
    place->line = place->column = 1;
    while (at < end) {
        gunichar c = g_utf8_get_char_validated(at, end - at);
        if (c == (gunichar)-1 || c == (gunichar)-2)
            return "not valid UTF-8; a scenario is plain UTF-8 text";
        if (c == '\r' && at + 1 < end && at[1] == '\n')
            c = (unsigned char)*++at;
        const char *wrong = check_character(at, place->column == 1);
        if (wrong)
            return wrong;
        const char *next = g_utf8_next_char(at);
        g_string_append_len(out, at, next - at);
        at = next;
        place->column++;
        if (c == '\n')
            *place = (struct place){place->source, place->line + 1, 1};
    }
    return NULL;
}

static char *read_all(FILE *file, size_t most, size_t *len, char **error)
{
    char *bytes = g_malloc(most + 2);
    *len = fread(bytes, 1, most + 1, file);
    if (ferror(file))
        *error = g_strdup(g_strerror(errno));
    else if (*len > most && !text_other_form(bytes, *len))
        *error = g_strdup_printf("larger than %zu MiB%s", most >> 20,
                                 most == TEXT_MAX ? "; a scenario is a small file" : "");
    bytes[MIN(*len, most)] = '\0';
    if (!*error)
        return bytes;
    g_free(bytes);
    return NULL;
}

char *text_read_most(const char *path, size_t most, size_t *len, char **error)
{
    *error = NULL;
    if (strcmp(path, "-") == 0)
        return read_all(stdin, most, len, error);
    FILE *file = fopen(path, "rb");
    if (!file) {
        *error = g_strdup(g_strerror(errno));
        return NULL;
    }
    char *bytes = read_all(file, most, len, error);
    fclose(file);
    return bytes;
}

char *text_read(const char *path, size_t *len, char **error)
{
    return text_read_most(path, TEXT_MAX, len, error);
}
